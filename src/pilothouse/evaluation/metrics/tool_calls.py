"""Which tools an agent called, with what arguments, against those that it should have called."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from pilothouse.evaluation.evaluators import Evaluator
from pilothouse.evaluation.metrics.matching import best_pairs, common_order
from pilothouse.evaluation.metrics.messages import ToolCall, calls
from pilothouse.evaluation.results import EvaluationResult, not_applicable
from pilothouse.evaluation.rows import Where

Calls = Sequence[ToolCall]
Order = Literal["any", "in_order", "exact"]


class ToolCalls(Evaluator):
    """F1 of the tools that were called, each call paired with the expected one it resembles most.

    The metadata hold precision and recall of the choice, the accuracy of the arguments of pairs,
    the share that came in the expected order, and whether all is exactly as expected.
    """

    name = "tool_calls"

    def judge(self, *, outputs: Any, reference_outputs: Any) -> EvaluationResult:
        """Raises Unreadable for what are no calls."""
        made, expected = calls(outputs), calls(reference_outputs)
        if not made and not expected:
            return not_applicable(self.name, "no call was expected, and none made")
        pairs = best_pairs(made, expected, _resemblance)
        same = [similarity(made[i].arguments, expected[j].arguments) for i, j, _ in pairs]
        precision = len(pairs) / len(made) if made else 0.0
        recall = len(pairs) / len(expected) if expected else 0.0
        order = common_order([c.name for c in made], [c.name for c in expected])
        return EvaluationResult(
            name=self.name,
            score=2 * len(pairs) / (len(made) + len(expected)),
            metadata={
                "precision": precision,
                "recall": recall,
                "arguments": sum(same) / len(same) if same else None,
                "order": order / max(len(made), len(expected)),
                "exact": list(map(key_of, made)) == list(map(key_of, expected)),
                "pairs": [(i, j) for i, j, _ in pairs],
            },
        )


class RagasToolCallAccuracy(Evaluator):
    """Ragas' accuracy: the expected arguments that were given, in the mean of the expected calls.

    It is 0 where other tools were called, or in another order if `strict`.
    """

    def __init__(
        self,
        *,
        strict: bool = True,
        name: str | None = None,
        threshold: float | None = None,
        mapping: Mapping[str, Where] | None = None,
    ) -> None:
        self.strict = strict
        self.name = f"ragas_tool_call_accuracy_{'strict' if strict else 'flexible'}"
        super().__init__(name=name, threshold=threshold, mapping=mapping)

    def judge(self, *, outputs: Any, reference_outputs: Any) -> EvaluationResult:
        """Raises Unreadable for what are no calls."""
        made, expected = calls(outputs), calls(reference_outputs)
        return EvaluationResult(name=self.name, score=self._accuracy(made, expected))

    def _accuracy(self, made: Calls, expected: Calls) -> float:
        if not made or not expected:
            return float(not made and not expected)
        if not self.strict:
            made, expected = (
                sorted(side, key=lambda call: (call.name, str(call.arguments)))
                for side in (made, expected)
            )
        if [call.name for call in made] != [call.name for call in expected]:
            return 0.0
        pairs = zip(made, expected, strict=True)
        return sum(_matching_share(a.arguments, b.arguments) for a, b in pairs) / len(expected)


def call_set_f1(made: Calls, expected: Calls, *, repeated: bool = False) -> float:
    """F1 of calls as a set of names and arguments; `repeated` counts each as often as it came."""
    if repeated:
        left, right = Counter(map(key_of, made)), Counter(map(key_of, expected))
    else:
        left, right = Counter(set(map(key_of, made))), Counter(set(map(key_of, expected)))
    total = left.total() + right.total()
    return 2 * (left & right).total() / total if total else 0.0


def deepeval_correctness(
    made: Calls, expected: Calls, *, order: Order = "any", arguments: bool = False
) -> float:
    """DeepEval's tool correctness: expected tools that were called; further calls cost nothing.

    Two calls that are the same in all count as one, as they do there.
    """
    if not expected:
        return float(not made)

    def agreement(a: ToolCall, b: ToolCall) -> float:
        if a.name != b.name:
            return 0.0
        return similarity(a.arguments, b.arguments) if arguments else 1.0

    if order == "exact":
        same = len(made) == len(expected) and all(
            a.name == b.name and (not arguments or a.arguments == b.arguments)
            for a, b in zip(made, expected, strict=True)
        )
        return float(same)
    if order == "in_order":
        return _weighted_order(made, expected, agreement) / len(expected)
    used: list[ToolCall] = []
    total = 0.0
    for wanted in expected:
        scored = [(agreement(call, wanted), -i) for i, call in enumerate(made) if call not in used]
        if scored and (best := max(scored))[0] > 0:
            total += best[0]
            used.append(made[-best[1]])
    return total / len(expected)


def similarity(a: Any, b: Any) -> float:
    """The share of equal values over the keys of both, nested ones in part."""
    if not isinstance(a, Mapping) or not isinstance(b, Mapping):
        return float(a == b)
    keys = a.keys() | b.keys()
    if not keys:
        return 1.0
    return float(sum(similarity(a[key], b[key]) for key in a.keys() & b.keys()) / len(keys))


def _resemblance(made: ToolCall, expected: ToolCall) -> float:
    """Above 0 for the same tool, and the more the more of its arguments agree."""
    if made.name != expected.name:
        return 0.0
    return (1 + similarity(made.arguments, expected.arguments)) / 2


def _matching_share(made: Mapping[str, Any], expected: Mapping[str, Any]) -> float:
    if not expected:
        return float(not made)
    given = [name for name in expected if name in made and made[name] == expected[name]]
    return len(given) / len(expected)


def _weighted_order(
    made: Calls, expected: Calls, agreement: Callable[[ToolCall, ToolCall], float]
) -> float:
    best = [0.0] * (len(expected) + 1)
    for call in made:
        before = best[:]
        for j, wanted in enumerate(expected):
            best[j + 1] = max(before[j] + agreement(call, wanted), before[j + 1], best[j])
    return best[-1]


def key_of(call: ToolCall) -> str:
    """What calls of the same tool with the same arguments have in common."""
    return f"{call.name} {json.dumps(call.arguments, sort_keys=True, default=str)}"
