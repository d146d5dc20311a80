"""Measures over time and groups: one chart, or a board whose charts share their queries."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from pilothouse.platform.errors import BadRequest
from pilothouse.platform.query.scope import Projects, filter_of, projects_of
from pilothouse.platform.query.sums_models import Measured, MetricsQuestion
from pilothouse.platform.store import aggregates
from pilothouse.platform.store.aggregates import Answer, Group, Question
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.intervals import MOST, check_number, interval_s
from pilothouse.platform.store.measures import measure_of, split_of
from pilothouse.platform.store.selection import Selection
from pilothouse.platform.store.shown import rfc3339
from pilothouse.platform.store.text_match import pieces


@dataclass(frozen=True, slots=True)
class _Chart:
    """A chart as it is asked of the store, with the key of those that one query answers."""

    asked: Measured
    question: Question

    @property
    def shared(self) -> tuple[object, ...]:
        asked, question = self.asked, self.question
        # The first measure chooses the groups.
        first = question.measures[0] if asked.group_by else None
        where = (asked.scope, asked.filter, asked.q, question.interval_s)
        return (*where, tuple(asked.group_by), asked.limit, asked.other, first)


@dataclass(frozen=True, slots=True)
class _Answers:
    now: Answer
    before: dict[str, Answer]
    """By what charts compare with."""


class MetricQueries:
    """Measures traces, spans and sessions."""

    def __init__(self, store: Store, projects: Projects) -> None:
        self._store = store
        self._projects = projects

    async def answer(self, asked: MetricsQuestion) -> dict[str, Any]:
        """The series of a question, or those of each of its charts. Raises BadRequest, NotFound."""
        charts = self._charts(asked)
        sharing = _sharing(charts)
        await self._store.visible()
        found = await asyncio.gather(*map(self._asked, sharing))
        of = {id(chart): one for each, one in zip(sharing, found, strict=True) for chart in each}
        shown = [_shown(chart, of[id(chart)]) for chart in charts]
        return {"charts": shown} if asked.charts else shown[0]

    def _charts(self, asked: MetricsQuestion) -> list[_Chart]:
        now = datetime.now(UTC)
        since, until = _utc(asked.since), _utc(asked.until)
        window = Selection(
            projects=projects_of(self._projects, asked.project, plain=True),
            since=since,
            until=until,
            now=now,
        )
        charts = []
        wanted: Sequence[Measured] = asked.charts or [asked]
        for chart in wanted:
            own = chart.model_fields_set
            interval = chart.interval if "interval" in own else asked.interval
            compare = chart.compare if "compare" in own else asked.compare
            if interval:
                check_number(interval, since, until or now)
            question = _question(chart, window, interval)
            if any(each.per_second for each in question.measures) and since is None:
                raise BadRequest("a rate needs a time that begins: say from", {"parameter": "from"})
            resolved = chart.model_copy(update={"interval": interval, "compare": compare})
            charts.append(_Chart(resolved, question))
        return charts

    async def _asked(self, charts: Sequence[_Chart]) -> _Answers:
        """What charts are answered that share a query, and the same groups in times before."""
        question = _together(charts)
        now = await aggregates.measure(self._store, question)
        chosen: list[Group] | None = None
        if now.truncated:
            chosen = list(dict.fromkeys(group for _, group, _ in now.rows))
        before: dict[str, Answer] = {}
        for compare in dict.fromkeys(each.asked.compare for each in charts):
            if compare is None:
                continue
            since, until = _before(question, compare)
            earlier = replace(
                _together([each for each in charts if each.asked.compare == compare]),
                selection=replace(question.selection, since=since, until=until),
                chosen=chosen,
            )
            before[compare] = await aggregates.measure(self._store, earlier)
        return _Answers(now, before)


def check_chart(chart: Measured) -> None:
    """Raise BadRequest for a chart that no time could be asked for."""
    now = datetime.now(UTC)
    day = Selection(projects={0: ""}, since=now - timedelta(days=1), until=now, now=now)
    question = _question(chart, day, chart.interval)
    aggregates.check(question)
    if chart.compare:
        _before(question, chart.compare)


def _question(chart: Measured, window: Selection, interval: str | None) -> Question:
    """A chart as it is asked of the store. Raises BadRequest."""
    return Question(
        scope=chart.scope,
        selection=replace(
            window, filter=filter_of(chart.filter), pieces=tuple(pieces(chart.q or ""))
        ),
        measures=[measure_of(text) for text in dict.fromkeys(chart.measures)],
        group_by=[split_of(text, chart.scope) for text in chart.group_by],
        interval_s=interval_s(interval) if interval else None,
        limit=chart.limit,
        other=chart.other,
    )


def _sharing(charts: Sequence[_Chart]) -> list[list[_Chart]]:
    """The charts in lists of those that one query answers."""
    found: dict[tuple[object, ...], list[_Chart]] = {}
    for chart in charts:
        found.setdefault(chart.shared, []).append(chart)
    shared = list(found.values())
    for whole in [of for of in shared if of[0].question.interval_s is None]:
        timed = next((of for of in shared if of is not whole and _are_of_one_read(of, whole)), None)
        if timed is not None:
            timed += whole
            shared.remove(whole)
    return shared


def _are_of_one_read(timed: Sequence[_Chart], whole: Sequence[_Chart]) -> bool:
    """Whether the rows that charts read by interval are those that others add up."""
    one, other = timed[0].question, whole[0].question
    if one.interval_s is None or one.group_by or other.group_by or one.scope == "sessions":
        return False
    if (one.scope, one.selection) != (other.scope, other.selection):
        return False
    # Sums of hours tell a whole, but no minutes.
    if one.scope == "spans" and one.interval_s % 3600:
        return False
    compared = {each.asked.compare for each in (*timed, *whole) if each.asked.compare}
    return all(_before(one, compare) == _before(other, compare) for compare in compared)


def _together(charts: Sequence[_Chart]) -> Question:
    """The question that has the measures of all charts."""
    measures = dict.fromkeys(each for chart in charts for each in chart.question.measures)
    intervals = {chart.question.interval_s for chart in charts}
    interval_s = next((each for each in intervals if each is not None), None)
    return replace(
        charts[0].question,
        measures=list(measures),
        interval_s=interval_s,
        whole=interval_s is not None and None in intervals,
    )


def _utc(moment: datetime | None) -> datetime | None:
    """A moment that says no zone is one in UTC."""
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


def _before(question: Question, compare: str) -> tuple[datetime, datetime]:
    """The time to compare with: so much earlier that its intervals fall on those of now."""
    selection, step = question.selection, question.interval_s or 1
    if selection.since is None:
        raise BadRequest("to compare needs a time that begins: say from", {"parameter": "from"})
    until = selection.until or selection.now
    if compare == "previous":
        lasts = (until - selection.since) / timedelta(seconds=step)
        earlier = timedelta(seconds=step * -int(-lasts // 1))
    else:
        earlier = timedelta(seconds=interval_s(compare, "compare"))
        if earlier.total_seconds() % step:
            raise BadRequest(
                f"{compare} earlier is not a whole number of intervals", {"parameter": "compare"}
            )
    try:
        return selection.since - earlier, until - earlier
    except OverflowError:
        raise BadRequest("no calendar goes back so far: ask for a shorter time") from None


def _shown(chart: _Chart, answers: _Answers) -> dict[str, Any]:
    now, compare = answers.now, chart.asked.compare
    shown: dict[str, Any] = {
        "interval": chart.asked.interval,
        "series": _series(chart, now, chart.question.selection.since),
        "truncated": now.truncated,
        "group_count": now.group_count,
    }
    if compare is not None:
        since, until = _before(chart.question, compare)
        shown["previous"] = {
            "from": _time(since),
            "to": _time(until),
            "series": _series(chart, answers.before[compare], since),
        }
    return shown


def _series(chart: _Chart, answer: Answer, since: datetime | None) -> list[dict[str, Any]]:
    """The points of each group, and of all others together."""
    texts = [each.text for each in chart.question.measures]
    keys = ["time", *texts]
    start = None if since is None else _time(since)
    fields = chart.asked.group_by

    def point(time_s: int | None, values: dict[str, Any]) -> dict[str, Any]:
        time = start if time_s is None else _interval(time_s)
        return dict(zip(keys, (time, *[values[text] for text in texts]), strict=True))

    points: dict[Group, list[dict[str, Any]]] = {}
    for time_s, group, values in answer.rows:
        if (time_s is None) != (chart.question.interval_s is None):
            continue  # of charts that it shares its read with
        points.setdefault(group, []).append(point(time_s, values))
    series: list[dict[str, Any]] = [
        {"group": dict(zip(fields, (value or None for value in group), strict=True)), "points": of}
        for group, of in points.items()
    ]
    if answer.other:
        others = [point(time_s, values) for time_s, values in answer.other]
        series.append({"group": dict.fromkeys(fields), "other": True, "points": others})
    return series


@lru_cache(maxsize=MOST)
def _interval(start_s: int) -> str | None:
    """The start of an interval: charts share them, and to write one takes as long as a point."""
    return rfc3339(start_s * 1_000_000)


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
