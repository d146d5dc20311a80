"""What a cost report can be split by, and the filter that finds the traces behind a row."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from pilothouse.platform.errors import BadRequest

Unit = Literal["day", "week", "month"]
BILLED: Final = "(usage.total_tokens exists or cost.total exists)"
"""Spans of which there is something to report."""
MOST: Final = 2
"""So many splits a report has at most."""
_OF_TRACE: Final = "trace."


@dataclass(frozen=True, slots=True)
class Split:
    """Something to split by: fields of spans or of their traces, by the names of the columns."""

    fields: Mapping[str, str]

    @property
    def of_traces(self) -> bool:
        return any(field.startswith(_OF_TRACE) for field in self.fields.values())


SPLITS: Final[Mapping[str, Split]] = {
    "project": Split({"project": "project"}),
    "user": Split({"user": "trace.user_id"}),
    "model": Split({"model": "model"}),
    "provider": Split({"provider": "provider"}),
    "prompt": Split({"prompt": "prompt.name"}),
    "prompt_version": Split({"prompt": "prompt.name", "prompt_version": "prompt.version"}),
    "environment": Split({"environment": "trace.environment"}),
    "tag": Split({"tag": "trace.tags"}),
}
UNITS: Final[Mapping[Unit, str]] = {"day": "1d", "week": "1w", "month": "1d"}
"""Splits by time, and the interval that is measured for them."""
KNOWN: Final = (*SPLITS, *UNITS)


@dataclass(frozen=True, slots=True)
class Splitting:
    """The splits of one report."""

    splits: tuple[Split, ...]
    unit: Unit | None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that a row is told by, the time last."""
        return (*self.fields, *([self.unit] if self.unit else []))

    @property
    def fields(self) -> Mapping[str, str]:
        return {name: field for split in self.splits for name, field in split.fields.items()}

    @property
    def of_traces(self) -> bool:
        return any(split.of_traces for split in self.splits)

    @property
    def overlapping(self) -> bool:
        """Whether a call can stand in several rows."""
        return "tag" in self.fields


def splitting_of(names: Sequence[str]) -> Splitting:
    """The splits of these names. Raises BadRequest."""
    asked = list(dict.fromkeys(names))
    for name in asked:
        if name not in KNOWN:
            near = difflib.get_close_matches(name, KNOWN, 1)
            meant = f"did you mean {near[0]!r}? " if near else ""
            raise BadRequest(
                f"there is no split by {name!r}; {meant}known are {', '.join(KNOWN)}",
                {"parameter": "by", "suggestion": near[0] if near else None},
            )
    if len(asked) > MOST:
        raise BadRequest(f"a report is split by {MOST} at most", {"parameter": "by"})
    units = [unit for unit in UNITS if unit in asked]
    if len(units) > 1:
        raise BadRequest(f"split by {units[0]} or by {units[1]}", {"parameter": "by"})
    if {"prompt", "prompt_version"} <= set(asked):
        asked.remove("prompt")  # the other one tells it too
    return Splitting(
        tuple(SPLITS[name] for name in asked if name in SPLITS), units[0] if units else None
    )


def start_of(unit: Unit, moment: datetime) -> datetime:
    """The beginning in UTC of the day, week or month that holds a moment."""
    day = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if unit == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if unit == "month" else day


def after(unit: Unit, start: datetime) -> datetime:
    """The beginning of the next one."""
    if unit == "month":
        return (start + timedelta(days=31)).replace(day=1)
    return start + timedelta(days=7 if unit == "week" else 1)


def filter_of_row(splitting: Splitting, group: Mapping[str, str | None]) -> str:
    """The filter over traces that finds those a row tells of, without its project and time."""
    of_spans: list[str] = []
    of_traces: list[str] = []
    for column, field in splitting.fields.items():
        if field == "project":
            continue
        plain = field.removeprefix(_OF_TRACE)
        value = group[column]
        operator = "has" if plain == "tags" else "="
        said = f"not {plain} exists" if value is None else f"{plain} {operator} {quoted(value)}"
        (of_traces if field.startswith(_OF_TRACE) else of_spans).append(said)
    if of_spans:
        of_traces.append(f"any(span: {' and '.join([BILLED, *of_spans])})")
    return " and ".join(of_traces)


def quoted(text: str) -> str:
    """A text as the filter language writes it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
