"""Tries evaluators on what was recorded; keeps nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import orjson

from pilothouse.platform.errors import Unavailable
from pilothouse.platform.evaluators.entities import Entities, Entity, Subject, reads_all_spans
from pilothouse.platform.evaluators.evaluating import Evaluated, evaluated
from pilothouse.platform.evaluators.schemas import ChosenSpan, EvaluatorTrial, Tried
from pilothouse.platform.evaluators.service import EvaluatorService
from pilothouse.platform.query.scope import Projects, selection_of
from pilothouse.platform.query.traces import PageRequest, list_page
from pilothouse.platform.store import online
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.online import Unit

if TYPE_CHECKING:
    from pilothouse.evaluation.evaluators import Evaluator as Built

AT_ONCE: Final = 8
LONGEST_S: Final = 180.0
ATTEMPTS: Final = 2
"""Of one call of a model: somebody waits, and wants to see what is wrong."""
UNITS: Final[tuple[Unit, ...]] = ("trace", "span")


class Trials:
    """Asks an evaluator of some spans or traces."""

    def __init__(
        self, evaluators: EvaluatorService, entities: Entities, store: Store, projects: Projects
    ) -> None:
        self._evaluators = evaluators
        self._entities = entities
        self._store = store
        self._projects = projects

    async def run(self, trial: EvaluatorTrial, project: int) -> list[Tried]:
        """The verdicts. Raises BadRequest, NotFound, Unavailable where it takes too long."""
        evaluator = await asyncio.to_thread(self._built, trial, project)
        await self._store.visible()
        asked = await self._asked(trial, project)
        whole = reads_all_spans(evaluator)
        tried: list[Tried] = []
        try:
            async with asyncio.timeout(LONGEST_S):
                for unit in UNITS:
                    of_unit = [one for one in asked if bool(one.span_id) == (unit == "span")]
                    for part in await self._entities.parts(unit, project, of_unit, whole=whole):
                        found = await self._entities.read(
                            unit, project, trial.project, part, whole=whole
                        )
                        subjects = [found[one.key] for one in part if one.key in found]
                        tried += await self._tried(evaluator, subjects)
        except TimeoutError:
            raise Unavailable(
                f"the evaluator took longer than {LONGEST_S:g} s: try it on fewer spans"
            ) from None
        return tried

    @staticmethod
    async def _tried(evaluator: Built, subjects: Sequence[Subject]) -> list[Tried]:
        bound = asyncio.Semaphore(AT_ONCE)

        async def one(subject: Subject) -> Evaluated:
            async with bound:
                return await evaluated(evaluator, subject)

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(subject)) for subject in subjects]
        return [_tried(task.result()) for task in tasks]

    def _built(self, trial: EvaluatorTrial, project: int) -> Built:
        if trial.evaluator_id is None:
            return self._evaluators.build_definition(
                trial.definition or {},
                mapping=trial.mapping,
                project_id=project,
                attempts=ATTEMPTS,
            )
        return self._evaluators.build(
            self._evaluators.get(trial.evaluator_id),
            mapping=trial.mapping,
            project_id=project,
            attempts=ATTEMPTS,
        )

    async def _asked(self, trial: EvaluatorTrial, project: int) -> list[Entity]:
        if trial.spans is not None:
            return await self._known(trial.spans, project)
        selection = selection_of(self._projects, project=trial.project, filter_text=trial.filter)
        table = "spans" if trial.unit == "span" else "traces"
        page = await list_page(self._store, table, selection, PageRequest(limit=trial.limit))
        items = orjson.loads(page)["items"]
        if trial.unit == "span":
            return [Entity(trace_id=i["trace_id"], span_id=i["span_id"]) for i in items]
        return [Entity(trace_id=item["trace_id"]) for item in items]

    async def _known(self, spans: Sequence[ChosenSpan], project: int) -> list[Entity]:
        places = await online.places_of(self._store, project, [span.trace_id for span in spans])
        return [
            Entity(trace_id=span.trace_id, span_id=span.span_id)
            for span in spans
            if span.trace_id in places
        ]


def _tried(done: Evaluated) -> Tried:
    first, subject = done.first, done.subject
    return Tried(
        trace_id=subject.entity.trace_id,
        span_id=subject.entity.span_id or None,
        name=subject.name,
        input=subject.row.inputs,
        output=subject.row.outputs,
        value=None if first.score is None else float(first.score),
        label=first.label,
        comment=first.explanation,
        status=first.status,
        error=first.error.message if first.error else None,
        prompt=done.calls.prompt,
        raw=done.calls.raw,
        cost=done.cost,
        tokens=done.calls.tokens,
        duration_ms=done.duration_ms,
    )
