"""What runs in a process of a Ray cluster: takes rows, asks and judges, and hands back outcomes."""

from __future__ import annotations

import asyncio
import pickle
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from time import perf_counter
from typing import Any

from pilothouse.evaluation.evaluators import Evaluator
from pilothouse.evaluation.extras import required
from pilothouse.evaluation.models.limits import divide
from pilothouse.evaluation.results import Failure
from pilothouse.evaluation.runner.records import Outcome, failure_of
from pilothouse.evaluation.runner.targets import Target
from pilothouse.evaluation.runner.threads import Paced, Threads

Packed = tuple[int, bytes]
"""A call or its outcome: its number, by which the driver knows it, and what it says, pickled."""


class Worker:
    """An actor: calls are begun in batches, and their outcomes fetched as they come."""

    def __init__(self, paths: Sequence[str], work: bytes, places: int, workers: int) -> None:
        """`work` is a target and evaluators, pickled; `paths` are where their modules may be.

        `places` is how many calls it makes at once, `workers` how many there are of its kind.
        """
        self._workers = workers
        self._paths = paths
        self._work = work
        self._places = places
        self._running: dict[int, asyncio.Task[None]] = {}
        self._done: list[Packed] = []
        self._some = asyncio.Event()

    async def ready(self) -> str | None:
        """Why it can do nothing here; None where it can."""
        divide(self._workers)
        sys.path += [path for path in self._paths if path not in sys.path]
        try:
            target, evaluators = unpacked(self._work)
        except Exception as e:  # noqa: BLE001 # a user's module raises what it likes
            return f"{type(e).__name__}: {e}"
        threads = Threads(self._places, "pilothouse-row").__enter__()  # ends with the process
        self._calls = _calls(target, evaluators, threads)
        return None

    async def begin(self, batch: Sequence[Packed]) -> None:
        """Starts calls, each (what, row, seed): the target's under "", an evaluator's by name."""
        for number, packed in batch:
            self._running[number] = asyncio.create_task(self._run(number, packed))

    async def cancel(self, number: int) -> None:
        """Gives a call up; nobody waits for its outcome."""
        if task := self._running.get(number):
            task.cancel()

    async def outcomes(self) -> list[Packed]:
        """What is done since the last time, once there is anything."""
        await self._some.wait()
        self._some.clear()
        done, self._done = self._done, []
        return done

    async def _run(self, number: int, packed: bytes) -> None:
        try:
            what, row, seed = unpacked(packed)
            started = perf_counter()
            value, failure = None, None
            try:
                value = await self._calls[what](row, seed)
            except Exception as e:  # noqa: BLE001 # a row's failure must not end the others
                failure = failure_of(e)
            outcome = Outcome(value, failure, (perf_counter() - started) * 1000)
            self._done.append((number, _pickled(outcome)))
            self._some.set()
        finally:
            del self._running[number]


def unpacked(packed: bytes) -> Any:  # Any: whatever was sent
    """What driver and workers of one experiment send each other, and nobody else."""
    return pickle.loads(packed)  # noqa: S301 # of our own


def _calls(
    target: Target, evaluators: Mapping[str, Evaluator], threads: Threads
) -> dict[str, Callable[[Any, int], Awaitable[Any]]]:
    def asked() -> Callable[[Any, int], Awaitable[Any]]:
        assert target.call is not None  # else nothing is asked elsewhere
        return target.call if target.waits else Paced(threads, target.call)

    def judged(evaluator: Evaluator) -> Callable[[Any, int], Awaitable[Any]]:
        if evaluator.waits:
            return lambda row, seed: evaluator.aevaluate_all(row)
        paced = Paced(threads, evaluator.evaluate_all)
        return lambda row, seed: paced(row)

    calls = {name: judged(evaluator) for name, evaluator in evaluators.items()}
    if target.call is not None:
        calls[""] = asked()
    return calls


def _pickled(outcome: Outcome) -> bytes:
    try:
        packed: bytes = required("ray", extra="ray").cloudpickle.dumps(outcome)
    except Exception as e:  # noqa: BLE001 # what an application returns may raise what it likes
        said = f"what it returned cannot be sent: {type(e).__name__}: {e}"
        packed = pickle.dumps(
            Outcome(None, Failure(type="NotSendable", message=said), outcome.latency_ms)
        )
    return packed
