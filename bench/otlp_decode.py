"""Prints what decoding OTLP bodies to spans costs: µs of CPU a span, MB/s.

    python bench/otlp_decode.py BODIES [--rounds 5]

BODIES is a file of records (u32 length, u16 project, u16 spans, then the body), little-endian.
"""

from __future__ import annotations

import argparse
import gc
import struct
import time
from pathlib import Path

from pilothouse.platform.ingest.otlp.protobuf import decode_traces

HEADER = struct.Struct("<IHH")


def bodies_of(path: Path) -> list[tuple[int, bytes]]:
    data = path.read_bytes()
    bodies, at = [], 0
    while at < len(data):
        length, _, spans = HEADER.unpack_from(data, at)
        at += HEADER.size
        bodies.append((spans, data[at : at + length]))
        at += length
    return bodies


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bodies", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    bodies = bodies_of(arguments.bodies)
    spans, size = sum(n for n, _ in bodies), sum(len(body) for _, body in bodies)
    gc.collect()
    best_s = float("inf")
    for _ in range(arguments.rounds):
        started_s = time.process_time()
        decoded = sum(len(decode_traces(body).batch.sources) for _, body in bodies)
        best_s = min(best_s, time.process_time() - started_s)
        assert decoded == spans, f"{decoded} of {spans} spans decoded"
    print(
        f"{len(bodies)} bodies, {spans} spans, {size / spans:.0f} B a span: "
        f"{best_s / spans * 1e6:.1f} µs/span, {size / best_s / 1e6:.0f} MB/s"
    )


if __name__ == "__main__":
    main()
