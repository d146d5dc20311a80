"""Whether an agent took the way that it should have taken."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from pilothouse.evaluation.evaluators import Evaluator
from pilothouse.evaluation.metrics.matching import best_pairs
from pilothouse.evaluation.metrics.messages import ToolCall, Turn, Unreadable, turns
from pilothouse.evaluation.results import EvaluationResult
from pilothouse.evaluation.rows import Where

Mode = Literal["strict", "unordered", "subset", "superset"]
Arguments = Literal["exact", "ignore", "subset", "superset"]
Matcher = Callable[[Mapping[str, Any], Mapping[str, Any]], bool]
Override = Arguments | Sequence[str] | Matcher
"""For one tool: a mode, the dotted keys to compare, or a function of (made, reference)."""


class TrajectoryMatch(Evaluator):
    """Compares the calls of two conversations; what was said between them does not count.

    `strict`: the same roles message by message, with the same calls in each, in any order within
    one. `unordered`: the same calls. `subset`: no call that the reference lacks. `superset`: all
    calls of the reference. Calls are paired so that as many as possible agree.
    """

    def __init__(
        self,
        mode: Mode = "strict",
        *,
        arguments: Arguments = "exact",
        overrides: Mapping[str, Override] | None = None,
        name: str | None = None,
        threshold: float | None = None,
        mapping: Mapping[str, Where] | None = None,
    ) -> None:
        """Raises ValueError for an unknown mode of calls or of arguments."""
        if mode not in ("strict", "unordered", "subset", "superset"):
            raise ValueError(f"no mode {mode!r}: take strict, unordered, subset or superset")
        self.mode = mode
        self.default = _matcher(arguments)
        self.overrides = {tool: _matcher(how) for tool, how in (overrides or {}).items()}
        self.name = f"trajectory_{mode}_match"
        super().__init__(name=name, threshold=threshold, mapping=mapping)

    def judge(self, *, outputs: Any, reference_outputs: Any) -> EvaluationResult:
        """Raises Unreadable for what is no conversation."""
        made, reference = turns(outputs), turns(reference_outputs)
        if self.mode == "strict":
            agrees = self._same_way(made, reference)
        else:
            agrees = self._same_calls(_calls(made), _calls(reference))
        return EvaluationResult(name=self.name, score=agrees)

    def _same_way(self, made: Sequence[Turn], reference: Sequence[Turn]) -> bool:
        return len(made) == len(reference) and all(
            a.role == b.role
            and len(a.calls) == len(b.calls)
            and self._paired(a.calls, b.calls) == len(a.calls)
            for a, b in zip(made, reference, strict=True)
        )

    def _same_calls(self, made: Sequence[ToolCall], reference: Sequence[ToolCall]) -> bool:
        paired = self._paired(made, reference)
        all_made, all_wanted = paired == len(made), paired == len(reference)
        match self.mode:
            case "subset":
                return all_made
            case "superset":
                return all_wanted
        return all_made and all_wanted

    def _paired(self, made: Sequence[ToolCall], reference: Sequence[ToolCall]) -> int:
        return len(best_pairs(made, reference, self._agree))

    def _agree(self, made: ToolCall, reference: ToolCall) -> bool:
        matcher = self.overrides.get(reference.name, self.default)
        return made.name == reference.name and matcher(made.arguments, reference.arguments)


class GraphTrajectory(Evaluator):
    """Whether a graph went through the same nodes, turn by turn."""

    name = "graph_trajectory_strict_match"

    def judge(self, *, outputs: Any, reference_outputs: Any) -> EvaluationResult:
        """Raises Unreadable for what has no steps."""
        return EvaluationResult(name=self.name, score=_steps(outputs) == _steps(reference_outputs))


def _calls(conversation: Sequence[Turn]) -> list[ToolCall]:
    return [call for turn in conversation for call in turn.calls]


def _matcher(how: Override) -> Matcher:
    if callable(how):
        return how
    match how:
        case "exact":
            return lambda made, reference: made == reference
        case "ignore":
            return lambda made, reference: True
        case "subset":
            return _is_within
        case "superset":
            return lambda made, reference: _is_within(reference, made)
        case str():
            raise ValueError(f"no way {how!r} to compare arguments: take exact, ignore, subset …")
    keys = list(how)
    return lambda made, reference: all(_at(made, k) == _at(reference, k) for k in keys)


def _is_within(part: Mapping[str, Any], whole: Mapping[str, Any]) -> bool:
    return all(name in whole and whole[name] == value for name, value in part.items())


def _at(arguments: Any, path: str) -> Any:
    for step in path.split("."):
        if not isinstance(arguments, Mapping) or step not in arguments:
            return None
        arguments = arguments[step]
    return arguments


def _steps(trajectory: Any) -> list[list[str]]:
    steps = trajectory.get("steps") if isinstance(trajectory, Mapping) else trajectory
    if not isinstance(steps, Sequence) or isinstance(steps, str):
        raise Unreadable("a graph's trajectory has `steps`: the names of nodes, a list a turn")
    return [list(turn) for turn in steps]
