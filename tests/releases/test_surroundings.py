"""Releases among servers, keys, channels and served apps."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import openai
import pytest

from alerts.receivers import web
from fakes.unruly_provider import Act, Unruly
from gateway_world import KEY, Desk
from pilothouse.serving import App
from release_world import QUESTION, act, ask, look, make, split, staged, trail
from servers import ServerProcess
from serving_world import served


def test_two_servers_on_one_database_split_alike_and_follow_each_other(
    provider: Unruly, postgres_url: str, tmp_path: Path
) -> None:
    one, two = (
        ServerProcess(tmp_path / name, "--database", postgres_url).start() for name in ("a", "b")
    )
    body = {"base_url": provider.base_url, "api_key": KEY, "models": ["old", "fine"]}
    one.call("PUT", "/api/v1/providers/acme", body)
    # The secret key that seals the provider's is a file of the first server.
    here = Desk(one, provider)
    staged(here, "shared", "fine", ramp=[0.5], minimum={"calls": 10_000})
    first = {f"u{n}": ask(here, "shared", f"u{n}") for n in range(20)}

    def same() -> bool | None:
        found = two.call("GET", "/api/v1/releases/shared/assignment?unit=u1")[1]
        return True if f"shared={found.get('arm')}" == first["u1"] else None

    assert here.until(same)
    for user, got in first.items():
        found = two.get(f"/api/v1/releases/shared/assignment?unit={user}")
        assert f"shared={found['arm']}" == got

    act(Desk(two, provider), "shared", "rollback", reason="from the other one")

    assert here.until(lambda: True if ask(here, "shared", "u1") == "" else None)
    assert trail(here, "shared")[-1]["reason"] == "from the other one"
    for client in here.clients:
        client.close()
    assert (one.stop(), two.stop()) == (0, 0)


def test_channels_of_alerts_are_told_of_each_stage(desk: Desk) -> None:
    with web() as receiver:
        body = {"name": "ops", "kind": "webhook", "url": receiver.url, "secret": "s" * 20}
        status, channel = desk.server.call("POST", "/api/v1/alerts/channels", body)
        assert status == 201, channel
        staged(desk, "told-of", "fine", ramp=[0.1, 0.9], channels=[channel["id"]])
        act(desk, "told-of", "advance", reason="seen enough")
        act(desk, "told-of", "rollback", reason="people complain")

        messages = receiver.wait(3)

    events = [event for message in messages for event in message["events"]]
    assert [event["measure"] for event in events] == ["created", "advanced", "rolled_back"]
    assert events[-1]["level"] == "alert"
    assert "people complain" in events[-1]["text"]
    assert events[-1]["url"].endswith("/releases/told-of")
    status, said = desk.server.call("DELETE", f"/api/v1/alerts/channels/{channel['id']}")
    assert status in (204, 409), said


def test_who_sits_at_the_server_may_try_an_arm_and_does_not_count(desk: Desk) -> None:
    desk.route("tried", "old")
    split(desk, "tried", "tried")
    wanted = {"x-experiment-arm": "b"}

    got = {ask(desk, "tried", f"u{n}", extra_headers=wanted) for n in range(5)}
    key = desk.key(project="tried")
    raw = desk.client(key["key"]).chat.completions.with_raw_response
    kept = {
        raw.create(model="tried", user=f"u{n}", messages=QUESTION, extra_headers=wanted).headers[
            "x-experiment"
        ]
        for n in range(12)
    }

    assert got == {"tried=b"}
    assert kept == {"tried=a", "tried=b"}, "a key cannot choose its arm"


def test_a_prompts_version_stays_what_it_was_when_its_label_moves(desk: Desk) -> None:
    call = desk.server.call
    call("POST", "/api/v1/prompts", {"name": "pinned"})
    for text in ("First.", "Second."):
        plain = {"messages": [{"role": "system", "content": text}]}
        call("POST", "/api/v1/prompts/pinned/versions", {"prompt": plain})
    call("PUT", "/api/v1/prompts/pinned/labels/candidate", {"version": 1})
    desk.route("pinned", "old")
    prompt = {"name": "pinned", "version": "candidate"}
    arms = [{"name": "a", "weight": 0}, {"name": "b", "model": "acme/pinned", "prompt": prompt}]
    made = split(desk, "pinned", "pinned", arms=arms)

    call("PUT", "/api/v1/prompts/pinned/labels/candidate", {"version": 2})
    ask(desk, "pinned", "ann")

    assert made["arms"][1]["prompt"]["version"] == "1"
    assert desk.provider.bodies("pinned")[-1]["messages"][0]["content"] == "First."


def test_a_reason_that_cannot_be_kept_is_refused(desk: Desk) -> None:
    staged(desk, "odd", "fine")

    status, said = desk.server.call("POST", "/api/v1/releases/odd/pause", {"reason": "a\x00b"})

    assert status == 400, said
    assert desk.server.get("/api/v1/releases/odd")["status"] == "running"


def test_weights_change_in_a_new_step_and_arms_stay(desk: Desk) -> None:
    desk.route("weighed", "old")
    split(desk, "weighed", "weighed")
    call = desk.server.call

    status, said = call("PATCH", "/api/v1/releases/weighed", {"weights": {"b": 3}})
    wrong, told = call("PATCH", "/api/v1/releases/weighed", {"criteria": [{"metric": "speed"}]})

    assert (status, said["share"]) == (200, 0.75)
    assert wrong == 400
    assert "there is no metric" in told["error"]["message"]
    assert [each["action"] for each in trail(desk, "weighed")] == ["created", "changed"]


def test_the_next_version_of_a_served_app_takes_over_from_the_first(desk: Desk) -> None:
    def first(question: str) -> str:
        return "first: " + question

    def second(question: str) -> str:
        return "second: " + question

    def answers(count: int) -> set[str]:
        found: set[str] = set()
        for n in range(count):
            said = desk.client().chat.completions.create(
                model="app", user=f"u{n}", messages=QUESTION
            )
            found.add(str(said.choices[0].message.content).partition(":")[0])
        return found

    with served(App(first, name="answer")) as one, served(App(second, name="answer")) as two:
        for name, app in (("app-v1", one), ("app-v2", two)):
            body: dict[str, Any] = {"base_url": f"{app.url}/v1", "api_key": "x"}
            status, said = desk.server.call(
                "PUT", f"/api/v1/providers/{name}", {**body, "models": ["answer"]}
            )
            assert status == 200, said
        route = {"targets": [{"provider": "app-v1", "model": "answer"}]}
        desk.server.call("PUT", "/api/v1/gateway/routes/app", route)
        make(desk, "app-2", route="app", challenger={"model": "app-v2/answer"}, ramp=[0.5])

        assert answers(20) == {"first", "second"}
        act(desk, "app-2", "promote")
        assert answers(5) == {"second"}
        act(desk, "app-2", "rollback")
        assert answers(5) == {"first"}


def test_nobody_is_harmed_by_an_arm_whose_model_is_gone(desk: Desk) -> None:
    desk.acts("gone", Act())
    body = {"base_url": desk.provider.base_url, "api_key": "x", "models": ["gone"]}
    desk.server.call("PUT", "/api/v1/providers/passing", body)
    desk.route("left", "old")
    arms = [{"name": "a", "weight": 0}, {"name": "b", "model": "passing/gone"}]
    split(desk, "left", "left", arms=arms)
    desk.server.call("DELETE", "/api/v1/providers/passing")

    def answered() -> str | None:
        raw = desk.client().chat.completions.with_raw_response.create(
            model="left", user="ann", messages=QUESTION
        )
        target = raw.headers["x-litellm-model-id"]
        return target if target == "acme/old" else None

    assert desk.until(answered)


def test_an_arm_does_not_shed_the_guardrails_of_its_route(desk: Desk) -> None:
    config = {"type": "regex", "patterns": {"word": "forbidden"}, "on_violation": "block"}
    status, said = desk.server.call("PUT", "/api/v1/gateway/guardrails/no-word", config)
    assert status == 200, said
    desk.route("guarded", "old", guardrails=["no-word"])
    arms = [{"name": "a", "weight": 0}, {"name": "b", "model": "acme/guarded"}]
    split(desk, "guarded", "guarded", arms=arms)

    with pytest.raises(openai.BadRequestError, match="no-word"):
        desk.client().chat.completions.create(
            model="guarded", user="ann", messages=[{"role": "user", "content": "forbidden"}]
        )

    assert desk.provider.bodies("guarded") == []


def test_a_shadow_that_harms_nobody_becomes_a_canary(desk: Desk) -> None:
    shadow = {"share": 1, "compare": ["exact"]}
    staged(desk, "careful", "fine", shadow=shadow, ramp=[0.5])
    assert desk.server.get("/api/v1/releases/careful")["stages"] == [None, 0.5]

    def came_so_far() -> dict[str, Any] | None:
        for n in range(15):
            assert ask(desk, "careful", f"u{n}") in ("", "careful=champion", "careful=challenger")
        found = look(desk, "careful")
        return found if found["share"] == 0.5 else None

    found = desk.until(came_so_far, 180)

    assert found["is_shadow"] is False
    assert [each["action"] for each in trail(desk, "careful")] == ["created", "advanced"]
    assert {ask(desk, "careful", f"u{n}") for n in range(30)} == {
        "careful=champion",
        "careful=challenger",
    }


def test_of_two_who_act_at_once_one_is_told_so(desk: Desk) -> None:
    staged(desk, "raced", "fine", ramp=[0.1, 0.9])

    def promote(_: int) -> int:
        return int(desk.server.call("POST", "/api/v1/releases/raced/promote", {})[0])

    with ThreadPoolExecutor(8) as people:
        found = list(people.map(promote, range(8)))

    assert sorted(found) == [200] + [409] * 7
    assert [each["action"] for each in trail(desk, "raced")] == ["created", "promoted"]
