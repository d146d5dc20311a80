"""What metrics share that ask a model several things before they come to a score."""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import json
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Final, Literal, TypeVar

from pilothouse.evaluation.errors import JudgeError, ModelError
from pilothouse.evaluation.evaluators import Evaluator
from pilothouse.evaluation.judged.aggregation import EmptyPolicy
from pilothouse.evaluation.judged.items import contexts_of, numbered
from pilothouse.evaluation.judges import Form, Item, Ladder, Prompt, Said, Texts, Verdicts
from pilothouse.evaluation.judges.judge import ready
from pilothouse.evaluation.models import ModelLike, Prices, RetryPolicy
from pilothouse.evaluation.results import EvaluationResult, Kind, Number, Usage, not_applicable
from pilothouse.evaluation.rows import Where

T = TypeVar("T")
OnEmpty = Literal["pass", "fail"] | float
"""What the score is where there is nothing to judge: the best, the worst, or a number."""
ITEMS: Final = "items"
"""The variable of a prompt that stands for what is judged one by one."""


class JudgedMetric(Evaluator):
    """Asks a model by prompts of ours, each of which may be read and replaced by its name.

    A step that fails makes the row an error, never a score. What there is to judge may be nothing:
    such a row is not applicable, unless `on_empty` says what it is worth.
    """

    kind: ClassVar[Kind] = "llm"
    words: ClassVar[Mapping[str, str]]
    """Our prompts by the name of their step."""
    formula: str = "1"
    """Changes with how verdicts become a score."""
    empties: ClassVar[Mapping[str, OnEmpty]] = {}
    """What other libraries score where there is nothing to judge, if they score it."""
    reads: ClassVar[Sequence[str]] = ()
    """Fields that it needs besides those that its prompts name."""
    made: ClassVar[frozenset[str]] = frozenset({ITEMS})
    """Variables of prompts that stand for what an earlier step brought."""

    def __init__(
        self,
        model: ModelLike,
        *,
        prompts: Mapping[str, Prompt | str] | None = None,
        on_empty: OnEmpty | None = None,
        empty_policy: EmptyPolicy = "not_applicable",
        partial: Literal["error", "allow"] = "error",
        batch: int = 25,
        temperature: float = 0.0,
        seed: int | None = 0,
        max_tokens: int | None = None,
        max_attempts: int = 3,
        retry: RetryPolicy | None = None,
        prices: Prices | None = None,
        name: str | None = None,
        threshold: float | None = None,
        mapping: Mapping[str, Where] | None = None,
    ) -> None:
        """`prompts` replace ours by the name of a step. `partial="allow"` scores what was judged
        where some verdicts failed, and says so; `batch` is how many are asked for at once.

        Raises ValueError for a prompt of a step that there is not.
        """
        own = dict(prompts or {})
        if unknown := own.keys() - self.words.keys():
            known = ", ".join(self.words)
            raise ValueError(f"no prompt {', '.join(sorted(unknown))}: there are {known}")
        given = {step: own.get(step, text) for step, text in self.words.items()}
        self.prompts: dict[str, Prompt] = {
            step: p if isinstance(p, Prompt) else Prompt(p) for step, p in given.items()
        }
        """By the name of their step; `hash` is the version of each."""
        self.on_empty = self.empties.get(empty_policy) if on_empty is None else on_empty
        self.partial = partial
        self.batch = batch
        self.temperature = temperature
        self.seed = seed
        self.ladder = Ladder(
            ready(model, retry, prices), max_attempts=max_attempts, max_tokens=max_tokens
        )
        hashes = [self.formula, *(prompt.hash for prompt in self.prompts.values())]
        self.version = hashlib.sha256(json.dumps(hashes).encode()).hexdigest()[:12]
        super().__init__(name=name, threshold=threshold, mapping=mapping)

    def empty(self, why: str) -> EvaluationResult:
        """The result of a row with nothing to judge."""
        about: dict[str, Any] = {"direction": self.direction, "kind": self.kind}
        match self.on_empty:
            case None:
                return not_applicable(self.name, why, **about)
            case "pass" | "fail":
                score = float((self.on_empty == "pass") == (self.direction != "minimize"))
            case number:
                score = float(number)
        return EvaluationResult(
            name=self.name, score=score, explanation=why, metadata={"empty": True}, **about
        )

    def _asked(self) -> list[inspect.Parameter]:
        """What the prompts read of a row."""
        named = (name for prompt in self.prompts.values() for name in prompt.variables)
        read = dict.fromkeys([*self.reads, *named])
        keyword = inspect.Parameter.KEYWORD_ONLY
        return [inspect.Parameter(name, keyword) for name in read if name not in self.made]


class Asking:
    """The questions about one row, with what they took together."""

    def __init__(self, metric: JudgedMetric, fields: Mapping[str, Any]) -> None:
        self.metric = metric
        self.contexts: dict[str, str] = {}
        if fields.get("contexts") is not None:
            self.contexts = numbered(contexts_of(fields["contexts"]), letter="x")
        self.fields = {**fields, "contexts": self.contexts} if self.contexts else fields
        self.usage: Usage | None = None
        self.cached = True
        self.judge: str | None = None
        self.raw: list[tuple[str, str]] = []
        self.missing = 0

    async def said(self, step: str, form: Form, *, repetition: int = 0, **values: Any) -> Said:
        """The answer of one step. Raises JudgeError or ModelError."""
        prompt = self.metric.prompts[step]
        seed = self.metric.seed
        try:
            asked = await self.metric.ladder.ask(
                prompt.messages({**self.fields, **values}),
                form,
                temperature=self.metric.temperature,
                seed=None if seed is None else seed + repetition,
                repetition=repetition,
            )
        except JudgeError as e:
            self._took(e.usage)
            e.usage = self.usage
            raise
        self._took(asked.usage)
        self.cached = self.cached and asked.cached
        self.judge = asked.completion.model
        self.raw.append((step, asked.completion.text))
        return asked.said

    async def texts(self, step: str, name: str, **values: Any) -> Sequence[str]:
        """The list that a step brings, say claims."""
        return (await self.said(step, Texts(name), **values)).texts

    async def verdicts(
        self,
        step: str,
        items: Sequence[Any],
        labels: Sequence[str],
        *,
        cited: bool = False,
        **values: Any,
    ) -> list[Item | None]:
        """The verdict on each item, in order; None for one that failed, where that is allowed.

        `cited` has each name the contexts that it rests on.

        Raises JudgeError or ModelError otherwise, and where all failed.
        """
        if not items:
            return []
        evidence = tuple(self.contexts) if cited else ()
        named = numbered(items)
        ids = list(named)
        parts = [ids[at : at + self.metric.batch] for at in range(0, len(ids), self.metric.batch)]
        known = tuple(labels)
        shown: list[dict[str, Any]] = [{ITEMS: {id: named[id] for id in part}} for part in parts]
        found = await asyncio.gather(
            *(
                self.said(step, Verdicts(tuple(part), known, evidence), **items_, **values)
                for part, items_ in zip(parts, shown, strict=True)
            ),
            return_exceptions=True,
        )
        by_id: dict[str, Item] = {}
        failures: list[BaseException] = []
        for part, said in zip(parts, found, strict=True):
            if isinstance(said, BaseException):
                failures.append(said)
                self.missing += len(part)
            else:
                by_id |= {item.item: item for item in said.items}
        allowed = self.metric.partial == "allow" and by_id
        for failure in failures:
            if not allowed or not isinstance(failure, JudgeError | ModelError):
                if isinstance(failure, JudgeError):
                    failure.usage = self.usage
                raise failure
        return [by_id.get(id) for id in ids]

    async def together(self, *steps: Awaitable[T]) -> list[T]:
        """What steps bring that need nothing of each other; all are over when one has failed.

        Raises what the first of them raised, with what all of them took.
        """
        found = await asyncio.gather(*steps, return_exceptions=True)
        brought: list[T] = []
        for one in found:
            if isinstance(one, BaseException):
                if isinstance(one, JudgeError):
                    one.usage = self.usage
                raise one
            brought.append(one)
        return brought

    def empty(self, why: str) -> EvaluationResult:
        """The result of a row with nothing to judge, with what it took to find that out."""
        found = self.metric.empty(why)
        return replace(found, usage=self.usage, cached=self.cached and bool(self.raw))

    def result(
        self,
        score: Number | None,
        *,
        label: str | None = None,
        explanation: str | None = None,
        **metadata: Any,
    ) -> EvaluationResult:
        """The result, with prompts, raw answers and what all steps took."""
        about: dict[str, Any] = {
            "prompts": {step: prompt.hash for step, prompt in self.metric.prompts.items()},
            "judge": self.judge,
            "raw": [{"step": step, "text": text} for step, text in self.raw],
        }
        if self.missing:
            about |= {"partial": True, "missing": self.missing}
        return EvaluationResult(
            name=self.metric.name,
            score=score,
            label=label,
            explanation=explanation,
            direction=self.metric.direction,
            kind="llm",
            usage=self.usage,
            cached=self.cached,
            metadata=about | metadata,
        )

    def _took(self, usage: Usage | None) -> None:
        if usage is not None:
            self.usage = usage if self.usage is None else self.usage + usage
