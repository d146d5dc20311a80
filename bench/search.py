"""What semantic search costs, beside the libraries that it stands on, in one run.

    python bench/search.py [--chunks 100000] [--dim 384] [--only exact,hnsw,split,ray]

`ray` embeds texts by two processes and by a local Ray cluster of two, by turns: what counts is the
ratio of their times by the clock, the cluster running already. CPU seconds are those of this
process with all its threads; latencies are of one question after the other, embedding left out.
Vectors lie in clusters, as those of texts do.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import faiss
import hnswlib
import numpy as np

from pilothouse.search import Chunk, Document, Index, build_index, split
from pilothouse.search.index.graph import PARAMS
from pilothouse.search.index.ranking import Wanted

WORDS = [f"word{n}" for n in range(20_000)]
K = 4


def vectors(count: int, dim: int, seed: int) -> Any:
    """Rows of length one around a thousand centres."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(0).normal(size=(1000, dim)).astype(np.float32)
    found = centres[rng.integers(0, 1000, count)]
    found += 0.7 * rng.normal(size=(count, dim)).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def chunks(count: int) -> list[Chunk]:
    """Texts of sixty words, drawn as words of a language are: few often, many seldom."""
    rng = np.random.default_rng(1)
    picks = np.minimum(rng.zipf(1.3, (count, 60)) - 1, len(WORDS) - 1)
    return [
        Chunk(
            id=f"c{n}",
            text=" ".join(WORDS[pick] for pick in row),
            metadata={"source": f"s{n // 20}", "n": n},
        )
        for n, row in enumerate(picks)
    ]


def cpu(what: str, run: Callable[[], Any]) -> Any:
    """What a function gives; its CPU and wall seconds are printed."""
    began, wall = time.process_time(), time.perf_counter()
    found = run()
    spent = time.process_time() - began
    print(f"| {what} | {spent:.2f} | {time.perf_counter() - wall:.2f} |", flush=True)
    return found


def latency(what: str, run: Callable[[Any], Any], queries: Any) -> list[Any]:
    """The answers to all queries; median, 95th percentile and CPU time are printed in ms."""
    run(queries[0])
    spent, found = [], []
    cpu_began = time.process_time()
    for query in queries:
        began = time.perf_counter()
        found.append(run(query))
        spent.append((time.perf_counter() - began) * 1000)
    cpu_ms = (time.process_time() - cpu_began) * 1000 / len(queries)
    p50, p95 = np.percentile(spent, [50, 95])
    print(f"| {what} | {p50:.2f} | {p95:.2f} | {cpu_ms:.2f} |", flush=True)
    return found


def never(_: list[str]) -> Any:
    raise AssertionError("nothing is embedded here")


def asked(index: Index, mode: Any, **how: Any) -> Callable[[Any], list[str]]:
    wanted = Wanted(k=K, mode=mode, fetch_k=20, **how)
    return lambda query: [hit.id for hit in index.find(wanted, "word5 word700", query)]


def kind(name: Any, given: list[Chunk], rows: Any, queries: Any, folder: Path) -> None:
    """One kind of index beside its library."""
    print(f"\n### {name}\n\n| build | CPU s | s |\n|---|---|---|", flush=True)
    library: Any
    if name == "exact":
        library = faiss.IndexFlatIP(rows.shape[1])
        cpu("faiss alone: vectors added", lambda: library.add(rows))
    else:
        library = hnswlib.Index(space="ip", dim=rows.shape[1])
        library.init_index(
            len(rows), ef_construction=PARAMS["ef_construction"], M=PARAMS["m"], random_seed=7
        )
        cpu("hnswlib alone: vectors added", lambda: library.add_items(rows, np.arange(len(rows))))
        library.set_ef(PARAMS["ef"])
    index = cpu(
        "vectors and chunks into an index",
        lambda: Index.of_vectors(given, rows.copy(), embedder=never, kind=name),
    )
    cpu("words indexed, for the search by words", index._get_words)
    manifest = cpu("saved, with checksums and fsync", lambda: index.save(folder))
    cpu("loaded, checksums compared", lambda: Index.load(folder, never))
    index = cpu("loaded without", lambda: Index.load(folder, never, verify=False))
    print(f"\nrecall@10 in the manifest: {manifest.recall}\n")
    print("| a question, ms | p50 | p95 | CPU |\n|---|---|---|---|")
    if name == "exact":
        faiss.omp_set_num_threads(1)
        latency("faiss alone, k=20", lambda q: library.search(q[None], 20), queries)
        faiss.omp_set_num_threads(2)
    else:
        library.set_num_threads(1)
        latency("hnswlib alone, k=20", lambda q: library.knn_query(q[None], k=20), queries)
    latency(f"similarity, k={K}", asked(index, "similarity"), queries)
    latency(f"mmr, k={K} of 20", asked(index, "mmr"), queries)
    latency(f"hybrid, k={K}", asked(index, "hybrid"), queries)
    latency(f"lexical, k={K}", asked(index, "lexical"), queries)
    filtered = asked(index, "similarity", filter={"n": {"$lt": len(given) // 100}})
    latency("similarity among a hundredth, by a filter", filtered, queries)


def splitting() -> None:
    """Our splitter beside LangChain's."""
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    text = "\n\n".join(chunk.text for chunk in chunks(5000))
    print(
        f"\n### Splitting {len(text) / 1e6:.1f} M characters\n\n| by | CPU s | s |\n|---|---|---|"
    )
    ours = cpu("pilothouse", lambda: split([Document(text=text)]))
    theirs = cpu("langchain", lambda: RecursiveCharacterTextSplitter().split_text(text))
    assert [chunk.text for chunk in ours] == theirs


def clustered(count: int, rounds: int = 3) -> None:
    """Texts embedded by two plain processes and by two workers of Ray, by turns."""
    import ray

    ray.init(num_cpus=2, include_dashboard=False, logging_level="error")
    address = ray.get_runtime_context().gcs_address
    given = chunks(count)
    for way in ("process", "ray"):  # a worker's first shard makes the model
        timed(way, given[:64], address)
    print(f"\n### {count:,} texts embedded\n\n| by two | s, each round |\n|---|---|")
    spent: dict[str, list[float]] = {"process": [], "ray": []}
    for turn in range(rounds):
        for way in sorted(spent, reverse=turn % 2 == 1):
            spent[way].append(timed(way, given, address))
    for way, found in spent.items():
        print(f"| {way} | {', '.join(f'{seconds:.1f}' for seconds in found)} |")
    ratios = [a / b for a, b in zip(spent["process"], spent["ray"], strict=True)]
    least, most = min(ratios), max(ratios)
    print(f"\nray reaches {np.median(ratios):.2f} of two processes ({least:.2f} to {most:.2f})")
    ray.shutdown()


def timed(way: str, given: list[Chunk], address: str) -> float:
    """Seconds by the clock that a build takes, its workers' start included."""
    began = time.perf_counter()
    build_index(given, "local", backend=way, shards=8, workers=2, address=address)
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--chunks", type=int, default=100_000)
    parser.add_argument("--dim", type=int, default=384)
    parser.add_argument("--queries", type=int, default=300)
    parser.add_argument("--only", default="exact,hnsw,split")
    given = parser.parse_args()
    rows, queries = vectors(given.chunks, given.dim, 2), vectors(given.queries, given.dim, 3)
    texts = chunks(given.chunks)
    scratch = Path(tempfile.mkdtemp())
    try:
        for name in given.only.split(","):
            if name == "split":
                splitting()
            elif name == "ray":
                clustered(min(given.chunks, 600))
            else:
                kind(name, texts, rows, queries, scratch / name)
    finally:
        shutil.rmtree(scratch)


if __name__ == "__main__":
    main()
