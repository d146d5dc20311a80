"""A real server with example traces, a real browser, and a page that tells when something is off.

The page of a test fails it on teardown for any error in the page, any error on the console, and
any request to another host; a failed test leaves a Playwright trace in `test-results/`.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from servers import ServerProcess

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

sync_api = pytest.importorskip("playwright.sync_api", reason="install playwright to drive Chromium")

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "test-results"
AXE = ROOT / "web/node_modules/axe-core/axe.min.js"
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
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


class Watch:
    """What went wrong in a page while a test used it."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.problems: list[str] = []
        self.forgiven: list[str] = []
        """Pieces of console messages that a test provokes on purpose."""

    def look_at(self, context: BrowserContext) -> None:
        context.on("request", lambda request: self._request(request.url))
        context.on("console", lambda message: self._console(message.type, message.text))
        context.on("weberror", lambda error: self.problems.append(f"page error: {error.error}"))

    def _request(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != self.host:
            self.problems.append(f"request to another host: {url}")

    def _console(self, kind: str, text: str) -> None:
        if kind == "error":
            self.problems.append(f"console error: {text}")

    def left(self) -> list[str]:
        return [p for p in self.problems if not any(piece in p for piece in self.forgiven)]


@pytest.fixture
def watch(server: ServerProcess) -> Watch:
    return Watch(urlsplit(server.url).netloc)


@pytest.fixture
def make_page(
    browser: Browser, server: ServerProcess, watch: Watch, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Page]]:
    """Makes pages in contexts of their own, which are looked through at the end."""
    contexts: list[BrowserContext] = []

    def make(**options: Any) -> Page:
        wanted = {
            "base_url": server.url,
            "viewport": {"width": 1280, "height": 760},
            "reduced_motion": "reduce",
            "timezone_id": "UTC",
            "locale": "en-US",
        } | options
        context = browser.new_context(**wanted)
        context.set_default_timeout(60_000)
        context.tracing.start(snapshots=True)
        watch.look_at(context)
        contexts.append(context)
        return context.new_page()

    sync_api.expect.set_options(timeout=60_000)
    yield make
    failed = request.node.stash.get(FAILED, False) or bool(watch.left())
    for i, context in enumerate(contexts):
        name = re.sub(r"[^\w.-]+", "-", f"{request.node.name}-{i}")
        context.tracing.stop(**({"path": RESULTS / f"{name}.zip"} if failed else {}))
        context.close()
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
    """What axe finds wrong on a page, by WCAG 2.2 AA, one line each."""

    def look(page: Page) -> list[str]:
        page.evaluate(axe)
        found = page.evaluate(
            "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", TAGS
        )
        return [
            f"{one['id']}: {one['help']} at "
            + " | ".join(node["html"][:160] for node in one["nodes"][:3])
            for one in found["violations"]
        ]

    return look
