"""The list of projects."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import Watch, wait_until_filled
from servers import ServerProcess


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server of this module's own, since projects are added to it."""
    started = ServerProcess(tmp_path_factory.mktemp("projects") / "data", "--demo").start()
    wait_until_filled(started)
    yield started
    started.stop()


def test_a_project_shows_what_arrived_and_leads_to_its_overview(
    page: Page, server: ServerProcess
) -> None:
    _, answer = server.call("GET", "/api/v1/projects?extras=true")
    demo = answer["items"][0]
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/projects")
    row = page.get_by_role("row", name=re.compile("demo"))
    expect(row).to_contain_text("examples")
    expect(
        row.get_by_role("img", name=f"{sum(demo['activity']):,} traces in 24 hours")
    ).to_be_visible()
    expect(row.get_by_role("cell", name=f"{demo['trace_count']:,}", exact=True)).to_be_visible()
    assert [url for url in asked if "metrics" in url] == []

    row.get_by_role("link").click()

    expect(page).to_have_url(re.compile("/p/demo/overview"))


def test_a_new_project_leads_to_how_its_first_trace_gets_in(page: Page, watch: Watch) -> None:
    watch.forgiven.append("409")
    page.goto("/projects")

    page.get_by_role("button", name="New project").click()
    page.get_by_role("textbox", name="Name").fill("demo")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_text("there is a project 'demo' already")).to_be_visible()
    page.get_by_role("textbox", name="Name").fill("zebra")
    page.get_by_role("button", name="Create").click()

    expect(page).to_have_url(re.compile("/p/zebra/overview"))
    expect(page.get_by_role("tabpanel")).to_contain_text('project="zebra"')


def test_a_name_that_nobody_has_finds_nothing(page: Page) -> None:
    page.goto("/projects")

    page.get_by_role("searchbox", name="Find a project").fill("giraffe")

    expect(page.get_by_text("No project is called “giraffe”")).to_be_visible()


def test_axe_finds_nothing_wrong(page: Page, violations: Callable[[Page], list[str]]) -> None:
    page.goto("/projects")
    expect(page.get_by_role("row", name=re.compile("demo")).get_by_role("img")).to_be_visible()

    assert violations(page) == []


def test_on_a_phone_nothing_scrolls_sideways(phone: Page) -> None:
    phone.goto("/projects")
    expect(phone.get_by_role("row").nth(1)).to_be_visible()

    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
