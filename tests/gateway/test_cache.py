"""Answers that are given again, to whom, and to what only."""

from __future__ import annotations

from typing import Any

import pytest

from fakes.openai_server import ANSWER
from fakes.unruly_provider import Act
from gateway_world import Desk
from pilothouse.gateway.cache import LARGEST_BYTES, Cache, is_storable, key_of, wish_of
from pilothouse.gateway.models import Endpoint, Holder, Route, Target

QUESTION: Any = [{"role": "user", "content": "What is the capital of France?"}]
ENDPOINT = Endpoint(name="acme", base_url="http://acme/v1")
ROUTE = Route(name="r", targets=(Target(endpoint=ENDPOINT, model="m"),))
BODY = {"model": "r", "messages": QUESTION, "temperature": 0, "tools": [{"type": "function"}]}


def ask(desk: Desk, model: str, key: str = "unused", **more: Any) -> Any:
    more.setdefault("temperature", 0)
    client = desk.client(key, default_headers={"x-pilothouse-project": model})
    return client.chat.completions.with_raw_response.create(model=model, messages=QUESTION, **more)


def caches(*answers: Any) -> list[str]:
    return [answer.headers["x-cache"] for answer in answers]


@pytest.fixture
def route(desk: Desk, request: pytest.FixtureRequest) -> str:
    """A route that caches, of this test alone."""
    name = request.node.name.replace("[", "-").replace("]", "")
    desk.route(name, name, cache={"ttl": 60})
    return str(name)


def test_the_same_question_is_answered_again_without_the_provider(desk: Desk, route: str) -> None:
    desk.server.call("POST", "/api/v1/prices", {"model": f"{route}*", "prices": {"input": 4}})

    first, second = ask(desk, route), ask(desk, route)

    assert caches(first, second) == ["miss", "hit"]
    assert second.parse() == first.parse()
    assert second.headers["x-litellm-response-cost"] == "0.000000000"
    assert second.headers["age"] == "0"
    assert len(desk.provider.bodies(route)) == 1
    spans = {span["metadata"]["gateway.cache"]: span for span in desk.spans(route, 2)}
    assert spans["hit"]["cost"]["total"] == 0
    assert spans["hit"]["usage"] is None or spans["hit"]["usage"]["total_tokens"] is None
    assert spans["hit"]["messages_out"] == spans["miss"]["messages_out"]


def test_what_was_saved_is_counted(desk: Desk, route: str) -> None:
    price = {"model": f"{route}*", "prices": {"input": 4, "output": 0}}
    desk.server.call("POST", "/api/v1/prices", price)

    ask(desk, route), ask(desk, route), ask(desk, route)

    cache = desk.server.get("/api/v1/gateway/status")["cache"]
    (mine,) = [each for each in cache["routes"] if each["route"] == route]
    assert (mine["hits"], mine["misses"]) == (2, 1)
    assert mine["saved_usd"] == pytest.approx(2 * 25 * 4 / 1e6)
    assert 0 < cache["hit_rate"] < 1


def test_a_stream_and_a_whole_answer_serve_one_another(desk: Desk, route: str) -> None:
    client = desk.client(default_headers={"x-pilothouse-project": route})

    def stream() -> str:
        chunks = client.chat.completions.create(
            model=route, messages=QUESTION, temperature=0, stream=True
        )
        return "".join(chunk.choices[0].delta.content or "" for chunk in chunks)

    first, second, whole = stream(), stream(), ask(desk, route)

    assert first == second == whole.parse().choices[0].message.content
    assert first.strip() == ANSWER
    assert caches(whole) == ["hit"]
    assert len(desk.provider.bodies(route)) == 1


def test_keys_do_not_share_answers(desk: Desk, route: str) -> None:
    one, two = desk.key(project="tenant-1")["key"], desk.key(project="tenant-2")["key"]

    answers = [ask(desk, route, one), ask(desk, route, two), ask(desk, route, one)]

    assert caches(*answers) == ["miss", "miss", "hit"]


def test_an_answer_that_may_differ_is_given_again_only_if_somebody_says_so(
    desk: Desk, route: str
) -> None:
    warm = [ask(desk, route, temperature=0.7) for _ in range(2)]
    asked = [
        ask(desk, route, temperature=0.7, extra_body={"cache": {"use-cache": True}})
        for _ in range(2)
    ]

    assert caches(*warm) == ["bypass", "bypass"]
    assert caches(*asked) == ["miss", "hit"]


def test_a_client_may_ask_anew_and_have_nothing_kept(desk: Desk, route: str) -> None:
    unkept = ask(desk, route, extra_body={"cache": {"no-store": True}})
    first = ask(desk, route)
    anew = ask(desk, route, extra_headers={"cache-control": "no-cache"})

    assert caches(unkept, first, anew) == ["miss", "miss", "bypass"]


@pytest.mark.parametrize("reason", ["length", "content_filter"])
def test_an_answer_that_was_cut_off_is_not_kept(desk: Desk, route: str, reason: str) -> None:
    cut = {"choices": [{"index": 0, "finish_reason": reason, "message": {"content": "x"}}]}
    desk.acts(route, Act(body=cut))

    assert caches(ask(desk, route), ask(desk, route)) == ["miss", "miss"]


def test_what_a_fallback_said_is_not_kept(desk: Desk) -> None:
    desk.acts("cached-down", Act(status=500, body={}))
    desk.route("cached-main", "cached-down", cache={}, fallbacks=["acme/gpt-4o"],
               retries={"max": 0})  # fmt: skip

    assert caches(ask(desk, "cached-main"), ask(desk, "cached-main")) == ["miss", "miss"]


def test_a_route_that_leads_elsewhere_forgets_what_it_said(desk: Desk, route: str) -> None:
    ask(desk, route)
    desk.route(route, f"{route}-2", cache={"ttl": 60})

    answer = ask(desk, route)

    assert caches(answer) == ["miss"]
    assert len(desk.provider.bodies(f"{route}-2")) == 1


def test_the_cache_can_be_emptied(desk: Desk, route: str) -> None:
    ask(desk, route)

    status, said = desk.server.call("DELETE", "/api/v1/gateway/cache")

    assert status == 200
    assert said["entries"] >= 1
    assert caches(ask(desk, route)) == ["miss"]


def test_embeddings_are_given_again(desk: Desk, route: str) -> None:
    client = desk.client()

    answers = [
        client.embeddings.with_raw_response.create(model=route, input=["one"]) for _ in range(2)
    ]

    assert caches(*answers) == ["miss", "hit"]


@pytest.mark.parametrize(
    "change",
    [
        {"tools": []},
        {"temperature": 0.1},
        {"messages": [*QUESTION, {"role": "user", "content": "not"}]},
        {"seed": 7},
        {"top_p": 0.5},
        {"something_new": 1},
    ],
)
def test_every_parameter_is_part_of_the_key(change: dict[str, Any]) -> None:
    holder = Holder(id=1)

    before = key_of(holder, "p", "/chat/completions", ROUTE, BODY, "")
    after = key_of(holder, "p", "/chat/completions", ROUTE, {**BODY, **change}, "")

    assert before != after


def test_whose_and_what_for_an_answer_is_are_parts_of_the_key() -> None:
    elsewhere = Endpoint(name="acme", base_url="http://other/v1")
    moved = Route(name="r", targets=(Target(endpoint=elsewhere, model="m"),))
    path = "/chat/completions"

    keys = {
        key_of(Holder(id=1), "p", path, ROUTE, BODY, ""),
        key_of(Holder(id=2), "p", path, ROUTE, BODY, ""),
        key_of(Holder(id=1), "q", path, ROUTE, BODY, ""),
        key_of(Holder(id=1), "p", "/completions", ROUTE, BODY, ""),
        key_of(Holder(id=1), "p", path, moved, BODY, ""),
        key_of(Holder(id=1), "p", path, ROUTE, BODY, "n"),
    }

    assert len(keys) == 6


def test_what_changes_nothing_in_the_answer_is_no_part_of_the_key() -> None:
    silent = {"stream": True, "stream_options": {}, "user": "u", "metadata": {"a": 1}}
    numbers = {"temperature": 0.0}

    before = key_of(Holder(), "p", "/c", ROUTE, BODY, "")
    after = key_of(Holder(), "p", "/c", ROUTE, {**BODY, **silent, **numbers, "model": "s"}, "")

    assert before == after


def test_the_cache_is_bounded_and_its_entries_expire() -> None:
    now = [0.0]
    cache = Cache(most_bytes=3000, clock=lambda: now[0])

    for name in ("a", "b", "c"):
        cache.store(name, b"x" * 900, target="t", model="m", cost_nano=1, ttl_s=10)
    found = [name for name in ("a", "b", "c") if cache.find(name, "r")]
    cache.store("huge", b"x" * (LARGEST_BYTES + 1), target="t", model="m", cost_nano=1, ttl_s=10)
    now[0] = 11

    assert found == ["b", "c"]
    assert cache.bytes <= 3000
    assert cache.find("huge", "r") is None
    assert cache.find("b", "r") is None
    assert len(cache) == 1


def test_wishes_are_read_from_body_and_header() -> None:
    wish = wish_of({"ttl": 5, "s-maxage": 7, "namespace": "x", "no-store": True}, "", "")
    header = wish_of(None, "no-cache, no-store", "space")

    assert (wish.ttl_s, wish.longest_s, wish.namespace, wish.writes) == (5, 7, "x", False)
    assert (header.reads, header.writes, header.namespace) == (False, False, "space")


def test_only_whole_answers_are_storable() -> None:
    assert is_storable({"choices": [{"finish_reason": "stop"}]})
    assert is_storable({"object": "response", "status": "completed"})
    assert not is_storable({"choices": []})
    assert not is_storable({"choices": [{"finish_reason": "stop"}, {"finish_reason": None}]})
    assert not is_storable({"object": "response", "status": "failed"})
    assert not is_storable({"error": "x"})
