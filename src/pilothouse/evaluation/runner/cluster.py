"""Asks targets and judges on a Ray cluster; the journal and all that is counted stay here.

One actor a worker. Calls wait in one queue and go out in batches to the worker with most places
free; no more are out than the experiment asks at once. What a worker had when it died goes to
another, one at a time, so that a call which kills workers takes no others along.
"""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from math import ceil
from pathlib import Path
from typing import Any, Final

from pilothouse.evaluation import clusters
from pilothouse.evaluation.evaluators import Evaluator
from pilothouse.evaluation.extras import required
from pilothouse.evaluation.loops import first_of
from pilothouse.evaluation.models.functions import in_thread
from pilothouse.evaluation.results import Failure
from pilothouse.evaluation.rows import Row
from pilothouse.evaluation.runner.errors import ClusterError, FailedElsewhere
from pilothouse.evaluation.runner.records import Outcome
from pilothouse.evaluation.runner.targets import Target
from pilothouse.evaluation.runner.worker import Worker, unpacked

_LIVES: Final = 3
"""So many workers may die with a call before it counts as what kills them."""
_STARTS: Final = 3
"""So many times a worker may die before it is ready."""


@dataclass(slots=True, eq=False)
class _Call:
    number: int
    packed: bytes
    outcome: asyncio.Future[Outcome]
    deaths: int = 0


@dataclass(slots=True, eq=False)
class _Lane:
    """One worker, as the driver sees it."""

    actor: Any = None
    up: bool = False
    calls: dict[int, _Call] = field(default_factory=dict)


class Cluster:
    """The workers of one experiment on a Ray cluster."""

    def __init__(self, address: str, *, target: Target, evaluators: Mapping[str, Evaluator],
                 places: int) -> None:  # fmt: skip
        """`places` is how many calls are made at once at the most.

        Raises ImportError where Ray is missing.
        """
        self._ray = required("ray", extra="ray")
        self._address = address
        self._work = (replace(target, stored=None), dict(evaluators))
        self._places = places
        self._numbers = count()
        self._lanes: list[_Lane] = []
        self._waiting: deque[_Call] = deque()
        self._suspects: deque[_Call] = deque()
        self._suspect: _Call | None = None
        self._waking = False
        self._tasks: set[asyncio.Task[None]] = set()

    async def during(self, work: Callable[[], Awaitable[None]]) -> None:
        """Does work whose calls are made on the cluster, and leaves nothing of it there.

        Raises ClusterError where there is no cluster, or its workers cannot do this.
        """
        ours = await in_thread(self._join)
        try:
            cpus = self._ray.available_resources().get("CPU", 1)
            self._lanes = [_Lane() for _ in range(max(1, min(int(cpus), self._places)))]
            self._share = ceil(self._places / len(self._lanes))
            self._actor = self._packed_actor()
            async with asyncio.TaskGroup() as group:
                serving = [group.create_task(self._serve(lane)) for lane in self._lanes]
                await work()
                for task in serving:
                    task.cancel()
        except BaseExceptionGroup as several:
            raise first_of(several) from None
        finally:
            for lane in self._lanes:
                self._kill(lane)
            if ours:
                await in_thread(self._ray.shutdown)

    async def ask(self, what: str, row: Row, seed: int) -> Outcome:
        """What the target (under "") or an evaluator, by its name, makes of a row.

        Raises FailedElsewhere for what was raised there.
        """
        packed = self._ray.cloudpickle.dumps((what, row, seed))
        call = _Call(next(self._numbers), packed, asyncio.get_running_loop().create_future())
        self._waiting.append(call)
        self._wake()
        try:
            outcome = await call.outcome
        except asyncio.CancelledError:
            self._give_up(call)
            raise
        if outcome.failure is not None:
            raise FailedElsewhere(outcome.failure)
        return outcome

    def _join(self) -> bool:
        """Connects, unless the program has; -> whether to disconnect."""
        try:
            return clusters.join(self._address)
        except ConnectionError as e:
            raise ClusterError(str(e)) from e

    def _packed_actor(self) -> Any:
        """How an actor is made."""
        try:
            work = self._ray.cloudpickle.dumps(self._work)
        except Exception as e:
            said = f"the target or an evaluator cannot be sent to workers: {e}"
            raise ClusterError(said) from e
        kind = self._ray.remote(num_cpus=1)(Worker)
        paths = [str(Path(path).absolute()) for path in sys.path]  # "" is the working directory
        return lambda: kind.remote(paths, work, self._share, len(self._lanes))

    async def _serve(self, lane: _Lane) -> None:
        """Keeps one worker alive, and takes what it has done."""
        starts = 0
        while True:
            lane.actor = self._actor()
            try:
                if said := await lane.actor.ready.remote():
                    raise ClusterError(f"a worker cannot run this: {said}")
                starts, lane.up = 0, True
                self._wake()
                while True:
                    self._take(lane, await lane.actor.outcomes.remote())
            except self._ray.exceptions.RayError as e:
                starts += not lane.up
                if starts >= _STARTS:
                    said = next(iter(str(e).splitlines()), type(e).__name__)
                    raise ClusterError(f"workers cannot be started: {said}") from e
                self._lost(lane)

    def _take(self, lane: _Lane, done: list[tuple[int, bytes]]) -> None:
        for number, packed in done:
            call = lane.calls.pop(number, None)
            if call is None:  # given up
                continue
            self._cleared(call)
            if not call.outcome.done():
                call.outcome.set_result(unpacked(packed))
        self._wake()

    def _lost(self, lane: _Lane) -> None:
        """Has what a dead worker was doing done by another."""
        self._kill(lane)  # it may only be out of reach
        lane.up = False
        for call in lane.calls.values():
            self._cleared(call)
            call.deaths += 1
            if call.deaths < _LIVES:
                self._suspects.append(call)
            elif not call.outcome.done():
                said = f"{call.deaths} workers died while they were asked this"
                failure = Failure(type="WorkerDied", message=said, attempts=call.deaths)
                call.outcome.set_result(Outcome(None, failure, 0.0))
        lane.calls.clear()
        self._wake()

    def _wake(self) -> None:
        """Sends what waits, once all that is ready now has been put there."""
        if not self._waking:
            self._waking = True
            asyncio.get_running_loop().call_soon(self._send)

    def _send(self) -> None:
        self._waking = False
        batches: dict[int, list[tuple[int, bytes]]] = {}
        up = [index for index, lane in enumerate(self._lanes) if lane.up]
        while up:
            index = min(up, key=lambda i: len(self._lanes[i].calls))
            if len(self._lanes[index].calls) >= self._share or (call := self._next()) is None:
                break
            self._lanes[index].calls[call.number] = call
            batches.setdefault(index, []).append((call.number, call.packed))
        for index, batch in batches.items():
            task = asyncio.create_task(self._begin(self._lanes[index].actor, batch))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _next(self) -> _Call | None:
        if self._suspect is None:
            self._suspect = _first(self._suspects)
            if self._suspect is not None:
                return self._suspect
        return _first(self._waiting)

    async def _begin(self, actor: Any, batch: list[tuple[int, bytes]]) -> None:
        try:
            await actor.begin.remote(batch)
        except self._ray.exceptions.RayError:
            self._ray.kill(actor)  # so that whoever waits for its outcomes hears of it

    def _give_up(self, call: _Call) -> None:
        """Frees the place of a call for which nobody waits any more."""
        self._cleared(call)
        for lane in self._lanes:
            if lane.calls.pop(call.number, None) is not None:
                lane.actor.cancel.remote(call.number)
                self._wake()

    def _cleared(self, call: _Call) -> None:
        if self._suspect is call:
            self._suspect = None

    def _kill(self, lane: _Lane) -> None:
        if lane.actor is not None:
            self._ray.kill(lane.actor)


def _first(calls: deque[_Call]) -> _Call | None:
    """The first for which somebody still waits."""
    while calls:
        call = calls.popleft()
        if not call.outcome.done():
            return call
    return None
