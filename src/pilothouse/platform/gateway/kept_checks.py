"""Evaluators and guards of the server, as guardrails of the gateway ask them."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Final

from pilothouse.platform.errors import NotFound

if TYPE_CHECKING:
    from pilothouse.evaluation.evaluators import Evaluator as Built
    from pilothouse.evaluation.rows import Row
    from pilothouse.gateway.guardrails import Judgement, Subject
    from pilothouse.platform.evaluators.service import EvaluatorService
    from pilothouse.platform.projects.service import ProjectDirectory
    from pilothouse.platform.rules.guard_desk import GuardDesk
    from pilothouse.platform.rules.service import RuleService

FRESH_S: Final = 10.0
"""So long an evaluator is kept: it, or its provider, may change."""
_MOST: Final = 200


class KeptChecks:
    """Looks evaluators and guards up by id or name, and asks them."""

    def __init__(
        self,
        evaluators: EvaluatorService,
        rules: RuleService,
        guards: GuardDesk,
        projects: ProjectDirectory,
    ) -> None:
        self._evaluators = evaluators
        self._rules = rules
        self._guards = guards
        self._projects = projects
        self._built: dict[tuple[str, int], tuple[Built, float]] = {}

    async def evaluator(self, name: str, subject: Subject, timeout_s: float) -> Judgement:
        """What an evaluator says; its score passes as with a guard. Raises NotFound."""
        from pilothouse.gateway.guardrails import Judgement
        from pilothouse.platform.rules.models import Guard

        built = await asyncio.to_thread(self._ready, name, subject.project)
        results = await built.aevaluate_all(_row(subject))
        for each in results:
            if each.status == "error":
                raise RuntimeError("no verdict" if each.error is None else each.error.message)
        guard = Guard(on_failure="closed")
        passed = all(
            each.score is None or guard.passes(each.score, each.direction) for each in results
        )
        first = results[0]
        return Judgement(
            passed=passed,
            score=None if first.score is None else float(first.score),
            reason=first.explanation or first.label or "",
        )

    async def rule(self, name: str, subject: Subject) -> Judgement:
        """What a guard of online evaluation says, within its own latency. Raises NotFound."""
        from pilothouse.gateway.guardrails import Judgement
        from pilothouse.platform.rules.guards import Question

        project_id = self._projects.find(subject.project)
        rules = await asyncio.to_thread(self._rules.guards)
        found = [
            each for each in rules if name in (each.id, each.name) and each.project_id == project_id
        ]
        if not found or project_id is None:
            raise NotFound(f"project {subject.project!r} has no guard {name!r} that is on")
        (answer,) = await self._guards.ask(
            Question(row=_row(subject), trace_id=subject.trace_id),
            project=subject.project,
            project_id=project_id,
            rule_ids=[found[0].id],
        )
        return Judgement(passed=answer.passes, score=answer.value, reason=answer.comment)

    def _ready(self, name: str, project: str) -> Built:
        number = self._projects.find(project) or 0
        known = self._built.get((name, number))
        if known is not None and known[1] > time.monotonic():
            return known[0]
        listed = self._evaluators.list(project_id=number or None, contains=name, limit=200)
        same = [each for each in listed if each.name == name]
        evaluator = same[0] if same else self._evaluators.get(name)
        built = self._evaluators.build(evaluator, project_id=number or None)
        if len(self._built) >= _MOST:
            self._built.clear()
        self._built[name, number] = built, time.monotonic() + FRESH_S
        return built


def _row(subject: Subject) -> Row:
    from pilothouse.evaluation.rows import Row

    messages: list[dict[str, Any]] = [
        {"role": role, "content": text} for role, text in subject.parts
    ]
    return Row(inputs=subject.question, outputs=subject.text, fields={"messages": messages})
