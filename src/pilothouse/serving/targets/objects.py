"""Objects and classes as targets: legacy chains, things that chat, classes with a lifetime."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable
from typing import Any

from pilothouse.serving.errors import SetupError
from pilothouse.serving.pool import Pool
from pilothouse.serving.schemas import Schema
from pilothouse.serving.targets.functions import Function, function_target
from pilothouse.serving.targets.target import Target, Work

METHODS = ("ainvoke", "invoke", "astream", "stream", "__call__")


class Legacy(Target):
    """An object with nothing but `invoke` or `__call__`: runs in threads."""

    kind = "legacy"
    threaded = True

    def __init__(self, name: str, thing: Any) -> None:
        self._call: Callable[..., Any] = getattr(thing, "invoke", None) or thing
        self._function = function_target(name, self._call)
        super().__init__(name, self._function.input, self._function.output)
        self.threaded = self._function.threaded

    async def invoke(self, value: Any, work: Work) -> Any:
        return await self._function.invoke(value, work)


class Chatting(Target):
    """An object with `chat(messages, **kw)`."""

    kind = "chat"
    messages = "list"

    def __init__(self, name: str, thing: Any) -> None:
        super().__init__(name, Schema(list[dict[str, Any]]), Schema(Any))
        self._inner = function_target(name, _only_messages(thing.chat))
        self.threaded = self._inner.threaded

    async def invoke(self, value: Any, work: Work) -> Any:
        return await self._inner.invoke(value, work)

    async def stream(self, value: Any, work: Work) -> AsyncIterator[Any]:
        async for piece in self._inner.stream(value, work):
            yield piece


def _only_messages(chat: Callable[..., Any]) -> Callable[..., Any]:
    """`chat` by its first parameter alone; the others have defaults."""
    if inspect.isasyncgenfunction(chat):

        async def pieces(messages: Any) -> Any:
            async for piece in chat(messages):
                yield piece

        return pieces
    if inspect.isgeneratorfunction(chat):

        def sync_pieces(messages: Any) -> Any:
            yield from chat(messages)

        return sync_pieces
    if inspect.iscoroutinefunction(chat):

        async def answer(messages: Any) -> Any:
            return await chat(messages)

        return answer

    def sync_answer(messages: Any) -> Any:
        return chat(messages)

    return sync_answer


class Embeddings(Target):
    """An object with LangChain's `embed_documents`: texts in, vectors out."""

    kind = "embeddings"
    span_kind = "embedding"

    def __init__(self, name: str, thing: Any) -> None:
        super().__init__(name, Schema(list[str]), Schema(list[list[float]]))
        own = getattr(type(thing), "aembed_documents", None)
        # The base class of LangChain offers the async one by a thread of its own.
        is_async = own is not None and not own.__module__.startswith("langchain_core")
        self._embed = thing.aembed_documents if is_async else thing.embed_documents
        self.threaded = not is_async

    async def invoke(self, value: Any, work: Work) -> Any:
        if self.threaded:
            return await work.pool.call(work.hold, self._embed, value)
        return await self._embed(value)


class Made(Target):
    """A class: one instance a process, made when the app starts and closed when it ends."""

    kind = "class"

    def __init__(self, name: str, made: type) -> None:
        self._class = made
        # Of its own: what every class can be called for is to make one.
        own = {name for each in made.__mro__ for name in vars(each)}
        self._methods = {m: getattr(made, m) if m in own else None for m in METHODS}
        whole = self._methods["ainvoke"] or self._methods["invoke"] or self._methods["__call__"]
        pieces = self._methods["astream"] or self._methods["stream"]
        if whole is None and pieces is None:
            raise SetupError(
                f"class {made.__name__} has none of invoke, ainvoke, stream, astream, __call__"
            )
        told = function_target(name, _unbound(whole or pieces))
        super().__init__(name, told.input, told.output)
        self.concurrency = getattr(made, "concurrency", None)
        self.threaded = told.threaded
        self._whole: Function | None = None
        self._pieces: Function | None = None
        self._instance: Any = None

    async def open(self, pool: Pool) -> None:
        self._instance = thing = await pool.call(lambda _: None, self._class)
        for name in ("setup", "__aenter__"):
            if hasattr(thing, name):
                await _maybe_async(getattr(thing, name), pool)
        self._whole = self._of("ainvoke", "invoke", "__call__")
        self._pieces = self._of("astream", "stream")

    async def close(self) -> None:
        thing, self._instance = self._instance, None
        if thing is None:
            return
        if hasattr(thing, "__aexit__"):
            await thing.__aexit__(None, None, None)
        elif hasattr(thing, "close"):
            given_back = thing.close()
            if inspect.isawaitable(given_back):
                await given_back

    def _of(self, *names: str) -> Function | None:
        for name in names:
            if self._methods[name] is not None:
                return function_target(self.name, getattr(self._instance, name))
        return None

    async def invoke(self, value: Any, work: Work) -> Any:
        method = self._whole or self._pieces
        assert method is not None, "opened before it is asked"
        return await method.invoke(value, work)

    async def stream(self, value: Any, work: Work) -> AsyncIterator[Any]:
        method = self._pieces or self._whole
        assert method is not None, "opened before it is asked"
        async for piece in method.stream(value, work):
            yield piece


def _unbound(method: Any) -> Any:
    """The method without its `self`, for its signature alone."""
    import functools

    return functools.partial(method, None) if not inspect.ismethod(method) else method


async def _maybe_async(method: Callable[[], Any], pool: Pool) -> None:
    if inspect.iscoroutinefunction(method):
        await method()
    else:
        await pool.call(lambda _: None, method)
