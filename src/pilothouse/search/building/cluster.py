"""Embeds shards on a Ray cluster: one task a shard, vectors back by reference.

Ray runs a task whose worker dies again, elsewhere; the model is made once a worker.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pilothouse.evaluation import clusters
from pilothouse.evaluation.extras import required
from pilothouse.search.building.processes import LIVES
from pilothouse.search.building.shards import Shard
from pilothouse.search.embedding import Embedder, as_embedder
from pilothouse.search.errors import BuildError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def embedded(
    shards: Sequence[Shard], embedder: Embedder, *, address: str
) -> Iterator[tuple[Shard, NDArray[np.float32]]]:
    """Each shard with its vectors, as they are done.

    Raises BuildError where there is no cluster, a shard failed, or ended its workers; ImportError
    without Ray.
    """
    ray = required("ray", extra="ray")
    try:
        ours = clusters.join(address)
    except ConnectionError as e:
        raise BuildError(str(e)) from e
    try:
        task = ray.remote(num_cpus=1, max_retries=LIVES - 1)(vectors_of)
        given = ray.put(_packed(ray, embedder))
        paths = [str(Path(path).absolute()) for path in sys.path]  # "" is the working directory
        tasks = {task.remote(paths, given, shard.texts): shard for shard in shards}
        left = list(tasks)
        while left:
            done, left = ray.wait(left)
            shard = tasks[done[0]]
            try:
                vectors = ray.get(done[0])
            except ray.exceptions.RayError as e:
                why = str(getattr(e, "cause", None) or e).strip().splitlines()[-1]
                raise BuildError(f"shard {shard.number} failed: {why}") from e
            yield shard, vectors.copy()  # the cluster's own memory is let go of
    finally:
        if ours:
            ray.shutdown()


def vectors_of(paths: Sequence[str], given: bytes, texts: Sequence[str]) -> Any:
    """What a worker does; `paths` are where the program finds its modules."""
    sys.path += [path for path in paths if path not in sys.path]
    return _model(given).embed_documents(texts)


@cache
def _model(given: bytes) -> Embedder:
    import pickle

    return as_embedder(pickle.loads(given))  # noqa: S301 - packed by the driver of this cluster


def _packed(ray: Any, embedder: Embedder) -> bytes:
    """The model as workers make it: its address, or its code."""
    what = embedder.address if embedder.address is not None else embedder
    try:
        packed: bytes = ray.cloudpickle.dumps(what)
    except (TypeError, ValueError, AttributeError) as e:
        raise BuildError(f"{embedder.id} cannot be sent to other machines: {e}") from None
    return packed
