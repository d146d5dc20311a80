"""Asks a model for a verdict in a form, by the strictest way that it keeps to, and checks it.

Three attempts in all: the question, a repair that shows what was wrong, and a fresh call. What is
no verdict by then is an error. Transport errors are left to the retries around the model.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from pilothouse.evaluation.errors import JudgeError, ModelError
from pilothouse.evaluation.judges.forms import Form, Invalid, NotJson, Said, parsed
from pilothouse.evaluation.models.chat import (
    ChatModel,
    Completion,
    Message,
    Request,
    Structure,
)
from pilothouse.evaluation.results import Usage

_REPAIR: Final = (
    "That cannot be read: {why}. Give the same verdict again, in the form that was asked for."
)
_FIELDS: Final = "Answer as JSON with these fields, in this order: {fields}."
_SCHEMA: Final = "Answer with one JSON object that keeps to this schema: {schema}"
_FRESH: Final = 1_000_000  # sets a fresh call's answer apart from the first in a cache


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A verdict with what it took to get it."""

    said: Said
    completion: Completion
    """The last one, from which the verdict was read."""
    structure: Structure
    attempts: int
    usage: Usage
    cached: bool
    """All answers came from the cache."""


class Ladder:
    """The ways to hold one model to a form, and which of them it turned out to keep to."""

    def __init__(
        self, model: ChatModel, *, max_attempts: int = 3, max_tokens: int | None = None
    ) -> None:
        """`max_tokens` must leave room for a reasoning model's thoughts."""
        self.model = model
        self.max_attempts = max_attempts
        self.max_tokens = max_tokens
        self._dropped: frozenset[Structure] = frozenset()

    @property
    def structure(self) -> Structure:
        """The strictest way that is left."""
        for structure in self.model.structures:
            if structure not in self._dropped:
                return structure
        return "text"

    async def ask(
        self,
        messages: Sequence[Message],
        form: Form,
        *,
        temperature: float | None = 0.0,
        seed: int | None = None,
        repetition: int = 0,
        top_logprobs: int | None = None,
    ) -> Asked:
        """A verdict that keeps to the form. Raises JudgeError, or ModelError where none answers."""
        request = Request(
            messages=messages,
            temperature=temperature,
            seed=seed,
            max_tokens=self.max_tokens,
            repetition=repetition,
            top_logprobs=top_logprobs,
        )
        climb = _Climb(self, request, form)
        for attempt in range(1, self.max_attempts + 1):
            asked = await climb.attempt(attempt)
            if asked is not None:
                return asked
        raise climb.error(
            "Unparsable", f"no verdict after {climb.attempts} attempts: {climb.wrong}"
        )

    def drop(self, structure: Structure) -> None:
        """Leaves a way out from now on; text always remains."""
        if structure != "text":
            self._dropped |= {structure}


class _Climb:
    """One question's way to its verdict."""

    def __init__(self, ladder: Ladder, request: Request, form: Form) -> None:
        self.ladder = ladder
        self.request = request
        self.form = form
        self.attempts = 0
        self.wrong: Invalid | None = None
        self.completion: Completion | None = None
        self.structure: Structure = ladder.structure
        self.usage: Usage | None = None
        self.cached = True

    async def attempt(self, number: int) -> Asked | None:
        """The first attempt asks, the second repairs, the third begins anew, and so on in turns."""
        if number % 2 == 1:
            unheld = isinstance(self.wrong, NotJson)  # told twice, and nothing held it
            if unheld:
                self.ladder.drop(self.structure)
            completion = await self._fresh(number, "text" if unheld else None)
        else:
            completion = await self._answer(self._repair())
        self.attempts = number
        self.completion = completion
        self.cached = self.cached and completion.cached
        used = completion.usage or Usage(calls=1)
        self.usage = used if self.usage is None else self.usage + used
        self._refuse_what_is_none(completion)
        try:
            said = self._read(completion.text)
        except Invalid as e:
            self.wrong = e
            return None
        return Asked(
            said=said,
            completion=completion,
            structure=self.structure,
            attempts=number,
            usage=self.usage,
            cached=self.cached,
        )

    async def _fresh(self, number: int, structure: Structure | None) -> Completion:
        """Asks in the given way, else by the strictest that the model turns out to know."""
        seed = self.request.seed
        while True:
            self.structure = structure or self.ladder.structure
            asked = self.request
            request = Request(  # written out: `replace` takes four times as long
                messages=self._worded(),
                schema=None if self.structure == "text" else self.form.schema,
                structure=self.structure,
                temperature=asked.temperature,
                max_tokens=asked.max_tokens,
                seed=None if seed is None else seed + number // 2,
                top_logprobs=asked.top_logprobs,
                repetition=asked.repetition + _FRESH * (number // 2),
            )
            try:
                return await self._answer(request)
            except ModelError as e:
                if e.type != "Unsupported" or self.structure == "text":
                    raise
                self.ladder.drop(self.structure)

    async def _answer(self, request: Request) -> Completion:
        self.sent = request
        return await self.ladder.model.complete(request)

    def _repair(self) -> Request:
        said = "" if self.completion is None else self.completion.text
        turn = [Message("assistant", said), Message("user", _REPAIR.format(why=self.wrong))]
        return replace(self.sent, messages=[*self.sent.messages, *turn])

    def _worded(self) -> list[Message]:
        *before, last = self.request.messages
        form = self.form
        match self.structure:
            case "text":
                how = form.in_words
            case "json":
                how = _SCHEMA.format(schema=json.dumps(form.schema))
            case "json_schema" | "tool":
                how = _FIELDS.format(fields=", ".join(form.schema.get("properties", ())))
        return [*before, Message(last.role, f"{last.content}\n\n{how}")]

    def _read(self, text: str) -> Said:
        if self.structure != "text":
            return self.form.checked(parsed(text))
        try:
            value = parsed(text)
        except NotJson:
            return self.form.read(text)
        return self.form.checked(value)

    def _refuse_what_is_none(self, completion: Completion) -> None:
        """Raises JudgeError for an answer that is none, and would be none again."""
        if completion.refusal is not None:
            raise self.error("Refused", f"the judge refused: {completion.refusal}")
        if completion.finish_reason == "content_filter":
            raise self.error("Refused", "the provider's filter withheld the verdict")
        if completion.finish_reason == "length":
            said = "the answer was cut at its longest: give the judge more max_tokens"
            raise self.error("CutShort", said)

    def error(self, type: str, message: str) -> JudgeError:
        """A JudgeError that says what was said and spent so far."""
        raw: Any = None if self.completion is None else self.completion.text
        return JudgeError(type, message, raw_output=raw, attempts=self.attempts, usage=self.usage)
