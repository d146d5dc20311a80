"""A/B splits of a route: who gets which arm, what is recorded, and what the report says."""

from __future__ import annotations

from typing import Any

import pytest

from fakes.unruly_provider import Act
from gateway_world import Desk
from release_world import QUESTION, ask, split


def test_a_user_keeps_his_arm_and_half_of_the_users_get_the_other(desk: Desk) -> None:
    desk.route("sticky", "old")
    split(desk, "tone", "sticky")

    first = {f"u{n}": ask(desk, "sticky", f"u{n}") for n in range(60)}
    again = {user: ask(desk, "sticky", user) for user in first}

    assert again == first
    assert set(first.values()) == {"tone=a", "tone=b"}
    assert 15 <= sum(each == "tone=b" for each in first.values()) <= 45
    assert len(desk.provider.bodies("new")) >= 30


def test_an_arm_changes_model_system_message_and_parameters(desk: Desk) -> None:
    desk.route("changed", "old")
    arms = [
        {"name": "a", "weight": 0},
        {"name": "b", "model": "acme/b", "system": "Be brief.", "parameters": {"temperature": 0.2}},
    ]
    split(desk, "all-b", "changed", arms=arms)

    desk.client().chat.completions.create(
        model="changed",
        user="ann",
        temperature=1,
        messages=[{"role": "system", "content": "Be long."}, *QUESTION],
    )

    [body] = desk.provider.bodies("b")
    assert body["messages"] == [{"role": "system", "content": "Be brief."}, *QUESTION]
    assert body["temperature"] == 0.2


def test_the_span_says_experiment_arm_and_a_unit_that_is_not_the_name(desk: Desk) -> None:
    desk.route("told", "old")
    key = desk.key(project="told")
    split(desk, "told", "told")

    raw = desk.client(key["key"]).chat.completions.with_raw_response.create(
        model="told", user="ann@example.org", messages=QUESTION
    )

    [span] = desk.spans("told")
    told = span["metadata"]["gateway"] if "gateway" in span["metadata"] else span["metadata"]
    flat = {name.removeprefix("gateway."): value for name, value in told.items()}
    assert f"told={flat['arm']}" == raw.headers["x-experiment"]
    assert flat["experiment"] == "told"
    assert "ann" not in flat["unit"]
    assert len(flat["unit"]) == 16


def test_who_is_excluded_held_out_or_unknown_gets_the_route_as_it_is(desk: Desk) -> None:
    desk.route("outside", "old")
    split(desk, "outside", "outside", exclude=["staff-*"], holdout=0.5)

    users = [ask(desk, "outside", f"u{n}") for n in range(60)]

    assert ask(desk, "outside", "staff-ann") == ""
    assert ask(desk, "outside", None) == ""
    assert 15 <= users.count("") <= 45


@pytest.mark.parametrize(
    ("unit", "header", "given"),
    [
        ("session", "", {"x-session-id": "s1"}),
        ("header", "x-customer", {"x-customer": "c1"}),
        ("request", "", {}),
    ],
)
def test_units_are_sessions_headers_or_single_calls(
    desk: Desk, unit: str, header: str, given: dict[str, str]
) -> None:
    route = f"by-{unit}"
    desk.route(route, "old")
    split(desk, route, route, unit=unit, header=header)

    found = {ask(desk, route, None, extra_headers=given) for _ in range(20)}

    assert "" not in found
    assert len(found) == (2 if unit == "request" else 1)


def test_a_report_holds_the_arms_against_each_other(desk: Desk) -> None:
    desk.route("slow", "old")
    key = desk.key(project="slow")
    split(desk, "slow", "slow", minimum={"units": 10})
    desk.acts("new", Act(pause_s=0.05))
    client = desk.client(key["key"])
    for n in range(80):
        client.chat.completions.create(model="slow", user=f"u{n}", messages=QUESTION)
    desk.acts("new", Act())
    desk.spans("slow", 50)

    def looked() -> dict[str, Any] | None:
        status, said = desk.server.call("POST", "/api/v1/releases/slow/look")
        assert status == 200, said
        found: dict[str, Any] = said["figures"]
        return found if sum(arm["calls"] for arm in found["arms"]) == 80 else None

    figures = desk.until(looked)

    a, b = figures["arms"]
    assert (a["arm"], b["arm"]) == ("a", "b")
    assert a["units"] + b["units"] == 80
    assert b["latency_ms"]["p50"]["low"] > a["latency_ms"]["p50"]["high"]
    [latency] = [each for each in figures["differences"] if each["metric"] == "latency"]
    assert latency["verdict"] == "harmful"
    assert latency["low"] > 0.15
    assert figures["mismatch"]["is_suspect"] is False
    assert "b has worse time to an answer, more by" in figures["sentence"]
