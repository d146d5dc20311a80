"""An evaluator that asks a model, or several, for the verdict."""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from copy import copy
from dataclasses import replace
from typing import Any, ClassVar, Final, Self

from pilothouse.evaluation.errors import JudgeError, ModelError
from pilothouse.evaluation.evaluators import Evaluator
from pilothouse.evaluation.judges.forms import Form, Labels, Rating, Said
from pilothouse.evaluation.judges.ladder import Asked, Ladder
from pilothouse.evaluation.judges.prompts import Prompt
from pilothouse.evaluation.judges.votes import decided
from pilothouse.evaluation.judges.weighted import weighted_score
from pilothouse.evaluation.models import (
    ChatModel,
    ModelLike,
    Priced,
    Prices,
    RetryPolicy,
    as_model,
    retried,
)
from pilothouse.evaluation.results import (
    Direction,
    EvaluationResult,
    Failure,
    Kind,
    Number,
    Usage,
    Vote,
)
from pilothouse.evaluation.rows import Where

_repetition: Final = ContextVar("repetition", default=0)


@contextmanager
def repeated(again: int) -> Iterator[None]:
    """Within it judges answer anew, with another seed and beside what a cache has of the first."""
    token = _repetition.set(again)
    try:
        yield
    finally:
        _repetition.reset(token)


def which_repetition() -> int:
    """Which of several answers to the same question is wanted: 0 for the first."""
    return _repetition.get()


class Judge(Evaluator):
    """Reads what its prompt names, asks the model, and maps the label to a score by itself.

    A model that times out, refuses, is cut short, or keeps to no form gives an error, never a
    score. Each result keeps the prompt's hash, the raw answer, tokens and cost.
    """

    kind: ClassVar[Kind] = "llm"
    name = "judge"

    def __init__(
        self,
        prompt: Prompt | str,
        form: Form,
        *,
        model: ModelLike | None = None,
        judges: Sequence[ModelLike] = (),
        n_votes: int = 1,
        scores: Mapping[str, Number] | None = None,
        tie_label: str | None = None,
        weighted: bool = False,
        temperature: float | None = None,
        seed: int | None = 0,
        max_tokens: int | None = None,
        max_attempts: int = 3,
        max_letters: int | None = None,
        retry: RetryPolicy | None = None,
        prices: Prices | None = None,
        name: str | None = None,
        direction: Direction = "maximize",
        threshold: float | None = None,
        mapping: Mapping[str, Where] | None = None,
    ) -> None:
        """One `model`, or `judges` that vote; each is asked `n_votes` times.

        `scores` says what a label is worth. `weighted` replaces a whole score by its expectation
        where the model tells log-probabilities. `temperature` is 0 for one vote and 0.7 for
        several. What is longer than `max_letters` is an error: nothing is ever cut off.
        """
        given = list(judges) if model is None else [model, *judges]
        if not given:
            raise ValueError("a judge needs a model: give model, or judges")
        if n_votes < 1:
            raise ValueError("n_votes must be at least 1")
        self.prompt = prompt if isinstance(prompt, Prompt) else Prompt(prompt)
        """The wording; `hash` is its version, `messages(values)` what the model reads."""
        self.form = form
        self.direction = direction
        self.scores = _checked(scores, form)
        self.tie_label = tie_label
        self.n_votes = n_votes
        self.weighted = weighted and isinstance(form, Rating)
        self.seed = seed
        self.max_letters = max_letters
        votes = n_votes > 1
        self.temperature = (0.7 if votes else 0.0) if temperature is None else temperature
        self.ladders = [
            Ladder(ready(one, retry, prices), max_attempts=max_attempts, max_tokens=max_tokens)
            for one in given
        ]
        self.version = self._version()
        super().__init__(name=name, threshold=threshold, mapping=mapping)

    def with_prompt(self, prompt: Prompt) -> Self:
        """The same judge with other words. Raises ValueError for words that read other fields."""
        if set(prompt.variables) != set(self.prompt.variables):
            reads = ", ".join(self.prompt.variables)
            raise ValueError(f"{self.name!r} reads {reads}: so must the prompt in its place")
        twin = copy(self)
        twin.prompt = prompt
        twin.version = twin._version()
        twin._async = twin.ajudge  # the copy's own: what was bound reads the old words
        return twin

    async def ajudge(self, **fields: Any) -> EvaluationResult:
        """The verdict on what the prompt reads."""
        messages = self.prompt.messages(fields)
        if self.max_letters is not None:
            letters = sum(len(message.content) for message in messages)
            if letters > self.max_letters:
                said = f"the prompt has {letters} letters; {self.max_letters} are allowed"
                raise JudgeError("TooLong", said)
        first = which_repetition() * self.n_votes
        jurors = [(ladder, first + i) for ladder in self.ladders for i in range(self.n_votes)]
        if len(jurors) == 1:
            return self._result(await self._ask(self.ladders[0], messages, first))
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._heard(ladder, messages, i)) for ladder, i in jurors]
        return self._voted([task.result() for task in tasks])

    async def _ask(self, ladder: Ladder, messages: Any, repetition: int) -> Asked:
        return await ladder.ask(
            messages,
            self.form,
            temperature=self.temperature,
            seed=None if self.seed is None else self.seed + repetition,
            repetition=repetition,
            top_logprobs=20 if self.weighted else None,
        )

    async def _heard(
        self, ladder: Ladder, messages: Any, repetition: int
    ) -> tuple[Vote, Asked | None, Usage | None]:
        """One juror's vote; a juror that fails does not end the others."""
        judge = ladder.model.name
        try:
            asked = await self._ask(ladder, messages, repetition)
        except JudgeError as e:
            return _absent(judge, e, raw_output=e.raw_output), None, e.usage
        except ModelError as e:
            return _absent(judge, e, retryable=e.retryable), None, None
        said = self._valued(asked)
        vote = Vote(judge=judge, score=said.score, label=said.label, explanation=said.explanation)
        return vote, asked, asked.usage

    def _result(self, asked: Asked) -> EvaluationResult:
        said = self._valued(asked)
        return EvaluationResult(
            name=self.name,
            score=said.score,
            label=said.label,
            explanation=said.explanation,
            direction=self.direction,
            kind="llm",
            usage=asked.usage,
            cached=asked.cached,
            metadata=self._about(asked),
        )

    def _voted(self, heard: Sequence[tuple[Vote, Asked | None, Usage | None]]) -> EvaluationResult:
        votes = [vote for vote, _, _ in heard]
        answers = [asked for _, asked, _ in heard if asked is not None]
        usage = None
        for _, _, used in heard:
            usage = used if usage is None or used is None else usage + used
        try:
            outcome = decided(votes, tie_label=self.tie_label)
        except JudgeError as e:
            e.usage = usage
            return replace(self.failure(e), votes=votes)
        label, score = outcome.label, outcome.score
        agreeing = (
            vote
            for vote in votes
            if vote.error is None and (vote.label == label if label else vote.score == score)
        )
        first = next(agreeing, None)
        return EvaluationResult(
            name=self.name,
            score=score if label is None else self.scores.get(label),
            label=label,
            explanation=None if first is None else first.explanation,
            direction=self.direction,
            kind="llm",
            votes=votes,
            usage=usage,
            cached=bool(answers) and all(asked.cached for asked in answers),
            metadata={
                "prompt": self.prompt.hash,
                "agreement": outcome.agreement,
                "counted": outcome.counted,
                "answers": [self._about(asked) for asked in answers],
            },
        )

    def _valued(self, asked: Asked) -> Said:
        """What was said, with the score that it is worth."""
        said, tokens = asked.said, asked.completion.tokens
        if said.label is not None and self.scores:
            return said.worth(self.scores.get(said.label))
        if self.weighted and isinstance(self.form, Rating) and said.score is not None and tokens:
            low, high = int(self.form.low), int(self.form.high)
            expected = weighted_score(tokens, int(said.score), low=low, high=high)
            return said if expected is None else said.worth(expected)
        return said

    def _about(self, asked: Asked) -> dict[str, Any]:
        """What a reader of the result needs to trust it."""
        completion = asked.completion
        about: dict[str, Any] = {
            "prompt": self.prompt.hash,
            "judge": completion.model,
            "structure": asked.structure,
            "attempts": asked.attempts,
            "raw": completion.text,
        }
        if completion.fingerprint is not None:
            about["fingerprint"] = completion.fingerprint
        if completion.latency_ms is not None:
            about["model_latency_ms"] = completion.latency_ms
        return about

    def _asked(self) -> list[inspect.Parameter]:
        keyword = inspect.Parameter.KEYWORD_ONLY
        return [inspect.Parameter(name, keyword) for name in self.prompt.variables]

    def _version(self) -> str:
        """Changes with the wording, the form and the scores: with whatever a score means."""
        means = [self.prompt.hash, self.form.schema, self.scores, self.weighted]
        return hashlib.sha256(json.dumps(means, sort_keys=True).encode()).hexdigest()[:12]


def ready(given: ModelLike, retry: RetryPolicy | None, prices: Prices | None) -> ChatModel:
    """The model that was meant, retried and priced."""
    model = retried(as_model(given), retry)
    return model if prices is None else Priced(model, prices)


def _absent(judge: str, error: JudgeError | ModelError, **rest: Any) -> Vote:
    failure = Failure(type=error.type, message=str(error), attempts=error.attempts, **rest)
    return Vote(judge=judge, error=failure)


def _checked(scores: Mapping[str, Number] | None, form: Form) -> Mapping[str, Number]:
    """The scores of labels. Raises ValueError where a label has none, or there is no such label."""
    if scores is None:
        return {}
    if isinstance(form, Labels) and set(scores) != set(form.labels):
        raise ValueError(f"scores are for {', '.join(scores)}; labels: {', '.join(form.labels)}")
    return dict(scores)
