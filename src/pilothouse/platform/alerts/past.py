"""Reads what was in the same hour of earlier weeks or days, once for as long as that holds."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from pilothouse.platform.alerts.asking import (
    Shared,
    name_of,
    number_of,
    of_nothing,
    question_of,
)
from pilothouse.platform.alerts.conditions import Baseline
from pilothouse.platform.alerts.expected import baseline, slots
from pilothouse.platform.alerts.models import AlertRule, Question
from pilothouse.platform.store import aggregates
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.extent import extent_of

UNUSED_S: Final = 180
"""What no look has used for so long is read again if it is asked for."""
_Key = tuple[Shared, int, int]
"""What is asked, and the time that was read: its begin and end in seconds."""
Points = dict[int, dict[str, dict[str, float | None]]]
"""Figures by the begin of their window, group and measure."""


_Period = tuple[Sequence[int], Points]
"""The beginnings of the windows of a period that are samples, and what was in it."""


@dataclass(slots=True)
class _Read:
    measures: frozenset[str]
    groups: frozenset[str]
    points: Points
    used_s: int
    """The end of the window for which it was used last."""


class Past:
    """Baselines of rules; what was read is kept until their window has moved on."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[_Key, _Read] = {}

    async def baselines(
        self,
        key: Shared,
        rules: Sequence[AlertRule],
        project: Mapping[int, str],
        until: datetime,
        groups: Collection[str],
    ) -> dict[tuple[str, str], Baseline | None]:
        """By rule and group what was to be expected of the window that ends then."""
        until_s = int(until.timestamp())
        start_s = until_s - key.window_s
        self._forget(until_s)
        measures = frozenset(rule.question.measure for rule in rules)
        oldest = (await extent_of(self._store, list(project))).oldest
        known: list[tuple[AlertRule, list[_Period]]] = []
        for rule in rules:
            periods: list[_Period] = []
            for starts in slots(rule.condition, key.window_s, start_s):
                if starts[0] + key.window_s <= oldest:
                    continue  # the application was not there yet: nothing is no 0 then
                points = await self._read(
                    key, rule.question, measures, project, starts, groups, until_s
                )
                periods.append((starts, points))
            known.append((rule, periods))
        # Many groups take a while to sum up, and others wait for the loop.
        return await asyncio.to_thread(_baselines, known, groups)

    async def _read(
        self,
        key: Shared,
        question: Question,
        measures: frozenset[str],
        project: Mapping[int, str],
        period: Sequence[int],
        groups: Collection[str],
        used_s: int,
    ) -> Points:
        place = (key, period[0], period[-1] + key.window_s)
        wanted = frozenset(groups)
        known = self._known.get(place)
        if known is not None and known.measures >= measures and known.groups >= wanted:
            known.used_s = used_s
            return known.points
        points = await read_points(
            self._store, question, measures, project, place[1], place[2], wanted
        )
        self._known[place] = _Read(measures, wanted, points, used_s)
        return points

    def _forget(self, until_s: int) -> None:
        """Drop what rules have moved on from."""
        for place in [
            place for place, one in self._known.items() if one.used_s < until_s - UNUSED_S
        ]:
            del self._known[place]


async def read_points(
    store: Store,
    question: Question,
    measures: Collection[str],
    project: Mapping[int, str],
    since_s: int,
    until_s: int,
    groups: Collection[str],
) -> Points:
    """The figures of each window of a time. Raises BadRequest."""
    if question.group_by and not groups:
        return {}
    asked = question_of(
        question,
        sorted(measures),
        project,
        datetime.fromtimestamp(since_s, UTC),
        datetime.fromtimestamp(until_s, UTC),
        interval_s=question.window_s,
        chosen=[(group,) for group in sorted(groups)] if question.group_by else None,
    )
    answer = await aggregates.measure(store, asked)
    points: Points = {}
    for time_s, group, figures in answer.rows:
        if time_s is not None:
            points.setdefault(time_s, {})[name_of(group)] = figures
    return points


def value_at(points: Points, start_s: int, group: str, measure: str) -> float | None:
    """What a measure was in one window."""
    figures = points.get(start_s, {}).get(group)
    return of_nothing(measure) if figures is None else figures[measure]


def _baselines(
    known: Sequence[tuple[AlertRule, Sequence[_Period]]], groups: Collection[str]
) -> dict[tuple[str, str], Baseline | None]:
    """By rule and group what was to be expected, from what is known of earlier periods."""
    found: dict[tuple[str, str], Baseline | None] = {}
    for rule, periods in known:
        measure = number_of(rule.question.measure)
        for group in groups:
            samples = [
                value
                for starts, points in periods
                for start in starts
                if (value := value_at(points, start, group, measure.text)) is not None
            ]
            found[rule.id, group] = baseline(rule.condition, measure, samples)
    return found
