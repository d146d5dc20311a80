"""What a row costs whose evaluator is code in the sandbox, beside the same function in process.

    python bench/evaluation_sandbox.py [--rows 2000] [--rounds 5]

CPU time is this process's and the worker's, the ways in turns; the least of the rounds counts.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable

from pilothouse.evaluation.evaluators import Evaluator
from pilothouse.evaluation.functions import FunctionEvaluator
from pilothouse.evaluation.metrics.code import CodeRuns
from pilothouse.evaluation.rows import Row
from pilothouse.evaluation.sandbox import CodeEvaluator, Sandbox

SOURCE = "def evaluate(inputs, outputs): return len(outputs) < len(inputs)"
ROW = Row(inputs="How do I reset my password? " * 10, outputs="Thank you for asking! " * 20)


def in_process(inputs: str, outputs: str) -> bool:
    return len(outputs) < len(inputs)


def cost_us(rows: int, make: Callable[[Sandbox], Evaluator], row: Row) -> tuple[float, float]:
    """Microseconds of the processor, workers included, and of the clock, for a row."""
    before, started = cpu_s(), time.perf_counter()
    with Sandbox() as sandbox:
        evaluator = make(sandbox)
        for _ in range(rows):
            evaluator.evaluate(row)
    passed = time.perf_counter() - started
    return (cpu_s() - before) / rows * 1e6, passed / rows * 1e6


def cpu_s() -> float:
    """The processor time of this process and of the children that have ended."""
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    rows = given.rows
    ways: dict[str, Callable[[], tuple[float, float]]] = {
        "in process": lambda: cost_us(rows, lambda _: FunctionEvaluator(in_process), ROW),
        "warm process": lambda: cost_us(rows, lambda s: CodeEvaluator(SOURCE, sandbox=s), ROW),
        "fresh process": lambda: cost_us(20, lambda s: CodeRuns(sandbox=s), Row(outputs="x = 1")),
    }
    rounds = [{name: measure() for name, measure in ways.items()} for _ in range(given.rounds)]
    for name in ways:
        cpu, clock = (min(one[name][i] for one in rounds) for i in (0, 1))
        print(f"{name:14} {cpu:10,.0f} us of CPU a row, {clock:10,.0f} us by the clock")


if __name__ == "__main__":
    main()
