"""Scores: given once or twice, by the one or the thousand, listed and taken back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from pilothouse.platform.query.models import ScoreGiven
from pilothouse.platform.query.scores import ScoreService
from query_world import Given, World, opened

pytestmark = pytest.mark.slow


@pytest.fixture
def world(tmp_path: Any) -> Iterator[World]:
    with opened(tmp_path / "store") as world:
        world.put(
            Given(trace_id="t1", span_id="s1"),
            Given(trace_id="both", span_id="b1", project="shop"),
            Given(trace_id="both", span_id="b1", project="desk"),
        )
        yield world


def test_a_score_without_an_id_replaces_the_same_verdict(world: World) -> None:
    verdict = {"trace_id": "t1", "name": "q", "value": 0.2, "identifier": "anna"}
    first = world.post("/scores", verdict)["items"][0]
    second = world.post("/scores", verdict | {"value": 0.9, "comment": "on second thought"})[
        "items"
    ][0]
    world.post("/scores", verdict | {"identifier": "bob"})

    kept = world.get("/scores", trace_id="t1")["items"]

    assert first["id"] == second["id"]
    assert first["project"] == "shop"
    assert sorted((s["identifier"], s["value"]) for s in kept) == [("anna", 0.9), ("bob", 0.2)]


def test_a_person_and_a_judge_of_one_name_do_not_replace_each_other(world: World) -> None:
    given = {"trace_id": "t1", "span_id": "s1", "name": "q"}
    world.post("/scores", given | {"value": 0.1, "source": "judge"})
    world.post("/scores", given | {"value": 0.2, "source": "human"})
    world.post("/scores", given | {"value": 0.3, "source": "human"})

    kept = world.get("/scores", trace_id="t1")["items"]

    assert sorted((s["source"], s["value"]) for s in kept) == [("human", 0.3), ("judge", 0.1)]


def test_an_id_that_is_given_is_kept(world: World) -> None:
    world.post("/scores", {"id": "mine/1", "trace_id": "t1", "name": "a", "value": 1})
    world.post("/scores", {"id": "mine/1", "trace_id": "t1", "name": "b", "label": "x"})

    [kept] = world.get("/scores")["items"]

    assert (kept["id"], kept["name"], kept["label"], kept["value"]) == ("mine/1", "b", "x", None)


def test_a_truth_is_kept_as_number_and_label(world: World) -> None:
    [kept] = world.post("/scores", {"trace_id": "t1", "name": "ok", "value": True})["items"]

    assert (kept["value"], kept["label"]) == (1.0, "true")
    assert world.trace_ids("scores.ok = true") == ["t1"]


def test_scores_are_paged_the_newest_first(world: World) -> None:
    moments = [f"2026-09-21T14:00:{i % 5:02d}Z" for i in range(20)]
    world.post(
        "/scores",
        [
            {"trace_id": "t1", "name": f"n{i}", "value": i, "created_at": at, "metadata": {"i": i}}
            for i, at in enumerate(moments)
        ],
    )

    items: list[Any] = []
    cursor = None
    while cursor is not None or not items:
        page = world.get("/scores", limit=3, **({"cursor": cursor} if cursor else {}))
        items += page["items"]
        cursor = page["next_cursor"]

    assert len({s["name"] for s in items}) == len(items) == 20
    times = [s["created_at"] for s in items]
    assert times == sorted(times, reverse=True)
    assert [s["name"] for s in world.get("/scores", name="n7")["items"]] == ["n7"]


def test_a_score_that_was_taken_back_is_gone_and_may_be_given_again(world: World) -> None:
    [kept] = world.post("/scores", {"trace_id": "t1", "name": "q", "value": 1})["items"]

    answer = world.call("DELETE", f"/scores/{kept['id']}")

    assert answer.status_code == 204
    assert world.get("/scores")["items"] == []
    assert world.trace_ids("scores.q exists") == []
    assert world.get("/traces/t1", payloads="false")["trace"]["scores"] == []
    assert world.call("DELETE", f"/scores/{kept['id']}").status_code == 404
    world.post("/scores", {"trace_id": "t1", "name": "q", "value": 1})
    assert world.trace_ids("scores.q exists") == ["t1"]


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"name": "q", "value": 1}, 400),
        ({"name": "q", "value": 1, "span_id": "s1"}, 400),
        ({"name": "q", "trace_id": "t1"}, 400),
        ({"name": "", "value": 1, "trace_id": "t1"}, 400),
        ({"name": "q", "value": "much", "trace_id": "t1"}, 400),
        ({"name": "q", "value": 1, "trace_id": "nowhere"}, 400),
        ({"name": "q", "value": 1, "session_id": "c1"}, 400),
        ({"name": "q", "value": 1, "trace_id": "t1", "project": "nowhere"}, 404),
        ({"name": "q", "value": 1, "trace_id": "both"}, 409),
        ({"name": "q", "value": 1, "trace_id": "t1", "typo": 1}, 400),
    ],
)
def test_a_wrong_score_is_refused(given: dict[str, Any], status: int, world: World) -> None:
    answer = world.call("POST", "/scores", json=given)

    assert answer.status_code == status, answer.text
    assert world.get("/scores")["items"] == []


def test_a_score_may_come_before_its_trace_when_it_names_its_project(world: World) -> None:
    world.post("/scores", {"trace_id": "later", "project": "desk", "name": "q", "value": 1})
    world.put(Given(trace_id="later", span_id="l1", project="desk"))

    assert world.trace_ids("scores.q = 1") == ["later"]


def test_a_score_may_be_about_a_project_as_a_whole(world: World) -> None:
    [kept] = world.post("/scores", {"project": "shop", "name": "mean", "value": 0.5})["items"]

    assert (kept["trace_id"], kept["session_id"], kept["project"]) == (None, None, "shop")
    assert [s["name"] for s in world.get("/scores", project="shop")["items"]] == ["mean"]
    assert world.trace_ids("scores.mean exists") == []


def test_scores_that_are_given_at_once_are_all_kept(world: World) -> None:
    scores = ScoreService(world.store, world.projects)
    given = [
        ScoreGiven(trace_id="t1", project="shop", name=f"n{number}", value=number)
        for number in range(50)
    ]

    async def give() -> None:
        await asyncio.gather(*(scores.give([one]) for one in given))

    asyncio.run(give())

    kept = world.get("/scores", trace_id="t1", limit=100)["items"]
    assert sorted(s["value"] for s in kept) == list(range(50))
