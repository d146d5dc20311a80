"""Functions as targets: plain ones and generators, sync in threads and async on the loop."""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncIterator, Callable
from typing import Any

from pilothouse.serving.schemas import Signature
from pilothouse.serving.targets.target import Target, Work, joined


class Function(Target):
    """Any callable with one answer."""

    def __init__(self, name: str, function: Callable[..., Any], *, threaded: bool) -> None:
        self.signature = Signature(function)
        super().__init__(name, self.signature.input, self.signature.output)
        self.function = function
        self.threaded = threaded
        self.takes_history = "history" in self.signature.injected

    async def invoke(self, value: Any, work: Work) -> Any:
        arguments = self.signature.bind(value, work.context)
        if self.threaded:
            return await work.pool.call(work.hold, self.function, **arguments)
        return await self.function(**arguments)


class Pieces(Function):
    """A generator function: what it yields goes out as it comes."""

    kind = "generator"

    async def invoke(self, value: Any, work: Work) -> Any:
        return joined([piece async for piece in self.stream(value, work)])

    async def stream(self, value: Any, work: Work) -> AsyncIterator[Any]:
        arguments = self.signature.bind(value, work.context)
        if self.threaded:
            pieces = work.pool.iterate(work.hold, self.function, **arguments)
        else:
            pieces = self.function(**arguments)
        try:
            async for piece in pieces:
                yield piece
        finally:
            close = getattr(pieces, "aclose", None)
            if close is not None:
                await close()


def function_target(name: str, function: Callable[..., Any]) -> Function:
    """The right one of the four."""
    called = function
    if not inspect.isroutine(function) and not isinstance(function, functools.partial):
        called = type(function).__call__
    if inspect.isasyncgenfunction(called):
        return Pieces(name, function, threaded=False)
    if inspect.isgeneratorfunction(called):
        return Pieces(name, function, threaded=True)
    return Function(name, function, threaded=not inspect.iscoroutinefunction(called))
