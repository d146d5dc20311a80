"""A real server with example traces, a real browser, and a page that tells when something is off.

The page of a test fails it on teardown for any error in the page, any error on the console, and
any request to another host; a failed test leaves a picture and its HTML in `test-results/`.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

import pytest

from browser.pages import WAIT_MS, Lent, Pages, Watch, file_name, sync_api
from servers import ServerProcess

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


ROOT = Path(__file__).parents[2]
AXE = ROOT / "web/node_modules/axe-core/axe.min.js"
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
LOOK = """async runOnly => (await axe.run(document, {
    runOnly, resultTypes: ['violations'], selectors: false,
})).violations"""
"""Only what is wrong, without the addresses of what is right: a third of the time."""
RULES = {
    "type": "tag",
    "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
}
RULES_OF_COLOUR = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
FILLED_S = 240
"""How long the example traces may take to be there on a busy machine."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here drives a browser and starts a server."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.slow)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Keeps how the test went, so that the page's teardown knows whether to keep its trace."""
    outcome: Any = yield
    report = outcome.get_result()
    if report.when == "call":
        item.stash[FAILED] = report.failed


FAILED = pytest.StashKey[bool]()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """One server for the whole run, filled with the example project `demo`."""
    if not (ROOT / "src/pilothouse/platform/web/static/index.html").is_file():
        pytest.skip("the browser app is not built: run `python build_ui.py`")
    folder = tmp_path_factory.mktemp("browser")
    started = ServerProcess(folder / "data", "--demo").start()
    wait_until_filled(started)
    yield started
    code = started.stop()
    shutil.rmtree(folder, ignore_errors=True)
    assert code == 0, started.said()[-2000:]


EMAIL, PASSWORD = "ada@example.com", "correct horse battery"


@pytest.fixture(scope="session")
def closed_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server that listens on all addresses, with one admin."""
    folder: Path = tmp_path_factory.mktemp("closed")
    secret = folder / "password"
    secret.write_text(PASSWORD)
    started = ServerProcess(
        folder / "data",
        "--host",
        "0.0.0.0",
        environ={
            "PILOTHOUSE_ADMIN_EMAIL": EMAIL,
            "PILOTHOUSE_ADMIN_PASSWORD_FILE": str(secret),
        },
    ).start()
    yield started
    started.stop()


def wait_until_filled(server: ServerProcess) -> None:
    """Returns when the number of example spans no longer grows."""
    end = time.monotonic() + FILLED_S
    before = -1
    while time.monotonic() < end:
        now = server.count()
        if now == before > 0:
            return
        before = now
        time.sleep(0.5)
    raise AssertionError(f"the example traces are not there after {FILLED_S} s")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium from $CHROMIUM or the PATH; nothing is downloaded."""
    executable = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if executable is None:
        pytest.skip("no Chromium: set CHROMIUM to one, or install the package `chromium`")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def pages(browser: Browser) -> Pages:
    return Pages(browser)


@pytest.fixture
def watch(server: ServerProcess) -> Watch:
    return Watch(urlsplit(server.url).netloc)


@pytest.fixture
def make_page(
    pages: Pages, server: ServerProcess, watch: Watch, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Page]]:
    """Lends pages, each in a context of its own, which are looked through at the end."""
    borrowed: list[Lent] = []

    def make(**options: Any) -> Page:
        wanted = {
            "base_url": server.url,
            "viewport": {"width": 1280, "height": 760},
            "reduced_motion": "reduce",
            "timezone_id": "UTC",
            "locale": "en-US",
        } | options
        borrowed.append(pages.borrow(watch, wanted))
        return borrowed[-1].page

    sync_api.expect.set_options(timeout=WAIT_MS)
    yield make
    failed = request.node.stash.get(FAILED, False) or bool(watch.left())
    for number, lent in enumerate(borrowed):
        lent.end(file_name(request.node.name, number), failed=failed)
    for lent in borrowed:
        # Servers of one test are gone after it, and what failed may have left anything behind.
        pages.give_back(lent, reusable=not failed and lent.options["base_url"] == server.url)
    assert watch.left() == []


@pytest.fixture
def page(make_page: Callable[..., Page]) -> Page:
    """A page of a desktop browser."""
    return make_page()


@pytest.fixture
def phone(make_page: Callable[..., Page]) -> Page:
    """A page as wide as a phone."""
    return make_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe, which stands beside the app's other developer tools."""
    if not AXE.is_file():
        pytest.skip("no axe: run `npm ci` in web/")
    return AXE.read_text("utf-8")


@pytest.fixture
def violations(axe: str) -> Callable[[Page], list[str]]:
    """What axe finds wrong on a page, by WCAG 2.2 AA, one line each.

    All rules in light, then those of colour in dark: nothing else differs between the schemes.
    """

    def found(page: Page, scheme: Literal["light", "dark"], rules: dict[str, Any]) -> list[str]:
        page.emulate_media(color_scheme=scheme)
        html = page.locator("html")
        sync_api.expect(html).to_have_attribute("data-mantine-color-scheme", scheme)
        return [
            f"{scheme}: {one['id']}: {one['help']} at "
            + " | ".join(node["html"][:160] for node in one["nodes"][:3])
            for one in page.evaluate(LOOK, rules)
        ]

    def look(page: Page) -> list[str]:
        if not page.evaluate("'axe' in window"):
            page.evaluate(axe)
        in_dark = found(page, "dark", RULES_OF_COLOUR)
        return found(page, "light", RULES) + in_dark

    return look
