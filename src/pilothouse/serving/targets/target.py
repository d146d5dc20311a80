"""What every kind of target can do, whatever it is made from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from typing import Any

from pilothouse.serving.context import Context
from pilothouse.serving.pool import Hold, Pool
from pilothouse.serving.schemas import Schema


class Work:
    """What a run gives its target: the request, the threads, and what keeps its place."""

    __slots__ = ("config", "context", "hold", "pool")

    def __init__(
        self, context: Context, pool: Pool, hold: Hold, config: Mapping[str, Any] | None = None
    ) -> None:
        self.context = context
        self.pool = pool
        self.hold = hold
        self.config: dict[str, Any] = dict(config or {})
        """Of a Runnable, server's and client's put together."""


class Target(ABC):
    """Something that answers."""

    kind = "function"
    span_kind = "chain"
    threaded = False
    """Whether it runs in threads, which are few."""
    concurrency: int | None = None
    """Runs at once, where the target itself says so."""
    shared_memory = False
    """Whether everybody talks to the same memory of the target, as its author wrote it."""
    messages: str | None = None
    """How it takes a conversation; see `chat.py`. None: not told by its types."""

    def __init__(self, name: str, given: Schema, gives: Schema) -> None:
        self.name = name
        self.input = given
        self.output = gives

    @property
    def config_schema(self) -> dict[str, Any]:
        """JSON Schema of its configuration."""
        return {"type": "object", "properties": {}}

    async def open(self, pool: Pool) -> None:
        """Before the first run."""
        return

    async def close(self) -> None:
        """After the last."""
        return

    @abstractmethod
    async def invoke(self, value: Any, work: Work) -> Any:
        """The whole answer to a validated input."""

    async def stream(self, value: Any, work: Work) -> AsyncIterator[Any]:
        """The answer in pieces; one piece where the target knows none."""
        yield await self.invoke(value, work)

    async def answer(self, value: Any, work: Work) -> Any:
        """The whole answer in a conversation."""
        return await self.invoke(value, work)

    async def talk(self, value: Any, work: Work) -> AsyncIterator[Any]:
        """The same for a conversation: texts and message chunks; `Whole` says all at once."""
        async for piece in self.stream(value, work):
            yield piece


class Whole:
    """The last piece of a talk, where it is more than the sum of the pieces before it."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


def joined(pieces: list[Any]) -> Any:
    """Pieces of a stream as one answer: texts joined, message chunks added, else the list."""
    if not pieces:
        return None
    if all(isinstance(piece, str) for piece in pieces):
        return "".join(pieces)
    if len(pieces) == 1:
        return pieces[0]
    if all(type(piece).__name__.endswith("MessageChunk") for piece in pieces):
        whole = pieces[0]
        for piece in pieces[1:]:
            whole = whole + piece
        return whole
    return pieces
