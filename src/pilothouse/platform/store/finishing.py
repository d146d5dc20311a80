"""What was asked, from the figures that a query brought: shares, rates and values as shown.

Measure by measure over all rows: a board has tens of thousands of points.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pilothouse.platform.store import intervals
from pilothouse.platform.store.figures import shown
from pilothouse.platform.store.measures import Call, Measure
from pilothouse.platform.store.selection import Selection

Times = Sequence[int | None]
"""Of each row, in seconds; None where there are no intervals."""
Columns = Mapping[Call, Sequence[Any]]
"""The figures of all rows, by what was asked of them."""
_MADE: Final = ("histogram", "values")


def finished(
    measures: Sequence[Measure],
    times: Times,
    columns: Columns,
    totals: Mapping[Call, Mapping[int | None, Any]],
    selection: Selection,
    interval_s: int | None,
) -> list[dict[str, Any]]:
    """Of each row its measures by their texts.

    `totals` are figures of all groups together, by time.
    """
    texts = [each.text for each in measures]
    found = [_one(each, times, columns, totals, selection, interval_s) for each in measures]
    return [dict(zip(texts, values, strict=True)) for values in zip(*found, strict=True)]


def _one(
    measure: Measure,
    times: Times,
    columns: Columns,
    totals: Mapping[Call, Mapping[int | None, Any]],
    selection: Selection,
    interval_s: int | None,
) -> Sequence[Any]:
    """One measure of each row."""
    values = columns[measure.of]
    if measure.per is not None:
        if measure.per_all:
            total = totals[measure.per]
            return _divided(values, [total.get(time) for time in times])
        return _divided(values, columns[measure.per])
    if measure.per_second:
        until = min(selection.until or selection.now, selection.now)
        lasts = {
            time: intervals.seconds_within(time, interval_s, selection.since, until)
            for time in set(times)
        }
        return _divided(values, [lasts[time] for time in times])
    if measure.of.function in _MADE:
        return [shown(measure.of, value) for value in values]
    return values


def _divided(values: Sequence[Any], by: Sequence[Any]) -> Sequence[Any]:
    return [
        None if value is None or not per else value / per
        for value, per in zip(values, by, strict=True)
    ]
