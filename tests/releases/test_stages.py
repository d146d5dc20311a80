"""A challenger goes from shadow over a ramp to everybody, or is rolled back."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from fakes.unruly_provider import Act, Unruly
from gateway_world import KEY, Desk
from release_world import act, ask, look, make, staged, trail
from servers import ServerProcess


def test_a_good_challenger_is_promoted_step_by_step_by_the_rule(desk: Desk) -> None:
    staged(desk, "good", "fine", ramp=[0.3, 0.6])

    def asked() -> dict[str, Any] | None:
        for n in range(60):
            ask(desk, "good", f"u{n}")
        found = look(desk, "good")
        return found if found["status"] == "promoted" else None

    promoted = desk.until(asked, 180)

    events = trail(desk, "good")
    assert [each["action"] for each in events] == ["created", "advanced", "promoted"]
    assert events[-1]["actor"] == "pilothouse"
    assert "errors not worse" in events[-1]["reason"]
    assert events[-1]["figures"]["arms"][1]["calls"] >= 20
    assert promoted["share"] == 1
    route = [r for r in desk.server.get("/api/v1/gateway/routes")["items"] if r["name"] == "good"]
    assert route[0]["targets"][0]["model"] == "fine"
    before = len(desk.provider.bodies("old"))
    ask(desk, "good", None)
    assert len(desk.provider.bodies("old")) == before

    rolled = act(desk, "good", "rollback", reason="people complained")

    def restored() -> bool | None:
        kept = desk.server.get("/api/v1/gateway/routes")["items"]
        [route] = [r for r in kept if r["name"] == "good"]
        return True if route["targets"][0]["model"] == "old" else None

    assert rolled["status"] == "rolled_back"
    assert desk.until(restored)
    assert trail(desk, "good")[-1]["reason"] == "people complained"


def test_a_challenger_that_fails_is_gone_at_once_and_no_user_has_noticed(desk: Desk) -> None:
    desk.acts("broken", Act(status=500, body={"error": {"message": "no"}}))
    staged(desk, "failing", "broken", guard={"calls": 5})

    def asked() -> dict[str, Any] | None:
        for n in range(20):
            ask(desk, "failing", f"u{n}")  # raises where a user is not answered
        found: dict[str, Any] = desk.server.get("/api/v1/releases/failing")
        return found if found["status"] == "rolled_back" else None

    desk.until(asked, 180)  # nobody asks for a look: the failures themselves do

    last = trail(desk, "failing")[-1]
    assert last["actor"] == "pilothouse"
    assert "calls of challenger failed" in last["reason"]
    assert {ask(desk, "failing", f"u{n}") for n in range(20)} == {""}


def test_without_rescue_a_failing_challenger_fails_its_users(desk: Desk) -> None:
    desk.acts("harsh", Act(status=400, body={"error": {"message": "no"}}))
    staged(desk, "harsh", "harsh", rescue=False, ramp=[1.0])

    with pytest.raises(Exception, match="no"):
        ask(desk, "harsh", "ann")


def test_a_slow_challenger_is_rolled_back_for_its_latency(desk: Desk) -> None:
    desk.acts("slow-one", Act(pause_s=0.03))
    staged(desk, "slowly", "slow-one", criteria=[{"metric": "latency"}])

    def asked() -> dict[str, Any] | None:
        for n in range(60):
            ask(desk, "slowly", f"u{n}")
        found = look(desk, "slowly")
        return found if found["status"] == "rolled_back" else None

    desk.until(asked, 180)

    assert (
        "latency of challenger is worse by more than the margin"
        in (trail(desk, "slowly")[-1]["reason"])
    )


def test_people_pause_resume_advance_and_promote_and_each_is_written_down(desk: Desk) -> None:
    staged(desk, "by-hand", "fine", ramp=[0.1, 0.9], automatic=False)

    assert act(desk, "by-hand", "pause", reason="it is Friday")["status"] == "paused"
    assert act(desk, "by-hand", "resume")["status"] == "running"
    assert act(desk, "by-hand", "advance")["share"] == 0.9
    status, said = desk.server.call("POST", "/api/v1/releases/by-hand/advance", {})
    assert status == 409
    assert "last stage" in said["error"]["message"]
    assert act(desk, "by-hand", "promote", reason="enough")["share"] == 1

    actions = [each["action"] for each in trail(desk, "by-hand")]
    assert actions == ["created", "paused", "resumed", "advanced", "promoted"]
    assert trail(desk, "by-hand")[1]["reason"] == "it is Friday"


def test_a_ramp_only_moves_users_to_the_challenger(desk: Desk) -> None:
    staged(desk, "ramping", "fine", ramp=[0.2, 0.6], minimum={"calls": 10_000})
    users = [f"u{n}" for n in range(80)]
    first = {user: ask(desk, "ramping", user) for user in users}

    act(desk, "ramping", "advance")
    second = {user: ask(desk, "ramping", user) for user in users}

    moved = {user for user in users if first[user] != second[user]}
    assert moved
    assert all(second[user].endswith("=challenger") for user in moved)


def test_a_label_of_a_prompt_is_moved_by_a_promotion_and_back(desk: Desk) -> None:
    call = desk.server.call
    for text in ("Be long.", "Be brief."):
        plain = {"messages": [{"role": "system", "content": text}]}
        call("POST", "/api/v1/prompts", {"name": "support"})
        status, said = call("POST", "/api/v1/prompts/support/versions", {"prompt": plain})
        assert status == 201, said
    status, said = call("PUT", "/api/v1/prompts/support/labels/live", {"version": "1"})
    assert status == 200, said
    desk.route("helped", "old")
    make(
        desk,
        "briefly",
        route="helped",
        challenger={"prompt": {"name": "support", "version": "2"}},
        label={"name": "support", "version": "live"},
        ramp=[1.0],
    )

    assert ask(desk, "helped", "ann") == "briefly=challenger"
    [system] = [m for m in desk.provider.bodies("old")[-1]["messages"] if m["role"] == "system"]
    assert system["content"] == "Be brief."

    def labelled() -> int:
        found = desk.server.get("/api/v1/prompts/support/versions/live")
        return int(found["version"])

    act(desk, "briefly", "promote")
    assert desk.until(lambda: True if labelled() == 2 else None)
    act(desk, "briefly", "rollback")
    assert desk.until(lambda: True if labelled() == 1 else None)


def test_a_killed_server_goes_on_where_the_ramp_was(provider: Unruly, tmp_path: Path) -> None:
    server = ServerProcess(tmp_path / "data").start()
    body = {"base_url": provider.base_url, "api_key": KEY, "models": ["old", "fine"]}
    server.call("PUT", "/api/v1/providers/acme", body)
    desk = Desk(server, provider)
    staged(desk, "kept", "fine", ramp=[0.2, 0.6], minimum={"calls": 10_000})
    act(desk, "kept", "advance", reason="before the kill")
    users = [f"u{n}" for n in range(40)]
    before = {user: ask(desk, "kept", user) for user in users}

    server.stop(signal.SIGKILL)
    server.start()

    assert {user: ask(desk, "kept", user) for user in users} == before
    found = server.get("/api/v1/releases/kept")
    assert (found["status"], found["share"]) == ("running", 0.6)
    assert trail(desk, "kept")[-1]["reason"] == "before the kill"
    for client in desk.clients:
        client.close()
    server.stop()


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"route": "nobody-knows"}, "no route or model"),
        ({"challenger": {"model": "acme/new"}, "ramp": [0.5, 0.2]}, "must rise"),
        ({"challenger": {"model": "acme/new"}, "unit": "header"}, "belong together"),
        ({"challenger": None}, "say the challenger"),
        ({"challenger": {"model": "nowhere/new"}}, "no route or model"),
        ({"challenger": {"parameters": {"model": "x"}}}, "cannot put another 'model'"),
        ({"criteria": [{"metric": "speed"}]}, "there is no metric"),
        ({"kind": "ab"}, "two arms"),
        ({"kind": "shadow"}, "shadow.share"),
        ({"channels": ["none"]}, "no channel"),
        ({"alpha": 0.9}, "alpha"),
        ({"shadow": {"compare": ["judge"]}}, "belong together"),
        ({"label": {"name": "support"}}, "must be a version of prompt"),
        ({"name": "a/b"}, "name"),
    ],
)
def test_what_cannot_be_a_release_is_refused_in_words(
    desk: Desk, body: dict[str, Any], told: str
) -> None:
    desk.route("bad", "old")
    given = {"name": "bad", "route": "bad", "challenger": {"model": "acme/new"}, **body}

    status, said = desk.server.call("POST", "/api/v1/releases", given)

    assert status in (400, 404), said
    assert told in str(said["error"])


def test_two_releases_do_not_share_a_route_and_one_at_work_is_not_removed(desk: Desk) -> None:
    staged(desk, "first", "fine")

    again = {"name": "second", "route": "first", "challenger": {"model": "acme/new"}}
    status, said = desk.server.call("POST", "/api/v1/releases", again)
    assert status == 409
    assert said["error"]["details"] == {"release": "first"}
    assert desk.server.call("DELETE", "/api/v1/releases/first")[0] == 409
    act(desk, "first", "rollback")
    assert desk.server.call("DELETE", "/api/v1/releases/first")[0] == 204
    assert desk.server.call("GET", "/api/v1/releases/first")[0] == 404
