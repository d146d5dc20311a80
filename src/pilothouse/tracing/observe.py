"""`@observe`: a span around each call of a function, whatever kind of function it is."""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from types import AsyncGeneratorType, CoroutineType, FunctionType, GeneratorType
from typing import TYPE_CHECKING, Any, TypeVar, overload

from pilothouse.tracing import state
from pilothouse.tracing.arguments import Arguments
from pilothouse.tracing.spans import kind_value
from pilothouse.tracing.streams import Stream, run, run_async
from pilothouse.tracing.trouble import trouble
from pilothouse.tracing.values import TEXT, as_text

if TYPE_CHECKING:
    from opentelemetry.trace import Span

    from pilothouse.tracing.live import Live, Opened

F = TypeVar("F", bound=Callable[..., Any])
LAZY = (GeneratorType, AsyncGeneratorType, CoroutineType)
"""Results that have not run yet when the function returns them."""


@overload
def observe(function: F, /) -> F: ...


@overload
def observe(
    *,
    name: str | None = None,
    kind: str = "chain",
    capture_input: bool = True,
    capture_output: bool = True,
) -> Callable[[F], F]: ...


def observe(
    function: F | None = None,
    /,
    *,
    name: str | None = None,
    kind: str = "chain",
    capture_input: bool = True,
    capture_output: bool = True,
) -> F | Callable[[F], F]:
    """Records each call of a function as a span: its input, its output, its error, its time.

    Works on functions, methods, class and static methods, coroutines, generators and async
    generators; on a class it takes the public methods that the class defines itself.

        @observe(kind="tool")
        def get_order(order_id: str) -> dict: ...
    """

    def decorate(target: F) -> F:
        plan = functools.partial(
            _Call,
            kind=kind_value(kind),
            whole=kind == "tool",
            capture_input=capture_input,
            capture_output=capture_output,
            timed=kind == "llm",
        )
        decorated: F = _decorated(target, name, plan)
        return decorated

    return decorate if function is None else decorate(function)


class _Call:
    """What is known of a decorated function before it is called."""

    __slots__ = ("_arguments", "_kind", "capture_output", "name", "timed")

    def __init__(
        self,
        function: Callable[..., Any],
        name: str,
        *,
        kind: str,
        whole: bool,
        capture_input: bool,
        capture_output: bool,
        timed: bool,
    ) -> None:
        self.name = name
        self.capture_output = capture_output
        self.timed = timed
        self._kind = kind
        self._arguments = Arguments(function, whole=whole) if capture_input else None

    def attributes(
        self, live: Live, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> dict[str, Any]:
        """Those that a call begins with."""
        arguments = self._arguments
        if arguments is None or not live.settings.capture_content:
            return {"openinference.span.kind": self._kind}
        try:
            read = arguments.text(args, kwargs, live.limit)
        except Exception as error:
            trouble(f"reading the input of {self.name!r}", error)
            read = None
        if read is None:
            return {"openinference.span.kind": self._kind}
        text, mime = read
        if mime == TEXT:
            return {"openinference.span.kind": self._kind, "input.value": text}
        return {
            "openinference.span.kind": self._kind,
            "input.value": text,
            "input.mime_type": mime,
        }

    def returned(self, live: Live, span: Span, result: Any) -> None:
        """Writes the result and marks the span as done."""
        if self.capture_output and result is not None and live.settings.capture_content:
            text, mime = as_text(result, live.limit)
            live.write_content(span, "output", text, mime)
        live.succeed(span)

    def stream(
        self, live: Live, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Callable[[], Stream | None]:
        """Something that begins the span of a generator, below what is current now."""
        attributes = self.attributes(live, args, kwargs)
        from opentelemetry.context import get_current

        outside = get_current()

        def begin() -> Stream | None:
            span = live.start(self.name, attributes, outside)
            if span is None:
                return None
            capture = self.capture_output and live.settings.capture_content
            return Stream(live, span, outside, capture=capture, timed=self.timed)

        return begin


Plan = Callable[[Callable[..., Any], str], _Call]


def _decorated(target: Any, name: str | None, plan: Plan) -> Any:
    if isinstance(target, (classmethod, staticmethod)):
        return type(target)(_decorated(target.__func__, name, plan))
    if isinstance(target, type):
        return _class(target, plan)
    called = name or str(getattr(target, "__name__", type(target).__name__))
    if inspect.isasyncgenfunction(target):
        return _async_generator(target, plan(target, called))
    if inspect.isgeneratorfunction(target):
        return _generator(target, plan(target, called))
    if inspect.iscoroutinefunction(target):
        return _coroutine(target, plan(target, called))
    return _function(target, plan(target, called))


def _class(target: type, plan: Plan) -> type:
    for key, member in list(vars(target).items()):
        if not key.startswith("_") and isinstance(
            member, (FunctionType, classmethod, staticmethod)
        ):
            setattr(target, key, _decorated(member, f"{target.__name__}.{key}", plan))
    return target


def _function(function: Callable[..., Any], call: _Call) -> Callable[..., Any]:
    @functools.wraps(function)
    def observed(*args: Any, **kwargs: Any) -> Any:
        live = state.live
        if live is None:
            return function(*args, **kwargs)
        opened = live.begin(call.name, call.attributes(live, args, kwargs))
        if opened is None:
            return function(*args, **kwargs)
        lazy = False
        try:
            result = function(*args, **kwargs)
            lazy = isinstance(result, LAZY)
            if not lazy:
                call.returned(live, opened[0], result)
        except BaseException as error:
            live.fail(opened[0], error)
            raise
        else:
            return _unfinished(live, call, opened, result) if lazy else result
        finally:
            if not lazy:
                live.leave(opened)

    return observed


def _coroutine(
    function: Callable[..., Coroutine[Any, Any, Any]], call: _Call
) -> Callable[..., Coroutine[Any, Any, Any]]:
    @functools.wraps(function)
    async def observed(*args: Any, **kwargs: Any) -> Any:
        live = state.live
        if live is None:
            return await function(*args, **kwargs)
        opened = live.begin(call.name, call.attributes(live, args, kwargs))
        if opened is None:
            return await function(*args, **kwargs)
        try:
            result = await function(*args, **kwargs)
            call.returned(live, opened[0], result)
        except BaseException as error:
            live.fail(opened[0], error)
            raise
        else:
            return result
        finally:
            live.leave(opened)

    return observed


def _generator(
    function: Callable[..., Generator[Any, Any, Any]], call: _Call
) -> Callable[..., Generator[Any, Any, Any]]:
    @functools.wraps(function)
    def observed(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        generator = function(*args, **kwargs)
        live = state.live
        return generator if live is None else _begun(generator, call.stream(live, args, kwargs))

    return observed


def _begun(
    generator: Generator[Any, Any, Any], begin: Callable[[], Stream | None]
) -> Generator[Any, Any, Any]:
    """Runs a generator in a span that begins with its first step."""
    stream = begin()
    if stream is None:
        return (yield from generator)
    return (yield from run(generator, stream))


def _async_generator(
    function: Callable[..., AsyncGenerator[Any, Any]], call: _Call
) -> Callable[..., AsyncGenerator[Any, Any]]:
    @functools.wraps(function)
    def observed(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        generator = function(*args, **kwargs)
        live = state.live
        return generator if live is None else run_async(generator, call.stream(live, args, kwargs))

    return observed


def _unfinished(live: Live, call: _Call, opened: Opened, result: Any) -> Any:
    """A plain function gave back a generator or coroutine: its span goes on until that is done."""
    from opentelemetry.context import detach, get_current

    span, token = opened
    try:
        detach(token)
    except Exception as error:
        trouble("leaving a span", error)
    capture = call.capture_output and live.settings.capture_content
    stream = Stream(live, span, get_current(), capture=capture, timed=call.timed)
    if isinstance(result, GeneratorType):
        return run(result, stream)
    if isinstance(result, AsyncGeneratorType):
        return run_async(result, stream)
    return _awaited(live, call, span, result, stream)


async def _awaited(
    live: Live, call: _Call, span: Span, coroutine: Coroutine[Any, Any, Any], stream: Stream
) -> Any:
    token = stream.enter()
    error: BaseException | None = None
    try:
        result = await coroutine
        call.returned(live, span, result)
    except BaseException as raised:
        error = raised
        raise
    else:
        return result
    finally:
        stream.leave(token)
        stream.done(error)
