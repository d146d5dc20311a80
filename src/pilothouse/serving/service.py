"""What all mounts of an app share: options, threads, the watch, the metrics, the store."""

from __future__ import annotations

import asyncio
import math
import uuid
from collections import OrderedDict
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Final

from pilothouse.serving.errors import InvalidInput, Stopped
from pilothouse.serving.journals import Journals
from pilothouse.serving.metrics import Metrics
from pilothouse.serving.options import Options
from pilothouse.serving.pool import Pool
from pilothouse.serving.stops import Stops
from pilothouse.serving.tokens import Tokens
from pilothouse.serving.watch import Watch

if TYPE_CHECKING:
    from pilothouse.serving.call import Call
    from pilothouse.serving.mounts import Mount
    from pilothouse.serving.runs import Run
    from pilothouse.serving.store import Store

FINALLY_S: Final = 6.0
"""How long runs that were ended may clean up."""
REMEMBERED: Final = 20_000
"""Runs within others' traces whose ids are known, for their feedback."""


class Service:
    """Lives as long as its app."""

    def __init__(self, options: Options, store: Store) -> None:
        self.options = options
        self.store = store
        self.journals = Journals(store, options.ping_interval)
        """Events of runs that go on without their client."""
        self.stops = Stops(self)
        self.metrics = Metrics()
        self.pool = Pool(options.threads)
        self.watch = Watch()
        self.tokens = Tokens(options.feedback_keys, options.feedback_secret)
        self.mounts: dict[str, Mount] = {}
        """By name, in the order in which they were added."""
        self.running: dict[str, Run] = {}
        self.draining = False
        self.refusing = False
        """Whether what comes now is too late."""
        self._beside: set[asyncio.Task[None]] = set()
        self._detached: set[asyncio.Task[None]] = set()
        self._traces: OrderedDict[str, tuple[str, str]] = OrderedDict()

    def refuse_when_draining(self) -> None:
        """Raises Stopped where the server will not live to give the answer."""
        if self.refusing:
            raise Stopped("server_shutdown")

    def time_limit(self, call: Call | None) -> float:
        """Seconds that a whole answer may take: the client's wish, never above the server's."""
        limit = self.options.request_timeout
        wish = call.header("x-request-timeout") if call is not None else None
        if wish is None:
            return limit
        try:
            seconds = float(wish)
        except ValueError:
            seconds = math.nan
        if not seconds > 0:
            raise InvalidInput(f"x-request-timeout {wish!r} is no number of seconds")
        return min(seconds, limit) if limit else seconds

    def remember(self, run_id: str, trace_id: str, span_id: str) -> None:
        """Note where a run is that is not a trace of its own."""
        self._traces[run_id] = (trace_id, span_id)
        if len(self._traces) > REMEMBERED:
            self._traces.popitem(last=False)

    def trace_of(self, run_id: str) -> tuple[str, str | None]:
        """Trace and span of a run; raises InvalidInput for what is no run id."""
        if run_id in self._traces:
            return self._traces[run_id]
        try:
            return uuid.UUID(run_id).hex, None
        except ValueError:
            raise InvalidInput(f"run_id {run_id!r} is no UUID") from None

    def beside(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do it in the background; it ends with the app at the latest."""
        task = asyncio.get_running_loop().create_task(work)
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)
        return task

    def detach(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do a run that goes on without its client; the app waits for it when it closes."""
        task = asyncio.get_running_loop().create_task(work)
        self._detached.add(task)
        task.add_done_callback(self._detached.discard)
        return task

    async def end_detached(self) -> None:
        """Let runs without a client end within the grace, then end them."""
        if self._detached:
            await asyncio.wait(self._detached, timeout=self.options.grace / 2)
        self.shut_streams()
        if self._detached:
            await asyncio.wait(self._detached, timeout=FINALLY_S)

    async def end_beside(self) -> None:
        """End what is done in the background."""
        tasks = list(self._beside)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def shut_streams(self) -> None:
        """Tell all streams that the server goes."""
        self.refusing = True
        for run in list(self.running.values()):
            run.stop("server_shutdown")

    def measure(self) -> None:
        """Bring the gauges up to date, for who reads them now."""
        for mount in self.mounts.values():
            self.metrics.inflight.labels(mount.name).set(mount.gate.active)
            self.metrics.queued.labels(mount.name).set(mount.gate.waiting)
        self.metrics.lag.set(self.watch.lag_s)
        self.metrics.threads.set(self.pool.busy)

    def mount(self, name: str) -> Mount | None:
        """By name or by path."""
        found = self.mounts.get(name)
        if found is not None:
            return found
        return next((m for m in self.mounts.values() if m.path.strip("/") == name), None)
