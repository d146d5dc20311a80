"""G-Eval: a criterion becomes steps, once, and the steps lead to a score."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Self
from weakref import WeakKeyDictionary

from pilothouse.evaluation.judges import wordings
from pilothouse.evaluation.judges.forms import Rating, Texts
from pilothouse.evaluation.judges.judge import Judge
from pilothouse.evaluation.judges.prompts import Prompt
from pilothouse.evaluation.models import Message, ModelLike
from pilothouse.evaluation.results import EvaluationResult

_READS: Final = ("inputs", "outputs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A part of the range of scores and what an answer there looks like."""

    low: int
    high: int
    meaning: str


class GEval(Judge):
    """Scores by a criterion, from 0 to 1.

    The steps are written by the model once for an evaluator and pinned in `steps`: written anew
    for each row they would be another measure each time. Give `steps` to pin them for good.
    """

    name = "geval"

    def __init__(
        self,
        criteria: str | None = None,
        *,
        steps: Sequence[str] = (),
        rubric: Sequence[Level] = (),
        reads: Sequence[str] = _READS,
        low: int = 0,
        high: int = 10,
        model: ModelLike | None = None,
        weighted: bool = True,
        **rest: Any,
    ) -> None:
        """`reads` are the fields shown. Raises ValueError without criteria and steps."""
        if criteria is None and not steps:
            raise ValueError("G-Eval needs criteria, or steps")
        if low >= high:
            raise ValueError(f"the range from {low} to {high} is empty")
        self.criteria = criteria
        self.rubric = tuple(rubric)
        self.reads = tuple(reads)
        self.steps: tuple[str, ...] = tuple(steps)
        self.low, self.high = low, high
        self._locks: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = (
            WeakKeyDictionary()
        )
        form = Rating(low, high)
        super().__init__(self._worded(), form, model=model, weighted=weighted, **rest)

    def with_prompt(self, prompt: Prompt) -> Self:
        """The same with other words. Raises ValueError while no steps are pinned in them."""
        if not self.steps:
            raise ValueError(f"{self.name!r} has no steps yet: await prepare() first")
        return super().with_prompt(prompt)

    async def prepare(self) -> tuple[str, ...]:
        """The steps, written first if there are none. Raises JudgeError or ModelError."""
        if not self.steps:
            lock = self._locks.setdefault(asyncio.get_running_loop(), asyncio.Lock())
            async with lock:
                if not self.steps:
                    written = await self._written()
                    self.steps = self.steps or written
                    self.prompt = self._worded()
                    self.version = self._version()
        return self.steps

    async def ajudge(self, **fields: Any) -> EvaluationResult:
        """The score, scaled to 0…1."""
        await self.prepare()
        result = await super().ajudge(**fields)
        if result.score is None:
            return result
        scaled = (result.score - self.low) / (self.high - self.low)
        metadata = {**result.metadata, "score": result.score, "steps": list(self.steps)}
        return replace(result, score=scaled, metadata=metadata)

    async def _written(self) -> tuple[str, ...]:
        said = ", ".join(self.reads)
        text = wordings.GEVAL_STEPS.format(criteria=self.criteria, reads=said)
        messages = [Message("system", self.prompt.system), Message("user", text)]
        asked = await self.ladders[0].ask(messages, Texts("steps", least=1), seed=self.seed)
        return tuple(asked.said.texts)

    def _worded(self) -> Prompt:
        steps = self.steps or (self.criteria or "",)
        rubric = "".join(f"\n{r.low} to {r.high}: {r.meaning}" for r in self.rubric)
        given = {
            "steps": "\n".join(f"{i}. {step}" for i, step in enumerate(steps, 1)),
            "rubric": rubric and f"\nWhat scores mean:{rubric}\n",
            "kind": "a whole number",
            "low": str(self.low),
            "high": str(self.high),
        }
        template = wordings.GEVAL.replace("{material}", wordings.material(self.reads))
        return Prompt(template, given=given)
