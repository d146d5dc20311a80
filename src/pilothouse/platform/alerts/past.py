"""Reads what was in the same hour of earlier weeks or days, once for as long as that holds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pilothouse.platform.alerts import sources
from pilothouse.platform.alerts.asking import Shared
from pilothouse.platform.alerts.conditions import Baseline
from pilothouse.platform.alerts.expected import baseline, slots
from pilothouse.platform.alerts.models import AlertRule, Points, Question
from pilothouse.platform.store.engine import Store

UNUSED_S: Final = 180
"""What no look has used for so long is read again if it is asked for."""
OLDEST_S: Final = 3_600
_Key = tuple[Shared, int, int]
"""What is asked, and the time that was read: its begin and end in seconds."""
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
        self._oldest: dict[int, tuple[float, int]] = {}
        """Of the hosts of a project: when that was read, and what was found."""

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
        oldest = await self._oldest_s(rules[0].question, list(project))
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

    async def _oldest_s(self, question: Question, projects: list[int]) -> int:
        """Since when there is anything; of hosts as it was an hour ago, for all points tell it."""
        if question.scope != "hosts":
            return await sources.oldest_s(self._store, question, projects)
        at, found = self._oldest.get(projects[0], (0.0, 0))
        if not found or time.monotonic() - at > OLDEST_S:
            found = await sources.oldest_s(self._store, question, projects)
            if found < time.time() - OLDEST_S:  # else the first of them may still come
                self._oldest[projects[0]] = (time.monotonic(), found)
        return found

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
        points = await sources.points(
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


def _baselines(
    known: Sequence[tuple[AlertRule, Sequence[_Period]]], groups: Collection[str]
) -> dict[tuple[str, str], Baseline | None]:
    """By rule and group what was to be expected, from what is known of earlier periods."""
    found: dict[tuple[str, str], Baseline | None] = {}
    for rule, periods in known:
        measure = sources.measure_in(rule.question)
        for group in groups:
            samples = [
                value
                for starts, points in periods
                for start in starts
                if (value := sources.value_at(points, rule.question, start, group)) is not None
            ]
            found[rule.id, group] = baseline(rule.condition, measure, samples)
    return found
