"""What an agent did, without a judge: whether it went round in circles, and kept to its plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from typing import Any, Final

from pilothouse.evaluation.evaluators import Evaluator
from pilothouse.evaluation.metrics.matching import common_order
from pilothouse.evaluation.metrics.messages import SILENT, ToolCall, Unreadable, calls, turns
from pilothouse.evaluation.metrics.tool_calls import key_of
from pilothouse.evaluation.results import EvaluationResult, not_applicable

_OFTEN: Final = 3
_ALWAYS: Final = 6
"""The same call, cycle or text so often is a loop for half the score, and for all of it."""


class LoopDetection(Evaluator):
    """1 where an agent never repeats itself, 0.5 from three times on, 0 from six (as DeepEval has).

    The same call anywhere, the same cycle of calls or the same text one after the other.
    """

    name = "loop_detection"

    def judge(self, *, outputs: Any) -> EvaluationResult:
        """Raises Unreadable for what is no conversation."""
        made = calls(outputs)
        keys = [key_of(call) for call in made]
        said = _said(outputs)
        if not keys and not said:
            return not_applicable(self.name, "the agent did nothing")
        times = {
            "same_call": max(Counter(keys).values(), default=0),
            "cycle": _cycles(keys),
            "same_text": max((len(list(run)) for _, run in groupby(said)), default=0),
        }
        worst = max(times.values())
        score = 0.0 if worst >= _ALWAYS else 0.5 if worst >= _OFTEN else 1.0
        return EvaluationResult(
            name=self.name, score=score, label="loop" if score < 1 else "none", metadata=times
        )


class PlanOverlap(Evaluator):
    """The share of planned steps that were taken, with their order and what was done beside them.

    `plan` are names of tools; a step that is planned twice is to be taken twice.
    """

    name = "plan_overlap"

    def judge(self, *, outputs: Any, plan: Sequence[str]) -> EvaluationResult:
        """Raises Unreadable for what are no calls."""
        if not plan:
            return not_applicable(self.name, "there is no plan")
        made = calls(outputs)
        taken, planned = Counter(call.name for call in made), Counter(plan)
        order = common_order([call.name for call in made], list(plan))
        return EvaluationResult(
            name=self.name,
            score=(taken & planned).total() / planned.total(),
            metadata={
                "order": order / len(plan),
                "missing": sorted((planned - taken).elements()),
                "unplanned": sorted((taken - planned).elements()),
                "redundant": _redundant(made),
            },
        )


def _redundant(made: Sequence[ToolCall]) -> int:
    """Calls that were made before, with the same arguments."""
    return len(made) - len({key_of(call) for call in made})


def _cycles(keys: Sequence[str]) -> int:
    """How often in a row the same sequence of two calls or more comes, at the most."""
    most = 0
    for length in range(2, len(keys) // 2 + 1):
        run = 0
        for at in range(length, len(keys)):
            run = run + 1 if keys[at] == keys[at - length] else 0
            if run >= length and len(set(keys[at - length : at])) > 1:
                most = max(most, 1 + run // length)
    return most


def _said(outputs: Any) -> list[str]:
    """What the agent said, turn by turn; calls by themselves say nothing."""
    try:
        conversation = turns(outputs)
    except Unreadable:
        return []
    said = [turn.text for turn in conversation if turn.role == "assistant"]
    return [text for text in said if text not in SILENT]
