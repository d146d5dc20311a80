"""Checks the evaluation library against rows of what other libraries answered.

    python tests/oracles.py DIR

reads every known file of DIR (`statistics of proportions` in `stats_proportion.jsonl`, …; the table
is `KINDS`), prints the rows that disagree, and "N of M rows agree" for each file and in all. The
exit code is 1 where a row disagrees, 2 where there is nothing to read.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from oracle_kinds import (
    agents,
    aggregation,
    benchmarks,
    inspect,
    json_match,
    json_texts,
    judges,
    langchain,
    metrics,
    statistics,
)

Row = dict[str, Any]
SHOWN = 5
"""Disagreeing rows that are shown of a file."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How the rows of a file are answered, and how near an answer must come."""

    answer: Callable[[Row], Any]
    tolerance: float = 1e-9
    wanted: Callable[[Row], Any] = lambda row: row["expected"]


AREAS = (
    agents,
    aggregation,
    benchmarks,
    inspect,
    json_match,
    json_texts,
    judges,
    langchain,
    metrics,
    statistics,
)
KINDS: dict[str, Kind] = {
    name: Kind(*given) for area in AREAS for name, given in area.KINDS.items()
}


def agrees(actual: Any, wanted: Any, tolerance: float) -> bool:
    """Whether an answer says what was wanted; it may say more."""
    if isinstance(wanted, Mapping):
        if "error" in wanted and len(wanted) == 1:
            return isinstance(actual, Mapping) and "error" in actual
        return isinstance(actual, Mapping) and all(
            name in actual and agrees(actual[name], value, tolerance)
            for name, value in wanted.items()
        )
    if isinstance(wanted, list):
        return (
            isinstance(actual, list | tuple)
            and len(actual) == len(wanted)
            and all(agrees(a, w, tolerance) for a, w in zip(actual, wanted, strict=True))
        )
    if wanted == "NaN":
        return actual is None or (isinstance(actual, float) and math.isnan(actual))
    if wanted in ("Infinity", "-Infinity"):
        return isinstance(actual, float) and actual == float(wanted)
    if isinstance(wanted, float) and isinstance(actual, int | float):
        return abs(actual - wanted) <= tolerance + tolerance * abs(wanted)
    return bool(actual == wanted)


def rows(path: Path) -> Iterator[Row]:
    """The rows of a file."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def disagreeing(path: Path, kind: Kind) -> tuple[int, list[str]]:
    """How many rows a file has, and a line about each that disagrees."""
    count, wrong = 0, []
    for row in rows(path):
        count += 1
        wanted = kind.wanted(row)
        try:
            actual = kind.answer(row)
        except Exception as e:  # noqa: BLE001 # an oracle may say that it raises
            actual = {"error": f"{type(e).__name__}: {e}"}
        if not agrees(actual, wanted, kind.tolerance):
            wrong.append(f"{row.get('id')}: {actual!r} instead of {wanted!r}")
    return count, wrong


def main(folder: str) -> int:
    """Checks a folder; the answer is the exit code."""
    all_rows = all_wrong = 0
    for path in sorted(Path(folder).glob("*.jsonl")):
        kind = KINDS.get(path.stem)
        if kind is None:
            print(f"{path.stem}: not known here")
            continue
        count, wrong = disagreeing(path, kind)
        all_rows, all_wrong = all_rows + count, all_wrong + len(wrong)
        print(f"{path.stem}: {count - len(wrong)} of {count} rows agree")
        for line in wrong[:SHOWN]:
            print(f"  {line[:1000]}")
    if not all_rows:
        print(f"{folder} has no rows to check", file=sys.stderr)
        return 2
    print(f"all: {all_rows - all_wrong} of {all_rows} rows agree")
    return 1 if all_wrong else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python tests/oracles.py DIR")
    sys.exit(main(sys.argv[1]))
