"""Queues on both databases, over a real store: who gets what, what answers become."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from pilothouse.platform.annotation.models import (
    ITEM_STATUSES,
    ItemKind,
    NewItem,
    Queue,
    RubricItem,
    Wanted,
)
from pilothouse.platform.annotation.service import QueueService
from pilothouse.platform.errors import BadRequest, Forbidden, NotFound
from pilothouse.platform.query.run_places import RunPlace, StoredRunPlaces
from pilothouse.platform.query.scope import selection_of
from pilothouse.platform.query.scores import ScoreService
from pilothouse.platform.records import Records, micros_of
from query_world import Directory, Given, World, opened

KIND = RubricItem(
    feedback_key="kind",
    categories=({"value": 1.0, "label": "good"}, {"value": 0.0, "label": "bad"}),
    is_required=True,
)
STARS = RubricItem(feedback_key="stars", min=1, max=5)


class Named(Directory):
    """Projects by number too."""

    def name_of(self, number: int) -> str | None:
        return next((p.name for p in self.all() if p.id == number), None)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with opened(tmp_path_factory.mktemp("store") / "spans") as world:
        world.put(
            *(
                Given(trace_id=f"t{n}", span_id=f"s{n}", at=n, input=f"in {n}", output=f"out {n}")
                for n in range(6)
            ),
            *(
                Given(trace_id=f"t{n}", span_id=f"s{n}", at=n - 60, fields={"session_id": "talk"})
                for n in (6, 7)
            ),
        )
        yield world


@pytest.fixture
def queues(records: Records, world: World) -> QueueService:
    projects = Named("shop", "desk")
    return QueueService(
        records,
        world.store,
        ScoreService(world.store, world.projects),
        projects,
        StoredRunPlaces(world.store, world.projects),
    )


def review(queues: QueueService, item_id: str, who: str, answers: Any, status: Any = "done") -> Any:
    return asyncio.run(queues.reviewing.review(item_id, who, answers, status))


def filled(queues: QueueService, *numbers: int, **how: Any) -> Queue:
    queue = queues.create("a queue", **how)
    asyncio.run(queues.items.add(queue.id, [f"s{n}" for n in numbers]))
    return queue


def test_a_queue_keeps_what_it_was_made_with(queues: QueueService) -> None:
    made = queues.create(
        "tone", description="d", instructions="i", rubric=[KIND, STARS], reviewers=["anna"], by="me"
    )

    assert queues.get(made.id) == made
    assert made.rubric == (KIND, STARS)
    again = queues.create("tone", id=made.id)
    assert again == made
    changed = queues.change(made.id, name="voice", rubric=[STARS], reviewers=[])
    assert (changed.name, changed.rubric, changed.reviewers, changed.instructions) == (
        "voice", (STARS,), (), "i",
    )  # fmt: skip
    queues.delete(made.id)
    with pytest.raises(NotFound):
        queues.get(made.id)


def test_runs_are_added_once(queues: QueueService) -> None:
    queue = queues.create("a queue")
    first = asyncio.run(queues.items.add(queue.id, ["s1", "s0"], by="anna"))
    again = asyncio.run(queues.items.add(queue.id, ["s0", "s1", "s2"]))

    items = queues.items.list(queue.id)

    assert [item.run_id for item in items] == ["s1", "s0", "s2"]
    assert {item.id for item in first} < {item.id for item in again} == {i.id for i in items}
    assert (items[0].place.trace_id, items[0].place.project, items[0].added_by) == ("t1", 1, "anna")
    assert queues.get(queue.id).total == 3
    assert [q.id for q in queues.of_run("s2")] == [queue.id]
    with pytest.raises(NotFound, match="s99"):
        asyncio.run(queues.items.add(queue.id, ["s0", "s99"]))
    assert queues.items.remove(queue.id, [items[0].id, "s2"]) == 2
    assert [item.run_id for item in queues.items.list(queue.id)] == ["s0"]


def test_a_queue_is_filled_by_a_filter(queues: QueueService, world: World) -> None:
    queue = queues.create("a queue")
    selection = selection_of(
        world.projects, project="shop", since="2026-09-21T00:00:00Z", filter_text='name = "step"'
    )

    added = [
        asyncio.run(queues.items.populate(queue.id, selection, scope=scope, limit=4))
        for scope in ("traces", "spans", "spans")
    ]

    assert added == [4, 0, 0]
    assert [item.run_id for item in queues.items.list(queue.id)] == ["s2", "s3", "s4", "s5"]


def test_two_reviewers_never_hold_the_same_item(queues: QueueService) -> None:
    queue = filled(queues, 0, 1)

    anna, ben, carl = (queues.reviewing.next(queue.id, who) for who in ("anna", "ben", "carl"))

    assert anna is not None
    assert ben is not None
    assert (anna.run_id, ben.run_id, carl) == ("s0", "s1", None)
    kept = queues.reviewing.next(queue.id, "anna")
    assert kept is not None
    assert kept.id == anna.id  # whoever holds one gets it again
    passed = queues.reviewing.next(queue.id, "anna", but=[anna.id])
    assert passed is None
    left = queues.reviewing.next(queue.id, "carl")
    assert left is not None
    assert left.id == anna.id  # passing it over let go of it


def test_reviewers_who_ask_at_once_get_different_items(queues: QueueService) -> None:
    queue = filled(queues, 0, 1, 2, 3, 4, 5)

    with ThreadPoolExecutor(6) as threads:
        given = list(
            threads.map(lambda n: queues.reviewing.next(queue.id, f"reviewer {n}"), range(6))
        )

    assert sorted(item.run_id for item in given if item) == [f"s{n}" for n in range(6)]


def test_a_reservation_lapses(queues: QueueService, records: Records) -> None:
    queue = filled(queues, 0)
    held = queues.reviewing.next(queue.id, "anna")
    assert held is not None
    assert queues.reviewing.next(queue.id, "ben") is None

    with records.write() as session:  # an hour passes
        session.run("UPDATE annotation_reviews SET reserved_until = reserved_until - 3600000001")

    taken = queues.reviewing.next(queue.id, "ben")
    assert taken is not None
    assert taken.id == held.id


def test_several_reviewers_may_be_wanted_for_an_item(queues: QueueService) -> None:
    queue = filled(queues, 0, reviewers_per_item=2)
    first = queues.reviewing.next(queue.id, "anna")
    second = queues.reviewing.next(queue.id, "ben")
    assert first is not None
    assert second is not None
    assert first.id == second.id
    assert queues.reviewing.next(queue.id, "carl") is None

    review(queues, first.id, "anna", {"stars": 3})

    states = {who: queues.items.get(first.id, who).status for who in ("anna", "ben")}
    assert states == {"anna": "needs_others_review", "ben": "needs_my_review"}
    review(queues, first.id, "ben", {"stars": 4})
    assert queues.items.get(first.id, "ben").status == "completed"
    assert queues.get(queue.id).completed == 1
    assert queues.change(queue.id, reviewers_per_item=3).completed == 0
    assert queues.items.get(first.id, "carl").status == "needs_my_review"


def test_a_skipped_item_is_left_to_others(queues: QueueService) -> None:
    queue = filled(queues, 0, 1)
    held = queues.reviewing.next(queue.id, "anna")
    assert held is not None

    review(queues, held.id, "anna", {}, "skipped")

    following = queues.reviewing.next(queue.id, "anna")
    assert following is not None
    assert following.run_id == "s1"
    seen = {
        (status, reviewer): queues.items.list(queue.id, Wanted(status=status, reviewer=reviewer))
        for status in ITEM_STATUSES
        for reviewer in ("anna", "ben")
    }
    assert {how: [item.run_id for item in items] for how, items in seen.items() if items} == {
        ("needs_my_review", "anna"): ["s1"],
        ("needs_others_review", "anna"): ["s0"],
        ("needs_my_review", "ben"): ["s0", "s1"],
    }
    for (status, reviewer), items in seen.items():
        wanted = Wanted(status=status, reviewer=reviewer)
        assert queues.items.count(queue.id, wanted) == len(items)


def test_answers_become_scores_that_a_changed_answer_replaces(
    queues: QueueService, world: World
) -> None:
    queue = filled(queues, 3, rubric=[KIND, STARS])
    [item] = queues.items.list(queue.id)

    def kept() -> dict[str, Any]:
        scores = world.get("/scores", trace_id="t3", identifier="anna")["items"]
        return {s["name"]: (s["value"], s["label"], s["source"], s["span_id"]) for s in scores}

    review(queues, item.id, "anna", {"kind": "good"}, "reserved")
    assert kept() == {}  # not final yet
    review(queues, item.id, "anna", {"kind": "good", "stars": {"score": 4, "comment": "well"}})
    assert kept() == {"kind": (1.0, "good", "human", "s3"), "stars": (4.0, None, "human", "s3")}
    review(queues, item.id, "anna", {"kind": 0})
    assert kept() == {"kind": (0.0, "bad", "human", "s3")}
    review(queues, item.id, "anna", {}, "skipped")
    assert kept() == {}
    assert queues.items.get(item.id).status == "needs_my_review"


def test_a_review_may_be_marked_without_answers(queues: QueueService) -> None:
    queue = filled(queues, 0, rubric=[KIND])
    [item] = queues.items.list(queue.id)

    marked = asyncio.run(queues.reviewing.mark(item.id, "anna", "done"))

    assert (marked.status, marked.answers) == ("done", {})
    assert queues.items.get(item.id).status == "completed"
    review(queues, item.id, "anna", {"kind": "good"})
    again = asyncio.run(queues.reviewing.mark(item.id, "anna", "reserved"))
    assert again.answers == {"kind": {"score": 1.0, "value": "good"}}
    assert queues.items.get(item.id).status == "needs_my_review"


def test_a_pair_gives_both_runs_a_score(queues: QueueService, world: World) -> None:
    queue = queues.create("pairs", kind="pairwise")
    [item] = asyncio.run(queues.items.add_pairs(queue.id, [("s4", "s5")]))
    assert item.other is not None
    assert {(item.run_id, item.place.trace_id), (item.other_run_id, item.other.trace_id)} == {
        ("s4", "t4"),
        ("s5", "t5"),
    }

    newer = "first" if item.run_id == "s5" else "second"
    review(queues, item.id, "anna", {"better": newer, "shorter": {"preferred": "tie"}})

    def scores(trace_id: str) -> dict[str, float]:
        items = world.get("/scores", trace_id=trace_id, identifier="anna")["items"]
        return {score["name"]: score["value"] for score in items}

    assert scores("t4") == {"better": 0.0, "shorter": 0.5}
    assert scores("t5") == {"better": 1.0, "shorter": 0.5}
    with pytest.raises(BadRequest, match="pairs of runs"):
        asyncio.run(queues.items.add(queue.id, ["s0"]))
    with pytest.raises(BadRequest, match="preferred"):
        review(queues, item.id, "anna", {"better": "both"})


def test_which_of_a_pair_stands_left_is_drawn_once(queues: QueueService, records: Records) -> None:
    queue = queues.create("pairs", kind="pairwise")
    places = [RunPlace(project=1, trace_id=f"t{n}", span_id=f"s{n}") for n in range(400)]
    pairs = [
        NewItem(run_id=f"s{n}", place=places[n], other_run_id=f"s{n + 1}", other=places[n + 1])
        for n in range(0, 400, 2)
    ]
    turned = [
        dataclasses.replace(
            pair,
            run_id=pair.other_run_id,
            place=pair.other or pair.place,
            other_run_id=pair.run_id,
            other=pair.place,
        )
        for pair in pairs
    ]

    items = queues.items.add_placed(queue.id, pairs)
    again = queues.items.add_placed(queue.id, turned)

    assert again == items
    assert all(i.other and (i.place.span_id, i.other.span_id) == (i.run_id, i.other_run_id)
               for i in items)  # fmt: skip
    as_named = sum(item.run_id == pair.run_id for item, pair in zip(items, pairs, strict=True))
    assert 60 < as_named < 140  # of 200 by fair draws, but for one time in a hundred million
    # A pair of the version before, which stands as it was named, is the same pair still.
    first, other = items[0].run_id, items[0].other_run_id
    with records.write() as session:
        session.run(
            "UPDATE annotation_items SET run_id = :other, other_run_id = :first WHERE id = :id",
            id=items[0].id, first=first, other=other,
        )  # fmt: skip
    [same] = queues.items.add_placed(queue.id, pairs[:1])
    assert (same.id, same.run_id) == (items[0].id, other)


def test_a_session_is_reviewed_as_a_whole(queues: QueueService, world: World) -> None:
    queue = queues.create("talks")

    [item] = asyncio.run(queues.items.add_threads(queue.id, [(1, "talk")], by="ben"))
    again = asyncio.run(queues.items.add_threads(queue.id, [(1, "talk"), (1, "talk")]))
    asyncio.run(queues.items.add(queue.id, ["s0"]))
    review(queues, item.id, "anna", {"mood": 1})

    assert again == [item]
    assert (item.thread_id, item.run_id, item.place.trace_id) == ("talk", "", "t7")
    scores = world.get("/scores", name="mood", project="shop")["items"]
    assert {(s["session_id"], s["trace_id"], s["span_id"]) for s in scores} == {
        ("talk", None, None)
    }
    kinds: tuple[ItemKind, ...] = ("run", "thread")
    found = [queues.items.list(queue.id, Wanted(kind=kind)) for kind in kinds]
    assert [[one.run_id or one.thread_id for one in items] for items in found] == [["s0"], ["talk"]]
    with pytest.raises(NotFound, match="no session 'silence'"):
        asyncio.run(queues.items.add_threads(queue.id, [(1, "talk"), (1, "silence")]))


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {"kind": "awful"},
        {"kind": 2},
        {"kind": {"score": 1, "value": "bad"}},
        {"kind": "good", "stars": 6},
        {"kind": "good", "stars": 0},
        {"kind": "good", "unasked": 1},
        {"kind": "good", "stars": {"preferred": "first"}},
        {"kind": "good", "stars": {"points": 1}},
        {"kind": "good", "stars": [1]},
    ],
)
def test_answers_beside_the_rubric_are_refused(queues: QueueService, answers: Any) -> None:
    queue = filled(queues, 0, rubric=[KIND, STARS])
    [item] = queues.items.list(queue.id)

    with pytest.raises(BadRequest):
        review(queues, item.id, "anna", answers)


def test_only_those_who_are_named_review(queues: QueueService) -> None:
    queue = filled(queues, 0, reviewers=["anna"])
    [item] = queues.items.list(queue.id)

    with pytest.raises(Forbidden):
        queues.reviewing.next(queue.id, "ben")
    with pytest.raises(Forbidden):
        review(queues, item.id, "ben", {"stars": 1})


def test_progress_agreement_and_disagreements_follow_the_reviews(queues: QueueService) -> None:
    queue = filled(queues, 0, 1, 2, rubric=[KIND, STARS], reviewers_per_item=2)
    items = queues.items.list(queue.id)
    for item, anna, ben in zip(items, ("good", "good", "bad"), ("good", "bad", "bad"), strict=True):
        review(queues, item.id, "anna", {"kind": anna, "stars": 5})
        review(queues, item.id, "ben", {"kind": ben, "stars": 4 if anna == ben else 1})

    progress = queues.results.progress(queue.id)
    kind, stars = queues.results.agreement(queue.id)
    apart = queues.results.disagreements(queue.id)

    assert (progress.total, progress.completed) == (3, 3)
    assert [(r.reviewer, r.done) for r in progress.reviewers] == [("anna", 3), ("ben", 3)]
    assert (kind.key, kind.level, kind.items, kind.reviewers) == ("kind", "nominal", 3, 2)
    assert kind.same == pytest.approx(2 / 3)
    assert kind.cohen_kappa == pytest.approx(0.4)
    assert kind.fleiss_kappa == pytest.approx(1 / 3)
    assert kind.krippendorff_alpha == pytest.approx(4 / 9)
    assert stars.level == "interval"
    assert [(d.key, d.distance) for d in apart] == [
        ("kind", 1.0), ("stars", 1.0), ("stars", 0.25), ("stars", 0.25),
    ]  # fmt: skip
    assert {d.item_id for d in apart[:2]} == {items[1].id}


def test_items_are_paged(queues: QueueService) -> None:
    queue = filled(queues, 0, 1, 2, 3, 4)

    first = queues.items.list(queue.id, limit=2)
    rest = queues.items.list(
        queue.id, limit=10, after=(micros_of(first[-1].added_at), first[-1].id)
    )

    assert [item.run_id for item in [*first, *rest]] == ["s0", "s1", "s2", "s3", "s4"]
    assert [i.run_id for i in queues.items.list(queue.id, limit=1, offset=3)] == ["s3"]
    before = queues.items.list(queue.id, limit=2, before=(micros_of(rest[2].added_at), rest[2].id))
    assert [item.run_id for item in before] == ["s2", "s3"]


def test_an_item_is_moved_and_placed_by_when_it_was_added(queues: QueueService) -> None:
    queue = filled(queues, 0, 1, 2)
    first, second, third = queues.items.list(queue.id)
    review(queues, first.id, "anna", {"stars": 2})
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)

    placed = queues.items.placement(queue.id, third.id, "anna")
    moved = queues.items.change(queue.id, third.id, added_at=long_ago, reviewed_at=long_ago)
    after = queues.items.placement(queue.id, third.id, "anna")

    assert (placed.item.status, placed.position) == ("needs_my_review", 1)
    assert placed.before is not None
    assert placed.before[1] == second.id
    assert (moved.added_at, moved.reviewed_at) == (long_ago, long_ago)
    assert [item.run_id for item in queues.items.list(queue.id)] == ["s2", "s0", "s1"]
    assert (after.position, after.before) == (0, None)
    with pytest.raises(NotFound, match="in this queue"):
        queues.items.change(queues.create("other").id, third.id, added_at=long_ago)


def test_an_export_has_every_item_with_reviews_and_texts(queues: QueueService) -> None:
    queue = filled(queues, 0, 1)
    items = queues.items.list(queue.id)
    review(queues, items[0].id, "anna", {"stars": 2})

    async def rows() -> list[Any]:
        return [row async for row in queues.results.export(queue.id)]

    first, second = asyncio.run(rows())

    assert first[0].run_id == "s0"
    assert [(r.reviewer, r.answers) for r in first[1]] == [("anna", {"stars": {"score": 2}})]
    assert first[2] == ("in 0", "out 0")
    assert (second[0].run_id, list(second[1])) == ("s1", [])


def test_items_of_a_place_may_be_added_without_a_look(queues: QueueService) -> None:
    queue = queues.create("a queue")
    place = RunPlace(project=2, trace_id="later", span_id="later-1")

    [item] = queues.items.add_placed(queue.id, [NewItem(run_id="later-1", place=place)])

    assert item.place == dataclasses.replace(place, start_us=None)
