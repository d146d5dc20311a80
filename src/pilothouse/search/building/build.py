"""Builds an index of many chunks: embeds them in shards, wherever, and puts them together here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from pilothouse.search.building.shards import Shard, Waiting, shards_of
from pilothouse.search.embedding import Embedder, EmbedderLike, as_embedder
from pilothouse.search.errors import BuildError
from pilothouse.search.index import Index
from pilothouse.search.index.changing import unique
from pilothouse.search.index.index import AskedKind, Progress
from pilothouse.search.models import as_chunk

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Embedded = Iterator[tuple[Shard, NDArray[np.float32]]]

Backend = Literal["serial", "process", "ray"]
BACKENDS: Final = get_args(Backend)


def build_index(
    chunks: Iterable[Any],
    embedder: EmbedderLike | None = None,
    *,
    shards: int = 8,
    backend: Backend = "serial",
    workers: int | None = None,
    address: str = "local",
    resume: str | Path | None = None,
    kind: AskedKind = "auto",
    progress: Progress | None = None,
    about: dict[str, Any] | None = None,
) -> Index:
    """An index of chunks that are embedded in shards; the same, whoever embeds them.

    `backend` is `serial` (here), `process` (by `workers` processes of this machine, one a core) or
    `ray` (on the cluster at `address`: `local`, `auto` or HOST:PORT). A worker that is killed loses
    nothing. `resume` is a folder in which finished shards wait for a build that is begun again.
    Raises ValueError for no chunks, BuildError where a shard cannot be embedded.
    """
    if backend not in BACKENDS:
        raise ValueError(f"no backend {backend!r}: choose from {', '.join(BACKENDS)}")
    if shards < 1:
        raise ValueError(f"{shards} shards: give 1 or more")
    given = unique(map(as_chunk, chunks))
    model = as_embedder(embedder)
    waiting = Waiting(Path(resume)) if resume is not None else None
    done: list[tuple[Shard, Any]] = []
    left: list[Shard] = []
    for shard in shards_of(given, shards):
        kept = waiting.get(shard, model.id) if waiting is not None else None
        if kept is None:
            left.append(shard)
        else:
            done.append((shard, kept))
    count = sum(len(shard.texts) for shard, _ in done)
    for shard, vectors in _embedded(left, model, backend, workers, address):
        if waiting is not None:
            waiting.put(shard, model.id, vectors)
        done.append((shard, vectors))
        count += len(shard.texts)
        if progress is not None:
            progress(count, len(given))
    return Index.of_vectors(
        given, _in_order(done, len(given)), embedder=model, kind=kind, about=about
    )


def _embedded(
    shards: Sequence[Shard], model: Embedder, backend: Backend, workers: int | None, address: str
) -> Embedded:
    if not shards:
        return iter(())
    if backend == "process":
        from pilothouse.search.building import processes

        return processes.embedded(shards, model, workers=workers)
    if backend == "ray":
        from pilothouse.search.building import cluster

        return cluster.embedded(shards, model, address=address)
    return ((shard, model.embed_documents(shard.texts)) for shard in shards)


def _in_order(done: Sequence[tuple[Shard, Any]], count: int) -> NDArray[np.float32]:
    """The vectors of all shards in the order of the chunks. Raises BuildError: unequal widths."""
    import numpy as np

    widths = {vectors.shape[1] for _, vectors in done}
    if len(widths) != 1:
        raise BuildError(f"shards have vectors of {sorted(widths)} numbers")
    rows = np.empty((count, widths.pop()), np.float32)
    for shard, vectors in done:
        rows[shard.places] = vectors
    return rows
