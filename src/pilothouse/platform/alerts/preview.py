"""What a rule would have done on what was recorded: its own states over the windows of a month."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from pilothouse.platform.alerts import sources
from pilothouse.platform.alerts.conditions import RANK, SEASON_S, Baseline, Level, Severity
from pilothouse.platform.alerts.evaluation import Seen, reading_of
from pilothouse.platform.alerts.expected import baseline, neighbours, samples_of, slots
from pilothouse.platform.alerts.judging import step
from pilothouse.platform.alerts.models import AlertRule, Points
from pilothouse.platform.alerts.states import GAP_US, Change, State
from pilothouse.platform.records import moment
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.intervals import MOST, MOST_POINTS

MOST_LOOKS: Final = 50_000
"""Windows of all groups together; where there are more, fewer groups are tried."""
MOST_SAMPLES: Final = 2_000_000
"""Values that all looks together compare with; where there are more, less of the past is tried."""
MOST_EPISODES: Final = 1_000
SHOWN_GROUPS: Final = 10
SHOWN_POINTS: Final = 2_000
"""Of a group: a chart has not more pixels."""


@dataclass(slots=True, kw_only=True)
class Episode:
    """A time that the rule would have called wrong."""

    group: str
    level: Severity
    opened_at: datetime
    ended_at: datetime | None = None
    value: float | None = None
    notifications: int = 0
    figure: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One look."""

    at_s: int
    value: float | None
    expected: float | None
    spread: float | None
    level: Level


@dataclass(slots=True, kw_only=True)
class Preview:
    """What a rule would have done."""

    since: datetime
    until: datetime
    groups: int = 0
    """How many were tried."""
    evaluations: int = 0
    episodes: list[Episode] = field(default_factory=list)
    series: dict[str, list[Point]] = field(default_factory=dict)

    @property
    def notifications(self) -> int:
        return sum(one.notifications for one in self.episodes)


class Previews:
    """Tries rules on what was recorded: one at a time, because each keeps a processor busy."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._one_at_a_time = asyncio.Lock()

    async def of(self, rule: AlertRule, project: str, days: int, now: datetime) -> Preview:
        """What a rule would have done in the last days, or in as much of them as can be tried.

        Raises BadRequest.
        """
        async with self._one_at_a_time:
            return await self._of(rule, project, days, now)

    async def _of(self, rule: AlertRule, project: str, days: int, now: datetime) -> Preview:
        question, window_s = rule.question, rule.question.window_s
        names = {rule.project_id: project}
        await self._store.visible()
        until_s = int(now.timestamp()) // window_s * window_s
        looks = min(days * 86_400 // window_s, MOST_SAMPLES // _samples(rule))
        first_s = until_s - looks * window_s
        groups = await self._groups(rule, names, first_s, until_s)
        begin_s = first_s
        if rule.condition.compares:
            condition = rule.condition
            around_s = neighbours(condition, window_s) * window_s
            begin_s -= condition.periods * SEASON_S[condition.season] + around_s
        points: Points = {}
        # A part has no more points and intervals than the store answers.
        step_s = min(MOST, MOST_POINTS // max(1, len(groups)) - 1) * window_s
        for start_s in range(begin_s, until_s, step_s):
            end_s = min(start_s + step_s, until_s)
            measures = [question.measure]
            points |= await sources.points(
                self._store, question, measures, names, start_s, end_s, groups
            )
        oldest_s = await sources.oldest_s(self._store, question, [rule.project_id])
        simulated = Simulation(rule, points, first_s, until_s, oldest_s)
        return await asyncio.to_thread(simulated.run, groups)

    async def _groups(
        self, rule: AlertRule, names: Mapping[int, str], first_s: int, until_s: int
    ) -> Sequence[str]:
        question = rule.question
        if not question.group_by:
            return [""]
        since, until = moment(first_s * 1_000_000), moment(until_s * 1_000_000)
        looks = (until_s - first_s) // question.window_s
        measures = [question.measure]
        read = await sources.window(self._store, question, measures, names, since, until)
        found = read.groups
        most = min(MOST_LOOKS // looks, MOST_SAMPLES // (looks * _samples(rule)))
        return found[: min(question.limit, max(1, most))]


def _samples(rule: AlertRule) -> int:
    """What one look at one group costs: the values that it compares with."""
    condition = rule.condition
    return samples_of(condition, rule.question.window_s) if condition.compares else 1


class Simulation:
    """A rule looks at one window after the other."""

    def __init__(
        self, rule: AlertRule, points: Points, first_s: int, until_s: int, oldest_s: int
    ) -> None:
        """`oldest_s`: before that the application was not there, and nothing is no 0."""
        self._rule = rule
        self._points = points
        self._first_s, self._until_s, self._oldest_s = first_s, until_s, oldest_s
        window_us = rule.question.window_s * 1_000_000
        self._timing = replace(rule.timing, gap_us=max(GAP_US, 2 * window_us))
        self._measure = sources.measure_in(rule.question)

    def run(self, groups: Sequence[str]) -> Preview:
        """What the rule would have done."""
        window_s = self._rule.question.window_s
        # Before the application was there, there was nothing to be told of.
        first_s = max(self._first_s, -(-self._oldest_s // window_s) * window_s)
        since, until = moment(self._first_s * 1_000_000), moment(self._until_s * 1_000_000)
        preview = Preview(since=since, until=until, groups=len(groups))
        for group in groups:
            points = list(self._group(group, range(first_s, self._until_s, window_s), preview))
            preview.evaluations += len(points)
            if len(preview.series) < SHOWN_GROUPS:
                preview.series[group] = thinned(points, SHOWN_POINTS)
        preview.episodes.sort(key=lambda one: one.opened_at, reverse=True)
        return preview

    def _group(self, group: str, starts: range, preview: Preview) -> Sequence[Point]:
        rule, timing = self._rule, self._timing
        state, open_episode = State(), None
        points = []
        for start_s in starts:
            at_s = start_s + starts.step
            seen = self._seen(group, start_s)
            after, change = step(rule, seen, state, timing, at_s * 1_000_000)
            state, reading = after.state, after.reading
            if change is not None:
                open_episode = _noted(preview, group, change, open_episode, at_s)
            if open_episode is not None and _is_worse(rule, reading.figure, open_episode.figure):
                open_episode.value, open_episode.figure = reading.value, reading.figure
            points.append(
                Point(
                    at_s=at_s,
                    value=reading.value,
                    expected=reading.expected,
                    spread=reading.spread,
                    level=state.level,
                )
            )
        return points

    def _seen(self, group: str, start_s: int) -> Seen:
        rule = self._rule
        value = sources.value_at(self._points, rule.question, start_s, group)
        expected = self._expected(group, start_s) if rule.condition.compares else None
        has_data = sources.has_data(self._points, start_s, group)
        return Seen(reading_of(rule, value, expected), has_data)

    def _expected(self, group: str, start_s: int) -> Baseline | None:
        condition, question = self._rule.condition, self._rule.question
        samples = [
            value
            for period in slots(condition, question.window_s, start_s)
            if period[0] + question.window_s > self._oldest_s
            for start in period
            if (value := sources.value_at(self._points, question, start, group)) is not None
        ]
        return baseline(condition, self._measure, samples)


def _noted(
    preview: Preview, group: str, change: Change, opened: Episode | None, at_s: int
) -> Episode | None:
    """Write a change down; -> the episode that is open after it."""
    at = moment(at_s * 1_000_000)
    if opened is None:
        assert change.level != "ok"  # what ends has begun
        opened = Episode(group=group, level=change.level, opened_at=at)
        preview.episodes.append(opened)
    opened.notifications += not change.silence
    if change.level == "ok":
        opened.ended_at = at
        return None
    if RANK[change.level] > RANK[opened.level]:
        opened.level = change.level
    return opened


def _is_worse(rule: AlertRule, figure: float | None, before: float | None) -> bool:
    if figure is None or before is None:
        return figure is not None
    return figure > before if rule.condition.rising else figure < before


def thinned(points: Sequence[Point], most: int) -> list[Point]:
    """Points, at most so many: of each stretch the one of the worst level, else the largest."""
    stretch = -(-len(points) // most) if points else 1
    return [
        max(
            points[place : place + stretch],
            key=lambda one: (
                RANK[one.level],
                one.value if one.value is not None else float("-inf"),
            ),
        )
        for place in range(0, len(points), stretch)
    ]
