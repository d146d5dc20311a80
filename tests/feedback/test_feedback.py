"""Feedback on both databases, over a real store: kept without loss, waiting, counted."""

from __future__ import annotations

import asyncio
import itertools
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pilothouse.platform.errors import BadRequest, Conflict, NotFound, Unprocessable
from pilothouse.platform.feedback.service import FeedbackService
from pilothouse.platform.feedback.tokens import NewToken
from pilothouse.platform.feedback.wire import json_of_feedback
from pilothouse.platform.query.run_places import RunPlace, StoredRunPlaces
from pilothouse.platform.query.scores import ScoreService
from pilothouse.platform.records import Records
from pilothouse.platform.store.feedback import FeedbackQuery
from query_world import Directory, Given, Project, World, opened

pytestmark = pytest.mark.slow

SHOP = str(uuid.UUID(int=1))
_NUMBERS = itertools.count(1)


class ByUuid(Directory):
    """Projects by a UUID made of their number."""

    def by_uuid(self, uuid_text: str) -> Project | None:
        number = uuid.UUID(uuid_text).int
        return next((p for p in self.all() if p.id == number), None)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with opened(tmp_path_factory.mktemp("store") / "spans") as world:
        yield world


@pytest.fixture
def feedback(records: Records, world: World) -> FeedbackService:
    return FeedbackService(
        records,
        world.store,
        ScoreService(world.store, world.projects),
        ByUuid("shop", "desk"),
        StoredRunPlaces(world.store, world.projects),
    )


def new_run() -> tuple[str, str]:
    """(trace id, run id) of a run that is not here yet."""
    return str(uuid.uuid4()), str(uuid.uuid4())


def arrive(world: World, run: tuple[str, str]) -> None:
    world.put(Given(trace_id=run[0], span_id=run[1]))


def create(feedback: FeedbackService, **body: Any) -> Any:
    given: Mapping[str, Any] = {"key": "quality", **body}
    [made] = asyncio.run(feedback.create([given]))
    return made


def stats(feedback: FeedbackService, run: tuple[str, str]) -> Any:
    place = RunPlace(project=1, trace_id=run[0], span_id=run[1])
    found = asyncio.run(feedback.stats_of_runs([place], [place]))
    return found.get((1, *run), {})


FULL = {
    "id": "0190aaaa-0000-7000-8000-000000000001",
    "score": True,
    "value": {"deep": [1, {"x": None}]},
    "comment": "a comment",
    "correction": {"answer": "42"},
    "feedback_source": {
        "type": "model",
        "metadata": {"__run": {"run_id": "r", "project": "evaluators"}, "note": 1},
        "user_id": None,
        "user_name": "judge-7",
    },
    "start_time": "2026-09-21T14:00:00.123456",
    "comparative_experiment_id": "0190aaaa-0000-7000-8000-000000000002",
    "feedback_group_id": "0190aaaa-0000-7000-8000-000000000003",
    "extra": {"k": {"n": 1}},
    "created_at": "2026-09-21T14:00:01.000001+00:00",
    "modified_at": "2026-09-21T14:00:02.000003+00:00",
    "extend_trace_retention": False,
    "address": "lrn:agents/a/environments/b",
}


@pytest.mark.parametrize("here", [True, False], ids=["placed", "waiting"])
def test_nothing_of_feedback_is_lost(feedback: FeedbackService, world: World, here: bool) -> None:
    run = new_run()
    if here:
        arrive(world, run)
    body = FULL | {"id": str(uuid.uuid4()), "key": "quality", "run_id": run[1], "trace_id": run[0]}

    asyncio.run(feedback.create([body]))

    read = json_of_feedback(asyncio.run(feedback.get(str(body["id"]))))
    expected = {k: v for k, v in body.items() if v is not None}
    assert {k: v for k, v in read.items() if v is not None} == expected
    assert read["score"] is True


def test_feedback_is_a_score_as_any_other(feedback: FeedbackService, world: World) -> None:
    run = new_run()
    arrive(world, run)
    create(feedback, run_id=run[1], score=0.5, value="fair", feedback_source={"type": "model"})
    create(feedback, key="crashed", run_id=run[1], comment="boom", extra={"error": True})

    found = {s["name"]: s for s in world.get("/scores", trace_id=run[0])["items"]}

    quality, crashed = found["quality"], found["crashed"]
    assert (quality["value"], quality["label"], quality["source"]) == (0.5, "fair", "judge")
    assert (quality["span_id"], quality["project"]) == (run[1], "shop")
    assert (crashed["status"], crashed["value"], crashed["error"]) == ("error", None, "boom")


def test_scores_of_our_own_are_read_as_feedback(feedback: FeedbackService, world: World) -> None:
    run = new_run()
    arrive(world, run)
    [kept] = world.post(
        "/scores",
        {
            "trace_id": run[0],
            "span_id": run[1],
            "name": "tone",
            "value": 1,
            "label": "kind",
            "source": "human",
            "identifier": "anna",
        },
    )["items"]

    read = asyncio.run(feedback.get(kept["id"]))

    assert (read.key, read.score, read.value, read.run_id) == ("tone", 1.0, "kind", run[1])
    assert (read.source_type, read.source["user_name"]) == ("app", "anna")
    changed = asyncio.run(feedback.change(kept["id"], {"comment": "indeed"}))
    [after] = world.get("/scores", trace_id=run[0])["items"]
    assert (changed.comment, after["comment"], after["identifier"], after["source"]) == (
        "indeed", "indeed", "anna", "human",
    )  # fmt: skip


def test_feedback_waits_for_its_run(feedback: FeedbackService, world: World) -> None:
    run, other = new_run(), new_run()
    made = create(feedback, run_id=run[1], score=1, comment="early")
    create(feedback, run_id=other[1], score=0)
    asyncio.run(feedback.arrived([str(uuid.uuid4())]))
    query = FeedbackQuery(projects=[1, 2], span_ids=[run[1]])
    assert [f.id for f in asyncio.run(feedback.page(query, [run[1]]))] == [made.id]
    assert stats(feedback, run) == {}

    arrive(world, run)
    asyncio.run(feedback.arrived([run[1]]))

    assert [f.id for f in asyncio.run(feedback.page(query, [run[1]]))] == [made.id]
    assert stats(feedback, run)["quality"]["n"] == 1
    assert world.get("/scores", trace_id=other[0])["items"] == []


def test_a_restart_forgets_nothing_that_waits(
    feedback: FeedbackService, records: Records, world: World
) -> None:
    run = new_run()
    create(feedback, run_id=run[1], score=1)
    arrive(world, run)
    fresh = FeedbackService(
        records,
        world.store,
        ScoreService(world.store, world.projects),
        ByUuid("shop", "desk"),
        StoredRunPlaces(world.store, world.projects),
    )

    asyncio.run(fresh.sweep())

    assert stats(fresh, run)["quality"]["n"] == 1


def test_waiting_feedback_is_changed_and_taken_back(
    feedback: FeedbackService, world: World
) -> None:
    run = new_run()
    made, gone = create(feedback, run_id=run[1], score=1), create(feedback, run_id=run[1], score=0)

    asyncio.run(feedback.change(made.id, {"score": 0.25}))
    asyncio.run(feedback.delete(gone.id))
    arrive(world, run)
    asyncio.run(feedback.arrived([run[1]]))

    assert stats(feedback, run)["quality"]["avg"] == 0.25
    assert stats(feedback, run)["quality"]["n"] == 1


def test_with_its_project_and_trace_feedback_need_not_wait(
    feedback: FeedbackService, world: World
) -> None:
    run = new_run()
    create(feedback, run_id=run[1], trace_id=run[0], session_id=SHOP, score=1)

    assert stats(feedback, run)["quality"]["n"] == 1


def test_the_same_id_replaces(feedback: FeedbackService, world: World) -> None:
    run = new_run()
    arrive(world, run)
    same = str(uuid.uuid4())
    for score in (0.1, 0.9):
        create(feedback, id=same, run_id=run[1], score=score)

    assert stats(feedback, run)["quality"]["avg"] == 0.9
    assert stats(feedback, run)["quality"]["n"] == 1
    asyncio.run(feedback.delete(same))
    assert stats(feedback, run) == {}
    with pytest.raises(NotFound):
        asyncio.run(feedback.get(same))
    with pytest.raises(NotFound):
        asyncio.run(feedback.delete(same))


def test_feedback_may_be_about_a_project_as_a_whole(
    feedback: FeedbackService, world: World
) -> None:
    key = f"summary-{next(_NUMBERS)}"
    create(feedback, key=key, session_id=SHOP, score=0.75)
    run = new_run()
    arrive(world, run)
    create(feedback, key=key, run_id=run[1], score=0.25)

    of_runs, of_all = asyncio.run(feedback.stats_of_projects([1]))[1]

    assert (of_runs[key]["avg"], of_all[key]["avg"]) == (0.25, 0.75)
    [kept] = asyncio.run(
        feedback.page(FeedbackQuery(projects=[1], names=[key], project_level=True))
    )
    assert (kept.run_id, kept.trace_id, kept.session_id) == (None, None, SHOP)
    with pytest.raises(Unprocessable):
        create(feedback, session_id=str(uuid.uuid4()), score=1)


def test_statistics_have_the_shape_that_clients_read(
    feedback: FeedbackService, world: World
) -> None:
    run = new_run()
    arrive(world, run)
    for score, value in ((True, "yes"), (False, "no"), (True, "yes")):
        create(feedback, run_id=run[1], score=score, value=value, comment=f"said {value}")
    create(feedback, run_id=run[1], error=True)
    world.post("/scores", {"trace_id": run[0], "name": "of the trace", "value": 3})

    found = stats(feedback, run)

    quality = found["quality"]
    assert (quality["n"], quality["errors"], quality["min"], quality["max"]) == (4, 1, 0, 1)
    assert quality["avg"] == pytest.approx(2 / 3)
    assert quality["stdev"] == pytest.approx(0.57735, abs=1e-5)
    assert quality["values"] == {"yes": 2, "no": 1}
    assert sorted(quality["comments"]) == ["said no", "said yes", "said yes"]
    assert found["of the trace"]["avg"] == 3
    assert found["of the trace"]["stdev"] is None


def test_feedback_is_found_by_run_key_and_source(feedback: FeedbackService, world: World) -> None:
    run = new_run()
    arrive(world, run)
    for key, kind in (("a", "api"), ("b", "model"), ("b", "app")):
        create(feedback, key=key, run_id=run[1], score=1, feedback_source={"type": kind})

    def found(**query: Any) -> list[tuple[str, str]]:
        wanted = FeedbackQuery(projects=[1], span_ids=[run[1]], **query)
        return sorted((f.key, f.source_type) for f in asyncio.run(feedback.page(wanted)))

    assert found() == [("a", "api"), ("b", "app"), ("b", "model")]
    assert found(names=["b"]) == [("b", "app"), ("b", "model")]
    assert found(sources=["model", "api"]) == [("a", "api"), ("b", "model")]
    assert found(has_comment=True) == []
    assert len(found(limit=2, offset=2)) == 1


def test_what_comes_with_runs_is_taken_as_far_as_it_is_right(
    feedback: FeedbackService, world: World
) -> None:
    run = new_run()
    arrive(world, run)
    good = {"id": str(uuid.uuid4()), "key": "quality", "run_id": run[1], "score": 1}

    asyncio.run(
        feedback.take([
            good | {"score": "much"},
            good | {"id": "no uuid"},
            {"key": "quality"},
            {"run_id": run[1]},
            good,
        ])
    )  # fmt: skip

    assert stats(feedback, run)["quality"]["n"] == 1


def test_settings_of_a_key_are_kept_once(feedback: FeedbackService) -> None:
    configs = feedback.configs
    stars = {"type": "continuous", "min": 1, "max": 5, "categories": None}
    made = configs.create("stars", stars, is_enforced=True)

    assert configs.create("stars", stars, is_enforced=True) == made
    assert made.config == {"type": "continuous", "min": 1, "max": 5}
    with pytest.raises(Conflict):
        configs.create("stars", stars | {"max": 4}, is_enforced=True)
    assert configs.change("stars", lower_is_better=True).lower_is_better is True
    assert [c.name for c in configs.list(contains="TAR")] == ["stars"]
    assert configs.list(["other"]) == []
    configs.delete("stars")
    with pytest.raises(NotFound):
        configs.delete("stars")


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"type": "stars"},
        {"type": "continuous", "min": 2, "max": 1},
        {"type": "continuous", "min": "1"},
        {"type": "categorical"},
        {"type": "categorical", "categories": [{"label": "a"}]},
        {"type": "categorical", "categories": [{"value": 1}, {"value": 1}]},
    ],
)
def test_wrong_settings_are_refused(feedback: FeedbackService, config: Any) -> None:
    with pytest.raises(BadRequest):
        feedback.configs.create("wrong", config)


def test_settings_that_come_with_feedback_hold_for_a_new_key(feedback: FeedbackService) -> None:
    config = {"type": "categorical", "categories": [{"value": 1, "label": "good"}]}
    run = new_run()

    create(feedback, key="new", run_id=run[1], score=1, feedback_config=config)
    create(feedback, key="new", run_id=run[1], feedback_config={"type": "freeform"})

    assert feedback.configs.get("new").config == config


def test_enforced_settings_refuse_other_scores(feedback: FeedbackService) -> None:
    run = new_run()
    feedback.configs.create("stars", {"type": "continuous", "min": 1, "max": 5}, is_enforced=True)
    categories = [{"value": 1, "label": "good"}, {"value": 0, "label": "bad"}]
    feedback.configs.create(
        "kind", {"type": "categorical", "categories": categories}, is_enforced=True
    )

    create(feedback, key="stars", run_id=run[1], score=5)
    create(feedback, key="kind", run_id=run[1], value="good")
    for key, said in (("stars", {"score": 6}), ("kind", {"score": 2}), ("kind", {"value": "x"})):
        with pytest.raises(Unprocessable):
            create(feedback, key=key, run_id=run[1], **said)


def test_a_link_gives_feedback_until_it_ends(feedback: FeedbackService, world: World) -> None:
    run = new_run()
    arrive(world, run)
    hour = timedelta(hours=1)
    same = str(uuid.uuid4())
    new = NewToken(run_id=run[1], key="thumb", id=same, expires_in=hour)
    [token] = feedback.tokens.create([new], by="anna")
    assert feedback.tokens.create([new]) == [token]  # sent again

    for score in (1, 0):
        asyncio.run(feedback.give_by_token(same, {"score": score, "metadata": {"page": "/x"}}))

    assert (stats(feedback, run)["thumb"]["n"], stats(feedback, run)["thumb"]["avg"]) == (2, 0.5)
    assert [t.id for t in feedback.tokens.list(run[1])] == [same]
    with pytest.raises(Unprocessable):
        asyncio.run(feedback.give_by_token(same, {}))
    feedback.tokens.revoke(same)
    with pytest.raises(NotFound):
        asyncio.run(feedback.give_by_token(same, {"score": 1}))
    past = datetime.now(UTC) - hour
    with pytest.raises(BadRequest, match="later than now"):
        feedback.tokens.create([NewToken(run_id=run[1], key="k", expires_at=past)])


def test_a_link_that_has_ended_gives_nothing(feedback: FeedbackService, records: Records) -> None:
    [token] = feedback.tokens.create([NewToken(run_id="r", key="thumb")])
    with records.write() as session:
        session.run("UPDATE feedback_tokens SET expires_at = 1")

    with pytest.raises(NotFound, match="ended"):
        asyncio.run(feedback.give_by_token(token.id, {"score": 1}))
