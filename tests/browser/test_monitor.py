"""The ready-made board: one filter, split and range for all charts, and ways to the rows behind."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, Route, expect

from browser.conftest import Watch
from fakes.unruly_provider import unruly_provider
from gateway_world import KEY, Desk
from otlp import JSON, attributes, request, span, trace_id
from servers import ServerProcess

WEEK = "/p/demo/monitor?range=7d"
ROWS = re.compile(r"^Show the [\d,]+ traces?$")


def card(page: Page, title: str) -> Locator:
    return page.get_by_role("region", name=title, exact=True)


def drawn(page: Page, title: str) -> Locator:
    chart = card(page, title).get_by_role("img")
    expect(chart).to_be_visible()
    return chart


def search_of(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_the_board_says_what_the_api_says_and_passes_axe(
    page: Page, server: ServerProcess, violations: Callable[[Page], list[str]]
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(WEEK)
    for title in ("Cost by model", "p95 by tool", "Failed traces by type of error", "helpful"):
        drawn(page, title)

    _, answer = server.call(
        "POST",
        "/api/v1/metrics/query",
        {"project": "demo", "measures": ["count", "sum(cost.total)", "avg(scores.helpful)"]},
    )
    [point] = answer["series"][0]["points"]
    expect(card(page, "Traces")).to_contain_text(f"{point['count']:,}")
    expect(card(page, "Cost by model")).to_contain_text(f"${point['sum(cost.total)']:.2f}")
    expect(card(page, "helpful")).to_contain_text(f"{point['avg(scores.helpful)']:.2f}")
    expect(card(page, "Calls by tool").get_by_role("link", name="get_order")).to_be_visible()
    assert sum(url.endswith("metrics/query") for url in asked) == 7

    assert violations(page) == []


def test_filter_split_and_zoom_hold_for_all_charts_and_lead_to_the_rows(page: Page) -> None:
    page.goto(WEEK)
    drawn(page, "Calls by model")
    page.keyboard.press("/")
    page.keyboard.type('environment = "production"')
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Split by").click()
    page.get_by_role("menuitem", name="tag", exact=True).click()

    for title in ("Traces by tag", "Calls by tag", "Cost by tag"):
        drawn(page, title)
    assert search_of(page)["filter"] == ['environment = "production"']
    assert search_of(page)["split"] == ["tags"]

    card(page, "Calls by tag").get_by_role("button", name="Show Calls by tag as table").click()
    table = page.get_by_role("region", name="Calls by tag as table")
    expect(table.get_by_role("columnheader", name=re.compile("others?$"))).to_be_visible()

    chart = drawn(page, "Traces by tag")
    chart.drag_to(chart, source_position={"x": 100, "y": 60}, target_position={"x": 180, "y": 60})
    expect(page.get_by_role("button", name=re.compile("^Remove start"))).to_be_visible()
    assert {"from", "to", "around"} <= search_of(page).keys()

    with page.expect_download() as download:
        card(page, "Traces by tag").get_by_role("button", name="More of Traces by tag").click()
        page.get_by_role("menuitem", name="Download as JSON").click()
    assert json.loads(download.value.path().read_text())["points"]

    card(page, "Calls by tag").get_by_role("link", name="Show the rows").click()
    expect(page.get_by_role("row").nth(1)).to_be_visible()
    assert search_of(page)["scope"] == ["spans"]
    assert search_of(page)["filter"] == ['any(trace: environment = "production")']
    assert search_of(page)["chips"] == ['kind = "llm"']


def test_a_point_of_a_chart_leads_to_its_traces(page: Page) -> None:
    page.goto(WEEK)
    chart = drawn(page, "Traces")

    chart.click(position={"x": 190, "y": 60})
    page.get_by_role("link", name=ROWS).click()

    expect(page).to_have_url(re.compile(r"/p/demo/traces\?.*from=.*to="))


def test_what_is_missing_or_fails_is_said_where_it_is(page: Page, watch: Watch) -> None:
    watch.forgiven.append("503")
    watch.forgiven.append("400")
    page.goto(f'{WEEK}&filter=name = "nobody"')
    expect(page.get_by_text("No traces match the filter")).to_be_visible()
    page.get_by_role("button", name="Drop").click()
    drawn(page, "Traces")

    page.goto(f"{WEEK}&filter=durations > 2s")
    page.get_by_role("button", name="Use duration_ms").click()
    drawn(page, "Traces")

    def refuse(route: Route) -> None:
        if 'kind = \\"llm\\"' in (route.request.post_data or ""):
            broken = {"code": "unavailable", "message": "the span store does not answer"}
            route.fulfill(status=503, json={"error": broken})
        else:
            route.continue_()

    page.route("**/api/v1/metrics/query", refuse)
    page.goto(WEEK)
    failed = card(page, "Failed calls").get_by_role("alert")
    expect(failed).to_contain_text("The span store does not answer")
    drawn(page, "Duration")
    page.unroute("**/api/v1/metrics/query")
    failed.get_by_role("button", name="Try again").click()
    drawn(page, "Failed calls")


def test_users_token_types_caches_and_guardrails_have_charts_where_there_are_any(
    page: Page, server: ServerProcess
) -> None:
    guard = {"openinference.span.kind": "GUARDRAIL"}
    said = ('{"passed": true}', '{"passed": false}', '{"tripwire_triggered": true}')
    put = [
        span(trace_id(), at_s=-7_200, attributes=attributes({**guard, "output.value": verdict}))
        for verdict in said
    ]
    failed = span(trace_id(), at_s=-7_200, status={"code": 2}, attributes=attributes(dict(guard)))
    body = json.dumps(request(*put, failed, project="guarded")).encode()
    assert server.call("POST", "/v1/traces", body, JSON)[0] == 200
    page.goto("/p/guarded/monitor")
    drawn(page, "Guardrail hits")
    expect(card(page, "Guardrail hits")).to_contain_text("75.0% of checks")
    for title in ("Cost per user", "Cost by token type", "Input from the cache"):
        expect(card(page, title)).to_have_count(0)

    [spent] = server.call(
        "POST",
        "/api/v1/metrics/query",
        {
            "project": "demo",
            "filter": "user_id exists",
            "measures": ["sum(cost.total) / uniq(user_id)", "sum(usage.cached_tokens)"],
        },
    )[1]["series"][0]["points"]
    page.goto(WEEK)
    drawn(page, "Cost per user")
    expect(card(page, "Cost per user")).to_contain_text(
        f"${spent['sum(cost.total) / uniq(user_id)']:.4f}"
    )
    drawn(page, "Input from the cache")
    card(page, "Cost by token type").get_by_role("button", name=re.compile("as table$")).click()
    table = card(page, "Cost by token type").get_by_role("table")
    expect(table.get_by_role("columnheader", name="input")).to_be_visible()
    expect(table.get_by_role("columnheader", name="not told apart")).to_have_count(0)

    page.get_by_role("button", name="Split by").click()
    page.get_by_role("menuitem", name="model", exact=True).click()
    drawn(page, "Input from the cache by model")
    drawn(page, "Cost per user")
    expect(card(page, "Cost by token type")).to_have_count(0)


def test_answers_of_the_gateways_cache_and_what_they_saved_have_charts(
    page: Page, server: ServerProcess
) -> None:
    with unruly_provider() as provider:
        desk = Desk(server, provider)
        account = {"base_url": provider.base_url, "api_key": KEY, "models": ["kept"]}
        assert server.call("PUT", "/api/v1/providers/acme", account)[0] == 200
        server.call(
            "POST", "/api/v1/prices", {"model": "kept*", "prices": {"input": 4, "output": 0}}
        )
        desk.route("kept", "kept", cache={"ttl": 60})
        client = desk.client(default_headers={"x-pilothouse-project": "kept"})
        for _ in range(4):
            client.chat.completions.create(
                model="kept", messages=[{"role": "user", "content": "Hi"}], temperature=0
            )
        desk.spans("kept", 4)
        client.close()

    page.goto("/p/kept/monitor")

    expect(card(page, "Answers from the cache")).to_contain_text("75.0% of calls")
    expect(card(page, "Saved by the cache")).to_contain_text("$0.0003")
    page.goto(WEEK)
    drawn(page, "Calls by model")
    expect(card(page, "Answers from the cache")).to_have_count(0)


def test_on_a_phone_the_board_is_one_column(phone: Page) -> None:
    phone.goto(WEEK)
    drawn(phone, "Traces")

    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
