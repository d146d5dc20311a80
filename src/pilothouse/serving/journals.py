"""What runs tell, kept so that who lost the connection hears the rest.

A run writes to its journal and does not care who listens. Whoever follows it says after which
event; where the run is at work in this process the events come at once, else from the store, which
gets them a few times a second.

    journal = await service.journals.begin(run_id=…, owner=…, thread_id=…, mount=…)
    journal.add("values", data)
    await journal.end("success")

    async for event in service.journals.follow(owner, run_id, after=17): ...
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict, deque
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy.exc import SQLAlchemyError

from pilothouse.serving.errors import NotFound, Refusal
from pilothouse.serving.store.leases import now
from pilothouse.serving.store.runs import (
    KEPT_EVENTS,
    KEPT_S,
    Event,
    RunStatus,
    RunStore,
    StoredRun,
)

if TYPE_CHECKING:
    from pilothouse.serving.store.store import Store

log = logging.getLogger("pilothouse.serving")
FLUSH_S: Final = 0.2
POLL_S: Final = 0.25
KEPT_JOURNALS: Final = 500
"""Ended ones that stay in memory."""
KEPT_BYTES: Final = 64_000_000
"""Of the events of all of these."""


class Journal:
    """The events of one run at work in this process."""

    def __init__(self, run: StoredRun, store: RunStore | None, stop: Callable[[], None]) -> None:
        self.run = run
        self.ended_at: float | None = None
        self.status: RunStatus = "running"
        self._store = store
        self._stop = stop
        self.size = 0
        """Bytes of all that it tells."""
        self._events: deque[Event] = deque(maxlen=KEPT_EVENTS)
        self._last = 0
        self._flushed = 0
        self._news = asyncio.Event()
        self._closing = asyncio.Event()
        self._flushing: asyncio.Task[None] | None = None
        if store is not None:
            self._flushing = asyncio.get_running_loop().create_task(self._flush())

    def add(self, name: str, data: bytes) -> None:
        """Tell something: JSON on one line."""
        self._last += 1
        self.size += len(data)
        if len(self._events) == KEPT_EVENTS:
            self.size -= len(self._events[0].data)
        self._events.append(Event(seq=self._last, name=name, data=data))
        self._wake()

    async def end(self, status: RunStatus) -> None:
        """Nothing more is told."""
        self._closing.set()
        try:
            if self._flushing is not None:
                await self._flushing
            if self._store is not None:
                await self._store.end(self.run.id, status, self._unkept())
        except SQLAlchemyError:  # for others the run is lost; who follows here is told its end
            log.warning("the end of run %s could not be kept", self.run.id, exc_info=True)
        finally:
            self.status = status
            self.ended_at = time.monotonic()
            self._wake()

    @property
    def last(self) -> int:
        """The place of what was told last."""
        return self._last

    def stop(self) -> None:
        """Ask the run to end."""
        self._stop()

    def after(self, seq: int) -> list[Event]:
        """What was told since; Refusal 410 where some of it is forgotten."""
        if seq >= self._last or not self._events:
            return []
        first = self._events[0].seq
        if seq + 1 < first:
            raise forgotten()
        return [event for event in self._events if event.seq > seq]

    async def wait(self, seq: int, seconds: float) -> bool:
        """Whether there is more, or the end, within a time."""
        if self._last > seq or self.ended_at is not None:
            return True
        try:
            await asyncio.wait_for(self._news.wait(), seconds)
        except TimeoutError:
            return False
        return True

    def _wake(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()

    def _unkept(self) -> list[Event]:
        return [event for event in self._events if event.seq > self._flushed]

    async def _flush(self) -> None:
        assert self._store is not None, "started where there is one"
        while not self._closing.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), FLUSH_S)
            events = self._unkept()
            try:
                asked = await self._store.tell(self.run.id, events)
            except (
                SQLAlchemyError
            ):  # who follows here is told all the same; the next one tries again
                log.warning("events of run %s could not be kept yet", self.run.id, exc_info=True)
                continue
            if events:
                self._flushed = events[-1].seq
            if asked:
                self._stop()


class Journals:
    """All of an app's."""

    def __init__(self, store: Store, ping_s: float) -> None:
        self.runs = RunStore(store)
        self._persistent = store.persistent
        self._ping_s = ping_s or 15.0
        self._known: OrderedDict[str, Journal] = OrderedDict()

    async def begin(
        self,
        *,
        run_id: str,
        owner: str,
        thread_id: str,
        mount: str,
        stop: Callable[[], None],
        request_key: str | None = None,
        trace_id: str | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> Journal:
        """Of a run that is at work from now on; `stop` ends it when somebody asks for that."""
        run = StoredRun(
            id=run_id,
            owner=owner,
            thread_id=thread_id,
            mount=mount,
            status="running",
            request_key=request_key,
            trace_id=trace_id,
            metadata=dict(metadata or {}),
            started=now(),
        )
        if self._persistent:
            await self.runs.begin(run)
        self._forget()
        journal = Journal(run, self.runs if self._persistent else None, stop)
        self._known[run_id] = journal
        return journal

    async def follow(self, owner: str, run_id: str, after: int = 0) -> AsyncGenerator[Event | None]:
        """Events after one, to the end of the run; None now and then where it is silent.

        Raises NotFound, Refusal 410 where events are forgotten, Refusal 502 for a run that went
        down with its process.
        """
        journal = self._journal(owner, run_id)
        while journal is not None:
            ended = journal.ended_at is not None  # looked at first: the end comes last
            for event in journal.after(after):
                after = event.seq
                yield event
            if ended:
                return
            if not await journal.wait(after, self._ping_s):
                yield None
        async for told in self._stored(owner, run_id, after):
            yield told

    async def run(self, owner: str, run_id: str) -> StoredRun:
        """A run as it is now; raises NotFound."""
        journal = self._journal(owner, run_id)
        if journal is not None:
            return _now(journal)
        found = await self.runs.one(owner, run_id) if self._persistent else None
        if found is None:
            raise NotFound(f"there is no run {run_id!r}")
        return found

    async def of_thread(self, owner: str, thread_id: str) -> list[StoredRun]:
        """The thread's runs, newest first."""
        if self._persistent:
            return await self.runs.of_thread(owner, thread_id)
        mine = [j for j in self._known.values() if j.run.owner == owner]
        return [_now(j) for j in reversed(mine) if j.run.thread_id == thread_id]

    async def by_key(self, owner: str, thread_id: str, key: str) -> StoredRun | None:
        """The run that a client asked for before by the same key."""
        for journal in self._known.values():
            run = journal.run
            if (run.owner, run.thread_id, run.request_key) == (owner, thread_id, key):
                return _now(journal)
        return await self.runs.by_key(owner, thread_id, key) if self._persistent else None

    async def stop(self, owner: str, run_id: str) -> StoredRun:
        """Ask a run to end, whichever process has it; raises NotFound."""
        journal = self._journal(owner, run_id)
        if journal is not None and journal.ended_at is None:
            journal.stop()
        elif journal is None and self._persistent:
            await self.runs.ask_to_stop(owner, run_id)
        return await self.run(owner, run_id)

    def forget(self, owner: str, thread_id: str) -> None:
        """End the runs of a thread that is deleted, and keep nothing of what they told."""
        for run_id, journal in list(self._known.items()):
            if (journal.run.owner, journal.run.thread_id) == (owner, thread_id):
                del self._known[run_id]
                if journal.ended_at is None:
                    journal.stop()

    async def _stored(self, owner: str, run_id: str, after: int) -> AsyncGenerator[Event | None]:
        silent_since = time.monotonic()
        while True:
            run = await self.run(owner, run_id)  # before its events: the end comes last
            events = await self.runs.events(run_id, after)
            if events and events[0].seq != after + 1:
                raise forgotten()
            for event in events:
                after = event.seq
                yield event
            if events:
                silent_since = time.monotonic()
            elif run.status == "lost":
                raise Refusal(
                    "the server that answered is gone; ask again", status=502, code="run_lost"
                )
            elif run.ended is not None:
                return
            else:
                if time.monotonic() - silent_since > self._ping_s:
                    silent_since = time.monotonic()
                    yield None
                await asyncio.sleep(POLL_S)

    def _journal(self, owner: str, run_id: str) -> Journal | None:
        journal = self._known.get(run_id)
        return journal if journal is not None and journal.run.owner == owner else None

    def _forget(self) -> None:
        """Ended ones of long ago, and the oldest where there are too many."""
        old = time.monotonic() - KEPT_S
        ended = [j for j in reversed(self._known.values()) if j.ended_at is not None]
        room = KEPT_BYTES
        for place, journal in enumerate(ended):
            room -= journal.size
            if place >= KEPT_JOURNALS or room < 0 or (journal.ended_at or 0) < old:
                del self._known[journal.run.id]


def forgotten() -> Refusal:
    """For who comes back too late."""
    return Refusal("what was told since is not kept any more", status=410, code="events_gone")


def _now(journal: Journal) -> StoredRun:
    run = journal.run
    return StoredRun(
        id=run.id,
        owner=run.owner,
        thread_id=run.thread_id,
        mount=run.mount,
        status=journal.status,
        request_key=run.request_key,
        metadata=run.metadata,
        trace_id=run.trace_id,
        started=run.started,
        ended=None if journal.ended_at is None else now(),
    )
