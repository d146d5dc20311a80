"""The table of traces, sessions and spans, driven as a person would."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from servers import ServerProcess

WEEK = "/p/demo/traces?range=7d"


def grid(page: Page, name: str = "Traces") -> Locator:
    return page.get_by_role("grid", name=name)


def open_table(page: Page, address: str = WEEK, name: str = "Traces") -> None:
    page.goto(address)
    expect(grid(page, name).get_by_role("row").nth(3)).to_be_visible()


def outcome(page: Page) -> Locator:
    return page.get_by_text(re.compile(r"^[\d,]+ (traces?|spans?|sessions?)( of| ·)"))


def filter_bar(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Filter")


def counted(server: ServerProcess, **asked: str) -> int:
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    page = server.get(f"/api/v1/traces?project=demo&limit=1&totals=true&{query}")
    return int(page["totals"]["count"])


def test_a_filter_that_is_typed_narrows_the_table_and_survives_a_reload(
    page: Page, server: ServerProcess
) -> None:
    failed = counted(server, filter="status%20%3D%20%22error%22")
    open_table(page)

    page.keyboard.press("/")
    page.keyboard.type('status = "error"')
    page.keyboard.press("Enter")

    expect(outcome(page)).to_contain_text(f"{failed} traces of")
    expect(page).to_have_url(re.compile("filter=status"))
    page.reload()
    expect(filter_bar(page)).to_have_value('status = "error"')
    expect(outcome(page)).to_contain_text(f"{failed} traces of")


def test_a_misspelt_field_is_marked_and_the_right_one_offered(page: Page, watch: Any) -> None:
    watch.forgiven.append("400 (Bad Request)")
    open_table(page)

    page.keyboard.press("/")
    page.keyboard.type('statsu = "error"')
    page.keyboard.press("Enter")

    expect(page.get_by_role("alert")).to_contain_text("There is no field 'statsu'")
    expect(grid(page).get_by_role("row").nth(3)).to_be_visible()
    expect(page).to_have_url(re.compile("statsu"))
    page.reload()
    expect(page.get_by_role("heading", name="The filter cannot be read")).to_be_visible()
    page.get_by_role("button", name="Use status").click()
    expect(filter_bar(page)).to_have_value('status = "error"')
    expect(page.get_by_role("alert")).to_have_count(0)


def test_the_bar_offers_fields_operators_and_top_values(page: Page) -> None:
    open_table(page)
    page.keyboard.press("/")
    options = page.get_by_role("option")

    page.keyboard.type("stat")
    expect(options.first).to_contain_text("status")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(options.first).to_contain_text("=")
    page.keyboard.type("= ")
    expect(options.filter(has_text="error")).to_contain_text(re.compile(r"\d"))
    options.filter(has_text="error").click()

    expect(filter_bar(page)).to_have_value('status = "error" ')
    expect(outcome(page)).to_contain_text(" of ")


def test_the_bar_leads_through_a_quantifier_to_one_and_the_same_span(page: Page) -> None:
    open_table(page)
    page.keyboard.press("/")
    options = page.get_by_role("option")

    page.keyboard.type("any")
    options.filter(has_text="any(root: …)").click()
    page.keyboard.type("kin")
    options.filter(has=page.get_by_text("kind", exact=True)).click()
    page.keyboard.type('= "agent") and any(metadata: ')
    expect(options).to_have_text([re.compile("^key"), re.compile("^value")])
    page.keyboard.press("Escape")
    page.keyboard.type('key ~ "*")')

    expect(filter_bar(page)).to_have_value('any(root: kind = "agent") and any(metadata: key ~ "*")')
    expect(outcome(page)).to_contain_text(re.compile(r"^\d.* of "))
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_facet_adds_a_chip_and_alt_click_leaves_out(page: Page) -> None:
    open_table(page)
    facets = page.get_by_role("complementary", name="Facets")

    facets.get_by_role("button", name=re.compile(r"^error \d")).click()
    expect(page.get_by_role("button", name="Remove status error")).to_be_visible()
    expect(page).to_have_url(re.compile("chips=status"))
    expect(facets.get_by_role("button", name=re.compile(r"^ok \d"))).to_be_visible()

    facets.get_by_role("button", name=re.compile("^staging")).click(modifiers=["Alt"])
    expect(page.get_by_role("button", name="Remove environment not staging")).to_be_visible()
    page.get_by_role("button", name="Remove status error").click()
    expect(page.get_by_role("button", name="Remove status error")).to_have_count(0)
    page.get_by_role("button", name="Clear", exact=True).click()
    expect(page).not_to_have_url(re.compile("chips"))


def test_of_hundreds_of_rows_fewer_than_eighty_are_drawn_and_all_can_be_reached(
    page: Page, server: ServerProcess
) -> None:
    total = counted(server)
    open_table(page, "/p/demo/traces?range=all")
    assert total > 300

    for _ in range(200):
        page.keyboard.press("End")
        assert grid(page).get_by_role("row").count() < 80
        if grid(page).locator(f"[aria-rowindex='{total + 1}']").count():
            break
        page.wait_for_timeout(300)

    expect(grid(page)).to_have_attribute("aria-rowcount", str(total + 1))
    expect(grid(page).locator(f"[aria-rowindex='{total + 1}']")).to_be_visible()


def test_keys_walk_select_glance_and_open(page: Page) -> None:
    open_table(page)

    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(grid(page)).to_have_attribute("aria-activedescendant", "row-1")
    page.keyboard.press("x")
    expect(page.get_by_text("1 selected")).to_be_visible()
    page.keyboard.press("Space")
    glance = page.get_by_role("complementary", name=re.compile("^Glance"))
    expect(glance.get_by_role("heading", name="Input")).to_be_visible()
    page.keyboard.press("k")
    expect(grid(page)).to_have_attribute("aria-activedescendant", "row-0")
    page.keyboard.press("Escape")
    expect(glance).to_have_count(0)
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(r"/p/demo/trace/[0-9a-f]{32}"))
    page.go_back()
    expect(grid(page)).to_be_visible()


def test_the_scope_changes_and_the_filter_stays(page: Page) -> None:
    open_table(page, WEEK + "&filter=user_id exists")

    page.get_by_role("radio", name="Spans").click()
    expect(grid(page, "Spans").get_by_role("row").nth(3)).to_be_visible()
    expect(filter_bar(page)).to_have_value("user_id exists")
    page.get_by_role("radio", name="Spans").press("ArrowRight")
    expect(page.get_by_role("radio", name="Sessions")).to_be_focused()
    expect(grid(page, "Sessions").get_by_role("row").nth(3)).to_be_visible()

    expect(filter_bar(page)).to_have_value("user_id exists")
    expect(page.get_by_role("link", name="Sessions")).to_have_attribute("aria-current", "page")


def test_dragging_in_the_strip_narrows_and_its_chip_widens_again(page: Page) -> None:
    open_table(page)
    whole = outcome(page).inner_text().split(" ·")[0]
    strip = page.get_by_role("region", name="Over time").get_by_role("img")

    strip.drag_to(strip, source_position={"x": 600, "y": 40}, target_position={"x": 750, "y": 50})

    expect(page).to_have_url(re.compile("around=7d"))
    chip = page.get_by_role("button", name=re.compile("^Remove start"))
    expect(chip).to_be_visible()
    expect(outcome(page)).not_to_contain_text(whole)
    chip.click()
    expect(page).to_have_url(re.compile(r"range=7d"))
    expect(page).not_to_have_url(re.compile("around"))


@pytest.mark.parametrize("measure", ["Latency", "Cost"])
def test_the_strip_shows_latency_and_cost_and_a_table(page: Page, measure: str) -> None:
    open_table(page)

    page.get_by_role("radio", name=measure).click()
    strip = page.get_by_role("region", name="Over time")
    expect(strip.get_by_role("img", name=re.compile("last"))).to_be_visible()
    strip.get_by_role("button", name="Show as table").click()

    expect(strip.get_by_role("table").get_by_role("row").nth(2)).to_be_visible()


def test_a_click_on_a_head_orders_and_another_turns_it(page: Page, server: ServerProcess) -> None:
    open_table(page)

    page.get_by_role("button", name="Duration", exact=True).click()
    head = page.get_by_role("columnheader", name="Duration")
    expect(head).to_have_attribute("aria-sort", "descending")
    slowest = server.get("/api/v1/traces?project=demo&limit=1&order_by=-duration_ms")["items"][0]
    expect(grid(page).get_by_role("row").nth(1)).to_contain_text(slowest["name"])
    page.get_by_role("button", name="Duration", exact=True).click()
    expect(head).to_have_attribute("aria-sort", "ascending")

    expect(page).to_have_url(re.compile("order=duration_ms"))


def test_columns_are_chosen_by_name_or_metadata_path_and_stand_in_the_address(page: Page) -> None:
    open_table(page)

    page.get_by_role("button", name="Columns").click()
    page.get_by_role("checkbox", name="User", exact=True).check()
    page.get_by_role("textbox", name="Find a column").fill("metadata.shop")
    page.get_by_role("checkbox", name="metadata.shop").check()
    page.keyboard.press("Escape")

    expect(page.get_by_role("columnheader", name="User")).to_be_visible()
    expect(page.get_by_role("columnheader", name="shop")).to_be_visible()
    page.reload()
    expect(page.get_by_role("columnheader", name="User")).to_be_visible()


def test_a_view_is_saved_opened_again_and_told_when_it_was_edited(page: Page) -> None:
    open_table(page, WEEK + '&filter=status = "error"')
    page.get_by_role("button", name="Saved views").click()
    page.get_by_role("menuitem", name="Save as a new view").click()
    page.get_by_role("textbox", name="Name").fill("What failed")
    page.get_by_role("button", name="Save view").click()
    expect(page.get_by_role("button", name="View What failed", exact=True)).to_be_visible()

    filter_bar(page).fill('status = "ok"')
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="View What failed, edited")).to_be_visible()
    page.goto("/p/demo/traces")
    page.get_by_role("button", name="Saved views").click()
    page.get_by_role("menuitem", name="What failed").click()
    expect(filter_bar(page)).to_have_value('status = "error"')

    page.get_by_role("button", name="View What failed").click()
    page.get_by_role("menuitem", name="Rename this view").click()
    page.get_by_role("textbox", name="Name").fill("What went wrong")
    page.get_by_role("button", name="Save view").click()

    page.get_by_role("button", name="View What went wrong").click()
    page.get_by_role("menuitem", name="Delete this view").click()
    page.get_by_role("menuitem", name="Delete it for everybody").click()
    expect(page.get_by_role("button", name="Saved views")).to_be_visible()


def test_live_shows_a_trace_the_moment_it_is_sent(page: Page, server: ServerProcess) -> None:
    open_table(page)
    with page.expect_request(re.compile("/traces/tail")):
        page.get_by_role("button", name="Live").click()
    expect(page.get_by_role("button", name="Live")).to_have_attribute("aria-pressed", "true")

    send_trace(server, "sent_while_watching")

    expect(grid(page).get_by_role("row").nth(1)).to_contain_text("sent_while_watching")
    the_next_one_does_not_move_what_is_read(page, server)
    page.get_by_role("button", name="Live").click()
    expect(page).not_to_have_url(re.compile("live"))


def the_next_one_does_not_move_what_is_read(page: Page, server: ServerProcess) -> None:
    grid(page).evaluate("table => { table.scrollTop = 640 }")
    read = grid(page).locator("[aria-rowindex='26']")
    expect(read).to_be_visible()
    words, at = read.inner_text(), "row => Math.round(row.getBoundingClientRect().top)"
    height = read.evaluate(at)

    send_trace(server, "sent_while_reading")

    moved_on = grid(page).locator("[aria-rowindex='27']")
    expect(moved_on).to_have_text(words, use_inner_text=True)
    assert moved_on.evaluate(at) == height


def send_trace(server: ServerProcess, name: str) -> None:
    now = time.time_ns()
    span = {
        "traceId": f"{now:032x}",
        "spanId": f"{now % 2**60:016x}",
        "name": name,
        "startTimeUnixNano": str(now - 1_000_000),
        "endTimeUnixNano": str(now),
    }
    body = {
        "resourceSpans": [
            {
                "resource": {
                    "attributes": [{"key": "pilothouse.project", "value": {"stringValue": "demo"}}]
                },
                "scopeSpans": [{"spans": [span]}],
            }
        ]
    }
    status, answer = server.call("POST", "/v1/traces", body)
    assert status == 200, answer


def test_two_ticked_traces_are_compared(page: Page) -> None:
    open_table(page)

    page.get_by_role("checkbox", name=re.compile("^Select ")).nth(1).check()
    expect(page.get_by_role("button", name="Compare")).to_be_disabled()
    page.get_by_role("checkbox", name=re.compile("^Select ")).nth(3).check()
    page.get_by_role("button", name="Compare").click()

    expect(page).to_have_url(re.compile(r"/p/demo/compare\?a=[0-9a-f]{32}&b=[0-9a-f]{32}"))


@pytest.mark.parametrize(("label", "suffix"), [("JSON Lines", "jsonl"), ("CSV", "csv")])
def test_the_result_is_exported_as_it_was_filtered(page: Page, label: str, suffix: str) -> None:
    open_table(page, WEEK + '&filter=status = "error"')
    shown = int(re.findall(r"\d+", outcome(page).inner_text())[0])

    page.get_by_role("button", name="Export").click()
    with page.expect_download() as started:
        page.get_by_role("menuitem", name=label).click()

    assert started.value.suggested_filename.endswith(suffix)
    lines = started.value.path().read_text("utf-8").strip().splitlines()
    if suffix == "jsonl":
        assert len(lines) == shown
        assert {json.loads(line)["trace"]["status"] for line in lines} == {"error"}
    else:
        assert "trace_id" in lines[0]


def test_an_empty_result_says_which_part_leaves_how_many_out(page: Page) -> None:
    page.goto(WEEK + '&filter=name = "nothing is called this"&chips=status = "error"')

    expect(page.get_by_role("heading", name="No traces match the filter")).to_be_visible()
    part = page.get_by_role("listitem").filter(has_text="nothing is called this")
    expect(part).to_contain_text(re.compile(r"\d+ ?Drop"))
    part.get_by_role("button", name="Drop").click()

    expect(grid(page).get_by_role("row").nth(1)).to_be_visible()


def test_a_time_without_traces_offers_all_time(page: Page) -> None:
    page.goto("/p/demo/traces?from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z")

    expect(page.get_by_role("heading", name="No traces in this time")).to_be_visible()
    page.get_by_role("button", name="Show all time").click()

    expect(grid(page).get_by_role("row").nth(1)).to_be_visible()


def test_a_project_without_traces_says_how_to_send_one(page: Page, server: ServerProcess) -> None:
    server.call("POST", "/api/v1/projects", {"name": "empty-one"})

    page.goto("/p/empty-one/traces")

    expect(page.get_by_role("heading", name="No traces in this project yet")).to_be_visible()
    expect(page.get_by_role("link", name="Send the first trace")).to_be_visible()


def test_a_failing_server_is_quoted_and_asked_again(page: Page, watch: Any) -> None:
    watch.forgiven.append("503 (Service Unavailable)")
    error = {
        "error": {"code": "unavailable", "message": "The span store is away.", "details": None}
    }
    failing = re.compile(r"/api/v1/traces\?")
    page.route(failing, lambda route: route.fulfill(status=503, json=error))

    page.goto(WEEK)
    expect(page.get_by_role("heading", name="The span store is away.")).to_be_visible()
    expect(page.get_by_text("unavailable", exact=True)).to_be_visible()
    page.unroute(failing)
    page.get_by_role("button", name="Try again").first.click()

    expect(grid(page).get_by_role("row").nth(3)).to_be_visible()


def test_an_address_with_nonsense_is_read_as_far_as_it_can_be(page: Page) -> None:
    open_table(page, WEEK + "&scope=moons&order=-moon&cols=start,moon,name&chart=pie&peek=nobody")

    heads = page.get_by_role("columnheader").all_inner_texts()
    assert [head for head in heads if head] == ["Start", "Name"]


def test_the_phone_shows_cells_of_four_lines_and_never_scrolls_sideways(phone: Page) -> None:
    phone.goto(WEEK)
    first = phone.get_by_role("listitem").first
    expect(first).to_be_visible()

    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    phone.get_by_role("button", name="Facets").click()
    phone.get_by_role("dialog").get_by_role("button", name=re.compile(r"^error \d")).click()
    expect(phone).to_have_url(re.compile("chips=status"))
    phone.keyboard.press("Escape")
    phone.get_by_role("listitem").filter(has_text="$").first.click()

    expect(phone).to_have_url(re.compile("/trace/"))


@pytest.mark.parametrize("scope", ["traces", "spans", "sessions"])
def test_the_table_passes_axe(
    page: Page,
    violations: Callable[[Page], list[str]],
    scope: str,
) -> None:
    open_table(page, f'{WEEK}&scope={scope}&chips=not tags has "x"', scope.capitalize())
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("Space")
    expect(page.get_by_role("complementary", name=re.compile("^Glance"))).to_be_visible()

    assert violations(page) == []


def test_a_wider_column_is_wide_again_after_a_reload_and_a_double_click_resets_it(
    page: Page,
) -> None:
    open_table(page, "/p/demo/traces")
    edge = page.get_by_role("separator", name="Width of Name")
    usual = edge.get_attribute("aria-valuenow")
    edge.hover(position={"x": 4, "y": 10})  # once it stands still
    box = edge.bounding_box()
    assert box
    page.mouse.down()
    page.mouse.move(box["x"] + 84, box["y"] + 10, steps=4)
    page.mouse.up()
    expect(edge).to_have_attribute("aria-valuenow", str(int(usual or 0) + 80))

    page.reload()
    expect(edge).to_have_attribute("aria-valuenow", str(int(usual or 0) + 80))
    edge.press("ArrowLeft")
    expect(edge).to_have_attribute("aria-valuenow", str(int(usual or 0) + 64))

    edge.dblclick()
    expect(edge).to_have_attribute("aria-valuenow", usual or "")


def test_chosen_columns_are_there_again_without_an_address(page: Page) -> None:
    page.goto("/p/demo/traces")
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("checkbox", name="Environment").check()
    page.keyboard.press("Escape")

    page.goto("/p/demo/traces")

    expect(page.get_by_role("columnheader", name="Environment")).to_be_visible()
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("button", name="Back to the usual columns").click()
    expect(page.get_by_role("columnheader", name="Environment")).to_have_count(0)


def test_a_click_in_a_scrolled_table_opens_that_row_and_back_finds_it_again(page: Page) -> None:
    page.goto("/p/demo/traces?range=7d")
    grid = page.get_by_role("grid", name="Traces")
    expect(grid.get_by_role("row").nth(5)).to_be_visible()
    grid.evaluate("table => { table.scrollTop = 1600 }")
    row = grid.locator("[id=row-55]")
    words = row.get_by_role("gridcell").nth(3).inner_text()

    row.click()
    expect(page).to_have_url(re.compile("/trace/"))
    page.go_back()

    expect(row.get_by_role("gridcell").nth(3)).to_have_text(words)
    expect(row).to_be_in_viewport()
    assert grid.evaluate("table => table.scrollTop") == 1600


def test_while_the_server_is_gone_the_last_rows_stay_and_no_scope_shows_anothers_sums(
    page: Page, watch: Any
) -> None:
    watch.forgiven.append("ERR_FAILED")
    open_table(page, "/p/demo/traces")
    page.wait_for_load_state("networkidle")  # keys are lost until the page was drawn
    page.route("**/api/v1/**", lambda route: route.abort())

    page.keyboard.press("r")
    failed = page.get_by_role("alert").filter(has_text="The server does not answer")
    expect(failed.first).to_be_visible()
    expect(page.get_by_role("row").nth(3)).to_be_visible()

    page.get_by_role("radio", name="Spans").click()
    expect(page.get_by_text(re.compile(r"^[\d,]+ spans"))).to_have_count(0)
