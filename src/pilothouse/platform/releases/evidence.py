"""What the store tells of arms, in cells that statistics can be made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pilothouse.evaluation.statistics.strata import Cell, cell_of
from pilothouse.platform.releases.models import CHAMPION, SCORES, SHADOW

PREFERENCE: Final = "shadow.preference"
"""The score of a judge of pairs: 1 where it preferred the shadow, 0 where not, else a half."""
_EVEN: Final = 0.5
_SUMS: Final = {
    "errors": ("calls", "errors"),
    "latency": ("timed", "log_us"),
    "cost": ("priced", "cost"),
    "tokens": ("counted", "tokens"),
}
"""Of a metric: which column counts its rows, and which sums their values."""
_PRIMARY: Final = {
    "latency": ("primary_timed", "primary_log_us"),
    "cost": ("primary_priced", "primary_cost"),
}

Row = Mapping[str, Any]  # Any: a row of the store
Score = tuple[str, str, str, str, int, float]
"""Arm, step, unit, name, traces, sum of their means."""
Contribution = tuple[str, float, float]
"""A unit, its rows, the sum of their values."""


@dataclass(slots=True)
class Evidence:
    """By metric, step and arm."""

    cells: dict[str, dict[str, dict[str, Cell]]] = field(default_factory=dict)
    rows: Sequence[Row] = ()

    def of(self, metric: str, arm: str) -> list[Cell]:
        """An arm's cells of a metric, step by step."""
        return [arms[arm] for arms in self.cells.get(metric, {}).values() if arm in arms]

    def steps(self, metric: str, first: str, second: str) -> list[tuple[Cell, Cell]]:
        """Both arms in each step that has both."""
        return [
            (arms[first], arms[second])
            for arms in self.cells.get(metric, {}).values()
            if first in arms and second in arms
        ]

    def count(self, arm: str, step: str | None = None) -> int:
        """Calls of an arm, in one step or all."""
        return int(sum(row["calls"] for row in self._of(arm, step)))

    def errors(self, arm: str) -> int:
        """Those of them that failed."""
        return int(sum(row["errors"] for row in self._of(arm, None)))

    def units(self, arm: str, step: str | None = None) -> int:
        """Who was in an arm."""
        return len({row["unit"] for row in self._of(arm, step)})

    def failing_units(self, arm: str) -> int:
        """Of whom a call failed."""
        return len({row["unit"] for row in self._of(arm, None) if row["errors"]})

    def score_names(self) -> list[str]:
        """The scores that there are, without what stands before their names."""
        return sorted(each.removeprefix(SCORES) for each in self.cells if each.startswith(SCORES))

    def _of(self, arm: str, step: str | None) -> Iterator[Row]:
        return (r for r in self.rows if r["arm"] == arm and step in (None, r["step"]))


def evidence_of(rows: Sequence[Row], scores: Iterable[Score]) -> Evidence:
    """The cells of what the store tells."""
    found = Evidence(rows=rows)
    for metric, (count, total) in _SUMS.items():
        _add(found, metric, ((r["arm"], r["step"], _told(r, count, total)) for r in rows))
    shadows = [row for row in rows if row["arm"] == SHADOW]
    for metric, (count, total) in _PRIMARY.items():
        told = ((CHAMPION, r["step"], _told(r, count, total)) for r in shadows)
        _add(found, metric, told)
    # Only calls that went well are mirrored: the answers beside them have no errors.
    none = ((CHAMPION, r["step"], (r["unit"], float(r["calls"]), 0.0)) for r in shadows)
    _add(found, "errors", none)
    given = list(scores)
    for name in sorted({score[3] for score in given}):
        own = [score for score in given if score[3] == name]
        _add(found, SCORES + name, ((a, step, (u, n, total)) for a, step, u, _, n, total in own))
        if name == PREFERENCE:  # held against a judge who does not care
            even = ((CHAMPION, step, (u, n, n * _EVEN)) for _, step, u, _, n, _ in own)
            _add(found, SCORES + name, even)
    return found


def _told(row: Row, count: str, total: str) -> Contribution:
    return row["unit"], float(row[count] or 0), float(row[total] or 0.0)


def _add(found: Evidence, metric: str, rows: Iterable[tuple[str, str, Contribution]]) -> None:
    gathered: dict[tuple[str, str], list[Contribution]] = {}
    for arm, step, told in rows:
        gathered.setdefault((step, arm), []).append(told)
    for (step, arm), told_of in gathered.items():
        cell = cell_of(told_of)
        if cell.units:
            found.cells.setdefault(metric, {}).setdefault(step, {})[arm] = cell
