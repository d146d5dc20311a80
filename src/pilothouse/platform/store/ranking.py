"""The largest groups of a chart, chosen from all of its points instead of by another read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pilothouse.platform.store.measures import ADDITIVE, Call, Measure

Group = tuple[str, ...]
Point = tuple[int | None, Group | None, tuple[Any, ...]]
"""Time in seconds, group (None: all others together), figures in the order of the calls."""


def adds_up(call: Call) -> bool:
    """Whether a figure of a longer time, or of more groups, is the sum of those of the parts."""
    return call.function in ADDITIVE and not call.of_scores


def largest(
    points: Sequence[Point], calls: Sequence[Call], first: Measure, limit: int
) -> list[Group]:
    """The groups with the largest first measure, whose calls all add up, over all time."""
    above = _sums(points, calls.index(first.of))
    below: Mapping[Group, Any] = {}
    if first.per is not None and first.per in calls:
        below = _sums(points, calls.index(first.per))

    def size(group: Group) -> tuple[bool, float, Group]:
        value = above[group]
        if below and value is not None:
            value = value / below[group] if below[group] else None
        return (value is None, 0 if value is None else -value, group)

    return sorted(above, key=size)[:limit]


def largest_and_rest(
    keys: Sequence[str], figures: Sequence[str], source: str, rank: str, limit: int
) -> str:
    """The statement of figures that add up: of the largest groups, then of all others together.

    A row says whether it is the others', how many groups there are, the group, and the figures.
    `keys` are the parts of a group with their names.
    """
    names = [key.rpartition(" ")[2] for key in keys]
    each = [f"{figure} AS f{n}" for n, figure in enumerate(figures)]
    order = ", ".join(["size DESC NULLS LAST", *names])
    shown = [f"if(is_other, '', {name}) AS k{n}" for n, name in enumerate(names)]
    sums = [f"sum(f{n})" for n in range(len(figures))]
    by = ["is_other", *(f"k{n}" for n in range(len(names)))]
    return f"""
SELECT {", ".join(["is_other", "any(number)", *shown, *sums])}
FROM (
    SELECT *, row_number() OVER (ORDER BY {order}) > {limit} AS is_other, count() OVER () AS number
    FROM (SELECT {", ".join([*keys, *each, f"{rank} AS size"])} FROM {source}
        GROUP BY {", ".join(names)})
)
GROUP BY {", ".join(by)}
ORDER BY is_other, max(size) DESC NULLS LAST, {", ".join(by[1:])}"""


def others(points: Sequence[Point], chosen: Sequence[Group]) -> list[Point]:
    """The points of the chosen groups, and at each time all others added up."""
    kept = set(chosen)
    own = [point for point in points if point[1] in kept]
    rest: dict[int | None, tuple[Any, ...]] = {}
    for time, group, figures in points:
        if group not in kept:
            before = rest.get(time)
            rest[time] = figures if before is None else tuple(map(_added, before, figures))
    return own + [(time, None, figures) for time, figures in rest.items()]


def _sums(points: Sequence[Point], place: int) -> dict[Group, Any]:
    """A figure of each group over all time."""
    sums: dict[Group, Any] = {}
    for _, group, figures in points:
        assert group is not None  # nothing was put together yet
        sums[group] = _added(sums.get(group), figures[place])
    return sums


def _added(a: Any, b: Any) -> Any:
    """The sum of what is known."""
    if a is None or b is None:
        return b if a is None else a
    return a + b
