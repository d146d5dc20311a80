"""Alerts as a client meets them, on a real server with real receivers."""

from __future__ import annotations

import contextlib
import itertools
import json
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alerts.receivers import Web, web
from evaluation_server import until
from otlp import JSON, request, span, trace_id
from servers import ServerProcess

API = "/api/v1"
SECRET = "not known to anybody else"
DAY_S = 86_400
BUSY = {"kind": "threshold", "warn": {"bound": 3}, "alert": {"bound": 6}}
_numbers = itertools.count(1)


class World:
    """A server, a project of its own, and a receiver that a channel leads to."""

    def __init__(self, server: ServerProcess, receiver: Web) -> None:
        self.server, self.receiver = server, receiver
        self.project = f"alerts-{next(_numbers)}"
        self.made("/projects", {"name": self.project})
        hook = {"name": self.project, "kind": "webhook", "url": f"{receiver.url}/hook"}
        self.channel = self.made("/alerts/channels", {**hook, "secret": SECRET})["id"]

    def made(self, path: str, body: Any, *, expect: int = 201) -> dict[str, Any]:
        """What a POST answered; asserts its status."""
        status, answer = self.server.call("POST", API + path, body)
        assert status == expect, answer
        return dict(answer)

    def rule(self, **more: Any) -> dict[str, Any]:
        """A new rule of the project, told on the channel."""
        given = {"project": self.project, "name": "watch", "channels": [self.channel]}
        return self.made("/alerts", given | more)

    def get(self, path: str) -> Any:
        return self.server.get(f"{API}/alerts{path}")

    def send(self, ages_s: list[float], name: str = "answer", **more: Any) -> None:
        """Traces of one span each, so many seconds old."""
        spans = [span(trace_id(), at_s=-age, name=name, **more) for age in ages_s]
        body = json.dumps(request(*spans, project=self.project)).encode()
        assert self.server.call("POST", "/v1/traces", body, JSON)[0] == 200

    def history(self, rule_id: str) -> list[dict[str, Any]]:
        """What happened, the earliest first."""
        return list(reversed(self.get(f"/{rule_id}/history?limit=1000")["items"]))


@pytest.fixture
def world(server: ServerProcess) -> Iterator[World]:
    with web() as receiver:
        yield World(server, receiver)


def test_a_rule_by_group_tells_which_one_is_wrong_and_how_far_that_was_told(world: World) -> None:
    world.send([200] * 7, "answer")
    world.send([200] * 4, "search")
    world.send([200], "greet")

    made = world.rule(group_by="name", window="10m", condition=BUSY)
    [message] = world.receiver.wait(1)

    events = {one["group"]["name"]: one for one in message["events"]}
    assert {name: (one["level"], one["value"]) for name, one in events.items()} == {
        "answer": ("alert", 7),
        "search": ("warn", 4),
    }
    assert "count of traces" in events["answer"]["text"]
    assert events["answer"]["url"].endswith(f"/p/{world.project}/alerts/{made['id']}")
    rule = world.get(f"/{made['id']}")
    assert (rule["state"], rule["open_count"]) == ("alert", 2)
    assert [(one["group"], one["level"]) for one in rule["groups"]] == [
        ("answer", "alert"), ("search", "warn"), ("greet", "ok")
    ]  # fmt: skip
    sent = until(
        lambda: [
            one
            for event in world.history(made["id"])
            for one in event["deliveries"]
            if one["status"] == "sent"
        ],
        "the message is crossed off",
    )
    assert {one["message_id"] for one in sent} == {message["id"]}
    [listed] = world.get(f"?project={world.project}")["items"]
    assert listed["last_notified_at"] == sent[0]["at"]


def test_how_many_rules_are_open_is_told_by_project(world: World) -> None:
    world.send([200] * 7)
    made = world.rule(window="10m", condition=BUSY)
    world.rule(name="quiet", window="10m", condition={**BUSY, "warn": None, "alert": {"bound": 99}})
    world.rule(name="off", window="10m", condition=BUSY, enabled=False)
    world.receiver.wait(1)

    found = {one["project"]: one for one in world.server.get(f"{API}/open-alerts")["items"]}

    counts = {"rules": 2, "open_rules": 1, "failing_rules": 0}
    assert found[world.project] == {"project": world.project, **counts}
    assert world.get(f"/{made['id']}")["open_count"] == 1


def test_killed_before_it_could_note_a_message_as_sent_a_server_repeats_it_with_its_key(
    server_in: Any,
) -> None:
    with web() as receiver:
        receiver.hangs = threading.Event()
        server = server_in()
        world = World(server, receiver)
        made = world.rule(condition={"kind": "absence", "alert": {"bound": 5}})
        receiver.wait(1)
        server.stop(signal.SIGKILL)
        receiver.hangs.set()

        server.start()
        receiver.wait(2)
        [event] = until(
            lambda: [
                one
                for one in world.history(made["id"])
                if [each["status"] for each in one["deliveries"]] == ["sent"]
            ],
            "the message is crossed off",
        )
        listed = world.get(f"/{made['id']}")

    first, second = (one["idempotency-key"] for one in receiver.headers)
    assert first == second == event["deliveries"][0]["message_id"]
    assert receiver.messages[0] == receiver.messages[1]
    assert (listed["state"], listed["open_count"]) == ("alert", 1)
    assert SECRET not in server.said()


def test_a_preview_says_what_a_rule_would_have_done(world: World) -> None:
    noon_ago = (
        time.time() % DAY_S - DAY_S // 2 + 60
    )  # a minute before the last noon in UTC, or next
    weeks = [noon_ago + week * 7 * DAY_S for week in range(1, 6)]
    world.send([age for week in weeks for age in [week] * 5])
    world.send([weeks[1]] * 20)
    asked = {"project": world.project, "window": "1h"}

    many = world.made(
        "/alerts/preview",
        {**asked, "condition": {"kind": "threshold", "alert": {"bound": 20}}},
        expect=200,
    )
    more = world.made(
        "/alerts/preview",
        {
            **asked,
            "group_by": "name",
            "condition": {"kind": "change", "alert": {"bound": 300}, "periods": 2},
        },
        expect=200,
    )

    at = datetime.now(UTC) - timedelta(seconds=weeks[1])
    for found in (many, more):
        [episode] = found["episodes"]
        opened = datetime.fromisoformat(episode["opened_at"])
        assert timedelta(0) < opened - at <= timedelta(hours=1)
        assert (episode["value"], episode["notifications"], found["notifications"]) == (25, 2, 2)
    assert more["episodes"][0]["group"] == "answer"
    assert len(many["series"][0]["points"]) == many["evaluations"] > 24 * 7
    assert world.get(f"?project={world.project}")["items"] == []


def test_a_preview_that_would_last_too_long_tries_less_of_the_past_and_says_so(
    world: World,
) -> None:
    condition = {"kind": "anomaly", "season": "day", "periods": 28, "alert": {"bound": 3}}
    found = world.made(
        "/alerts/preview",
        {"project": world.project, "window": "1m", "days": 30, "condition": condition},
        expect=200,
    )

    since, until = (datetime.fromisoformat(found[name]) for name in ("from", "to"))
    samples = (until - since) // timedelta(minutes=1) * 28 * 61
    assert 1_900_000 < samples <= 2_000_000


def test_a_rule_compares_with_the_same_hour_of_earlier_weeks(world: World) -> None:
    for week in (1, 2):
        around = range(-7200, 7201, 300)  # one each five minutes: twelve an hour
        world.send([week * 7 * DAY_S + second for second in around])
    world.send([180] * 60)

    change = {"kind": "change", "alert": {"bound": 300}, "periods": 4}
    made = world.rule(window="1h", condition=change)
    [message] = world.receiver.wait(1)
    anomaly = {"kind": "anomaly", "alert": {"bound": 100}, "periods": 4}
    unusual = world.rule(window="1h", condition=anomaly, channels=[])

    [event] = message["events"]
    assert (event["level"], event["value"]) == ("alert", 60)
    assert event["expected"] == pytest.approx(12, abs=1)  # one may fall on the edge
    stands = until(lambda: world.get(f"/{unusual['id']}")["groups"], "it was looked at")
    assert (stands[0]["level"], stands[0]["expected"]) == ("ok", event["expected"])
    assert world.get(f"/{made['id']}")["state"] == "alert"
    assert world.get(f"/{unusual['id']}")["last_notified_at"] is None

    asked = {"project": world.project, "window": "1h", "days": 2, "condition": anomaly}
    tried = world.made("/alerts/preview", asked, expect=200)
    known = [one for one in tried["series"][0]["points"] if one["expected"] is not None]
    assert known
    assert all(one["spread"] > 0 for one in known)


def test_a_rule_whose_field_is_no_more_says_so_and_the_others_go_on(world: World) -> None:
    made, other = world.rule(condition=BUSY), world.rule(name="other", condition=BUSY)
    until(lambda: world.get(f"/{other['id']}")["evaluated_at"], "they were looked at")
    renamed = """
        UPDATE alert_rules
        SET evaluated_at = 0,
            question = CASE WHEN id = ? THEN REPLACE(question, 'count', 'p95(colour)')
                ELSE question END
    """
    path = world.server.data / "pilothouse.db"
    with contextlib.closing(sqlite3.connect(path)) as records, records:
        records.execute(renamed, [made["id"]])
    world.server.call("PATCH", f"{API}/alerts/{other['id']}", {"name": "the other"})

    broken = until(lambda: world.get(f"/{made['id']}")["error"], "it was looked at")

    assert "there is no field 'colour'" in broken
    assert world.get(f"/{made['id']}")["state"] == "error"
    assert world.get(f"/{other['id']}")["state"] == "ok"
    assert [one["kind"] for one in world.history(made["id"])] == ["error"]


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("unknown field", {"measure": "p95(duratio_ms)"}, "did you mean 'duration_ms'"),
    ("unknown measure", {"measure": "p95th"}, "there is no measure"),
    ("no number", {"measure": "histogram(duration_ms)"}, "is no number"),
    ("filter", {"filter": "status = "}, "column 10"),
    ("group", {"group_by": "colour"}, "colour"),
    ("not of this scope", {"scope": "sessions", "group_by": "model"}, "sessions"),
    ("window", {"window": "7m"}, "'5m', '10m'"),
    ("no bound", {"condition": {"kind": "threshold"}}, "give warn or alert"),
    ("channel", {"channels": ["nobody"]}, "there is no channel 'nobody'"),
    ("word", {"colour": "red"}, "colour"),
    ("NaN", {"condition": {"kind": "threshold", "alert": {"bound": "NaN"}}}, "finite"),
]


@pytest.mark.parametrize(("_what", "wrong", "said"), REFUSED, ids=[one[0] for one in REFUSED])
def test_a_rule_that_cannot_work_is_refused_in_words(
    world: World, _what: str, wrong: dict[str, Any], said: str
) -> None:
    body = {"project": world.project, "name": "watch", "condition": BUSY, **wrong}

    refused = world.made("/alerts", body, expect=400)

    assert said in refused["error"]["message"]
    assert world.get(f"?project={world.project}")["items"] == []


def test_a_rule_is_changed_muted_and_removed(world: World) -> None:
    made = world.rule(condition=BUSY, for_minutes=5, remind_minutes=60)
    path = f"{API}/alerts/{made['id']}"

    _, changed = world.server.call("PATCH", path, {"window": "1h", "remind_minutes": 0})
    muted = world.made(f"/alerts/{made['id']}/mute", {"until": "2030-01-01T00:00:00Z"}, expect=200)
    loud = world.made(f"/alerts/{made['id']}/mute", {"until": None}, expect=200)
    wrong, _ = world.server.call("PATCH", path, {"measure": "p95(colour)"})
    gone, _ = world.server.call("DELETE", path)

    assert (changed["window"], changed["for_minutes"], changed["remind_minutes"]) == ("1h", 5, 0)
    assert muted["muted_until"] == "2030-01-01T00:00:00Z"
    assert (loud["muted_until"], wrong, gone) == (None, 400, 204)
    assert [world.server.call(verb, path)[0] for verb in ("GET", "DELETE")] == [404, 404]


def test_a_channel_never_tells_where_it_leads_and_stays_while_it_is_needed(world: World) -> None:
    made = world.rule(condition=BUSY)
    path = f"{API}/alerts/channels/{world.channel}"
    [listed] = [one for one in world.get("/channels")["items"] if one["id"] == world.channel]

    tested = world.made(f"/alerts/channels/{world.channel}/test", None, expect=200)
    elsewhere = {"url": "http://127.0.0.1:1/elsewhere"}
    moved, said = world.server.call("PATCH", path, elsewhere)
    emptied, _ = world.server.call("PATCH", path, elsewhere | {"secret": ""})
    same = {"name": world.project, "kind": "webhook", "url": world.receiver.url, "secret": SECRET}
    world.made("/alerts/channels", same, expect=409)
    world.made("/alerts/channels", {**same, "name": "x", "secret": "short"}, expect=400)
    unknown = {"name": "x", "kind": "apprise", "url": "nonsense://x"}
    world.made("/alerts/channels", unknown, expect=422)
    new = {"project": world.project, "name": "all", "amount": 5, "channels": [world.channel]}
    budget = world.made("/budgets", new)
    kept, why = world.server.call("DELETE", path)
    world.server.call("DELETE", f"{API}/alerts/{made['id']}")
    still_kept, _ = world.server.call("DELETE", path)
    world.server.call("DELETE", f"{API}/budgets/{budget['id']}")

    assert "/hook" not in json.dumps(listed)
    assert SECRET not in json.dumps(listed)
    assert listed["hint"] == "http://127.0.0.1"
    assert tested["ok"]
    assert world.receiver.messages[0]["events"][0]["kind"] == "test"
    assert (moved, "enter the secret again" in said["error"]["message"]) == (400, True)
    assert emptied == 400
    assert (kept, still_kept) == (409, 409)
    assert why["error"]["message"] == (
        "rules tell on this channel: watch; budgets tell on this channel: all"
    )
    assert why["error"]["details"] == {"rules": ["watch"], "budgets": ["all"], "releases": []}
    assert world.server.call("DELETE", path)[0] == 204


def test_a_channel_that_fails_is_tried_again_and_the_history_says_why(world: World) -> None:
    world.receiver.status = 500
    made = world.rule(condition={"kind": "absence", "alert": {"bound": 1}})

    [delivery] = until(
        lambda: [
            one
            for event in world.history(made["id"])
            for one in event["deliveries"]
            if one["attempts"]
        ],
        "the first try failed",
    )

    assert (delivery["status"], delivery["error"]) == ("waiting", "answered 500: ok")
    assert datetime.fromisoformat(delivery["at"]) > datetime.now(UTC)


def test_maintenance_holds_back_what_would_be_told(world: World) -> None:
    whole_day = {"kind": "weekly", "start": "00:00", "minutes": 1440, "timezone": "Asia/Tokyo"}
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    rest = world.made(
        "/alerts/maintenance",
        {"project": world.project, "name": "move", "schedule": {**whole_day, "days": days}},
    )

    made = world.rule(condition={"kind": "absence", "alert": {"bound": 1}})
    [event] = until(lambda: world.history(made["id"]), "it was looked at")
    path = f"{API}/alerts/maintenance/{rest['id']}"
    once = {"kind": "once", "from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z"}
    _, changed = world.server.call("PUT", path, {"name": "moved", "schedule": once})

    assert (rest["active"], event["silence"], event["deliveries"]) == (True, "maintenance", [])
    assert (changed["active"], changed["schedule"]) == (False, once)
    assert (
        world.server.call("PUT", path, {"name": "x", "schedule": {**once, "to": once["from"]}})[0]
        == 400
    )
    assert world.server.call("DELETE", path)[0] == 204
    assert world.get(f"/maintenance?project={world.project}")["items"] == []
