"""One run of a target: its place, its span, its time, and who may end it.

A whole answer is made in a task of its own, so that the client is answered in time even where the
target does not let itself be interrupted. A stream runs in the task of its request: it is only
advanced when the client has taken what came before.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Final

from pilothouse.serving.context import Context
from pilothouse.serving.errors import Stopped, failure_of
from pilothouse.serving.ids import new_uuid
from pilothouse.serving.recording import Recording
from pilothouse.serving.targets import Whole, Work, joined

if TYPE_CHECKING:
    from pilothouse.serving.call import Call, Send
    from pilothouse.serving.mounts import Mount
    from pilothouse.serving.service import Service

log = logging.getLogger("pilothouse.serving")

LISTEN_AFTER_S: Final = 0.04
"""Runs that end sooner need nobody who listens whether their client is still there."""
FINALLY_S: Final = 5.0
"""How long an interrupted target may clean up before it is interrupted again."""
KEPT_PIECES: Final = 10_000
"""Of a stream, for its span."""


class TargetExit(Exception):
    """The target asked the process to exit; only its run ends."""


class Run:
    """From the request for a place to the end of the target."""

    def __init__(
        self,
        service: Service,
        mount: Mount,
        *,
        call: Call | None = None,
        context: Context | None = None,
        config: Mapping[str, Any] | None = None,
        listens: bool = True,
        run_id: str | None = None,
    ) -> None:
        """`run_id` is one that clients know already; else it is made when the run begins."""
        self.service = service
        self.mount = mount
        self.given_id = run_id
        self.call = call
        self.context = context or Context()
        self.started = time.monotonic()
        self.id = ""
        self.reason: str | None = None
        self.ping: dict[str, Any] | None = None
        """What a stream sends when it has been silent; see `replies.Stream`."""
        self.send: Send | None = None
        self.sending_since: float | None = None
        self.work = Work(self.context, service.pool, self._hold, config)
        self._options = service.options
        self._listens = listens and call is not None and self._options.on_disconnect == "cancel"
        self._listener: asyncio.Task[None] | None = None
        self._pinging: asyncio.Task[None] | None = None
        self._task: asyncio.Task[Any] | None = None
        self._waiter: asyncio.Future[Any] | None = None
        self._held: Future[Any] | None = None
        self._queued = False
        self._placed = False
        self._streams = False
        self._begun_at: float | None = None
        """When the target of a stream was begun."""
        self._last = self.started
        self._pinged = self.started
        self._given = 0
        self._stopped_at: float | None = None
        self._recording: Recording | None = None
        if call is not None:
            call.run = self

    def feedback_tokens(self) -> list[dict[str, Any]]:
        """What lets the end user judge this run without a key."""
        return self.service.tokens.made(self.id, self.mount.path)

    # --- begin ---

    async def begin(self, value: Any, *, name: str | None = None) -> None:
        """Wait for a place and open the span; raises Overloaded or Stopped."""
        service = self.service
        service.refuse_when_draining()
        limit = service.time_limit(self.call)
        self.context.deadline = self.started + limit if limit else None
        place = self.mount.gate.enter()
        service.watch.add(self)
        try:
            if place is not None:
                self._queued, self._waiter = True, place
                await place
                self._queued = False
                self.mount.waited(time.monotonic() - self.started)
        except BaseException as error:
            self._queued = False
            service.watch.discard(self)
            self._hush()
            if place is not None and _given(place):  # and nobody will use it
                self.mount.gate.leave()
            if isinstance(error, Stopped):
                service.metrics.rejected.labels(error.code).inc()
            raise
        self._placed = True
        self._recording = Recording(self, name or self.mount.name, value)
        self.id = self.context.run_id = self._recording.run_id or self.given_id or new_uuid()
        service.running[self.id] = self
        service.stops.look()

    # --- whole answers ---

    async def result(
        self, act: Callable[[Work], Awaitable[Any]], encode: Callable[[Any], Any] | None = None
    ) -> Any:
        """What the target gives, encoded; raises its error, or Stopped."""
        loop = asyncio.get_running_loop()
        self._waiter = waiter = loop.create_future()
        self._task = task = loop.create_task(_guarded(act, self.work))
        task.add_done_callback(self._answered)
        try:
            output = await waiter
            given = output if encode is None else encode(output)
        except asyncio.CancelledError:
            self.stop("server_shutdown")
            self._end(error=Stopped("server_shutdown"))
            raise
        except BaseException as error:
            self._end(error=error)
            raise
        self._end(output, encoded=given if isinstance(given, bytes) else None)
        return given

    def _answered(self, task: asyncio.Task[Any]) -> None:
        self._leave()
        waiter = self._waiter
        assert waiter is not None, "set before the task"
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        if waiter.done():
            if error is not None and not task.cancelled():
                log.info("run %s failed after its end: %s", self.id, error)
        elif error is None:
            waiter.set_result(task.result())
        elif task.cancelled():
            waiter.set_exception(TargetExit("the target cancelled itself"))
        else:
            waiter.set_exception(error)

    # --- streams ---

    async def pieces(
        self, source: AsyncIterator[Any], encode: Callable[[Any], Any] | None = None
    ) -> AsyncGenerator[Any]:
        """The pieces of a stream as they come, encoded; raises the target's error, or Stopped."""
        self._streams = True
        self._task = asyncio.current_task()
        self._begun_at = self._last = time.monotonic()
        kept = _Kept()
        try:
            async for piece in source:
                self._took(piece, kept)
                yield piece if encode is None else encode(piece)
        except asyncio.CancelledError as error:
            stopped = self.stopped_by(error)
            self._end(kept.output, stopped)
            raise stopped from None
        except GeneratorExit:
            self._end(kept.output, Stopped(self.reason) if self.reason else None)
            raise
        except BaseException as error:
            failed = _harmless(error)
            self._end(kept.output, failed)
            raise failed from error
        else:
            self._end(kept.output)
        finally:
            close = getattr(source, "aclose", None)
            if close is not None:
                await close()
            self._leave()

    def _took(self, piece: Any, kept: _Kept) -> None:
        self._last = time.monotonic()
        self._given += 1
        if self._given == 1:
            self._first()
        if self.reason is not None:  # the target went on after it was told to stop
            raise Stopped(self.reason)
        kept.take(piece)

    def _first(self) -> None:
        assert self._begun_at is not None, "a stream has begun"
        self.mount.first_piece(self._last - self._begun_at)
        if self._recording is not None:
            self._recording.first_piece()

    def stopped_by(self, error: asyncio.CancelledError) -> BaseException:
        """Stopped where we cancelled the task ourselves, else the cancellation as it came."""
        if self.reason is None:
            return error
        task = asyncio.current_task()
        if task is not None:
            task.uncancel()
        return Stopped(self.reason)

    # --- the end ---

    async def give_up(self) -> None:
        """End a run that has begun and whose target nobody has asked yet."""
        self.stop("cancelled")
        self._end(error=Stopped("cancelled"))
        self._leave()

    def stop(self, reason: str) -> None:
        """End the run from outside; what waits for it is told at once."""
        if self.reason is not None:
            return
        self.reason = self.context.stopped = reason
        self._stopped_at = time.monotonic()
        self.service.metrics.cancelled.labels(reason).inc()
        if self._task is not None:
            self._task.cancel()
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(Stopped(reason))

    def _end(
        self,
        output: Any = None,
        error: BaseException | None = None,
        *,
        encoded: bytes | None = None,
    ) -> None:
        self._hush()
        self.service.running.pop(self.id, None)
        if error is not None and not isinstance(error, Stopped):
            told = failure_of(error, expose=False)
            self.service.metrics.errors.labels(told.code).inc()
            log.error("run %s of %r failed", self.id, self.mount.name, exc_info=error)
        if self._begun_at is not None:
            self.mount.streamed(time.monotonic() - self._begun_at)
        recording, self._recording = self._recording, None
        if recording is not None:
            recording.close(output, error, encoded)

    def _hush(self) -> None:
        for task in (self._listener, self._pinging):
            if task is not None:
                task.cancel()
        self.send = None

    def _hold(self, future: Future[Any]) -> None:
        self._held = future

    def _leave(self) -> None:
        """Give the place back, once no thread works for this run any more."""
        if not self._placed:
            return
        self._placed = False
        self.service.watch.discard(self)
        held = self._held
        if held is None or held.done():
            self.mount.gate.leave()
            return
        loop = asyncio.get_running_loop()
        held.add_done_callback(lambda _: _soon(loop, self.mount.gate.leave))

    # --- looked after ---

    def look(self, now: float) -> None:
        """See what is due: called twenty times a second for all runs that go on."""
        options = self._options
        if self._stopped_at is not None:
            if now - self._stopped_at > FINALLY_S and self._task is not None:
                self._stopped_at = now
                self._task.cancel()
            return
        if self._listener is None and self._listens and now - self.started > LISTEN_AFTER_S:
            self._listener = asyncio.get_running_loop().create_task(self._listen())
        if self._queued:
            if options.queue_timeout and now - self.started > options.queue_timeout:
                self.stop("queue_timeout")
        elif self._streams:
            self._look_at_stream(now)
        elif self.context.deadline is not None and now > self.context.deadline:
            self.stop("timeout")

    def _look_at_stream(self, now: float) -> None:
        options = self._options
        assert self._begun_at is not None, "a stream has begun"
        if self.sending_since is not None:
            if (
                options.slow_client_timeout
                and now - self.sending_since > options.slow_client_timeout
            ):
                self.stop("slow_client")
        elif not self._given and _over(now - self._begun_at, options.first_token_timeout):
            self.stop("first_token_timeout")
        elif self._given and _over(now - self._last, options.idle_stream_timeout):
            self.stop("idle_timeout")
        elif _over(now - self._begun_at, options.max_stream_seconds):
            self.stop("timeout")
        elif self.ping is not None and self.send is not None and options.ping_interval:
            silent = now - max(self._last, self._pinged)
            if silent > options.ping_interval and (self._pinging is None or self._pinging.done()):
                sending = _sent(self.send, self.ping)
                self._pinging = asyncio.get_running_loop().create_task(sending)
                self._pinged = now

    async def _listen(self) -> None:
        assert self.call is not None, "who listens has a client"
        # The body has been read: nothing else is to come.
        if (await self.call.receive())["type"] == "http.disconnect":
            self.stop("disconnect")


class _Kept:
    """What came out of a stream, for its span."""

    __slots__ = ("_pieces", "_whole")

    def __init__(self) -> None:
        self._pieces: list[Any] = []
        self._whole: Whole | None = None

    def take(self, piece: Any) -> None:
        """One piece more, as long as there is room."""
        if isinstance(piece, Whole):
            self._whole = piece
        elif len(self._pieces) < KEPT_PIECES:
            self._pieces.append(piece)

    @property
    def output(self) -> Any:
        """All of it as one value."""
        return joined(self._pieces) if self._whole is None else self._whole.value


def _harmless(error: BaseException) -> BaseException:
    """The same, unless it would end the process."""
    if isinstance(error, (SystemExit, KeyboardInterrupt)):
        return TargetExit(f"the target raised {type(error).__name__}")
    return error


def _given(place: asyncio.Future[None]) -> bool:
    return place.done() and not place.cancelled() and place.exception() is None


def _over(spent: float, limit: float) -> bool:
    return limit > 0 and spent > limit


async def _sent(send: Send, message: dict[str, Any]) -> None:
    await send(message)


async def _guarded(act: Callable[[Work], Awaitable[Any]], work: Work) -> Any:
    try:
        return await act(work)
    except (SystemExit, KeyboardInterrupt) as error:
        raise _harmless(error) from error


def _soon(loop: asyncio.AbstractEventLoop, act: Callable[[], None]) -> None:
    """From a thread; a loop that is closed has no use for it."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(act)
