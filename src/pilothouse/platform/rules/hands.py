"""What the worker of rules works with, put together when there is a rule to carry out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from pilothouse.platform.evaluators.entities import Entities, Masks
from pilothouse.platform.evaluators.service import EvaluatorService
from pilothouse.platform.records import Records
from pilothouse.platform.rules import spend_records as spending
from pilothouse.platform.rules.judging import Judging
from pilothouse.platform.rules.models import Rule, Waiting
from pilothouse.platform.rules.scanning import BEHIND_US, Scanner
from pilothouse.platform.rules.verdicts import Work
from pilothouse.platform.rules.writing import KeepsScores, TakesAll
from pilothouse.platform.store.engine import Store


class OnlineHands:
    """Finds what came in for a rule, and has its evaluator judge it."""

    def __init__(
        self,
        records: Records,
        store: Store,
        evaluators: EvaluatorService,
        masker_of: Callable[[str], Masks | None],
        feedback: KeepsScores,
        ingest: TakesAll,
    ) -> None:
        self._records = records
        self._evaluators = evaluators
        self._scanner = Scanner(store, records, behind_us=BEHIND_US if records.shared else 0)
        self._judging = Judging(records, Entities(store, masker_of), feedback, ingest)
        self._works: dict[str, Work] = {}

    async def scan(self, rules: Sequence[tuple[Rule, str]], until: int) -> bool:
        """Let the next of what came in wait, for rules with their projects; whether more came."""
        return await self._scanner.scan(rules, until)

    async def judge(
        self, rule: Rule, project: str, waiting: Sequence[Waiting], bound: asyncio.Semaphore
    ) -> None:
        """Judge entities of a rule. Raises ApiError where its evaluator cannot be built."""
        work = await asyncio.to_thread(self._work, rule, project)
        await self._judging.judge(work, waiting, bound)

    def _work(self, rule: Rule, project: str) -> Work:
        evaluator = self._evaluators.get(rule.evaluator_id)
        before = self._works.get(rule.id)
        same = (
            before is not None
            and before.evaluator.version == evaluator.version
            and (before.evaluator.name, before.rule.mapping) == (evaluator.name, rule.mapping)
            and before.evaluator.id == evaluator.id
            and evaluator.kind != "judge"  # its provider may have changed: models are made anew
        )
        built = (
            before.built
            if same and before is not None
            else self._evaluators.build(evaluator, mapping=rule.mapping, project_id=rule.project_id)
        )
        with self._records.read() as session:
            shared = spending.of_project(session, rule.project_id)
        made = Work(
            rule=rule, project=project, evaluator=evaluator, built=built, shared_budget=shared
        )
        self._works[rule.id] = made
        return made
