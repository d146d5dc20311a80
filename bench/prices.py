"""Prints what pricing costs a span, in microseconds: `python bench/prices.py`."""

from __future__ import annotations

import time
from statistics import median

from pilothouse.spans import Fields, ReportedCost, Usage
from pilothouse.spans.prices import Pricer

NOW_NS = 1_790_000_000_000_000_000
CALLS = 100_000


def _fields(model: str, **usage: int) -> Fields:
    return Fields(name="chat", kind="llm", model=model, provider="openai", usage=Usage(**usage))


CASES = {
    "input and output": _fields("gpt-4o-mini", input_tokens=812, output_tokens=95),
    "with cached tokens": _fields(
        "gpt-4o-mini", input_tokens=812, output_tokens=95, cached_tokens=600
    ),
    "tiers, cache writes": Fields(
        name="chat",
        model="claude-sonnet-4-5",
        provider="anthropic",
        usage=Usage(input_tokens=812, output_tokens=95, cached_tokens=60, cache_write_tokens=50),
    ),
    "unknown model": _fields("house-model", input_tokens=812, output_tokens=95),
    "reported by the client": Fields(name="chat", cost=ReportedCost(total=0.01)),
    "no model, no tokens": Fields(name="step", kind="chain"),
}


def main() -> None:
    pricer = Pricer()
    for name, fields in CASES.items():
        started = time.process_time()
        pricer.price(1, fields, NOW_NS)
        first_ms = (time.process_time() - started) * 1e3
        runs = []
        for _ in range(7):
            started = time.process_time()
            for _ in range(CALLS):
                pricer.price(1, fields, NOW_NS)
            runs.append((time.process_time() - started) / CALLS * 1e6)
        print(f"{name:<24} {median(runs):6.2f} µs  (best {min(runs):.2f}, first {first_ms:.1f} ms)")


if __name__ == "__main__":
    main()
