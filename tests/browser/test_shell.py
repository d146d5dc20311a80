"""The frame: rail, palette, keys, schemes, prefixes."""

from __future__ import annotations

import asyncio
import re
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI, Request, Response
from playwright.sync_api import Page, expect
from starlette.applications import Starlette
from starlette.routing import Mount

from pilothouse.platform.web import mount_web
from servers import ServerProcess, serving


def test_the_start_leads_to_the_overview_of_a_project(page: Page) -> None:
    page.goto("/")

    expect(page).to_have_url(re.compile(r"/p/[^/]+/overview$"))
    expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
    expect(page.get_by_role("link", name="Overview")).to_have_attribute("aria-current", "page")


def test_the_rail_goes_everywhere_and_has_no_dead_entry(page: Page) -> None:
    page.goto("/p/demo/overview")
    main = page.get_by_role("navigation", name="Main")

    observe = ["Traces", "Sessions", "Users", "Monitor", "Alerts", "Usage & cost"]
    evaluate = ["Datasets", "Experiments", "Evaluators", "Annotation"]
    entries = ["Overview", *observe, *evaluate, "Prompts", "Releases", "Gateway"]
    expect(main.get_by_role("link")).to_have_text(entries)
    for name in entries[1:]:
        main.get_by_role("link", name=name).click()
        expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    page.get_by_role("link", name="Settings").click()
    expect(page).to_have_url(re.compile("/settings"))


def test_the_rail_folds_by_key_and_stays_folded(page: Page) -> None:
    page.goto("/p/demo/traces")
    rail = page.get_by_role("complementary", name="Rail")
    expect(rail.get_by_text("Observe")).to_be_visible()

    page.keyboard.press("[")
    expect(rail.get_by_text("Observe")).to_have_count(0)
    page.reload()

    expect(rail.get_by_role("link", name="Traces")).to_be_visible()
    expect(rail.get_by_text("Observe")).to_have_count(0)


def test_the_palette_goes_to_pages_and_to_a_trace_by_its_id(
    page: Page, server: ServerProcess
) -> None:
    trace = server.get("/api/v1/traces?project=demo&limit=1")["items"][0]
    page.goto("/p/demo/overview")
    expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()

    page.keyboard.press("Control+k")
    page.get_by_role("textbox", name="Go to").fill("users")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Users", level=1)).to_be_visible()

    page.get_by_role("button", name="Go to…").click()
    page.get_by_role("textbox", name="Go to").fill(trace["trace_id"])
    page.get_by_role("button", name=re.compile(trace["name"])).click()
    expect(page).to_have_url(re.compile(f"/p/demo/trace/{trace['trace_id']}"))


def test_the_question_mark_lists_the_keys_but_not_within_a_field(page: Page) -> None:
    page.goto("/p/demo/traces")
    expect(page.get_by_role("grid", name="Traces")).to_be_visible()

    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys.get_by_text("Next row")).to_be_visible()
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()

    page.keyboard.press("/")
    page.keyboard.type("?")
    expect(keys).to_be_hidden()
    expect(page.get_by_role("combobox", name="Filter")).to_have_value("?")
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")


def test_dark_stays_dark_and_does_not_flash(page: Page) -> None:
    page.goto("/p/demo/traces")
    page.get_by_role("button", name="Project demo").click()
    page.get_by_role("menuitem", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")

    page.goto("/p/demo/traces", wait_until="commit")

    page.wait_for_function("document.body !== null")
    assert page.evaluate("document.documentElement.dataset.mantineColorScheme") == "dark"
    background = page.evaluate("getComputedStyle(document.documentElement).colorScheme")
    expect(page.get_by_role("grid", name="Traces")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    assert background in ("dark", "normal")


def test_an_address_without_a_page_says_so(page: Page) -> None:
    page.goto("/nowhere/at/all")

    expect(page.get_by_role("heading", name="There is no page at this address")).to_be_visible()
    page.get_by_role("link", name="Go to the start").click()
    expect(page).to_have_url(re.compile("/overview$"))


def test_on_the_phone_the_rail_is_a_drawer(phone: Page) -> None:
    phone.goto("/p/demo/traces")

    expect(phone.get_by_role("link", name="Users")).to_be_hidden()
    phone.get_by_role("button", name="Menu").click()
    phone.get_by_role("link", name="Users").click()

    expect(phone.get_by_role("heading", name="Users", level=1)).to_be_visible()
    expect(phone.get_by_role("dialog")).to_be_hidden()


def test_focus_can_skip_to_the_content(page: Page) -> None:
    page.goto("/p/demo/overview")
    expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.locator("#main")).to_be_focused()


@pytest.fixture
def under_a_prefix(server: ServerProcess) -> Iterator[str]:
    """The server as a proxy shows it below /tools/ph."""
    inner = FastAPI()

    @inner.api_route("/api/{path:path}", methods=["GET", "POST"])
    async def forward(path: str, request: Request) -> Response:
        body = await request.body()
        asked = urllib.request.Request(
            f"{server.url}/api/{path}?{request.url.query}",
            data=body if request.method == "POST" else None,
            headers={"content-type": "application/json"},
            method=request.method,
        )
        answer = await asyncio.to_thread(urllib.request.urlopen, asked)
        return Response(answer.read(), answer.status, media_type="application/json")

    mount_web(inner)
    with serving(Starlette(routes=[Mount("/tools/ph", inner)])) as url:
        yield f"{url}/tools/ph"


def test_everything_works_under_a_prefix(
    under_a_prefix: str, make_page: Callable[..., Page], watch: object
) -> None:
    watch.host = under_a_prefix.split("/")[2]
    page = make_page(base_url=under_a_prefix)

    page.goto(f"{under_a_prefix}/p/demo/traces")
    expect(page.get_by_role("row").nth(3)).to_be_visible()
    page.get_by_role("link", name="Overview").click()

    expect(page).to_have_url(f"{under_a_prefix}/p/demo/overview")
    page.reload()
    expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()


def test_palette_and_menus_pass_axe(page: Page, violations: Callable[[Page], list[str]]) -> None:
    page.goto("/p/demo/traces")
    expect(page.get_by_role("row").nth(3)).to_be_visible()

    page.keyboard.press("Control+k")
    expect(page.get_by_role("textbox", name="Go to")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Project demo").click()
    expect(page.get_by_role("menuitem", name="All projects")).to_be_visible()

    assert violations(page) == []


def test_settings_show_the_rail_before_any_project_was_opened(page: Page) -> None:
    page.goto("/settings")

    main = page.get_by_role("navigation", name="Main")
    expect(main.get_by_role("link", name="Traces")).to_have_attribute(
        "href", re.compile("/p/demo/traces")
    )


def test_an_address_of_a_project_that_is_gone_leads_to_all_projects(page: Page, watch: Any) -> None:
    watch.forgiven.append("404")
    page.goto("/p/nowhere/traces")

    expect(page.get_by_text("There is no project called “nowhere”")).to_be_visible()
    page.get_by_role("link", name="All projects").click()
    expect(page).to_have_url(re.compile("/projects$"))


def test_a_page_that_was_not_opened_yet_says_that_the_server_is_gone(
    page: Page, watch: Any
) -> None:
    watch.forgiven += ["ERR_FAILED", "The server does not answer"]
    page.goto("/p/demo/traces")
    expect(page.get_by_role("row").nth(2)).to_be_visible()
    page.route("**/*", lambda route: route.abort())

    page.get_by_role("link", name="Users").click()

    expect(page.get_by_role("heading", name=re.compile("server does not answer"))).to_be_visible()
    page.unroute("**/*")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("searchbox", name="Find a user")).to_be_visible()
