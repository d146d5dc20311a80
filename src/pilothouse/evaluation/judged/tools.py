"""Whether an agent called the right tools, with the right arguments, and none in vain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from pilothouse.evaluation.judged import wordings
from pilothouse.evaluation.judged.asking import Asking, JudgedMetric
from pilothouse.evaluation.judged.listed import ListedMetric
from pilothouse.evaluation.judges import Rating
from pilothouse.evaluation.metrics.messages import calls
from pilothouse.evaluation.metrics.tool_calls import Order, deepeval_correctness, key_of
from pilothouse.evaluation.results import EvaluationResult

_BEST: Final = 4


class _OfCalls(ListedMetric):
    """The share of the calls in `outputs` that are as they should be."""

    parts = "calls"
    reads = ("outputs",)

    async def _parts(self, asking: Asking, fields: Mapping[str, Any]) -> Sequence[Any]:
        return [key_of(call) for call in calls(fields["outputs"])]


class ArgumentCorrectness(_OfCalls):
    """The share of calls whose arguments are right for what was asked and what the tool takes."""

    name = "argument_correctness"
    words: ClassVar[Mapping[str, str]] = {"verdicts": wordings.ARGUMENTS}
    labels = ("correct", "incorrect")


class ToolCallEfficiency(_OfCalls):
    """The share of calls that were needed: that neither repeat others nor serve nothing."""

    name = "tool_call_efficiency"
    words: ClassVar[Mapping[str, str]] = {"verdicts": wordings.NEEDED}
    labels = ("needed", "redundant")


class ToolCorrectness(JudgedMetric):
    """The lesser of two: expected tools that were called, and how well a judge finds them chosen.

    As DeepEval has it where the available tools are known.
    """

    name = "tool_correctness"
    words: ClassVar[Mapping[str, str]] = {"selection": wordings.SELECTED}
    reads = ("outputs", "reference_outputs")

    def __init__(
        self, model: Any, *, order: Order = "any", arguments: bool = False, **rest: Any
    ) -> None:
        """`arguments` counts how alike they are, too; `rest` are the options of JudgedMetric."""
        self.order = order
        self.arguments = arguments
        self.formula = f"1:{order}:{arguments}"
        super().__init__(model, **rest)

    async def ajudge(self, **fields: Any) -> EvaluationResult:
        """Both stand in the metadata."""
        made, expected = calls(fields["outputs"]), calls(fields["reference_outputs"])
        asking = Asking(self, {**fields, "outputs": [key_of(call) for call in made]})
        if not made and not expected:
            return asking.empty("no call was expected, and none made")
        said = await asking.said("selection", Rating(0, _BEST))
        called = deepeval_correctness(made, expected, order=self.order, arguments=self.arguments)
        selection = float(said.score or 0) / _BEST
        return asking.result(
            min(called, selection), explanation=said.explanation, called=called, selection=selection
        )
