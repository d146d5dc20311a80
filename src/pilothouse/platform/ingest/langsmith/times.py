"""Times as LangSmith writes them, in microseconds since 1970."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from pilothouse.platform.errors import Unprocessable

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY: Final = date(1970, 1, 1)
_STAMP: Final = re.compile(r"[0-9]{8}T(?:[01][0-9]|2[0-3])[0-5][0-9][0-5][0-9][0-9]{6}Z")
_MICROSECOND: Final = timedelta(microseconds=1)
_MILLISECONDS_FROM: Final = 100_000_000_000
"""Numbers from here on count milliseconds (as JavaScript does), smaller ones seconds."""


def micros_in(value: Any, where: str) -> int | None:
    """A time in ISO 8601 (UTC where it names no zone) or as a number; None for null.

    Raises Unprocessable.
    """
    if value is None:
        return None
    try:
        if type(value) is str:
            return _micros(datetime.fromisoformat(value))
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            seconds = value / 1000 if value >= _MILLISECONDS_FROM else value
            return round(seconds * 1_000_000)
    except (ValueError, OverflowError):
        pass
    raise Unprocessable(
        f"{where} is no time: {str(value)[:60]!r}; write it as 2026-11-21T09:00:00.000Z"
    )


def micros_of_segment(segment: str) -> int | None:
    """The start that a segment of a dotted order begins with; None where it holds none."""
    if not _STAMP.fullmatch(segment, 0, len(segment) - 36):
        return None
    s = segment  # strptime costs ten times as much
    try:
        day = date(int(s[:4]), int(s[4:6]), int(s[6:8]))
    except ValueError:
        return None
    seconds = (int(s[9:11]) * 60 + int(s[11:13])) * 60 + int(s[13:15])
    return ((day - _EPOCH_DAY).days * 86_400 + seconds) * 1_000_000 + int(s[15:21])


def stamp_of(micros: int) -> str:
    """The start of a run as dotted orders write it."""
    moment = _EPOCH + micros * _MICROSECOND
    return f"{moment.year:04}{moment:%m%dT%H%M%S%f}Z"  # %Y leaves zeros out


def iso_of(micros: int) -> str:
    """A time in ISO 8601 with microseconds, in UTC."""
    return (_EPOCH + micros * _MICROSECOND).isoformat(timespec="microseconds")


def _micros(moment: datetime) -> int:
    since = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
