"""The overview: what it says is what the API says, and every figure leads to its rows."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, Route, expect

from browser.conftest import Watch
from servers import ServerProcess

UNKNOWN = "\N{EN DASH}"
WEEK = "/p/demo/overview?range=7d"
ROWS = re.compile(r"^Show the \d+ traces?$")
LONG_AGO = "/p/demo/overview?from=2020-01-01T00:00:00.000Z&to=2020-01-02T00:00:00.000Z"


def figure(page: Page, title: str) -> Locator:
    return page.get_by_role("region", name="Figures").get_by_role(
        "link", name=re.compile(f"^{title}")
    )


def whole_chart(page: Page) -> Locator:
    """The first chart, once the line of the period before is in it, which comes last."""
    chart = page.get_by_role("region", name="Traces and errors")
    expect(chart).to_contain_text("the 7 days before")
    return chart.get_by_role("img")


def search_of(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_the_figures_are_those_of_the_api(page: Page, server: ServerProcess) -> None:
    page.goto(WEEK)
    expect(figure(page, "Traces")).to_be_visible()

    _, answer = server.call(
        "POST",
        "/api/v1/metrics/query",
        {"project": "demo", "scope": "traces", "measures": ["count", "sum(cost.total)"]},
    )
    [point] = answer["series"][0]["points"]

    expect(figure(page, "Traces")).to_contain_text(f"{point['count']:,}")
    expect(figure(page, "Cost")).to_contain_text(f"${point['sum(cost.total)']:.2f}")


def test_a_figure_leads_to_the_traces_behind_it(page: Page) -> None:
    page.goto(WEEK)

    figure(page, "Error share").click()

    expect(page).to_have_url(re.compile("/p/demo/traces"))
    assert search_of(page)["filter"] == ['status = "error"']
    assert search_of(page)["range"] == ["7d"]


def test_a_day_is_compared_with_the_day_before(page: Page) -> None:
    page.goto("/p/demo/overview")

    expect(page.get_by_role("region", name="Traces and errors")).to_contain_text(
        "the 24 hours before"
    )
    expect(figure(page, "Traces")).to_contain_text(re.compile("on the 24 hours before|the same as"))


def test_a_chart_says_what_it_shows_and_can_be_read_as_a_table(page: Page) -> None:
    page.goto(WEEK)
    chart = page.get_by_role("img", name=re.compile("^Latency, .* Last: p50 .*, p99 "))
    expect(chart).to_be_visible()

    page.get_by_role("button", name="Show Latency as table").click()

    rows = page.get_by_role("region", name="Latency as table").get_by_role("row")
    expect(rows.first).to_contain_text("p99")
    expect(chart).to_be_hidden()


def test_dragging_over_a_chart_narrows_the_time_range(page: Page) -> None:
    page.goto(WEEK)
    chart = whole_chart(page)

    chart.drag_to(chart, source_position={"x": 250, "y": 60}, target_position={"x": 400, "y": 60})

    expect(page).to_have_url(re.compile(r"from=.*&to="))


def test_a_chart_keeps_its_tooltip_when_drawn_anew_and_when_pressed(page: Page) -> None:
    """So that its link can be reached."""
    page.goto(WEEK)
    chart = whole_chart(page)
    rows = page.get_by_role("link", name=ROWS)

    chart.hover(position={"x": 350, "y": 50})
    expect(rows).to_be_visible()
    page.emulate_media(color_scheme="dark")
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
    expect(rows).to_be_visible()
    chart.click(position={"x": 350, "y": 50})
    page.emulate_media(color_scheme="light")
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "light")
    rows.click()

    expect(page).to_have_url(re.compile(r"/p/demo/traces\?from="))


def test_an_error_leads_to_the_traces_in_which_it_happened(page: Page) -> None:
    page.goto(WEEK)

    page.get_by_role("region", name="Newest errors").get_by_role("link").first.click()

    expect(page).to_have_url(re.compile("/p/demo/traces"))
    [chosen] = search_of(page)["filter"]
    assert chosen.startswith('any(span: status = "error" and name = ')
    expect(page.get_by_role("row").nth(1)).to_be_visible()


def test_the_dearest_user_leads_to_their_page(page: Page) -> None:
    page.goto(WEEK)

    page.get_by_role("region", name="Most expensive users").get_by_role("link").first.click()

    expect(page).to_have_url(re.compile("/p/demo/users/u-"))


def test_a_time_without_traces_says_so_instead_of_showing_zeros(page: Page) -> None:
    page.goto(LONG_AGO)

    expect(page.get_by_text("No span failed in this time.")).to_be_visible()
    expect(page.get_by_text("No model was called in this time.")).to_be_visible()
    expect(figure(page, "Error share")).to_contain_text(UNKNOWN)
    page.get_by_role("button", name="Show all time").click()
    expect(page).to_have_url(re.compile("range=all"))
    expect(page.get_by_text("No trace of this project began in this time.")).to_be_hidden()


def test_a_panel_that_fails_says_why_and_tries_again(page: Page, watch: Watch) -> None:
    watch.forgiven.append("503")
    broken = {"error": {"code": "unavailable", "message": "the span store does not answer"}}

    def refuse(route: Route) -> None:
        route.fulfill(status=503, json=broken)

    page.route("**/api/v1/metrics/query", refuse)
    page.goto(WEEK)
    failed = page.get_by_role("alert").first
    expect(failed).to_contain_text("The span store does not answer")
    page.unroute("**/api/v1/metrics/query")

    failed.get_by_role("button", name="Try again").click()

    expect(figure(page, "Traces")).to_be_visible()


def test_axe_finds_nothing_wrong(page: Page, violations: Callable[[Page], list[str]]) -> None:
    page.goto(WEEK)
    expect(figure(page, "Traces")).to_be_visible()
    expect(
        page.get_by_role("region", name="Newest errors").get_by_role("row").nth(1)
    ).to_be_visible()

    assert violations(page) == []


def test_on_a_phone_nothing_scrolls_sideways(phone: Page) -> None:
    phone.goto(WEEK)
    expect(figure(phone, "Traces")).to_be_visible()

    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
