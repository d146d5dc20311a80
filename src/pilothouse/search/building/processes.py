"""Embeds shards in processes of their own. What one had when it was killed another does."""

from __future__ import annotations

import multiprocessing
import os
import pickle
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import TYPE_CHECKING, Any, Final

from pilothouse.search.building.shards import Shard
from pilothouse.search.embedding import Embedder, as_embedder
from pilothouse.search.errors import BuildError, SearchError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LIVES: Final = 3
"""So many times a shard is begun before it counts as what ends its workers."""


@dataclass(slots=True, eq=False)
class _Worker:
    process: SpawnProcess
    pipe: Connection
    shard: Shard | None = None


def embedded(
    shards: Sequence[Shard], embedder: Embedder, *, workers: int | None = None
) -> Iterator[tuple[Shard, NDArray[np.float32]]]:
    """Each shard with its vectors, as they are done, by so many processes (one a core).

    Processes are started anew, so that none inherits threads or open files. Raises BuildError where
    a shard failed, or ended three workers.
    """
    given = sendable(embedder)
    left = deque(shards)
    begun = dict.fromkeys((shard.number for shard in shards), 0)
    count = max(1, min(workers or os.cpu_count() or 1, len(shards)))
    running: list[_Worker] = []
    try:
        running += [_started(given) for _ in range(count)]
        while left or any(worker.shard for worker in running):
            for worker in running:
                if worker.shard is None and left:
                    _begin(worker, left, begun)
            for pipe in wait([worker.pipe for worker in running if worker.shard]):
                (worker,) = (one for one in running if one.pipe is pipe)
                shard, worker.shard = worker.shard, None
                assert shard is not None
                try:
                    vectors, why = worker.pipe.recv()
                except (EOFError, OSError):  # it was killed
                    _end(worker)
                    left.appendleft(shard)
                    running[running.index(worker)] = _started(given)
                    continue
                if why is not None:
                    raise BuildError(f"shard {shard.number} failed: {why}")
                yield shard, vectors
    finally:
        for worker in running:
            _end(worker)


def sendable(embedder: Embedder) -> Any:
    """How another process makes the model: its address, or itself where that can be sent.

    Raises BuildError where it cannot.
    """
    if embedder.address is not None:
        return embedder.address
    try:
        pickle.dumps(embedder)
    except (pickle.PicklingError, TypeError, AttributeError) as e:
        raise BuildError(
            f"{embedder.id} cannot be sent to other processes ({e}): give a function of a module, "
            "or the address of a model"
        ) from None
    return embedder


def work(pipe: Connection, given: Any) -> None:
    """A worker's life: makes the model once, then vectors of one shard after the other."""
    embedder: Embedder | None = None
    while (texts := pipe.recv()) is not None:
        try:
            embedder = embedder or as_embedder(given)
            pipe.send((embedder.embed_documents(texts), None))
        except SearchError as e:
            pipe.send((None, str(e)))
        except Exception as e:  # noqa: BLE001 - a user's function raises what it likes
            pipe.send((None, f"{type(e).__name__}: {e}"))


def _begin(worker: _Worker, left: deque[Shard], begun: dict[int, int]) -> None:
    shard = left.popleft()
    begun[shard.number] += 1
    if begun[shard.number] > LIVES:
        raise BuildError(f"shard {shard.number} ended {LIVES} workers, say for want of memory")
    worker.shard = shard
    try:
        worker.pipe.send(shard.texts)
    except OSError:
        return  # it was killed while it waited; what it had is seen when its pipe is read


def _started(given: Any) -> _Worker:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=work, args=(theirs, given), daemon=True)
    process.start()
    theirs.close()
    return _Worker(process=process, pipe=ours)


def _end(worker: _Worker) -> None:
    worker.process.kill()
    worker.process.join()
    worker.pipe.close()
