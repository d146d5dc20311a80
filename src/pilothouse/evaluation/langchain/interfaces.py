"""What evaluators of texts, of pairs and of trajectories are called by, in LangChain's way.

A subclass defines the method with the leading underscore, and its asynchronous twin where it has
something to wait for. Arguments are checked before it is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar
from warnings import warn

Said = dict[str, Any]
"""A verdict as LangChain writes it: `score`, and where there are any `value` and `reasoning`."""


class _Checked:
    """Refuses what is missing and warns of what is ignored."""

    cheap: ClassVar[bool] = True
    """Whether it takes so little that it may run within an event loop."""
    requires_input: bool = False
    requires_reference: bool = False
    feeds_reference: bool = False
    """Whether a reference that is not required is read all the same."""
    hint: ClassVar[str] = ""
    """What else could be loaded to have a reference read."""

    @property
    def evaluation_name(self) -> str:
        """What its scores are called."""
        return type(self).__name__

    def _check_evaluation_args(
        self, reference: Any = None, input: Any = None, *, stacklevel: int = 3
    ) -> None:
        """Raises ValueError for what is missing; the empty text is there."""
        own = type(self).__name__
        if input is None:
            if self.requires_input:
                raise ValueError(f"{own} requires an input string.")
        elif not self.requires_input:
            warn(f"Ignoring input in {own}, as it is not expected.", stacklevel=stacklevel)
        if reference is None:
            if self.requires_reference:
                raise ValueError(f"{own} requires a reference string.")
        elif not self.requires_reference and not self.feeds_reference:
            ignored = f"Ignoring reference in {own}, as it is not expected.{self.hint}"
            warn(ignored, stacklevel=stacklevel)

    async def _beside(self, judge: Callable[..., Said], **given: Any) -> Said:
        """What has no asynchronous way of its own: at once where it is cheap, else in a thread."""
        if self.cheap:
            return judge(**given)
        from anyio import to_thread

        return await to_thread.run_sync(partial(judge, **given))


class StringEvaluator(_Checked):
    """Judges one text, by the input that led to it, by a reference, or by itself."""

    cheap = False  # nobody knows what a user's own evaluator does
    takes_values: ClassVar[bool] = False
    """Whether it reads what is no text, as evaluators of JSON do."""

    def evaluate_strings(
        self, *, prediction: Any, reference: Any = None, input: Any = None, **kwargs: Any
    ) -> Said:
        """The verdict. Raises ValueError where an argument is missing."""
        self._check_evaluation_args(reference, input)
        return self._evaluate_strings(
            prediction=prediction, reference=reference, input=input, **kwargs
        )

    async def aevaluate_strings(
        self, *, prediction: Any, reference: Any = None, input: Any = None, **kwargs: Any
    ) -> Said:
        """The same without blocking."""
        self._check_evaluation_args(reference, input)
        return await self._aevaluate_strings(
            prediction=prediction, reference=reference, input=input, **kwargs
        )

    def _evaluate_strings(self, *args: Any, **given: Any) -> Said:
        raise NotImplementedError(f"{type(self).__name__} does not define _evaluate_strings")

    async def _aevaluate_strings(self, *args: Any, **given: Any) -> Said:
        return await self._beside(self._evaluate_strings, **given)

    def as_evaluator(self, **options: Any) -> Any:  # Any: native.py is loaded when it is asked for
        """The same evaluator for rows of a data set; `options` are those of every `Evaluator`."""
        from pilothouse.evaluation.langchain.native import of_rows

        return of_rows(self, **options)


class PairwiseStringEvaluator(_Checked):
    """Compares two texts."""

    cheap = False

    def evaluate_string_pairs(
        self,
        *,
        prediction: Any,
        prediction_b: Any,
        reference: Any = None,
        input: Any = None,
        **kwargs: Any,
    ) -> Said:
        """The verdict. Raises ValueError where an argument is missing."""
        self._check_evaluation_args(reference, input)
        return self._evaluate_string_pairs(
            prediction=prediction,
            prediction_b=prediction_b,
            reference=reference,
            input=input,
            **kwargs,
        )

    async def aevaluate_string_pairs(
        self,
        *,
        prediction: Any,
        prediction_b: Any,
        reference: Any = None,
        input: Any = None,
        **kwargs: Any,
    ) -> Said:
        """The same without blocking."""
        self._check_evaluation_args(reference, input)
        return await self._aevaluate_string_pairs(
            prediction=prediction,
            prediction_b=prediction_b,
            reference=reference,
            input=input,
            **kwargs,
        )

    def _evaluate_string_pairs(self, *args: Any, **given: Any) -> Said:
        raise NotImplementedError(f"{type(self).__name__} does not define _evaluate_string_pairs")

    async def _aevaluate_string_pairs(self, *args: Any, **given: Any) -> Said:
        return await self._beside(self._evaluate_string_pairs, **given)


class AgentTrajectoryEvaluator(_Checked):
    """Judges how an agent came to its answer."""

    cheap = False
    requires_input = True

    def evaluate_agent_trajectory(
        self,
        *,
        prediction: str,
        agent_trajectory: Sequence[Any] | str,
        input: str,
        reference: str | None = None,
        **kwargs: Any,
    ) -> Said:
        """The verdict. Raises ValueError where an argument is missing."""
        self._check_evaluation_args(reference, input)
        return self._evaluate_agent_trajectory(
            prediction=prediction,
            agent_trajectory=agent_trajectory,
            input=input,
            reference=reference,
            **kwargs,
        )

    async def aevaluate_agent_trajectory(
        self,
        *,
        prediction: str,
        agent_trajectory: Sequence[Any] | str,
        input: str,
        reference: str | None = None,
        **kwargs: Any,
    ) -> Said:
        """The same without blocking."""
        self._check_evaluation_args(reference, input)
        return await self._aevaluate_agent_trajectory(
            prediction=prediction,
            agent_trajectory=agent_trajectory,
            input=input,
            reference=reference,
            **kwargs,
        )

    def _evaluate_agent_trajectory(self, *args: Any, **given: Any) -> Said:
        raise NotImplementedError(
            f"{type(self).__name__} does not define _evaluate_agent_trajectory"
        )

    async def _aevaluate_agent_trajectory(self, *args: Any, **given: Any) -> Said:
        return await self._beside(self._evaluate_agent_trajectory, **given)


def warn_of_unknown(own: type, unknown: Mapping[str, Any]) -> None:
    """Says which arguments of a constructor have no meaning."""
    if unknown:
        warn(f"{own.__name__} ignores {', '.join(sorted(unknown))}", stacklevel=3)
