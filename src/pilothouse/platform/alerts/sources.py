"""Reads what rules measure, of spans or of hosts, and how far back there is anything."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime

from pilothouse.platform.alerts import asking, of_hosts
from pilothouse.platform.alerts.asking import Answers, name_of
from pilothouse.platform.alerts.models import Points, Question
from pilothouse.platform.store import aggregates, hosts
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.extent import extent_of
from pilothouse.platform.store.measures import Measure


async def window(
    store: Store,
    question: Question,
    measures: Sequence[str],
    project: Mapping[int, str],
    since: datetime,
    until: datetime,
) -> Answers:
    """The measures of a window, by group. Raises BadRequest."""
    if question.scope == "hosts":
        return await of_hosts.window(store, question, measures, project, since, until)
    return await asking.read(store, asking.question_of(question, measures, project, since, until))


async def points(
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
    since, until = (datetime.fromtimestamp(at, UTC) for at in (since_s, until_s))
    if question.scope == "hosts":
        return await of_hosts.points(store, question, measures, project, since, until, groups)
    asked = asking.question_of(
        question,
        sorted(measures),
        project,
        since,
        until,
        interval_s=question.window_s,
        chosen=[(group,) for group in sorted(groups)] if question.group_by else None,
    )
    answer = await aggregates.measure(store, asked)
    found: Points = {}
    for time_s, group, figures in answer.rows:
        if time_s is not None:
            found.setdefault(time_s, {})[name_of(group)] = figures
    return found


def value_at(points: Points, question: Question, start_s: int, group: str) -> float | None:
    """What a rule's measure was in one window."""
    figures = points.get(start_s, {}).get(group)
    return of_nothing(question) if figures is None else figures[question.measure]


def has_data(points: Points, start_s: int, group: str) -> bool:
    """Whether there was anything in one window."""
    return bool(points.get(start_s, {}).get(group, {}).get(asking.COUNT.text))


def of_nothing(question: Question) -> float | None:
    """What a rule's measure is where there is nothing."""
    if question.scope == "hosts":
        return 0.0 if question.measure == of_hosts.COUNT else None
    return asking.of_nothing(question.measure)


def measure_in(question: Question) -> Measure | None:
    """The measure of spans that is asked; None for a share of a host. Raises BadRequest."""
    if question.scope == "hosts" and question.measure != of_hosts.COUNT:
        of_hosts.check(question, [question.measure])
        return None
    return asking.number_of(question.measure)


async def oldest_s(store: Store, question: Question, projects: Collection[int]) -> int:
    """Before that there was nothing to be measured, in seconds since 1970."""
    if question.scope == "hosts":
        return await hosts.oldest(store, projects)
    return (await extent_of(store, list(projects))).oldest
