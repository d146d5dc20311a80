"""Takes feedback for runs that are here and for runs that are still to come, and reads it."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

from pilothouse.platform.errors import ApiError, NotFound, Unprocessable
from pilothouse.platform.feedback import records as kept
from pilothouse.platform.feedback.configs import FeedbackConfigs
from pilothouse.platform.feedback.masked import Masks, mask_score, masked_body
from pilothouse.platform.feedback.models import Feedback, complaint
from pilothouse.platform.feedback.tokens import FeedbackTokens
from pilothouse.platform.feedback.wire import (
    LINK,
    checked_score,
    feedback_of_json,
    feedback_of_score,
    json_of_feedback,
    score_of_feedback,
)
from pilothouse.platform.half_characters import mended
from pilothouse.platform.ingest.batch import Batch
from pilothouse.platform.projects.models import Project
from pilothouse.platform.query.run_places import RunPlace, RunPlaces
from pilothouse.platform.query.scope import NamedProject, Projects, projects_of
from pilothouse.platform.query.scores import ScoreService
from pilothouse.platform.records import Records, micros_of
from pilothouse.platform.store import feedback as stored
from pilothouse.platform.store import spans_read
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.feedback import FeedbackQuery
from pilothouse.platform.store.tables import score_of
from pilothouse.spans import Score

log = logging.getLogger("pilothouse.feedback")

WAITS: Final = timedelta(days=30)
"""Feedback on a run that does not come in this time is forgotten."""
FIRST_SWEEP_S: Final = 60
SWEEP_S: Final = 3600
AT_ONCE: Final = 500
"""Runs that are looked for in one go."""
Stats = dict[str, dict[str, Any]]
"""By key: {"n", "avg", "values", "comments", "sources", "min", "max", "stdev", "errors"}."""
Placed = list[tuple[int, Score]]
"""Each with the number of its project."""
CHANGEABLE: Final = ("score", "value", "correction", "comment")


class Directory(Projects, Protocol):
    """The part of the project directory that feedback needs."""

    def by_uuid(self, uuid: str) -> NamedProject | None: ...


class TakesScores(Protocol):
    """What makes scores durable and visible, together with all else that comes in."""

    async def accept(self, batch: Batch) -> None: ...


class FeedbackService:
    """Feedback; it is kept as scores, or apart while its run is not here."""

    def __init__(
        self,
        records: Records,
        store: Store,
        scores: ScoreService,
        projects: Directory,
        places: RunPlaces,
        ingest: TakesScores | None = None,
        masker_of: Callable[[str], Masks | None] = lambda _: None,
    ) -> None:
        """With `ingest`, new scores are written together with the spans that come at the time.

        `masker_of` gives the masker of a project by name.
        """
        self._ingest = ingest
        self._masker_of = masker_of
        self._records = records
        self._store = store
        self._scores = scores
        self._projects = projects
        self._places = places
        self._waited_for: set[str] | None = None
        """The runs that feedback waits for; None before the first question."""
        self.configs = FeedbackConfigs(records)
        self.tokens = FeedbackTokens(records)

    # ---- giving

    async def create(self, bodies: Sequence[Mapping[str, Any]]) -> list[Feedback]:
        """Keep feedback as clients send it. Raises Unprocessable when any of it is wrong."""
        given = [feedback_of_json(body) for body in bodies]
        if not all(self._has_target(feedback) for feedback in given):
            raise Unprocessable("feedback: give a run_id, or the session_id of a project")
        await self._learn_and_check(bodies, given, refuse=True)
        await self._keep(given)
        return given

    async def take(self, feedback: list[dict[str, Any]], only: Project | None = None) -> None:
        """Keep what is right of feedback that came with runs; the rest is left out, and logged.

        With `only` it is on runs of that project, whatever else bears their ids.
        """
        given: list[Feedback] = []
        for body in feedback:
            try:
                given.append(feedback_of_json(body))
            except ApiError as error:
                log.warning("feedback left out: %s", error.message)
        if only is not None:
            given = await self._within(given, only)
        allowed = await self._learn_and_check(feedback, given, refuse=False)
        await self._keep([feedback for feedback in allowed if self._has_target(feedback)])

    async def _within(self, given: Sequence[Feedback], only: Project) -> list[Feedback]:
        """Feedback as feedback of one project; what is on something elsewhere is left out."""
        named = [dataclasses.replace(feedback, session_id=only.uuid) for feedback in given]
        asked = {at: f for at, f in enumerate(named) if f.run_id or f.trace_id if not _is_own(f)}
        found = await self._looked_up(asked)
        kept = []
        for at, feedback in enumerate(named):
            place = found.get(at)
            if at not in asked or (place is not None and place.project == only.id):
                kept.append(feedback)
            else:
                log.warning("feedback left out: its run is not in project %r", only.name)
        return kept

    def _has_target(self, feedback: Feedback) -> bool:
        if feedback.run_id or feedback.trace_id:
            return True
        return bool(feedback.session_id and self._projects.by_uuid(feedback.session_id))

    async def arrived(self, run_ids: Iterable[str]) -> None:
        """Give the runs that are here now the feedback that waited for them."""
        if self._waited_for is None:
            self._waited_for = await asyncio.to_thread(self._waiting_runs)
        ids = list(run_ids)
        if not self._records.shared:  # else another process may have kept some
            ids = [run_id for run_id in ids if run_id in self._waited_for]
        if ids:
            await self._resolve(ids)

    async def sweep(self) -> None:
        """Resolve all that can be, and forget what waited too long; for start and now and then."""
        before = micros_of(datetime.now(UTC) - WAITS) or 0
        await asyncio.to_thread(self._forget_before, before)
        self._waited_for = await asyncio.to_thread(self._waiting_runs)
        waiting = sorted(self._waited_for)
        for at in range(0, len(waiting), AT_ONCE):
            await self._resolve(waiting[at : at + AT_ONCE])

    async def sweeping(self) -> None:
        """Sweep again and again, until cancelled."""
        await asyncio.sleep(FIRST_SWEEP_S)
        while True:
            try:
                await self.sweep()
            except Exception:  # whatever a store says: the next sweep is another try
                log.exception("waiting feedback was not swept; it is tried again in an hour")
            await asyncio.sleep(SWEEP_S)

    async def give_by_token(self, token_id: str, said: Mapping[str, Any]) -> Feedback:
        """Feedback by a link: score, value, correction, comment, metadata. Raises NotFound.

        The same `id` by the same link replaces what was said; no other feedback can be reached.
        """
        token = await asyncio.to_thread(self.tokens.open, token_id)
        metadata = said.get("metadata")
        source = {"type": "api", "metadata": {**(metadata or {}), LINK: token.id}}
        body: dict[str, Any] = {
            **{name: said.get(name) for name in CHANGEABLE},
            "id": str(
                uuid.uuid5(uuid.UUID(token.id), said["id"]) if said.get("id") else uuid.uuid4()
            ),
            "key": token.name,
            "run_id": token.run_id,
            "feedback_source": source,
            "feedback_config": token.config,
        }
        if all(said.get(name) is None for name in CHANGEABLE):
            raise Unprocessable("feedback: give a score, a value, a correction or a comment")
        [feedback] = await self.create([body])
        return feedback

    async def _learn_and_check(
        self, bodies: Sequence[Mapping[str, Any]], given: list[Feedback], *, refuse: bool
    ) -> list[Feedback]:
        """The feedback that the settings of its keys allow."""
        brought = {
            str(body["key"]): body["feedback_config"]
            for body in bodies
            if isinstance(body.get("feedback_config"), dict) and body.get("key")
        }
        keys = sorted({feedback.key for feedback in given})
        configs = self.configs.seen(keys)
        if configs is None:
            configs = await asyncio.to_thread(self.configs.of_names, keys)
        new = [(key, config) for key, config in brought.items() if key not in configs]
        if new:
            await asyncio.to_thread(self.configs.learn, new)
        allowed = []
        for feedback in given:
            config = configs.get(feedback.key)
            wrong = (
                complaint(config, feedback.score, feedback.value)
                if config is not None and config.is_enforced and not feedback.is_error
                else ""
            )
            if not wrong:
                allowed.append(feedback)
            elif refuse:
                raise Unprocessable(wrong)
            else:
                log.warning("feedback left out: %s", wrong)
        return allowed

    async def _keep(self, given: Sequence[Feedback]) -> None:
        placed, lost = await self._placed(given)
        await self._write_masked(placed)
        if not lost:
            return
        await asyncio.to_thread(self._wait, lost)
        # The run may have come between the look and the note: look once more.
        await self._resolve(sorted({_run(feedback) for feedback in lost}))

    async def _write_masked(self, placed: Placed) -> None:
        """As `write`, for what comes from outside."""
        for _, score in placed:
            if (masker := self._masker_of(score.project)) is not None:
                mask_score(masker, score)
        await self.write(placed)

    async def write(self, placed: Sequence[tuple[int, Score]]) -> None:
        """Keep scores whose projects (their numbers) are known; the same id again replaces."""
        if self._ingest is None:
            await self._scores.keep(placed)
        elif placed:
            await self._ingest.accept(Batch(scores=[score for _, score in placed]))

    async def _placed(
        self, given: Sequence[Feedback]
    ) -> tuple[list[tuple[int, Score]], list[Feedback]]:
        """(number of the project, score) of what has a place, and what has none."""
        names = projects_of(self._projects, None)
        places: dict[int, RunPlace | None] = {}
        asked: dict[int, Feedback] = {}
        numbers: dict[int, int] = {}
        for at, feedback in enumerate(given):
            project = self._projects.by_uuid(feedback.session_id) if feedback.session_id else None
            if project is not None:
                numbers[at] = project.id
            if not feedback.run_id and not feedback.trace_id:
                if project is not None:
                    places[at] = None
            elif project is not None and _is_own(feedback):
                places[at] = RunPlace(
                    project=project.id,
                    trace_id=feedback.trace_id or "",
                    span_id=feedback.run_id or "",
                )
            else:
                asked[at] = feedback
        places |= await self._looked_up(asked)
        placed, lost = [], []
        for at, feedback in enumerate(given):
            if at not in places:
                lost.append(feedback)
                continue
            place = places[at]
            number = numbers[at] if place is None else place.project
            if number in names:
                placed.append((number, score_of_feedback(feedback, names[number], place)))
        return placed, lost

    async def _looked_up(self, asked: Mapping[int, Feedback]) -> dict[int, RunPlace | None]:
        if not asked:
            return {}
        known = {f.run_id: f.trace_id for f in asked.values() if f.run_id and f.trace_id}
        unknown = {f.run_id for f in asked.values() if f.run_id} - known.keys()
        found = await self._places.find(sorted(unknown))
        if known:
            found |= await self._places.find(sorted(known), sorted(set(known.values())))
        places: dict[int, RunPlace | None] = {
            at: found[f.run_id] for at, f in asked.items() if f.run_id and f.run_id in found
        }
        traces = {at: f.trace_id for at, f in asked.items() if not f.run_id and f.trace_id}
        if traces:
            await self._store.visible()
            numbers = await spans_read.projects_of_traces(
                self._store, sorted(set(traces.values())), list(projects_of(self._projects, None))
            )
            for at, trace_id in traces.items():
                if trace_id in numbers:
                    places[at] = RunPlace(
                        project=numbers[trace_id][0], trace_id=trace_id, span_id=""
                    )
        return places

    async def _resolve(self, run_ids: Sequence[str]) -> None:
        bodies = await asyncio.to_thread(self._waiting_of, run_ids)
        if not bodies:
            return
        placed, lost = await self._placed([feedback_of_json(body) for body in bodies])
        await self._write_masked(placed)
        still = {_run(feedback) for feedback in lost}
        waiting = {feedback.id for feedback in lost}
        done = [str(body["id"]) for body in bodies if body["id"] not in waiting]
        if done:
            await asyncio.to_thread(self._forget, done)
        if self._waited_for is not None:
            self._waited_for -= set(run_ids) - still

    # ---- reading and changing

    async def get(self, feedback_id: str) -> Feedback:
        """Feedback by id, while it waits too. Raises NotFound."""
        found = await self._found(feedback_id)
        if found is not None:
            return feedback_of_score(found[1])
        waiting = await asyncio.to_thread(self._waiting_one, feedback_id)
        if waiting is None:
            raise NotFound(f"there is no feedback {feedback_id!r}", {"id": feedback_id})
        return feedback_of_json(waiting)

    async def page(self, query: FeedbackQuery, run_ids: Sequence[str] = ()) -> list[Feedback]:
        """Feedback of a query, the newest first; `run_ids` adds what waits for these runs."""
        await self._store.visible()
        names = projects_of(self._projects, None)
        rows = await stored.page(self._store, query)
        found = [
            feedback_of_score(score_of(row, names.get(int(row["project"]), ""))) for row in rows
        ]
        if run_ids and query.offset == 0:
            bodies = await asyncio.to_thread(self._waiting_of, run_ids)
            waiting = [feedback_of_json(body) for body in bodies]
            found += [f for f in waiting if not query.names or f.key in query.names]
        return found[: query.limit]

    async def change(self, feedback_id: str, said: Mapping[str, Any]) -> Feedback:
        """The feedback after a change of score, value, correction or comment; null leaves.

        Raises NotFound, Unprocessable.
        """
        before = await self.get(feedback_id)
        given = {k: mended(said[k]) for k in CHANGEABLE if said.get(k) is not None}
        if "score" in given:
            given["score"] = checked_score(given["score"])
        after = dataclasses.replace(before, modified_at=datetime.now(UTC), **given)
        found = await self._found(feedback_id)
        if found is None:
            await self._keep([after])
            return after
        number, score = found
        place = RunPlace(project=number, trace_id=score.trace_id, span_id=score.span_id)
        changed = score_of_feedback(after, score.project, place)
        more = {k: v for k, v in score.metadata.items() if k not in changed.metadata}
        changed = dataclasses.replace(
            changed,
            source=score.source,
            identifier=score.identifier,
            evaluator_version=score.evaluator_version,
            session_id=score.session_id,
            metadata=more | changed.metadata,
        )
        await self._write_masked([(number, changed)])
        return after

    async def delete(self, feedback_id: str) -> None:
        """Take feedback back. Raises NotFound."""
        found = await self._found(feedback_id)
        waited = await asyncio.to_thread(self._forget, [feedback_id])
        if found is not None:
            await self._scores.keep([found], deleted=True)
        elif not waited:
            raise NotFound(f"there is no feedback {feedback_id!r}", {"id": feedback_id})

    async def _found(self, feedback_id: str) -> tuple[int, Any] | None:
        """(number of the project, score) of a feedback that is kept as one."""
        await self._store.visible()
        names = projects_of(self._projects, None)
        rows = await stored.found(self._store, [feedback_id], list(names))
        if not rows:
            return None
        number = int(rows[0]["project"])
        return number, score_of(rows[0], names[number])

    # ---- statistics

    async def stats_of_runs(
        self, runs: Sequence[RunPlace], roots: Sequence[RunPlace] = ()
    ) -> dict[tuple[int, str, str], Stats]:
        """By (project, trace id, span id); what is said of a trace counts for its root."""
        if not runs:
            return {}
        await self._store.visible()
        root_of = dict.fromkeys((run.trace_id for run in runs), "")
        root_of |= {root.trace_id: root.span_id for root in roots}
        rows = await stored.statistics_of_runs(
            self._store,
            sorted({run.project for run in runs}),
            [run.span_id for run in runs],
            root_of,
        )
        found: dict[tuple[int, str, str], Stats] = {}
        for row in rows:
            place = (int(row["project"]), row["trace_id"], row["run"])
            found.setdefault(place, {})[row["name"]] = _stats(row)
        return found

    async def stats_of_projects(self, projects: Sequence[int]) -> dict[int, tuple[Stats, Stats]]:
        """By number of the project: what is said of its runs, and of it as a whole."""
        if not projects:
            return {}
        await self._store.visible()
        found: dict[int, tuple[Stats, Stats]] = {number: ({}, {}) for number in projects}
        for row in await stored.statistics_of_projects(self._store, projects):
            of_runs, of_all = found[int(row["project"])]
            (of_all if row["about_all"] else of_runs)[row["name"]] = _stats(row)
        return found

    # ---- records, on a thread

    def _wait(self, lost: Sequence[Feedback]) -> None:
        with self._records.write() as session:
            for feedback in lost:
                body = self._masked_body(feedback)
                kept.keep_waiting(session, feedback.id, _run(feedback), body)
        if self._waited_for is not None:
            self._waited_for |= {_run(feedback) for feedback in lost}

    def _masked_body(self, feedback: Feedback) -> dict[str, Any]:
        """As JSON, masked as far as its project is known; the rest is once its run is here."""
        body = json_of_feedback(feedback)
        project = self._projects.by_uuid(feedback.session_id) if feedback.session_id else None
        masker = None if project is None else self._masker_of(project.name)
        return body if masker is None else masked_body(masker, body)

    def _waiting_runs(self) -> set[str]:
        with self._records.read() as session:
            return kept.waiting_runs(session)

    def _waiting_of(self, run_ids: Sequence[str]) -> list[Any]:
        if not run_ids:
            return []
        with self._records.read() as session:
            return list(kept.waiting_of(session, run_ids))

    def _waiting_one(self, feedback_id: str) -> Any:
        with self._records.read() as session:
            return kept.waiting(session, feedback_id)

    def _forget(self, ids: Sequence[str]) -> int:
        with self._records.write() as session:
            return kept.forget_waiting(session, ids)

    def _forget_before(self, before_us: int) -> None:
        with self._records.write() as session:
            kept.forget_waiting_before(session, before_us)


def _run(feedback: Feedback) -> str:
    """What feedback waits for: its run, or its trace's root, which has the trace's id."""
    return feedback.run_id or feedback.trace_id or ""


def _is_own(feedback: Feedback) -> bool:
    """Whether the ids are those of the span itself: a run of another protocol has a UUIDv5."""
    if not feedback.run_id or not feedback.trace_id:
        return False
    try:
        return uuid.UUID(feedback.run_id).version != 5 and "-" in feedback.run_id
    except ValueError:
        return False


def _stats(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "n": int(row["n"]),
        "avg": row["avg"],
        "values": {label: int(count) for label, count in row["values"].items()},
        "comments": list(row["comments"]),
        "sources": list(row["sources"]),
        "min": row["min"],
        "max": row["max"],
        "stdev": row["stdev"],
        "errors": int(row["errors"]),
    }
