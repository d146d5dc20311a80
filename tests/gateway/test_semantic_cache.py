"""Answers that are given again to questions that mean the same, and to none else."""

from __future__ import annotations

import asyncio
import re
import time
from typing import Any

import numpy as np
import pytest

from fakes.unruly_provider import Act
from gateway.guardrail_world import answering, messages, streaming, whole
from gateway_world import Desk
from pilothouse.gateway.cache import Entry
from pilothouse.gateway.embedding import Embedding
from pilothouse.gateway.semantic import SemanticCache
from pilothouse.gateway.semantic.cache import _Asked
from pilothouse.gateway.semantic.likeness import difference
from pilothouse.gateway.semantic.question import Meant
from pilothouse.gateway.semantic.vectors import Vectors

FIRST = "How can I reset the password of my account?"
ALIKE = "how can i reset the password of my account"


@pytest.fixture
def route(desk: Desk, request: pytest.FixtureRequest) -> str:
    """A route of this test alone that caches by meaning; words are counted, no model is needed."""
    name = re.sub(r"[^a-z0-9_]+", "-", request.node.name.lower())[:90]
    desk.route(name, name, cache={"mode": "semantic", "embedder": "hash:512", "threshold": 0.9})
    return str(name)


def ask(desk: Desk, route: str, text: str, key: str = "unused", **more: Any) -> Any:
    client = desk.client(key, default_headers={"x-pilothouse-project": route})
    more = {"temperature": 0, "messages": messages(text), **more}
    return client.chat.completions.with_raw_response.create(model=route, **more)


def caches(*answers: Any) -> list[str]:
    return [answer.headers["x-cache"] for answer in answers]


def test_a_question_that_means_the_same_is_answered_without_the_provider(
    desk: Desk, route: str
) -> None:
    desk.server.call(
        "POST", "/api/v1/prices", {"model": f"{route}*", "prices": {"input": 4, "output": 0}}
    )

    first, alike = ask(desk, route, FIRST), ask(desk, route, ALIKE)

    assert caches(first, alike) == ["miss", "semantic"]
    assert alike.parse().choices[0].message == first.parse().choices[0].message
    assert float(alike.headers["x-litellm-semantic-similarity"]) == pytest.approx(1)
    assert alike.headers["x-litellm-response-cost"] == "0.000000000"
    assert len(desk.provider.bodies(route)) == 1
    spans = {span["metadata"]["gateway.cache"]: span for span in desk.spans(route, 2)}
    assert float(spans["semantic"]["metadata"]["gateway.similarity"]) == pytest.approx(1)
    assert spans["semantic"]["cost"]["total"] == 0
    status = desk.server.get("/api/v1/gateway/status")["semantic"]
    (mine,) = [each for each in status["routes"] if each["route"] == route]
    assert (mine["hits"], mine["misses"]) == (1, 1)
    assert mine["saved_usd"] == pytest.approx(25 * 4 / 1e6)


def test_a_stream_serves_a_question_that_is_alike(desk: Desk, route: str) -> None:
    desk.acts(route, streaming(["Click ", "here."]))
    client = desk.client(default_headers={"x-pilothouse-project": route})

    chunks = client.chat.completions.create(
        model=route, messages=messages(FIRST), temperature=0, stream=True
    )
    said = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)

    again = ask(desk, route, ALIKE)
    assert caches(again) == ["semantic"]
    assert again.parse().choices[0].message.content == said == "Click here."


@pytest.mark.parametrize(
    "other",
    [
        "How can I not reset the password of my account?",
        "How can I reset the 2 passwords of my account?",
        "How can account reset the password of my I?",
        "How can I reset the password of my Netflix account?",
        "How can I bake a cake?",
    ],
)
def test_a_question_that_asks_something_else_is_a_miss(desk: Desk, route: str, other: str) -> None:
    desk.route(route, route, cache={"mode": "semantic", "embedder": "hash:512", "threshold": 0.7})

    answers = [ask(desk, route, FIRST), ask(desk, route, other)]

    assert caches(*answers) == ["miss", "miss"]


def test_another_key_never_gets_an_answer_even_of_the_same_project(desk: Desk, route: str) -> None:
    one, two = desk.key(project=route)["key"], desk.key(project=route)["key"]
    desk.acts(route, *answering("poison", "pure"))

    poisoned = ask(desk, route, FIRST, one)
    other = ask(desk, route, ALIKE, two)
    own = ask(desk, route, ALIKE, one)

    assert caches(poisoned, other, own) == ["miss", "miss", "semantic"]
    assert other.parse().choices[0].message.content == "pure"
    assert own.parse().choices[0].message.content == "poison"


@pytest.mark.parametrize(
    "change",
    [
        {"top_p": 0.5},
        {"tools": [{"type": "function", "function": {"name": "f", "parameters": {}}}]},
        {"messages": messages(ALIKE, {"role": "system", "content": "Be brief."})},
        {"messages": messages(ALIKE, {"role": "user", "content": "Hi"},
                              {"role": "assistant", "content": "Hello"})},
        {"extra_body": {"cache": {"namespace": "other"}}},
        {"extra_body": {"guardrails": ["secrets"]}},
    ],
)  # fmt: skip
def test_all_but_the_last_question_must_be_the_same(
    desk: Desk, route: str, change: dict[str, Any]
) -> None:
    first, changed = ask(desk, route, FIRST), ask(desk, route, ALIKE, **change)

    assert caches(first, changed) == ["miss", "miss"]


def test_calls_of_tools_are_never_given_again_by_meaning(desk: Desk, route: str) -> None:
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    said = whole("", tool_calls=[call])
    said["choices"][0]["finish_reason"] = "tool_calls"
    desk.acts(route, Act(body=said))

    same = [ask(desk, route, FIRST), ask(desk, route, FIRST), ask(desk, route, ALIKE)]

    assert caches(*same) == ["miss", "hit", "miss"]


def test_a_route_that_caches_exactly_knows_no_likeness(desk: Desk, route: str) -> None:
    desk.route(route, route, cache={"ttl": 60})

    assert caches(ask(desk, route, FIRST), ask(desk, route, ALIKE)) == ["miss", "miss"]


def test_an_embedder_behind_a_route_is_asked_and_one_that_fails_costs_no_answer(
    desk: Desk, route: str
) -> None:
    vector = {"object": "list", "model": "e", "usage": {"prompt_tokens": 3, "total_tokens": 3},
              "data": [{"object": "embedding", "index": 0, "embedding": [0.6, 0.8]}]}  # fmt: skip
    desk.acts("embedder", Act(body=vector), Act(body=vector), Act(status=500, body={}))
    cache = {"mode": "semantic", "embedder": "acme/embedder"}
    desk.route(route, route, cache=cache)

    answers = [ask(desk, route, text) for text in (FIRST, ALIKE, f"{ALIKE} please")]

    assert caches(*answers) == ["miss", "semantic", "miss"]
    assert desk.provider.bodies("embedder")[0]["input"] == [FIRST]


def test_one_answer_and_all_of_them_can_be_forgotten(desk: Desk, route: str) -> None:
    ask(desk, route, FIRST)
    key = ask(desk, route, ALIKE).headers["x-litellm-cache-key"]

    _, one = desk.server.call("DELETE", f"/api/v1/gateway/cache/{key}")
    anew = ask(desk, route, ALIKE)
    _, every = desk.server.call("DELETE", "/api/v1/gateway/cache")

    assert (one["entries"], one["semantic"]) == (1, 1)
    assert caches(anew) == ["miss"]
    assert every["semantic"] >= 1
    assert caches(ask(desk, route, FIRST)) == ["miss"]


def test_a_long_question_is_answered_to_its_very_words_only(desk: Desk, route: str) -> None:
    text = "word " * 400

    assert caches(ask(desk, route, text + "a"), ask(desk, route, text + "a b")) == ["miss", "miss"]


@pytest.mark.parametrize(
    ("one", "other", "what"),
    [
        ("Is it safe?", "Isn't it safe?", "negation"),
        ("Kann ich das essen?", "Kann ich das nicht essen?", "negation"),
        ("Top 5 books", "Top 10 books", "numbers"),
        ("from 3 to 5", "from 5 to 3", "order of numbers"),
        ("Flights in May", "Flights in June", "numbers"),
        ("Who founded Apple?", "Who founded Google?", "names"),
        ("convert usd into eur", "convert eur into usd", "order of numbers"),
        ("does a dog chase a cat", "does a cat chase a dog", "order of words"),
        ("how do I enable it", "how do I disable it", "opposites"),
        ('what is "a"', 'what is "b"', "quoted text"),
        ("What is love?", "what's love", ""),
        ("How do I reset my password?", "how can I reset my password", ""),
    ],
)  # fmt: skip
def test_what_tells_two_near_questions_apart(one: str, other: str, what: str) -> None:
    assert difference(one, other) == what
    assert difference(other, one) == what


def test_the_search_finds_what_a_look_at_every_row_finds() -> None:
    random = np.random.default_rng(7)
    rows = random.normal(size=(500, 384)).astype(np.float32)
    rows[:100] = rows[0] + 0.3 * rows[:100]
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    vectors = Vectors(384)
    for number, row in enumerate(rows):
        vectors.add(row, number)
    vectors.remove(250)

    found = vectors.near(rows[0], 0.9, 1000)

    wanted = {at for at in np.flatnonzero(rows @ rows[0] >= 0.9) if at != 250}
    assert {item for _, item in found} == wanted
    assert len(wanted) > 10
    assert [cosine for cosine, _ in found] == sorted((c for c, _ in found), reverse=True)


def test_it_is_bounded_and_the_oldest_go_first() -> None:
    now = [0.0]
    cache = SemanticCache(Embedding(), most=3, clock=lambda: now[0])
    entry = Entry(
        body=b"x" * 10, target="t", model="m", cost_nano=1, stored_at=0.0, expires_at=10.0
    )

    for number in range(5):
        vector = np.eye(8, dtype=np.float32)[number]
        meant = Meant(room=b"one" if number % 2 else b"two", text=str(number))
        cache.keep(meant, vector, entry, key=str(number), source="s", threshold=0.9)

    assert (len(cache), cache.stats.evicted) == (3, 2)
    assert [cache.forget(str(number)) for number in range(5)] == [False, False, True, True, True]
    assert (len(cache), cache.bytes) == (0, 0)


def test_what_is_forgotten_while_it_is_compared_is_not_given_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pilothouse.gateway.semantic.cache._AT_ONCE", 0)
    cache: Any = SemanticCache(Embedding(), clock=lambda: 0.0)
    entry = Entry(body=b"x", target="t", model="m", cost_nano=1, stored_at=0.0, expires_at=10.0)
    vector = np.eye(8, dtype=np.float32)[0]
    meant = Meant(room=b"one", text="what")
    cache.keep(meant, vector, entry, key="k", source="s", threshold=0.9)
    compared = cache._compared

    def forgetting(*given: Any) -> Any:
        found = compared(*given)
        cache.clear()
        return found

    monkeypatch.setattr(cache, "_compared", forgetting)

    asked = _Asked(meant, vector)
    assert asyncio.run(cache._near(asked, 0.9, None)) is None


def test_an_entry_ends_with_its_time(desk: Desk, route: str) -> None:
    short: Any = {"extra_body": {"cache": {"ttl": 0.3}}}
    ask(desk, route, FIRST, **short)
    begun = time.monotonic()

    gone = desk.until(
        lambda: True if caches(ask(desk, route, ALIKE, **short))[0] == "miss" else None
    )

    assert gone
    assert time.monotonic() - begun < 10
