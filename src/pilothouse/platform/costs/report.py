"""Cost and tokens by whatever they are split by, compared with the time before.

Every figure is asked of the compiler of measures; what is done here is to put them into rows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pilothouse.platform.costs.models import FIGURES, Figures, change, share
from pilothouse.platform.costs.splits import (
    BILLED,
    UNITS,
    Splitting,
    after,
    filter_of_row,
    splitting_of,
    start_of,
)
from pilothouse.platform.costs.token_types import TypeSums
from pilothouse.platform.errors import BadRequest
from pilothouse.platform.query.metrics import MetricQueries
from pilothouse.platform.query.scope import filter_of
from pilothouse.platform.query.sums_models import MetricsQuestion

DAYS: Final = 30
"""The time of a report that does not say when it begins."""
_MOST_GROUPS: Final = 1000
_TOLD: Final = f'({BILLED} or kind = "llm")'
"""Spans of which there is something to say."""
_FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)

Series = Mapping[str, Any]  # Any: JSON as the compiler of measures answers it
Key = tuple[tuple[str | None, ...] | None, datetime | None]
"""A group (None: all others together) and the beginning of a day, week or month."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What to report."""

    project: str | None = None
    """None for all that there are."""
    since: datetime | None = None
    until: datetime | None = None
    by: Sequence[str] = ()
    filter: str = ""
    limit: int = 50


@dataclass(slots=True)
class Report:
    """The rows of a report and what they add up to."""

    since: datetime
    until: datetime
    splitting: Splitting
    total: dict[str, Any]
    rows: list[dict[str, Any]] = field(default_factory=list)
    types: list[dict[str, Any]] = field(default_factory=list)
    previous: tuple[datetime, datetime] | None = None
    truncated: bool = False
    group_count: int | None = None

    def shown(self) -> dict[str, Any]:
        before = self.previous
        return {
            "from": _text(self.since),
            "to": _text(self.until),
            "by": list(self.splitting.columns),
            "previous": before and {"from": _text(before[0]), "to": _text(before[1])},
            "total": self.total,
            "token_types": self.types,
            "rows": self.rows,
            "overlapping": self.splitting.overlapping,
            "truncated": self.truncated,
            "group_count": self.group_count,
        }


class CostReports:
    """Reports over the measures of projects."""

    def __init__(self, metrics: MetricQueries, types: TypeSums) -> None:
        self._metrics = metrics
        self._types = types

    async def report(self, asked: Asked) -> Report:
        """The report. Raises BadRequest, NotFound."""
        splitting = splitting_of(asked.by)
        # Up to a full second, so that the time before ends where this one begins.
        until = asked.until or datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=1)
        days = timedelta(days=DAYS - 1)
        since = asked.since or start_of("day", max(until, _FIRST + days) - days)
        if not _FIRST <= since < until:
            raise BadRequest(
                "a report begins before it ends, and after 1970", {"parameter": "from"}
            )
        filter_of(asked.filter)  # by itself first: a mistake is told at its own column
        board = _Board(asked, splitting)
        types_filter = _and(asked.filter, BILLED)
        answer, types, earlier = await asyncio.gather(
            self._ask(asked.project, since, until, board.charts),
            self._types.of(asked.project, since, until, types_filter),
            self._earlier(asked, splitting, board, since),
        )
        charts = dict(zip(board.names, answer, strict=True))
        report = Report(
            since,
            until,
            splitting,
            _total(charts),
            types=types,
            previous=_previous(charts["all"]),
        )
        if splitting.columns:
            report.truncated = charts["rows"]["truncated"]
            report.rows = list(_Rows(report, charts, earlier).shown())
            if splitting.fields:
                report.group_count = charts["rows"]["group_count"]
        return report

    async def _earlier(
        self, asked: Asked, splitting: Splitting, board: _Board, since: datetime
    ) -> Series | None:
        """The sums of the whole day, week or month right before, to compare the first one with."""
        unit = splitting.unit
        if unit is None or start_of(unit, since) != since:
            return None
        before = start_of(unit, since - timedelta(seconds=1))
        if before < _FIRST:
            return None
        chart = board.charts[board.names.index("rows")] | {"limit": _MOST_GROUPS}
        return (await self._ask(asked.project, before, since, [chart]))[0]

    async def _ask(
        self,
        project: str | None,
        since: datetime,
        until: datetime,
        charts: Sequence[dict[str, Any]],
    ) -> list[Series]:
        question = {"project": project, "from": since, "to": until, "charts": list(charts)}
        answer = await self._metrics.answer(MetricsQuestion.model_validate(question))
        found: list[Series] = answer["charts"]
        return found


class _Board:
    """The charts of a report: each figure of all together, then of the rows."""

    def __init__(self, asked: Asked, splitting: Splitting) -> None:
        self.names: list[str] = []
        self.charts: list[dict[str, Any]] = []
        self._filter = asked.filter
        self._add("all", FIGURES, compare="previous")
        users = ["uniq(user_id)", "sum(cost.total)"]
        self._add("users", users, scope="traces", also="user_id exists")
        if not splitting.columns:
            return
        by: dict[str, Any] = {
            "group_by": list(splitting.fields.values()),
            "other": bool(splitting.fields),
        }
        if splitting.unit:
            by["interval"] = UNITS[splitting.unit]
        # Only spans tell of which trace they are; those that cost nothing need not be asked.
        also = _TOLD if splitting.of_traces else ""
        compare = {} if splitting.unit else {"compare": "previous"}
        self._add("rows", FIGURES, also=also, limit=asked.limit, **by, **compare)

    def _add(self, name: str, measures: Sequence[str], *, also: str = "", **how: Any) -> None:
        self.names.append(name)
        chart = {"scope": "spans", "measures": list(measures)} | how
        self.charts.append(chart | {"filter": _and(self._filter, also)})


def _total(charts: Mapping[str, Series]) -> dict[str, Any]:
    """All calls together, with the time before and the cost of a user."""
    figures, before = Figures(), Figures()
    for point in _points(charts["all"]):
        figures.add(point)
    for point in _points(charts["all"]["previous"]):
        before.add(point)
    users, paid = 0, None
    for point in _points(charts["users"]):
        users, paid = point["uniq(user_id)"], point["sum(cost.total)"]
    return {
        **figures.shown(),
        **_compared(figures, before),
        "users": users,
        "cost_per_user": None if paid is None or not users else paid / users,
    }


class _Rows:
    """The rows of a report: its groups in the order of their cost, or by time."""

    def __init__(
        self, report: Report, charts: Mapping[str, Series], earlier: Series | None
    ) -> None:
        self._report = report
        self._splitting = report.splitting
        self._rows: dict[Key, Figures] = {}
        for key, point in self._read(charts["rows"]):
            self._rows.setdefault(key, Figures()).add(point)
        self._shown_groups = {group for group, _ in self._rows}
        self._before = self._times_before(charts["rows"], earlier)

    def shown(self) -> Iterator[dict[str, Any]]:
        whole = self._report.total["cost"]["total"]
        for (group, start), figures in self._rows.items():
            if figures.is_empty and not figures.calls_without_usage:
                continue
            named = dict(zip(self._splitting.fields, group or (), strict=False))
            of = {name: named.get(name) for name in self._splitting.fields}
            yield {
                "group": of | self._time_of(start),
                "other": group is None,
                **self._window(start),
                "filter": None if group is None else filter_of_row(self._splitting, of),
                **figures.shown(),
                "share": share(figures.cost["total"], whole),
                **self._compared_with(group, start, figures),
            }

    def _read(self, chart: Series) -> Iterator[tuple[Key, Mapping[str, Any]]]:
        unit = self._splitting.unit
        for series in chart["series"]:
            group = None if series.get("other") else tuple(series["group"].values())
            for point in series["points"]:
                start = None if unit is None else start_of(unit, _moment(point["time"]))
                yield (group, start), point

    def _times_before(self, sums: Series, earlier: Series | None) -> dict[Key, Figures]:
        found: dict[Key, Figures] = {}
        before = earlier if self._splitting.unit else sums["previous"]
        for key, point in self._read(before) if before else ():
            if key[0] is None or key[0] in self._shown_groups:
                found.setdefault(key, Figures()).add(point)
        return found

    def _time_of(self, start: datetime | None) -> dict[str, str]:
        unit = self._splitting.unit
        return {} if unit is None or start is None else {unit: start.date().isoformat()}

    def _window(self, start: datetime | None) -> dict[str, Any]:
        """From when to when a row tells, and whether that is less than all of its interval."""
        unit, report = self._splitting.unit, self._report
        if unit is None or start is None:
            return {"from": _text(report.since), "to": _text(report.until), "partial": False}
        end = after(unit, start)
        return {
            "from": _text(max(start, report.since)),
            "to": _text(min(end, report.until)),
            "partial": start < report.since or end > report.until,
        }

    def _compared_with(
        self, group: tuple[str | None, ...] | None, start: datetime | None, figures: Figures
    ) -> dict[str, Any]:
        unit = self._splitting.unit
        if unit is None or start is None:
            return _compared(figures, self._before.get((group, None), Figures()))
        earlier = start_of(unit, start - timedelta(seconds=1))
        partial = self._window(start)["partial"]
        known = (group, earlier) in self._rows and not self._window(earlier)["partial"]
        before = (self._rows if known else self._before).get((group, earlier), Figures())
        compared = _compared(figures, before)
        return compared | {"change": None} if partial else compared


def _compared(now: Figures, before: Figures) -> dict[str, Any]:
    cost = before.cost["total"]
    return {
        "before": {"cost": cost, "total_tokens": before.usage["total_tokens"]},
        "change": change(now.cost["total"], cost),
    }


def _points(chart: Series) -> Iterator[Mapping[str, Any]]:
    for series in chart["series"]:
        yield from series["points"]


def _previous(chart: Series) -> tuple[datetime, datetime]:
    previous = chart["previous"]
    return _moment(previous["from"]), _moment(previous["to"])


def _and(*conditions: str) -> str:
    given = [f"({each})" for each in conditions if each.strip()]
    return " and ".join(given)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
