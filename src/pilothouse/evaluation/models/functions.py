"""Any function as a model: from a text, or from messages, to a text; sync or async."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from time import perf_counter
from typing import Any, Literal

from pilothouse.evaluation.errors import ModelError
from pilothouse.evaluation.models.chat import Completion, Message, Request, Structure
from pilothouse.evaluation.models.raised import model_error
from pilothouse.evaluation.results import Usage

Takes = Literal["text", "messages"]


class FunctionModel:
    """A function that answers. A synchronous one runs in a thread, as it may wait for a network."""

    def __init__(
        self,
        function: Callable[..., Any],
        *,
        name: str | None = None,
        takes: Takes | None = None,
        structures: Sequence[Structure] = ("text",),
        version: str | None = None,
        blocking: bool = True,
    ) -> None:
        """`takes` is told by the first parameter's name and type where it is not given.

        Answers are cached only under a `version`, as nothing else tells what the function does.
        `blocking=False` calls a synchronous function within the event loop.
        """
        self.function = function
        self._name = name or f"callable:{getattr(function, '__name__', type(function).__name__)}"
        self._takes = takes or _takes(function)
        self._structures = tuple(structures)
        self._version = version
        plain = function if inspect.isroutine(function) else type(function).__call__
        self._inline = not blocking or inspect.iscoroutinefunction(plain)

    @property
    def name(self) -> str:
        """The function's name, or the one it was given."""
        return self._name

    @property
    def identity(self) -> str | None:
        """Name and version; None without a version."""
        return None if self._version is None else f"{self._name}:{self._version}"

    @property
    def structures(self) -> Sequence[Structure]:
        """Text alone, if nothing else was said."""
        return self._structures

    async def complete(self, request: Request) -> Completion:
        """What the function returns: a text, a message, a Completion, or an object to be JSON."""
        given = as_dicts(request.messages) if self._takes == "messages" else as_text(request)
        started = perf_counter()
        try:
            if self._inline:
                returned = self.function(given)
            else:
                returned = await in_thread(self.function, given)
            if inspect.isawaitable(returned):
                returned = await returned
        except Exception as e:  # a user's function raises what it likes
            raise model_error(e, model=self._name) from e
        latency_ms = (perf_counter() - started) * 1000
        if isinstance(returned, Completion):
            return returned
        return Completion(
            text=self._text(returned),
            model=self._name,
            usage=Usage(calls=1),
            latency_ms=latency_ms,
        )

    def _text(self, returned: Any) -> str:
        if isinstance(returned, str):
            return returned
        if isinstance(returned, Mapping):
            content = returned.get("content")
            return content if isinstance(content, str) else json.dumps(dict(returned))
        said = f"{self._name!r} returned {type(returned).__name__}: return a text"
        raise ModelError("Malformed", said)


class FunctionEmbedder:
    """A function from texts to vectors as a model of embeddings."""

    def __init__(self, function: Callable[..., Any], *, name: str | None = None) -> None:
        self.function = function
        self._name = name or f"callable:{getattr(function, '__name__', type(function).__name__)}"
        plain = function if inspect.isroutine(function) else type(function).__call__
        self._inline = inspect.iscoroutinefunction(plain)

    @property
    def name(self) -> str:
        """The function's name, or the one it was given."""
        return self._name

    async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """The function's vectors, one a text."""
        try:
            if self._inline:
                vectors = await self.function(list(texts))
            else:
                vectors = await in_thread(self.function, list(texts))
        except Exception as e:  # a user's function raises what it likes
            raise model_error(e, model=self._name) from e
        if len(vectors) != len(texts):
            said = f"{self._name!r} gave {len(vectors)} vectors for {len(texts)} texts"
            raise ModelError("Malformed", said)
        return [list(vector) for vector in vectors]


async def in_thread(function: Callable[..., Any], *given: Any) -> Any:
    """What a function that may wait returns. Who is cancelled does not wait for it."""
    from anyio import to_thread

    return await to_thread.run_sync(function, *given, abandon_on_cancel=True)


def as_text(request: Request) -> str:
    """The messages as one text, for models that know no roles."""
    return "\n\n".join(message.content for message in request.messages)


def as_dicts(messages: Sequence[Message]) -> list[dict[str, str]]:
    """The messages as OpenAI's users write them."""
    return [{"role": message.role, "content": message.content} for message in messages]


def _takes(function: Callable[..., Any]) -> Takes:
    try:
        first = next(iter(inspect.signature(function).parameters.values()), None)
    except ValueError:  # a builtin without a signature
        return "text"
    if first is None:
        return "text"
    kind = str(first.annotation).lower()
    many = any(word in kind for word in ("list", "sequence", "message", "iterable"))
    return "messages" if many or first.name == "messages" else "text"
