"""Virtual keys: what they may ask for, how often, for how much; and that they can be revoked."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import openai
import pytest

from fakes.unruly_provider import Act
from gateway_world import Desk
from servers import ServerProcess

QUESTION: Any = [{"role": "user", "content": "What is the capital of France?"}]


def ask(desk: Desk, key: str, model: str = "acme/gpt-4o", **more: Any) -> Any:
    client = desk.client(key)
    return client.chat.completions.create(model=model, messages=QUESTION, **more)


@pytest.fixture(scope="module")
def prices(desk: Desk) -> None:
    """A model that costs a dollar a thousand tokens that it writes."""
    price = {"model": "dear*", "prices": {"input": 0, "output": 1000}}
    status, said = desk.server.call("POST", "/api/v1/prices", price)
    assert status == 201, said


def test_a_key_is_shown_once_and_kept_as_a_digest(desk: Desk) -> None:
    made = desk.key(name="once", project="keyed")

    listed = desk.server.get("/api/v1/gateway/keys")["items"]
    with closing(sqlite3.connect(desk.server.data / "pilothouse.db")) as database:
        kept = str(database.execute("SELECT * FROM gateway_keys").fetchall())

    assert made["key"].startswith("sk-ph-")
    assert made["key"] not in str(listed)
    assert made["key"] not in kept
    assert made["key"].startswith(made["hint"].rstrip("…"))


def test_calls_of_a_key_are_recorded_in_its_project_whatever_they_name(desk: Desk) -> None:
    made = desk.key(name="support bot", project="of-a-key")
    client = desk.client(made["key"], default_headers={"x-pilothouse-project": "elsewhere"})

    client.chat.completions.create(model="acme/gpt-4o", messages=QUESTION)

    (span,) = desk.spans("of-a-key")
    assert span["metadata"]["gateway.key"] == "support bot"


def test_a_key_asks_for_its_models_only_and_sees_no_others(desk: Desk) -> None:
    made = desk.key(models=["acme/gpt-4o-*"])

    with pytest.raises(openai.PermissionDeniedError) as failed:
        ask(desk, made["key"])
    ask(desk, made["key"], "acme/gpt-4o-mini")
    listed = [each.id for each in desk.client(made["key"]).models.list().data]

    assert failed.value.code == "model_not_allowed"
    assert listed == ["acme/gpt-4o-mini"]


def test_a_fallback_that_a_key_may_not_ask_for_is_left_out(desk: Desk) -> None:
    desk.acts("fails", Act(status=500, body={}))
    desk.route("bounded", "fails", fallbacks=["acme/gpt-4o"], retries={"max": 0})
    made = desk.key(models=["bounded"])

    with pytest.raises(openai.InternalServerError):
        ask(desk, made["key"], "bounded")


def test_a_revoked_key_is_refused_at_once(desk: Desk) -> None:
    made = desk.key()
    ask(desk, made["key"])

    status, _ = desk.server.call("DELETE", f"/api/v1/gateway/keys/{made['id']}")
    with pytest.raises(openai.AuthenticationError) as failed:
        ask(desk, made["key"])

    assert status == 204
    assert failed.value.code == "invalid_api_key"
    assert failed.value.response.headers["x-should-retry"] == "false"
    assert desk.server.call("GET", f"/api/v1/gateway/keys/{made['id']}")[0] == 404


def test_an_expired_and_an_invented_key_are_refused(desk: Desk) -> None:
    past = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
    made = desk.key(expires_at=past)

    for key in (made["key"], "sk-ph-" + "x" * 40):
        with pytest.raises(openai.AuthenticationError):
            ask(desk, key)


def test_requests_a_minute_are_bounded_and_told(desk: Desk) -> None:
    made = desk.key(requests_per_minute=2)
    client = desk.client(made["key"])

    first = client.chat.completions.with_raw_response.create(model="acme/gpt-4o", messages=QUESTION)
    ask(desk, made["key"])
    with pytest.raises(openai.RateLimitError) as failed:
        ask(desk, made["key"])

    assert first.headers["x-ratelimit-limit-requests"] == "2"
    assert first.headers["x-ratelimit-remaining-requests"] == "1"
    assert failed.value.code == "rate_limit_exceeded"
    assert 25 <= float(failed.value.response.headers["retry-after"]) <= 30


def test_tokens_a_minute_are_bounded_by_what_answers_took(desk: Desk) -> None:
    made = desk.key(tokens_per_minute=60)

    ask(desk, made["key"])
    with pytest.raises(openai.RateLimitError) as failed:
        ask(desk, made["key"])

    assert "tokens" in failed.value.message


def test_a_request_larger_than_all_tokens_of_a_minute_is_not_asked_again(desk: Desk) -> None:
    made = desk.key(tokens_per_minute=5)

    with pytest.raises(openai.RateLimitError) as failed:
        ask(desk, made["key"])

    assert failed.value.response.headers["x-should-retry"] == "false"


@pytest.mark.usefixtures("prices")
def test_an_exhausted_budget_refuses_before_the_call(desk: Desk) -> None:
    made = desk.key(budget_usd="0.03", period="day")

    for _ in range(2):  # each costs 12 tokens of a tenth of a cent
        ask(desk, made["key"], "acme/dear", max_tokens=12)
    asked = len(desk.provider.bodies("dear"))
    with pytest.raises(openai.RateLimitError) as failed:
        ask(desk, made["key"], "acme/dear", max_tokens=12)

    assert len(desk.provider.bodies("dear")) == asked
    assert (failed.value.code, failed.value.type) == ("budget_exceeded", "budget_exceeded")
    assert failed.value.response.headers["x-should-retry"] == "false"
    assert "$0.024 are spent" in failed.value.message
    shown = desk.until(
        lambda: (
            key
            if (key := desk.server.get(f"/api/v1/gateway/keys/{made['id']}"))["spent_usd"]
            else None
        )
    )
    assert shown["spent_usd"] == pytest.approx(0.024)


@pytest.mark.usefixtures("prices")
def test_calls_at_the_same_time_cannot_spend_more_than_there_is(desk: Desk) -> None:
    desk.acts("dear-slow", Act(pause_s=0.2))
    made = desk.key(budget_usd="0.05")
    client = openai.AsyncOpenAI(
        base_url=f"{desk.server.url}/v1", api_key=made["key"], max_retries=0
    )

    async def all_at_once() -> list[Any]:
        async with client:
            return await asyncio.gather(
                *(
                    client.chat.completions.create(
                        model="acme/dear-slow", messages=QUESTION, max_tokens=12
                    )
                    for _ in range(10)
                ),
                return_exceptions=True,
            )

    answers = asyncio.run(all_at_once())

    assert sum(not isinstance(each, Exception) for each in answers) == 4
    assert len(desk.provider.bodies("dear-slow")) == 4


@pytest.mark.usefixtures("prices")
def test_what_was_set_aside_for_a_call_that_failed_is_given_back(desk: Desk) -> None:
    desk.acts("dear-broken", Act(status=400, body={}))
    made = desk.key(budget_usd="0.015")

    for _ in range(3):
        with pytest.raises(openai.BadRequestError):
            ask(desk, made["key"], "acme/dear-broken", max_tokens=12)
    ask(desk, made["key"], "acme/dear", max_tokens=12)


def test_a_budget_asks_for_a_price(desk: Desk) -> None:
    made = desk.key(budget_usd="1")

    with pytest.raises(openai.PermissionDeniedError) as failed:
        ask(desk, made["key"], "acme/priceless")

    assert failed.value.code == "model_without_price"


def test_a_key_is_changed_and_its_bounds_hold_from_then_on(desk: Desk) -> None:
    made = desk.key(models=["nothing"], requests_per_minute=5)
    path = f"/api/v1/gateway/keys/{made['id']}"

    status, changed = desk.server.call(
        "PATCH", path, {"models": ["acme/*"], "requests_per_minute": None}
    )
    ask(desk, made["key"])

    assert status == 200
    assert changed["models"] == ["acme/*"]
    assert changed["requests_per_minute"] is None
    assert changed["name"] == made["name"]


@pytest.mark.parametrize(
    "body",
    [{}, {"name": ""}, {"name": "k", "budget_usd": -1}, {"name": "k", "period": "year"},
     {"name": "k", "models": [""]}, {"name": "k", "unknown": 1}],
)  # fmt: skip
def test_a_key_that_makes_no_sense_is_refused(desk: Desk, body: dict[str, Any]) -> None:
    status, said = desk.server.call("POST", "/api/v1/gateway/keys", body)

    assert status == 400
    assert said["error"]["message"]


class TestOnANetwork:
    """A server that others can reach asks everybody for a virtual key."""

    @pytest.fixture(scope="class")
    def open_to_all(
        self, tmp_path_factory: pytest.TempPathFactory, desk: Desk
    ) -> Iterator[ServerProcess]:
        folder = tmp_path_factory.mktemp("network")
        password = folder / "password"
        password.write_text("a long password")
        environ = {
            "PILOTHOUSE_HOST": "0.0.0.0",
            "PILOTHOUSE_ADMIN_EMAIL": "ann@example.com",
            "PILOTHOUSE_ADMIN_PASSWORD_FILE": str(password),
            "PILOTHOUSE_GATEWAY_CONFIG": str(folder / "gateway.yaml"),
            "ACME_KEY": "sk-of-the-environment",
        }
        (folder / "gateway.yaml").write_text(
            f"providers: {{acme: {{base_url: '{desk.provider.base_url}', "
            "api_key: '${ACME_KEY}'}}"
            "\nmodels: [{name: chat, targets: [{provider: acme, model: gpt-4o}]}]"
            "\naliases: {gpt-4: chat}\n"
        )
        server = ServerProcess(folder / "data", environ=environ).start()
        yield server
        server.stop()

    def test_nobody_asks_without_a_key_and_with_one_of_another_kind(
        self, open_to_all: ServerProcess
    ) -> None:
        server = open_to_all
        body = {"email": "ann@example.com", "password": "a long password"}
        status, _ = server.call("POST", "/api/v1/login", body)
        assert status == 200
        question = {"model": "chat", "messages": QUESTION}

        for headers in ({}, {"Authorization": "Bearer ph_x"}, {"Cookie": "pilothouse_session=x"}):
            status, said = server.call("POST", "/v1/chat/completions", question, headers)
            assert status == 401
            assert said["error"]["code"] == "invalid_api_key"
        assert server.call("GET", "/api/v1/gateway/keys")[0] == 401

    def test_routes_providers_and_aliases_of_a_file_answer_a_key(
        self, open_to_all: ServerProcess, desk: Desk
    ) -> None:
        server = open_to_all
        with httpx.Client(base_url=server.url) as admin:
            body = {"email": "ann@example.com", "password": "a long password"}
            assert admin.post("/api/v1/login", json=body).status_code == 200
            made = admin.post("/api/v1/gateway/keys", json={"name": "k"}).json()
            listed = admin.get("/api/v1/gateway/routes").json()
            refused = admin.put(
                "/api/v1/gateway/routes/chat",
                json={"targets": [{"provider": "acme", "model": "other"}]},
            )
            reader = admin.post("/api/v1/keys", json={"name": "r", "scopes": ["read"]}).json()
        with openai.OpenAI(base_url=f"{server.url}/v1", api_key=made["key"]) as client:
            said = client.chat.completions.create(model="gpt-4", messages=QUESTION)
        as_reader = {"Authorization": f"Bearer {reader['key']}"}
        written = server.call("POST", "/api/v1/gateway/keys", {"name": "x"}, as_reader)

        assert said.model == "gpt-4"
        assert desk.provider.asked[-1][2]["authorization"] == "Bearer sk-of-the-environment"
        assert listed["aliases"] == {"gpt-4": "chat"}
        assert listed["problems"] == []
        assert [(each["name"], each["source"]) for each in listed["items"]] == [("chat", "file")]
        assert "sk-of-the-environment" not in json.dumps(listed)
        assert refused.status_code == 409
        assert written[0] == 403

    def test_what_was_spent_outlives_a_restart(self, open_to_all: ServerProcess) -> None:
        server = open_to_all
        with httpx.Client(base_url=server.url) as admin:
            body = {"email": "ann@example.com", "password": "a long password"}
            assert admin.post("/api/v1/login", json=body).status_code == 200
            price = {"model": "gpt-4o*", "prices": {"input": 0, "output": 1000}}
            assert admin.post("/api/v1/prices", json=price).status_code == 201
            key = {"name": "k", "budget_usd": "0.02", "project": "outlives"}
            made = admin.post("/api/v1/gateway/keys", json=key).json()
            bearer = {"Authorization": f"Bearer {made['key']}"}
            question = {"model": "chat", "messages": QUESTION, "max_tokens": 12}
            first = server.call("POST", "/v1/chat/completions", question, bearer)

            server.stop()
            server.start()

            second = server.call("POST", "/v1/chat/completions", question, bearer)
            spans = admin.get("/api/v1/spans?project=outlives").json()["items"]
        assert first[0] == 200
        assert (second[0], second[1]["error"]["code"]) == (429, "budget_exceeded")
        assert len(spans) == 1, "what waited to be recorded was stored before the end"
