"""How long a span takes to be read: microseconds of CPU per span, by kind.

    python bench/dialects.py PATH_OF_GEN_PY [--traces 400] [--flavor mixed|oi|genai] [--rounds 7]

PATH_OF_GEN_PY is the folder that holds `gen.py`, the generator of deterministic traces.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import Any

from pilothouse import dialects
from pilothouse.platform.ingest.otlp.protobuf import decode_traces
from pilothouse.spans import Source


def spans(folder: str, traces: int, flavor: str) -> list[Source]:
    """Generated spans, decoded as the server decodes them."""
    sys.path.insert(0, folder)
    gen = importlib.import_module("gen").Gen(total=traces, flavor=flavor)
    found: list[Source] = []
    for index in range(traces):
        project, framed, _ = gen.trace(index)
        body = gen.body(project, [span for _, span, _ in framed])
        found += decode_traces(bytes(body)).batch.sources
    return found


def best_us(work: Callable[[], Any], spans: int, rounds: int) -> float:
    """Microseconds of CPU per span in the best of some rounds."""
    best = float("inf")
    for _ in range(rounds):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best / spans * 1e6


def derive_all(sources: list[Source]) -> None:
    for source in sources:
        dialects.derive(source)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("--traces", type=int, default=400)
    parser.add_argument("--flavor", default="mixed")
    parser.add_argument("--rounds", type=int, default=7)
    args = parser.parse_args()
    sources = spans(args.folder, args.traces, args.flavor)
    gc.collect()
    gc.freeze()
    by_kind: dict[str, list[Source]] = defaultdict(list)
    for source in sources:
        by_kind[dialects.derive(source).kind].append(source)
    for kind, group in sorted(by_kind.items()):
        us = best_us(partial(derive_all, group), len(group), args.rounds)
        print(f"derive {kind:10} {len(group):6} spans {us:7.1f} µs")
    us = best_us(partial(derive_all, sources), len(sources), args.rounds)
    print(f"derive {'all':10} {len(sources):6} spans {us:7.1f} µs")
    fields = [dialects.derive(s) for s in sources]
    pairs = list(zip(sources, fields, strict=True))
    us = best_us(lambda: [dialects.scores_of(s, f) for s, f in pairs], len(pairs), args.rounds)
    print(f"scores_of  {len(pairs):13} spans {us:7.1f} µs")
    us = best_us(lambda: [dialects.content(s, f) for s, f in pairs], len(pairs), 2)
    print(f"content    {len(pairs):13} spans {us:7.1f} µs")


if __name__ == "__main__":
    main()
