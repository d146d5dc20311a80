"""Reads what was in the same hour of earlier weeks or days, once for as long as that holds."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from pilothouse.platform.alerts.asking import (
    Shared,
    name_of,
    number_of,
    of_nothing,
    question_of,
)
from pilothouse.platform.alerts.conditions import Baseline, Condition
from pilothouse.platform.alerts.expected import baseline, slots
from pilothouse.platform.alerts.models import AlertRule, Question
from pilothouse.platform.store import aggregates
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.extent import extent_of

MOST_KEPT: Final = 2_000
_Key = tuple[Shared, int, int]
"""What is asked, and the time that was read: its begin and end in seconds."""
Points = dict[int, dict[str, dict[str, float | None]]]
"""Figures by the begin of their window, group and measure."""


@dataclass(slots=True)
class _Read:
    measures: frozenset[str]
    groups: frozenset[str]
    points: Points = field(default_factory=dict)


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
        start_s = int(until.timestamp()) - key.window_s
        measures = frozenset(rule.question.measure for rule in rules)
        oldest = (await extent_of(self._store, list(project))).oldest
        found: dict[tuple[str, str], Baseline | None] = {}
        for rule in rules:
            condition, question = rule.condition, rule.question
            samples: dict[str, list[float]] = {group: [] for group in groups}
            for period in slots(condition, key.window_s, start_s):
                if period[0] + key.window_s <= oldest:
                    continue  # the application was not there yet: nothing is no 0 then
                points = await self._read(key, question, measures, project, period, groups)
                for group in groups:
                    samples[group] += _values(points, period, group, question.measure)
            for group in groups:
                found[rule.id, group] = _baseline(condition, question, samples[group])
        return found

    async def _read(
        self,
        key: Shared,
        question: Question,
        measures: frozenset[str],
        project: Mapping[int, str],
        period: Sequence[int],
        groups: Collection[str],
    ) -> Points:
        place = (key, period[0], period[-1] + key.window_s)
        wanted = frozenset(groups)
        known = self._known.get(place)
        if known is not None and known.measures >= measures and known.groups >= wanted:
            return known.points
        if len(self._known) >= MOST_KEPT:
            self._known.clear()
        points = await read_points(
            self._store, question, measures, project, place[1], place[2], wanted
        )
        self._known[place] = _Read(measures, wanted, points)
        return points


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


def _values(points: Points, period: Sequence[int], group: str, measure: str) -> list[float]:
    return [
        value for start in period if (value := value_at(points, start, group, measure)) is not None
    ]


def value_at(points: Points, start_s: int, group: str, measure: str) -> float | None:
    """What a measure was in one window."""
    figures = points.get(start_s, {}).get(group)
    return of_nothing(measure) if figures is None else figures[measure]


def _baseline(
    condition: Condition, question: Question, samples: Sequence[float]
) -> Baseline | None:
    return baseline(condition, number_of(question.measure), samples)
