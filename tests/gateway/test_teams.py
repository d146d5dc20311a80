"""Teams whose keys share bounds, blocked keys, and admin routes under LiteLLM's names."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from gateway_world import Desk

QUESTION: Any = [{"role": "user", "content": "What is the capital of France?"}]


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    return str(request.node.name).replace("[", "-").replace("]", "")[:90]


@pytest.fixture(scope="module", autouse=True)
def prices(desk: Desk) -> None:
    price = {"model": "teamed*", "prices": {"input": 0, "output": 1000}}
    desk.server.call("POST", "/api/v1/prices", price)


def team(desk: Desk, name: str, **bounds: Any) -> int:
    status, said = desk.server.call("POST", "/api/v1/gateway/teams", {"name": name, **bounds})
    assert status == 201, said
    return int(said["id"])


def ask(desk: Desk, key: str, model: str = "acme/teamed", **more: Any) -> Any:
    create = desk.client(key).chat.completions.create
    return create(model=model, messages=QUESTION, max_tokens=12, **more)


def admin(desk: Desk, method: str, path: str, body: Any = None) -> Any:
    status, said = desk.server.call(method, f"/gateway{path}", body)
    assert status == 200, said
    return said


def test_keys_of_a_team_share_its_budget(desk: Desk, name: str) -> None:
    number = team(desk, name, budget_usd="0.03", period="day")
    first, second = (desk.key(team_id=number)["key"] for _ in range(2))

    ask(desk, first), ask(desk, second)
    with pytest.raises(openai.RateLimitError) as failed:
        ask(desk, first)

    assert failed.value.code == "budget_exceeded"
    assert f"team '{name}'" in failed.value.message
    shown = desk.until(
        lambda: (
            told
            if (told := desk.server.get(f"/api/v1/gateway/teams/{number}"))["spent_usd"] > 0.02
            else None
        )
    )
    assert shown["spent_usd"] == pytest.approx(0.024)
    assert shown["keys"] == 2


def test_a_key_keeps_to_its_own_budget_within_that_of_its_team(desk: Desk, name: str) -> None:
    number = team(desk, name, budget_usd="1")
    key = desk.key(team_id=number, budget_usd="0.02")["key"]

    ask(desk, key)
    with pytest.raises(openai.RateLimitError) as failed:
        ask(desk, key)

    assert "key 'k'" in failed.value.message


def test_keys_of_a_team_share_its_requests_and_models(desk: Desk, name: str) -> None:
    number = team(desk, name, requests_per_minute=2, models=["acme/*"])
    first, second = (desk.key(team_id=number)["key"] for _ in range(2))

    ask(desk, first), ask(desk, second)
    with pytest.raises(openai.RateLimitError) as limited:
        ask(desk, second)
    with pytest.raises(openai.PermissionDeniedError):
        ask(desk, first, "other/model")

    assert f"team '{name}' has had its 2 requests" in limited.value.message


def test_a_request_that_a_key_refuses_does_not_count_for_its_team(desk: Desk, name: str) -> None:
    number = team(desk, name, requests_per_minute=2)
    poor = desk.key(team_id=number, budget_usd="0.000001")["key"]
    narrow = desk.key(team_id=number, tokens_per_minute=1)["key"]
    rich = desk.key(team_id=number)["key"]

    for key in (poor, narrow, poor, narrow):
        with pytest.raises(openai.RateLimitError):
            ask(desk, key)

    ask(desk, rich), ask(desk, rich)


def test_a_key_of_a_team_that_was_removed_works_on(desk: Desk, name: str) -> None:
    number = team(desk, name, models=["none"])
    key = desk.key(team_id=number)

    removed, _ = desk.server.call("DELETE", f"/api/v1/gateway/teams/{number}")

    assert removed == 204
    assert ask(desk, key["key"]).choices
    assert desk.server.get(f"/api/v1/gateway/keys/{key['id']}")["team_id"] is None


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/teams", {"name": " "}, 400),
        ("POST", "/teams", {"name": "x", "budget_usd": -1}, 400),
        ("POST", "/teams", {"name": "x", "unknown": 1}, 400),
        ("GET", "/teams/999999", None, 404),
        ("PATCH", "/teams/999999", {"name": "x"}, 404),
        ("DELETE", "/teams/999999", None, 404),
        ("POST", "/keys", {"name": "x", "team_id": 999999}, 404),
    ],
)
def test_what_makes_no_sense_is_refused(
    desk: Desk, method: str, path: str, body: Any, status: int
) -> None:
    assert desk.server.call(method, f"/api/v1/gateway{path}", body)[0] == status


def test_two_teams_of_one_name_are_refused(desk: Desk, name: str) -> None:
    team(desk, name)

    assert desk.server.call("POST", "/api/v1/gateway/teams", {"name": name})[0] == 409


def test_a_blocked_key_is_refused_until_it_is_let_work_again(desk: Desk) -> None:
    made = desk.key()
    path = f"/api/v1/gateway/keys/{made['id']}"
    ask(desk, made["key"])

    desk.server.call("PATCH", path, {"blocked": True})
    with pytest.raises(openai.AuthenticationError):
        ask(desk, made["key"])
    desk.server.call("PATCH", path, {"blocked": False})

    assert ask(desk, made["key"]).choices


# ---- under LiteLLM's names


def test_a_key_lives_its_life_by_litellms_routes(desk: Desk, name: str) -> None:
    body = {"key_alias": name, "models": ["acme/*"], "max_budget": 0.02, "budget_duration": "30d",
            "rpm_limit": 100, "duration": "1d", "metadata": {"project": name}}  # fmt: skip
    made = admin(desk, "POST", "/key/generate", body)
    ask(desk, made["key"])
    info = admin(desk, "GET", f"/key/info?key={made['key']}")["info"]
    admin(desk, "POST", "/key/update", {"key": made["key"], "max_budget": 5, "rpm_limit": 7})
    changed = admin(desk, "GET", f"/key/info?key={made['token']}")["info"]
    admin(desk, "POST", "/key/block", {"key": made["token"]})
    with pytest.raises(openai.AuthenticationError):
        ask(desk, made["key"])
    admin(desk, "POST", "/key/unblock", {"key": made["token"]})
    renewed = admin(desk, "POST", "/key/regenerate", {"key": made["key"]})["key"]
    with pytest.raises(openai.AuthenticationError):
        ask(desk, made["key"])
    ask(desk, renewed)
    listed = admin(desk, "GET", "/key/list")["keys"]
    admin(desk, "POST", "/key/delete", {"keys": [renewed]})

    assert made["key"].startswith("sk-")
    assert (info["key_alias"], info["budget_duration"]) == (name, "1mo")
    assert (info["max_budget"], info["rpm_limit"]) == (0.02, 100)
    assert (changed["max_budget"], changed["rpm_limit"]) == (5, 7)
    assert changed["budget_duration"] == "1mo"
    assert made["token"] in [each["token"] for each in listed]
    assert renewed not in str(listed)
    with pytest.raises(openai.AuthenticationError):
        ask(desk, renewed)
    assert len(desk.spans(name, 2)) == 2


def test_a_team_lives_its_life_by_litellms_routes(desk: Desk, name: str) -> None:
    made = admin(desk, "POST", "/team/new", {"team_alias": name, "max_budget": 0.02})
    key = admin(desk, "POST", "/key/generate", {"team_id": made["team_id"]})
    ask(desk, key["key"])
    with pytest.raises(openai.RateLimitError):
        ask(desk, key["key"])
    admin(desk, "POST", "/team/update", {"team_id": made["team_id"], "max_budget": 9})
    ask(desk, key["key"])
    info = admin(desk, "GET", f"/team/info?team_id={made['team_id']}")
    admin(desk, "POST", "/team/delete", {"team_ids": [made["team_id"]]})

    assert info["team_info"]["max_budget"] == 9
    assert info["team_info"]["budget_duration"] is None
    assert [each["token"] for each in info["keys"]] == [key["token"]]
    assert desk.server.call("GET", f"/gateway/team/info?team_id={made['team_id']}")[0] == 404


def test_models_and_spending_are_told_by_litellms_routes(desk: Desk) -> None:
    models = admin(desk, "GET", "/model/info")["data"]
    spending = admin(desk, "GET", "/spend/keys")

    assert "acme/gpt-4o" in [each["model_name"] for each in models]
    assert [each["spend"] for each in spending] == sorted(
        (each["spend"] for each in spending), reverse=True
    )


@pytest.mark.parametrize(
    "body",
    [
        {"max_parallel_requests": 3},
        {"model_max_budget": {"gpt-4o": 1}},
        {"budget_duration": "1h", "max_budget": 1},
        {"duration": "soon"},
        {"duration": "999999mo"},
        {"team_id": "x"},
        {"key": "sk-mine"},
        {"max_budget": "a lot"},
    ],
)
def test_a_bound_that_nobody_would_keep_is_refused(desk: Desk, body: dict[str, Any]) -> None:
    status, said = desk.server.call("POST", "/gateway/key/generate", body)

    assert status in (400, 422), said
