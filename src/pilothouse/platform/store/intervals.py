"""The intervals of charts: their text, where they begin, and how many there may be."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from pilothouse.platform.errors import BadRequest
from pilothouse.platform.store.binds import micros_of

MOST: Final = 11_000
"""Intervals of one chart: a year by the hour, a week by the minute."""
MOST_POINTS: Final = 50_000
"""Points of one chart, all its groups together."""
_INTERVAL: Final = re.compile(r"(\d{1,6})([smhdw])")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_ROUND: Final = (
    *("1s", "5s", "10s", "30s", "1m", "5m", "10m", "15m", "30m"),
    *("1h", "2h", "3h", "6h", "12h", "1d", "1w", "4w", "52w"),
)
"""What is named in place of an interval that is too small; the last does for the whole calendar."""
_MONDAY: Final = 345_600  # 1970 began on a Thursday
_SECOND: Final = 1_000_000


def interval_s(text: str, parameter: str = "interval") -> int:
    """The seconds of an interval such as `5m`. Raises BadRequest."""
    match = _INTERVAL.fullmatch(text)
    seconds = int(match[1]) * _SECONDS[match[2]] if match else 0
    if not 0 < seconds <= 366 * 86_400:
        raise BadRequest(
            f"{text!r} is no interval; write it as 30s, 5m, 1h, 1d or 1w", {"parameter": parameter}
        )
    return seconds


def check_number(text: str, since: datetime | None, until: datetime) -> None:
    """Refuse more intervals than a chart can show. Raises BadRequest."""
    if since is None:
        return
    asked_s = (until - since).total_seconds()
    number = int(asked_s // interval_s(text))
    if number > MOST:
        raise _too_many(
            f"by {text} these are {number:,} intervals, at most {MOST:,} are answered",
            _nearest(asked_s, MOST),
        )


def too_many_points(since_s: float, until_s: float, groups: int) -> BadRequest:
    """What is said of a chart whose groups have more points than are answered."""
    return _too_many(
        f"these are more than {MOST_POINTS:,} points of {groups:,} groups; ask for fewer groups",
        # The time may begin in the midst of an interval.
        _nearest(until_s - since_s, max(1, MOST_POINTS // groups - 1)),
    )


def _too_many(what: str, nearest: str) -> BadRequest:
    return BadRequest(
        f"{what}; the nearest interval that is allowed is {nearest}",
        {"parameter": "interval", "nearest": nearest},
    )


def _nearest(seconds: float, most: int) -> str:
    """The smallest round interval of which no more lie in a time."""
    return next((name for name in _ROUND if seconds / interval_s(name) <= most), _ROUND[-1])


def start_of(at: str, seconds: int) -> str:
    """The SQL of the start of the interval that holds a moment, in seconds; weeks from Monday."""
    if seconds % _SECONDS["w"] == 0:
        return f"intDiv({at} - {_MONDAY}, {seconds}) * {seconds} + {_MONDAY}"
    return f"intDiv({at}, {seconds}) * {seconds}"


def most_between(since: datetime | None, until: datetime, seconds: int | None) -> int:
    """How many intervals a time touches at most; as many as points if it has no beginning."""
    if since is None or seconds is None:
        return MOST_POINTS
    return max(0, int((until - since).total_seconds() // seconds)) + 2


def seconds_within(
    start_s: int | None, seconds: int | None, since: datetime | None, until: datetime
) -> float | None:
    """The seconds of an interval, or of all time, that lie in a window; None without its start."""
    first = None if since is None else micros_of(since) / _SECOND
    last = micros_of(until) / _SECOND
    if start_s is not None and seconds is not None:
        first = start_s if first is None else max(first, start_s)
        last = min(last, start_s + seconds)
    return None if first is None or last <= first else last - first
