"""Alerts: a rule is tried on the past, kept, muted, and tells a receiver of this machine."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from alerts.receivers import Web, web
from browser.pages import Watch
from evaluation_server import API, until
from otlp import JSON, request, span, trace_id, used_memory
from servers import ServerProcess

PROJECT = "watched"
HOUR_S = 3_600
FAILED = {"status": {"code": 2, "message": "timeout"}}
FAILING = {
    "project": PROJECT,
    "name": "Failing now",
    "measure": "error_rate",
    "window": "1h",
    "condition": {"kind": "threshold", "alert": {"bound": 0.5}},
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server whose application fails now, and failed two days ago for three hours."""
    started = ServerProcess(tmp_path_factory.mktemp("alerts") / "data").start()
    good = [span(trace_id(), at_s=-age * HOUR_S - 60) for age in range(2, 20 * 24)]
    bad = [span(trace_id(), at_s=-age * HOUR_S - 30, **FAILED) for age in (0, 48, 49, 50)]
    worse = [span(trace_id(), at_s=-age * HOUR_S - 20, **FAILED) for age in (0, 48, 49, 50)]
    body = json.dumps(request(*good, *bad, *worse, project=PROJECT)).encode()
    assert started.call("POST", "/v1/traces", body, JSON)[0] == 200
    yield started
    assert started.stop() == 0, started.said()[-2000:]


@pytest.fixture(scope="module")
def receiver() -> Iterator[Web]:
    with web() as received:
        yield received


@pytest.fixture(scope="module")
def open_rule(server: ServerProcess) -> dict[str, Any]:
    """A rule whose episode is open."""
    status, made = server.call("POST", f"{API}/alerts", FAILING)
    assert status == 201, made
    until(lambda: server.get(f"{API}/alerts/{made['id']}")["open_count"], "an open episode")
    return dict(made)


def test_a_channel_is_made_tried_and_gone(page: Page, receiver: Web) -> None:
    page.goto("/settings/alerts")
    expect(page.get_by_role("heading", name="Nobody can be told yet")).to_be_visible()
    page.get_by_role("button", name="New channel").click()
    dialog = page.get_by_role("dialog", name="New channel")
    dialog.get_by_label("Name").fill("Our bot")
    dialog.get_by_label("Address").fill(f"{receiver.url}/hook")
    dialog.get_by_label("Secret").fill("not known to anybody else")
    dialog.get_by_role("button", name="Add").click()
    row = page.get_by_role("row").filter(has_text="Our bot")
    expect(row).to_contain_text("http://127.0.0.1")

    row.get_by_role("button", name="Test").click()
    page.get_by_role("button", name="Send it").click()
    expect(page.get_by_text("It was taken after")).to_be_visible()
    assert "test of channel Our bot" in receiver.wait(1)[0]["events"][0]["text"]
    receiver.status = 500
    page.get_by_role("button", name="Send it").click()
    expect(page.get_by_text("500")).to_be_visible()
    receiver.status = 200
    page.get_by_role("button", name="Close").click()

    row.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete now").click()
    expect(page.get_by_role("heading", name="Nobody can be told yet")).to_be_visible()


def test_a_rule_is_tried_on_the_past_then_kept_muted_and_changed(
    page: Page, server: ServerProcess, watch: Watch
) -> None:
    watch.forgiven.append("400")  # a bound below the other
    channel = {"name": "On call", "kind": "webhook", "url": f"{server.url}/nowhere"}
    secret = {"secret": "not known to anybody else"}
    assert server.call("POST", f"{API}/alerts/channels", channel | secret)[0] == 201
    page.goto(f"/p/{PROJECT}/alerts")
    page.get_by_role("button", name="New rule").first.click()
    tried = page.get_by_role("region", name="The last 30 days")
    expect(tried.get_by_role("status")).to_contain_text("Give a bound")

    page.get_by_role("textbox", name="Name").fill("Too many failures")
    page.get_by_role("combobox", name="In the last").select_option("1h")
    page.get_by_role("textbox", name="Alert at, in per cent").fill("60")
    page.get_by_role("textbox", name="Warning at, in per cent").fill("80")
    expect(
        page.get_by_text("the bound of alert, 0.6, lies below that of warn, 0.8")
    ).to_be_visible()
    page.get_by_role("textbox", name="Warning at, in per cent").fill("50")
    episodes = tried.get_by_role("list", name="Episodes")
    expect(episodes.get_by_role("listitem").filter(has_text="lasted 3 h")).to_have_count(1)
    expect(tried.get_by_role("img", name="Share failed of traces")).to_be_visible()
    page.get_by_role("checkbox", name="On call").check()
    page.get_by_role("button", name="Create").click()

    expect(page.get_by_role("heading", name="History")).to_be_visible()
    expect(page.get_by_text("alert ≥ 60.0 %, warn ≥ 50.0 %")).to_be_visible()
    page.get_by_role("button", name="Mute").click()
    page.get_by_role("menuitem", name="For 1 hour").click()
    expect(page.get_by_text("muted until")).to_be_visible()
    page.get_by_role("tab", name="Change").click()
    expect(page.get_by_role("checkbox", name="On call")).to_be_checked()
    page.get_by_role("textbox", name="Name").fill("Failures")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="History")).to_be_visible()

    page.get_by_role("link", name="Alerts", exact=False).first.click()
    row = page.get_by_role("row").filter(has_text="Failures")
    expect(row).to_contain_text("muted")
    page.get_by_role("group", name="State").get_by_role("button", name="Muted").click()
    expect(page.get_by_role("row")).to_have_count(2)


def test_a_rule_on_hosts_is_tried_on_what_they_sent_and_kept(
    page: Page, server: ServerProcess
) -> None:
    ages = [age * 600 - 60 for age in range(1, 24 * 6)]
    full = [(age, 0.95 if 7 * HOUR_S < age < 10 * HOUR_S else 0.4) for age in ages]
    for host, shares in (("web-1", full), ("web-2", [(age, 0.3) for age in ages])):
        body = used_memory(host, shares, project=PROJECT)
        assert server.call("POST", "/v1/metrics", body, JSON)[0] == 200

    page.goto(f"/p/{PROJECT}/alerts/new")
    page.get_by_role("textbox", name="Name").fill("Memory")
    page.get_by_role("combobox", name="Of", exact=True).select_option("hosts")
    expect(page.get_by_role("checkbox", name="Watch each host for itself")).to_be_checked()
    page.get_by_role("combobox", name="Measure").fill("memory")
    page.get_by_role("textbox", name="Hosts").fill("web-*")
    page.get_by_role("textbox", name="Alert at, in per cent").fill("90")
    tried = page.get_by_role("region", name="The last 30 days")
    expect(tried.get_by_role("list", name="Episodes").get_by_role("listitem")).to_have_count(1)
    expect(tried.get_by_role("list", name="Episodes")).to_contain_text("web-1")
    page.get_by_role("button", name="Create").click()

    expect(page.get_by_role("heading", name="Memory of hosts")).to_be_visible()
    expect(page.get_by_text("alert ≥ 90.0 %")).to_be_visible()
    page.get_by_role("link", name="Alerts", exact=False).first.click()
    expect(page.get_by_role("row").filter(has_text="Memory")).to_contain_text("memory of hosts")


def test_an_open_episode_is_seen_from_everywhere(page: Page, open_rule: dict[str, Any]) -> None:
    page.goto(f"/p/{PROJECT}/overview")
    shown = page.get_by_role("region", name="Open alerts")
    expect(shown.get_by_role("row").filter(has_text=open_rule["name"])).to_contain_text("Alert")
    expect(page.get_by_role("link", name=re.compile(r"^Alerts \d+ open$"))).to_be_visible()

    shown.get_by_role("link", name=open_rule["name"]).click()

    expect(page.get_by_role("region", name="History")).to_contain_text("open for")
    expect(page.get_by_role("region", name="History")).to_contain_text("worst 100")


def test_a_chart_of_the_monitor_begins_a_rule(page: Page) -> None:
    page.goto(f'/p/{PROJECT}/monitor?range=7d&split=name&filter=name = "work"')
    chart = page.get_by_role("region", name="Duration p95 by name")
    chart.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Alert on this").click()

    expect(page.get_by_role("combobox", name="Measure")).to_have_value("p95(duration_ms)")
    expect(page.get_by_role("combobox", name="Filter")).to_have_value('name = "work"')
    expect(page.get_by_role("button", name="By name")).to_be_visible()


def test_a_maintenance_is_made_and_gone(page: Page, open_rule: dict[str, Any]) -> None:
    page.goto(f"/settings/alerts?project={PROJECT}")
    page.get_by_role("button", name="New maintenance").click()
    dialog = page.get_by_role("dialog", name="New maintenance")
    dialog.get_by_label("Name").fill("Nightly import")
    dialog.get_by_label("How often").select_option("Each week")
    dialog.get_by_role("checkbox", name="Mon").check()
    dialog.get_by_role("button", name="Add").click()
    row = page.get_by_role("row").filter(has_text="Nightly import")
    expect(row).to_contain_text("Mon at 02:00 for 1 h 00 m (UTC)")

    row.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete now").click()

    expect(page.get_by_role("heading", name="People are told at any time")).to_be_visible()


def test_axe_finds_nothing_wrong(
    page: Page, open_rule: dict[str, Any], violations: Callable[[Page], list[str]]
) -> None:
    page.goto(f"/p/{PROJECT}/alerts")
    expect(page.get_by_role("link", name=open_rule["name"])).to_be_visible()
    assert violations(page) == []
    page.goto(f"/p/{PROJECT}/alerts/{open_rule['id']}")
    expect(page.get_by_role("img", name="Share failed of traces")).to_be_visible()
    assert violations(page) == []
    page.goto(f"/p/{PROJECT}/alerts/{open_rule['id']}?view=edit")
    expect(page.get_by_role("list", name="Episodes").get_by_role("listitem")).not_to_have_count(0)
    assert violations(page) == []


def test_on_a_phone_nothing_scrolls_sideways(phone: Page, open_rule: dict[str, Any]) -> None:
    for path in ("alerts", f"alerts/{open_rule['id']}", f"alerts/{open_rule['id']}?view=edit"):
        phone.goto(f"/p/{PROJECT}/{path}")
        expect(phone.get_by_text(open_rule["name"]).first).to_be_visible()
        wide = phone.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not wide, path
