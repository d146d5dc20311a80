"""Dashboards of a project: made, filled, moved by keys, kept, zoomed, taken along, deleted."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.conftest import Watch
from servers import ServerProcess

LATENCY: dict[str, Any] = {
    "id": "latency",
    "title": "Latency",
    "kind": "heatmap",
    "question": {"scope": "traces", "measures": ["histogram(duration_ms)"]},
    "position": {"x": 0, "y": 0, "w": 6, "h": 4},
}
COST: dict[str, Any] = {
    "id": "cost",
    "title": "Cost",
    "kind": "figure",
    "question": {"scope": "traces", "measures": ["sum(cost.total)"]},
    "position": {"x": 6, "y": 0, "w": 6, "h": 4},
}


def card(page: Page, title: str) -> Locator:
    return page.get_by_role("region", name=title, exact=True)


def drawn(page: Page, title: str) -> Locator:
    chart = card(page, title).get_by_role("img")
    expect(chart).to_be_visible()
    return chart


def made(server: ServerProcess, name: str, *panels: dict[str, Any]) -> str:
    """The id of a new dashboard of the demo project."""
    status, answer = server.call(
        "POST",
        "/api/v1/dashboards",
        {"project": "demo", "name": name, "panels": list(panels)},
    )
    assert status == 201, answer
    return str(answer["id"])


def kept(server: ServerProcess, name: str) -> dict[str, Any]:
    listed = server.get("/api/v1/dashboards?project=demo")["items"]
    [found] = [one["id"] for one in listed if one["name"] == name]
    answer: dict[str, Any] = server.get(f"/api/v1/dashboards/{found}")
    return answer


def add_panel(page: Page, title: str, drawn_as: str, measure: str) -> None:
    page.get_by_role("button", name=re.compile("^Add (a )?panel$")).first.click()
    editor = page.get_by_role("dialog", name="Panel")
    editor.get_by_label("Title").fill(title)
    editor.get_by_label("Drawn as").select_option(label=drawn_as)
    editor.get_by_label(re.compile("^Measures?$")).fill(measure)
    preview = editor.get_by_role("group", name="Preview")
    expect(preview.get_by_role("region", name=title)).to_be_visible()
    editor.get_by_role("button", name="Keep panel").click()
    expect(editor).to_have_count(0)


def test_a_dashboard_is_made_filled_moved_by_keys_kept_zoomed_taken_along_and_deleted(
    page: Page, server: ServerProcess, violations: Callable[[Page], list[str]]
) -> None:
    page.goto("/p/demo/monitor?range=7d")
    drawn(page, "Traces")
    page.get_by_role("button", name="Board: Ready-made").click()
    page.get_by_role("menuitem", name="New dashboard").click()
    page.get_by_label("Name").fill("Night watch")
    page.get_by_role("button", name="Create dashboard").click()
    expect(page.get_by_role("heading", name="Night watch")).to_be_visible()

    add_panel(page, "Slowness", "Lines", "p95(duration_ms)")
    add_panel(page, "Spent", "Single figure", "sum(cost.total)")
    expect(card(page, "Spent")).to_contain_text("$")
    page.get_by_role("button", name="Move Spent").press("ArrowLeft")
    expect(page.get_by_text("Spent: column 6, row 1, 6 wide, 5 high")).to_be_attached()
    page.get_by_role("button", name="Move Spent").press("Shift+ArrowLeft")
    expect(page.get_by_text("Spent: column 6, row 1, 5 wide, 5 high")).to_be_attached()
    expect(page.get_by_role("button", name="Move Spent")).to_be_focused()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Edit", exact=True)).to_be_visible()

    page.reload()
    chart = drawn(page, "Slowness")
    assert [one["position"] for one in kept(server, "Night watch")["panels"]] == [
        {"x": 0, "y": 5, "w": 6, "h": 5},
        {"x": 5, "y": 0, "w": 5, "h": 5},
    ]
    assert violations(page) == []

    chart.drag_to(chart, source_position={"x": 200, "y": 60}, target_position={"x": 300, "y": 60})
    expect(page.get_by_role("button", name=re.compile("^Remove start"))).to_be_visible()

    more = page.get_by_role("button", name="More of the dashboard")
    with page.expect_download() as download:
        more.click()
        page.get_by_role("menuitem", name="Export as JSON").click()
    assert [one["title"] for one in json.loads(download.value.path().read_text())["panels"]] == [
        "Slowness",
        "Spent",
    ]
    with page.expect_download() as download:
        more.click()
        page.get_by_role("menuitem", name="Download as PNG").click()
    assert download.value.path().read_bytes().startswith(b"\x89PNG")

    more.click()
    page.get_by_role("menuitem", name="Delete the dashboard").click()
    page.get_by_role("button", name="Delete it for everybody").click()
    expect(page.get_by_role("button", name="Board: Ready-made")).to_be_visible()
    assert "Night watch" not in json.dumps(server.get("/api/v1/dashboards?project=demo"))


def test_a_change_that_somebody_overtook_can_be_kept_as_a_copy(
    page: Page, server: ServerProcess, watch: Watch
) -> None:
    watch.forgiven.append("409")
    number = made(server, "Shared", COST)
    page.goto(f"/p/demo/monitor/{number}?range=7d")
    expect(card(page, "Cost")).to_contain_text("$")
    page.get_by_role("button", name="Edit", exact=True).click()
    page.get_by_label("What it is for").fill("mine")
    server.call("PATCH", f"/api/v1/dashboards/{number}", {"version": 1, "description": "theirs"})

    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("changed the dashboard 'Shared' meanwhile")
    page.get_by_role("button", name="Keep mine as a copy").click()

    expect(page.get_by_role("heading", name="Shared 2")).to_be_visible()
    assert kept(server, "Shared")["description"] == "theirs"
    assert kept(server, "Shared 2")["description"] == "mine"


def test_the_ready_made_board_is_cloned_with_its_charts(page: Page) -> None:
    page.goto("/p/demo/monitor?range=7d")
    drawn(page, "Traces")
    page.get_by_role("button", name="Clone").click()

    expect(page.get_by_role("heading", name="My board")).to_be_visible()
    for title in ("Traces", "Duration", "Cost by model", "Failed traces by type of error"):
        drawn(page, title)
    expect(card(page, "Calls by tool").get_by_role("link", name="get_order")).to_be_visible()


@pytest.mark.parametrize("wrong", ["p95(durations)"])
def test_a_measure_that_is_none_is_told_in_the_panel_and_spoils_no_other(
    page: Page, server: ServerProcess, watch: Watch, wrong: str
) -> None:
    watch.forgiven.append("400")
    number = made(server, "Mistaken", LATENCY, COST)
    page.goto(f"/p/demo/monitor/{number}?range=7d&edit=1")
    drawn(page, "Latency")
    card(page, "Cost").get_by_role("button", name="More of Cost").click()
    page.get_by_role("menuitem", name="Edit panel").click()
    editor = page.get_by_role("dialog", name="Cost")
    editor.get_by_label("Measure", exact=True).fill(wrong)
    expect(editor.get_by_role("alert")).to_contain_text("duration_ms")
    editor.get_by_role("button", name="Keep panel").click()

    expect(card(page, "Cost").get_by_role("alert")).to_contain_text("duration_ms")
    drawn(page, "Latency")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert").filter(has_text="Panel 'Cost'")).to_be_visible()


def test_on_a_phone_panels_stand_in_one_column_and_move_by_their_menus(
    phone: Page, server: ServerProcess
) -> None:
    number = made(server, "In a pocket", LATENCY, COST)
    phone.goto(f"/p/demo/monitor/{number}?range=7d&edit=1")
    drawn(phone, "Latency")
    expect(phone.get_by_role("button", name="Move Latency")).to_be_hidden()
    card(phone, "Cost").get_by_role("button", name="More of Cost").click()
    phone.get_by_role("menuitem", name="Move up").click()
    phone.get_by_role("button", name="Save").click()

    expect(phone.get_by_role("button", name="Edit", exact=True)).to_be_visible()
    expect(phone.locator("main").get_by_role("heading", level=3)).to_have_text(["Cost", "Latency"])
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
