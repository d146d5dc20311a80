"""Judges what waits for a rule, a batch at a time, and writes down what came of it.

What failed for a while is tried again, what can have no verdict is skipped; verdicts are written
down whatever becomes of the rest of the batch.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from pilothouse.platform.evaluators.entities import Entity, Subject, reads_all_spans
from pilothouse.platform.evaluators.evaluating import Evaluated, evaluated
from pilothouse.platform.evaluators.trace import sources_of
from pilothouse.platform.patience import insist_on, to_the_end
from pilothouse.platform.records import Records, micros, storable
from pilothouse.platform.rules import ending_records as endings
from pilothouse.platform.rules import outcome_records as outcomes
from pilothouse.platform.rules.budgets import Taken
from pilothouse.platform.rules.models import Rule, Waiting
from pilothouse.platform.rules.scanning import skipped
from pilothouse.platform.rules.spending import Spending, dearest
from pilothouse.platform.rules.verdicts import Work, noted, score_of
from pilothouse.platform.rules.writing import Judged, KeepsScores, TakesAll, Writing
from pilothouse.platform.store.online import Unit

BATCH: Final = 32
"""Entities that are read together."""
LONGEST_S: Final = 120.0
"""How long one evaluation may take before it counts as failed for now."""
MOST_ATTEMPTS: Final = 5
STOP_S: Final = 5.0
"""How long verdicts are written down when the server stops."""
FIRST_RETRY_S: Final = 5.0
"""The wait after the first failure; four times the last one after each further."""


class ReadsEntities(Protocol):
    """What there is to judge: `Entities`, on a store."""

    async def parts(
        self, unit: Unit, project: int, entities: Sequence[Entity], *, whole: bool
    ) -> list[list[Entity]]: ...

    async def read(
        self,
        unit: Unit,
        project: int,
        name: str,
        entities: Sequence[Entity],
        *,
        whole: bool = False,
    ) -> dict[str, Subject]: ...


class Judging:
    """Judges batches of entities."""

    def __init__(
        self, records: Records, entities: ReadsEntities, feedback: KeepsScores, ingest: TakesAll
    ) -> None:
        self._records = records
        self._spending = Spending(records)
        self._entities = entities
        self._writing = Writing(records, feedback, ingest)

    async def judge(self, work: Work, waiting: Sequence[Waiting], bound: asyncio.Semaphore) -> None:
        """Judge entities, at most so many at once, and write down what came of them."""
        rule, whole = work.rule, reads_all_spans(work.built)
        entities = {one.entity.key: one.entity for one in waiting}
        for part in await self._entities.parts(
            rule.unit, rule.project_id, list(entities.values()), whole=whole
        ):
            keys = {entity.key for entity in part}
            subjects = await self._entities.read(
                rule.unit, rule.project_id, work.project, part, whole=whole
            )
            of_part = [one for one in waiting if one.entity.key in keys]
            await self._judge(work, of_part, subjects, bound)

    async def _judge(
        self,
        work: Work,
        waiting: Sequence[Waiting],
        subjects: Mapping[str, Subject],
        bound: asyncio.Semaphore,
    ) -> None:
        rule = work.rule
        marks, ended = await asyncio.to_thread(self._of_sessions, rule, waiting)
        batch = Judged(estimate=await asyncio.to_thread(self._typical, work))
        limited = (rule.budget.asks | work.shared_budget.asks) - {"calls"}
        if any(not batch.estimate.of(kind) for kind in limited):
            bound = asyncio.Semaphore(1)  # until it is known what one takes
        try:
            async with asyncio.TaskGroup() as group:
                for one in waiting:
                    subject = subjects.get(one.entity.key)
                    if subject is None or not subject.ended:
                        batch.gone.append(one)  # it comes up again by itself when it ends
                    elif rule.unit == "session" and marks.get(one.entity.key) == subject.mark:
                        batch.gone.append(one)  # what came again were turns that were judged
                    elif (quiet_at := _quiet_at(rule, subject, ended)) > micros():
                        batch.later.append((one, quiet_at, one.attempts, one.error))
                    else:
                        group.create_task(self._one(work, one, subject, batch, bound))
        finally:  # where one failed, or the server stops, the others were paid for all the same
            await to_the_end(self._writing.write(work, batch), STOP_S)

    async def _one(
        self,
        work: Work,
        waiting: Waiting,
        subject: Subject,
        batch: Judged,
        bound: asyncio.Semaphore,
    ) -> None:
        async with bound:
            reserved = batch.estimate
            if work.limited:
                beyond = await asyncio.to_thread(self._spending.reserve, work.rule, reserved)
                if beyond:
                    batch.done.append(skipped(waiting, "budget", f"beyond {beyond}"))
                    return
            done = await evaluated(work.built, subject, LONGEST_S)
            if work.limited:
                await insist_on(self._spending.settle, work.rule, reserved, done)
            batch.estimate = dearest(batch.estimate, done)
        batch.asked.append(done)
        self._sort(work, waiting, done, batch)

    def _sort(self, work: Work, waiting: Waiting, done: Evaluated, batch: Judged) -> None:
        """Put what came of an entity where it belongs."""
        first, attempts = done.first, waiting.attempts + 1
        about = {"rule_id": work.rule.id, "rule_version": str(work.rule.version)}
        sources = []
        if done.calls.all:
            place = {"trace_id": waiting.entity.trace_id, "session_id": waiting.entity.session_id}
            known = {key: value for key, value in place.items() if value}
            sources = sources_of(done, work.evaluator.name, about | known)
            batch.sources += sources
        error = first.error
        if error is not None and error.type == "MissingField":
            batch.done.append(skipped(waiting, "missing", storable(error.message)))
            return
        if first.status in {"skipped", "not_applicable"}:
            why = first.explanation or "the evaluator gave no verdict"
            batch.done.append(skipped(waiting, "not_applicable", storable(why)))
            return
        if error is not None and error.retryable and attempts < MOST_ATTEMPTS:
            wait_s = FIRST_RETRY_S * 4 ** (attempts - 1)
            batch.later.append(
                (waiting, micros() + int(wait_s * 1e6), attempts, storable(error.message)[:2_000])
            )
            return
        trace_id = sources[0].trace_id if sources else ""
        for result in done.results:
            if result.status in {"ok", "error"}:
                batch.scores.append(score_of(work, waiting, done, result, trace_id))
        batch.done.append(noted(waiting, done, attempts))

    def _of_sessions(
        self, rule: Rule, waiting: Sequence[Waiting]
    ) -> tuple[dict[str, str], dict[str, int]]:
        """Which turns were judged, by key, and when sessions ended, by id."""
        if rule.unit != "session":
            return {}, {}
        with self._records.read() as session:
            known = outcomes.of_entities(session, rule.id, [one.entity.key for one in waiting])
            ids = [one.entity.session_id for one in waiting]
            ended = endings.ended(session, rule.project_id, ids)
        marks = {
            key: one.mark
            for key, one in known.items()
            if one.outcome == "scored" and one.rule_version == rule.version
        }
        return marks, ended

    def _typical(self, work: Work) -> Taken:
        return self._spending.typical(work.rule, work.evaluator)


def _quiet_at(rule: Rule, subject: Subject, ended: Mapping[str, int]) -> int:
    """When a session will have been quiet for long enough; 0 for one that ended.

    What began before the end belongs to it, whenever it comes; a later turn opens it again.
    """
    if rule.unit != "session":
        return 0
    if ended.get(subject.entity.session_id, 0) >= subject.last_start_us:
        return 0
    return subject.changed_us + int(rule.idle_minutes * 60e6)
