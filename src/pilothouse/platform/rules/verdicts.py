"""The verdict of a rule on an entity, as a score and as an entry of the log."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from pilothouse.evaluation.results import EvaluationResult
from pilothouse.platform.evaluators.evaluating import Evaluated
from pilothouse.platform.evaluators.models import Evaluator, billionths
from pilothouse.platform.evaluators.verdicts import COST, RAW, SHARE, TRACE
from pilothouse.platform.records import storable
from pilothouse.platform.rules.budgets import Budget
from pilothouse.platform.rules.models import Done, Rule, Waiting
from pilothouse.spans import Score

if TYPE_CHECKING:
    from pilothouse.evaluation.evaluators import Evaluator as Built

_NAMESPACE: Final = uuid.UUID("0b7be0a1-2d5b-5a2c-8f4e-6c1d0f2a9e37")
_SAID: Final = 20_000
"""Letters of a raw answer that stand at the score; its trace has all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A rule with its evaluator, ready to be asked."""

    rule: Rule
    project: str
    evaluator: Evaluator
    built: Built
    shared_budget: Budget = field(default_factory=Budget)
    """What all rules of the project may take together."""

    @property
    def limited(self) -> bool:
        """Whether each call is asked for before it is made."""
        return bool(self.rule.budget) or bool(self.shared_budget)


def score_id(rule: Rule, entity: str, name: str) -> str:
    """The id of a verdict: the same entity judged by the same version of a rule has the same."""
    parts = (entity, rule.id, str(rule.version), rule.evaluator_id, name)
    return str(uuid.uuid5(_NAMESPACE, "\x1f".join(parts)))


def score_of(
    work: Work, waiting: Waiting, done: Evaluated, result: EvaluationResult, trace_id: str
) -> Score:
    """A verdict as it is kept; `trace_id` is that of the evaluator's own calls."""
    name = work.evaluator.name if len(done.results) == 1 else result.name
    raw = done.calls.raw
    said = {
        "rule_id": work.rule.id,
        "rule_version": str(work.rule.version),
        "evaluator_id": work.evaluator.id,
        "evaluator_kind": work.evaluator.kind,
        TRACE: trace_id,
        RAW: "" if raw is None else raw[:_SAID],
        SHARE: "" if waiting.share is None else f"{waiting.share:.12g}",
        COST: "" if done.cost is None or not done.calls.all else f"{done.cost:.9f}",
    }
    entity = waiting.entity
    is_session = work.rule.unit == "session"
    return Score(
        id=score_id(work.rule, entity.key, name),
        project=work.project,
        name=name,
        value=None if result.score is None else float(result.score),
        label=result.label or "",
        comment=result.explanation or "",
        source="judge" if result.kind == "llm" else "code",
        identifier=work.evaluator.id,
        evaluator_version=str(work.evaluator.version),
        trace_id=entity.trace_id,
        span_id=entity.span_id,
        session_id=entity.session_id if is_session else "",
        status="error" if result.status == "error" else "ok",
        error=result.error.message if result.error else "",
        created_at_ns=done.end_ns,
        metadata={key: value for key, value in said.items() if value},
    )


def noted(waiting: Waiting, done: Evaluated, attempts: int) -> Done:
    """What came of an entity that was judged, for the log."""
    first = done.first
    outcome: Literal["scored", "failed"] = "failed" if first.status == "error" else "scored"
    return Done(
        waiting=waiting,
        outcome=outcome,
        reason=first.error.type if first.error else "",
        detail=storable(first.error.message if first.error else "")[:2_000],
        attempts=attempts,
        value=None if first.score is None else float(first.score),
        label=storable(first.label or ""),
        cost=billionths(done.cost),
        mark=done.subject.mark,
    )
