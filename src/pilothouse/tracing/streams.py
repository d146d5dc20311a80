"""Generators and streams: a span that ends when the last piece is out, with what came out of it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator
from typing import TYPE_CHECKING, Any

from pilothouse.tracing.trouble import trouble
from pilothouse.tracing.values import as_text

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Span

    from pilothouse.tracing.live import Live

MAX_PIECES = 10_000
FIRST_PIECE = "First Token Stream Event"


class Stream:
    """The span of one generator: current while the generator runs, not while its consumer does."""

    __slots__ = ("_capture", "_chars", "_inside", "_live", "_more", "_pieces", "_span", "_timed")

    def __init__(self, live: Live, span: Span, outside: Context, *, capture: bool, timed: bool):
        from opentelemetry.trace import set_span_in_context

        self._live = live
        self._span = span
        self._inside = set_span_in_context(span, outside)
        self._capture = capture
        self._timed = timed
        """Whether the first piece is noted as the first token."""
        self._pieces: list[Any] = []
        self._chars = 0
        self._more = 0

    def enter(self) -> Any:
        """Makes the span current; gives the token that `leave` takes."""
        from opentelemetry.context import attach

        try:
            return attach(self._inside)
        except Exception as error:
            trouble("resuming a stream", error)
            return None

    def leave(self, token: Any) -> None:
        """Makes current what was so before."""
        from opentelemetry.context import detach

        try:
            if token is not None:
                detach(token)
        except Exception as error:
            trouble("pausing a stream", error)

    def take(self, piece: Any) -> None:
        """Notes one piece, as long as there is room."""
        try:
            if self._timed:
                self._timed = False
                self._span.add_event(FIRST_PIECE)
            if not self._capture:
                return
            if len(self._pieces) >= MAX_PIECES or self._chars >= self._live.limit:
                self._more += 1
                return
            if type(piece) is not str:
                # Read now: what the generator yields may be changed or reused by its consumer.
                piece = _Read(as_text(piece, self._live.limit - self._chars)[0])
            self._pieces.append(piece)
            self._chars += len(piece)
        except Exception as error:
            trouble("collecting a stream", error)

    def done(self, error: BaseException | None = None) -> None:
        """Writes what came out and ends the span."""
        live, span = self._live, self._span
        try:
            if self._capture and self._pieces:
                text, mime = self._output()
                live.write_content(span, "output", text, mime)
        except Exception as own:
            trouble("collecting a stream", own)
        if error is None:
            live.succeed(span)
        else:
            live.fail(span, error)
        live.end(span)

    def _output(self) -> tuple[str, str]:
        more = f"… [{self._more:,} more pieces]" if self._more else ""
        if any(type(piece) is _Read for piece in self._pieces):
            texts = [piece if type(piece) is _Read else _quoted(piece) for piece in self._pieces]
            if more:
                texts.append(_quoted(more))
            return f"[{','.join(texts)}]", "application/json"
        return "".join(self._pieces) + more, "text/plain"


class _Read(str):
    """JSON text of a piece that was no string."""

    __slots__ = ()


def _quoted(text: str) -> str:
    import json

    return json.dumps(text, ensure_ascii=False)


def run(generator: Generator[Any, Any, Any], stream: Stream) -> Generator[Any, Any, Any]:
    """The same generator, with its span around it."""
    step: Any = generator.__next__
    given: tuple[Any, ...] = ()
    error: BaseException | None = None
    try:
        while True:
            token = stream.enter()
            try:
                piece = step(*given)
            except StopIteration as stop:
                return stop.value
            finally:
                stream.leave(token)
            stream.take(piece)
            try:
                sent = yield piece
            except GeneratorExit:
                generator.close()
                raise
            except BaseException as thrown:
                step, given = generator.throw, (thrown,)
            else:
                step, given = generator.send, (sent,)
    except BaseException as raised:
        error = raised
        raise
    finally:
        stream.done(error)


async def run_async(
    generator: AsyncGenerator[Any, Any], begun: Stream | Callable[[], Stream | None]
) -> AsyncGenerator[Any, Any]:
    """The same for an async generator; its span may begin with the first step."""
    step: Any = generator.__anext__
    given: tuple[Any, ...] = ()
    error: BaseException | None = None
    stream = begun() if callable(begun) else begun
    if stream is None:
        async for piece in generator:
            yield piece
        return
    try:
        while True:
            token = stream.enter()
            try:
                piece = await step(*given)
            except StopAsyncIteration:
                return
            finally:
                stream.leave(token)
            stream.take(piece)
            try:
                sent = yield piece
            except GeneratorExit:
                await generator.aclose()
                raise
            except BaseException as thrown:
                step, given = generator.athrow, (thrown,)
            else:
                step, given = generator.asend, (sent,)
    except BaseException as raised:
        error = raised
        raise
    finally:
        stream.done(error)
