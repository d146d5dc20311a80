"""The model calls of one evaluation: what was asked, answered, paid, and when."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final

from pilothouse.evaluation.errors import ModelError
from pilothouse.evaluation.models import Completion, Message, Request
from pilothouse.evaluation.models.wrapped import Wrapped


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a model."""

    model: str
    messages: tuple[Message, ...]
    completion: Completion | None
    error: str
    start_ns: int
    end_ns: int


@dataclass(slots=True)
class Calls:
    """The calls of an evaluation, in order."""

    all: list[Call] = field(default_factory=list)

    @property
    def prompt(self) -> str | None:
        """What the model read first; None where none was asked."""
        return prompt_text(self.all[0].messages) if self.all else None

    @property
    def raw(self) -> str | None:
        """What it answered last."""
        answers = [call.completion for call in self.all if call.completion is not None]
        return answers[-1].text if answers else None

    @property
    def answered(self) -> bool:
        """Whether a model answered at all."""
        return any(call.completion is not None for call in self.all)

    @property
    def cost(self) -> float | None:
        """Dollars; None where the price of any call is unknown, 0 where none was made."""
        costs = [self._cost(call) for call in self.all]
        known = [cost for cost in costs if cost is not None]
        return sum(known) if len(known) == len(costs) else None

    @property
    def tokens(self) -> int | None:
        """Read and written together; None where nothing is known."""
        known = [
            (usage.input_tokens or 0) + (usage.output_tokens or 0)
            for call in self.all
            if call.completion is not None and (usage := call.completion.usage) is not None
        ]
        return sum(known) if known else None

    @staticmethod
    def _cost(call: Call) -> float | None:
        if call.completion is None:
            return 0.0  # what was refused is not billed
        return None if call.completion.usage is None else call.completion.usage.cost


_calls: Final[ContextVar[Calls | None]] = ContextVar("calls", default=None)


@contextmanager
def recorded_calls() -> Iterator[Calls]:
    """Within it the calls of recorded models are noted down."""
    calls = Calls()
    token = _calls.set(calls)
    try:
        yield calls
    finally:
        _calls.reset(token)


class Recorded(Wrapped):
    """A model whose calls are noted down for whoever asked for it."""

    async def complete(self, request: Request) -> Completion:
        """The answer of the model within."""
        start_ns = time.time_ns()
        completion: Completion | None = None
        error = ""
        try:
            completion = await self.inner.complete(request)
        except ModelError as refused:
            error = f"{refused.type}: {refused}"
            raise
        finally:
            calls = _calls.get()
            if calls is not None:
                calls.all.append(
                    Call(
                        model=completion.model if completion else self.inner.name,
                        messages=tuple(request.messages),
                        completion=completion,
                        error=error,
                        start_ns=start_ns,
                        end_ns=time.time_ns(),
                    )
                )
        return completion


def prompt_text(messages: tuple[Message, ...]) -> str:
    """Messages as a person reads them."""
    return "\n\n".join(f"[{message.role}]\n{message.content}" for message in messages)


def prompt_json(messages: tuple[Message, ...]) -> str:
    """Messages as JSON."""
    turns = [{"role": message.role, "content": message.content} for message in messages]
    return json.dumps(turns, ensure_ascii=False)
