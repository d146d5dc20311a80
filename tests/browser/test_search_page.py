"""The page of `pilothouse search serve`: shared by its address, and texts never run in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from pilothouse.search import Document, Index, split
from pilothouse.search.serving.app import search_app
from search_world import documents
from servers import serving

pytestmark = pytest.mark.browser
KEY = "a-key-that-nobody-guesses"
EVIL = '<img src=x onerror="document.title=1"><script>document.title=1</script> zebras'
AXE = Path(__file__).parents[2] / "web/node_modules/axe-core/axe.min.js"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    evil = Document(text=EVIL, metadata={"source": "javascript:alert(1)", "title": EVIL})
    linked = Document(text="Linked words.", metadata={"source": "https://example.org/a"})
    path = tmp_path_factory.mktemp("served") / "ix"
    Index.build(split([*documents(), evil, linked]), "hash:512").save(path)
    return path


@pytest.fixture
def page(browser: Browser, folder: Path) -> Iterator[Page]:
    with serving(search_app(folder)) as url, browser.new_context(base_url=url) as context:
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        yield page
        assert said == []


def test_a_search_is_in_the_address_and_comes_back_by_it(page: Page) -> None:
    page.goto("/")
    page.get_by_role("searchbox").fill("forgotten password")
    page.get_by_role("searchbox").press("Enter")
    expect(page.get_by_role("heading", name="accounts.md")).to_be_visible()

    page.get_by_label("By").select_option("lexical")
    expect(page.get_by_role("status")).to_contain_text("1 result in")
    assert "mode=lexical" in page.url
    page.reload()
    expect(page.get_by_role("status")).to_contain_text("1 result in")
    page.go_back()
    expect(page.get_by_role("status")).to_contain_text("7 results in")


def test_what_documents_say_is_text_and_only_web_addresses_are_links(page: Page) -> None:
    page.goto("/?query=zebras&mode=lexical&k=4")

    expect(page.get_by_role("heading", name="<img")).to_be_visible()
    expect(page.get_by_role("list", name="Results").get_by_role("img")).to_have_count(0)
    assert page.title() == "Search"
    assert page.locator("a").count() == 0
    page.goto("/?query=linked+words&mode=lexical")
    link = page.get_by_role("link", name="a", exact=True)
    expect(link).to_have_attribute("href", "https://example.org/a")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_has_no_barriers(browser: Browser, folder: Path, scheme: str) -> None:
    with (
        serving(search_app(folder)) as url,
        browser.new_context(
            base_url=url,
            bypass_csp=True,  # for axe alone
            color_scheme="dark" if scheme == "dark" else "light",
            viewport={"width": 390, "height": 844},
        ) as context,
    ):
        page = context.new_page()
        page.goto("/?query=parcels")
        expect(page.get_by_role("status")).to_contain_text("results in")
        page.add_script_tag(path=AXE)

        found = page.evaluate("async () => (await axe.run()).violations.map(v => v.id)")

        assert found == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_server_with_keys_is_asked_with_one(browser: Browser, folder: Path) -> None:
    with (
        serving(search_app(folder, keys=[KEY])) as url,
        browser.new_context(base_url=url) as context,
    ):
        page = context.new_page()
        page.goto("/?query=parcels")
        page.get_by_label("This server asks for a key").fill(KEY)
        page.get_by_role("button", name="Use it").click()

        expect(page.get_by_role("status")).to_contain_text("results in")
        expect(page.get_by_label("This server asks for a key")).to_be_hidden()
