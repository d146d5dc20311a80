"""The page of `pilothouse search serve`: shared by its address, and texts never run in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from fakes.unruly_provider import Act, Unruly, unruly_provider
from pilothouse.search import Document, Index, split
from pilothouse.search.answering import Answerer
from pilothouse.search.serving.app import search_app
from search_world import documents, says
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


@pytest.fixture
def answering(browser: Browser, folder: Path) -> Iterator[tuple[Page, Unruly]]:
    """A page whose server has a model, and the model."""
    with (
        unruly_provider() as model,
        serving(search_app(folder, answerer=Answerer("gpt-4o", model.base_url))) as url,
        browser.new_context(base_url=url) as context,
    ):
        yield context.new_page(), model


def test_an_answer_links_to_the_passages_that_it_cites(
    answering: tuple[Page, Unruly],
) -> None:
    page, model = answering
    model.acts["gpt-4o"] = [says("Within five", " days [", "1]. Not [9]. ", EVIL)]

    page.goto("/?query=When+are+refunds+paid&mode=hybrid&k=4&answer=1")

    said = page.get_by_role("region", name="Answer")
    expect(said).to_contain_text("gpt-4o-1")
    expect(said).to_contain_text("2 of 3 sentences cite nothing")
    expect(said.get_by_role("img")).to_have_count(0)
    expect(said.get_by_role("link")).to_have_count(1)
    expect(page.get_by_role("status")).to_have_text("From 4 passages")
    said.get_by_role("link", name="passage 1").click()
    assert page.url.endswith("#passage-1")
    expect(page.locator("#passage-1")).to_contain_text("refunds.md")
    page.go_back()
    expect(said).to_contain_text("Within five days")
    page.get_by_role("checkbox", name="Answer").uncheck()
    expect(page.get_by_role("status")).to_contain_text("results in")
    expect(said).to_be_hidden()


def test_a_model_that_fails_leaves_the_passages_and_says_so(
    answering: tuple[Page, Unruly],
) -> None:
    page, model = answering
    model.acts["gpt-4o"] = [Act(status=429, body={"error": {"message": "slow down"}})]

    page.goto("/?query=refunds&mode=hybrid&answer=1")

    expect(page.get_by_role("status")).to_contain_text("slow down")
    expect(page.get_by_role("heading", name="refunds.md")).to_be_visible()


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
