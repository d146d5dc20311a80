"""What can be done with each chart of a board: marks, enlarging, pictures, alerts."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, expect

from browser.test_dashboards import COST, LATENCY, made
from servers import ServerProcess

WEEK = "/p/demo/monitor?range=7d"
MARKS = "Releases and prompt versions"
WIDE = re.compile(r"^1\d{3}$")
PNG = b"\x89PNG"


def card(page: Page, title: str) -> Locator:
    return page.get_by_role("region", name=title, exact=True)


def handles(page: Page, title: str) -> Locator:
    return card(page, title).get_by_role("list", name=MARKS).get_by_role("button")


def choose(page: Page, title: str, entry: str) -> None:
    card(page, title).get_by_role("button", name=f"More of {title}").click()
    page.get_by_role("menuitem", name=entry).click()


def search_of(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_charts_are_marked_with_releases_and_prompt_versions_that_lead_to_their_traces(
    page: Page, server: ServerProcess, violations: Callable[[Page], list[str]]
) -> None:
    news = server.get("/api/v1/metrics/first-seen?project=demo")
    newest = next(one for one in news["items"] if one["kind"] == "release")
    page.goto(WEEK)
    last = handles(page, "Traces").last

    last.focus()
    link = card(page, "Traces").get_by_role("link", name=f"Release {newest['name']}")
    expect(link).to_be_visible()
    assert violations(page) == []
    last.press("ArrowLeft")
    expect(link).to_be_hidden()
    expect(handles(page, "Traces").first).to_be_focused()
    chart = card(page, "Traces").get_by_role("img")
    expect(chart).to_have_attribute("aria-label", re.compile(f"Marked: .*{newest['name']}"))
    expect(handles(page, "p95 by tool").first).to_be_attached()

    last.hover()
    link.click()
    expect(page).to_have_url(re.compile("/p/demo/traces"))
    assert search_of(page)["chips"] == [f'release = "{newest["name"]}"']


def test_marks_are_listed_and_switched_off_in_the_toolbar(
    page: Page, server: ServerProcess
) -> None:
    news = server.get("/api/v1/metrics/first-seen?project=demo")
    number = made(server, "Marked", LATENCY, COST)
    page.goto(f"/p/demo/monitor/{number}?range=7d")
    expect(handles(page, "Latency").first).to_be_attached()

    page.get_by_role("button", name=MARKS).first.click()
    switch = page.get_by_role("menuitem", name="Mark them in the charts")
    expect(switch.get_by_label("chosen")).to_be_visible()
    expect(page.get_by_role("menuitem")).to_have_count(1 + news["count"])
    switch.click()
    expect(page.get_by_role("list", name=MARKS)).to_have_count(0)
    assert search_of(page)["marks"] == ["off"]

    page.get_by_role("menuitem", name=re.compile("^Prompt ")).first.click()
    expect(page).to_have_url(re.compile("/p/demo/traces"))
    assert search_of(page)["chips"][0].startswith("prompt.name = ")


def test_more_marks_than_are_drawn_are_said(page: Page) -> None:
    item = {"kind": "release", "version": None, "first_seen_at": "2026-11-01T00:00:00.000000Z"}
    items = [{**item, "name": f"build {n}"} for n in range(50)]
    many = {"items": items, "count": 1_234, "truncated": True}
    page.route("**/metrics/first-seen?*", lambda route: route.fulfill(json=many))
    page.goto(WEEK)

    page.get_by_role("button", name=MARKS).first.click()

    expect(page.get_by_text("The newest 50 of 1,234")).to_be_visible()


def test_a_chart_is_enlarged_by_key_and_by_its_address_and_kept_as_a_picture(page: Page) -> None:
    page.goto(WEEK)
    enlarge = card(page, "Duration").get_by_role("button", name="Enlarge Duration")
    enlarge.press("Enter")
    dialog = page.get_by_role("dialog", name="Duration, enlarged")
    expect(dialog.locator("canvas")).to_have_attribute("width", WIDE)
    assert search_of(page)["chart"] == ["duration"]
    page.reload()
    expect(dialog.locator("canvas")).to_have_attribute("width", WIDE)
    with page.expect_download() as download:
        dialog.get_by_role("button", name="More of Duration").click()
        page.get_by_role("menuitem", name="Download as PNG").click()
    large = download.value.path().read_bytes()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert "chart" not in search_of(page)

    with page.expect_download() as download:
        choose(page, "Duration", "Download as PNG")
    small = download.value.path().read_bytes()
    assert small.startswith(PNG)
    assert width_of(large) > 2 * width_of(small)

    with page.expect_download() as download:
        page.get_by_role("button", name="Download the board as PNG").click()
    whole = download.value.path().read_bytes()
    assert whole.startswith(PNG)
    assert width_of(whole) > width_of(large) / 2


def width_of(png: bytes) -> int:
    return int.from_bytes(png[16:20])


def test_an_alert_on_a_chart_or_a_panel_asks_what_it_asks(
    page: Page, server: ServerProcess
) -> None:
    page.goto(f'{WEEK}&filter=environment = "production"')
    choose(page, "p95 by tool", "Alert on this")
    expect(page.get_by_label("Name")).to_have_value("p95 by tool")
    assert search_of(page) == {
        "name": ["p95 by tool"],
        "scope": ["spans"],
        "filter": ['kind in ("tool", "retriever") and any(trace: environment = "production")'],
        "measure": ["p95(duration_ms)"],
        "group_by": ["name"],
    }

    number = made(server, "Watched", LATENCY, COST)
    page.goto(f'/p/demo/monitor/{number}?range=7d&filter=environment = "production"')
    expect(card(page, "Cost")).to_contain_text("$")
    choose(page, "Cost", "Alert on this")
    expect(page.get_by_label("Name")).to_have_value("Cost")
    assert search_of(page) == {
        "name": ["Cost"],
        "scope": ["traces"],
        "filter": ['environment = "production"'],
        "measure": ["sum(cost.total)"],
    }
    expect(page.get_by_role("region", name=re.compile("^The last"))).to_be_visible()


def test_scores_of_the_same_traces_are_held_against_each_other(
    page: Page, server: ServerProcess, violations: Callable[[Page], list[str]]
) -> None:
    traces = server.get("/api/v1/traces?project=demo&limit=60")["items"]
    given = [
        {"trace_id": one["trace_id"], "project": "demo", **score}
        for n, one in enumerate(traces)
        for score in (
            {"name": "bought", "value": n % 2, "source": "end_user"},
            {"name": "persuasion", "value": n % 2 + n / 100, "source": "judge"},
        )
    ]
    assert server.call("POST", "/api/v1/scores", given)[0] == 200
    page.goto(WEEK)

    row = page.get_by_role("row").filter(has_text="bought").filter(has_text="persuasion")
    row.scroll_into_view_if_needed()

    expect(row).to_contain_text("bought users and persuasion evaluators")
    expect(row).to_contain_text("point-biserial")
    expect(row).to_contain_text("go together")
    expect(row.get_by_role("img")).to_have_attribute(
        "aria-label", re.compile(r"^0\.9\d, between 0\.\d+ and 0\.9\d$")
    )
    assert violations(page) == []
