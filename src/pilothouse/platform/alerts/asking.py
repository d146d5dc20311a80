"""From the question of a rule to one of the store: rules that look at the same rows share it."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pilothouse.platform.alerts.models import MOST_GROUPS, Question
from pilothouse.platform.errors import BadRequest
from pilothouse.platform.query.scope import filter_of
from pilothouse.platform.store import aggregates
from pilothouse.platform.store.aggregates import Group
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.measures import Measure, measure_of, split_of
from pilothouse.platform.store.selection import Selection

COUNT: Final = measure_of("count")
"""Stands first in each question: it chooses the groups, so that all rules choose the same."""
MOST_READ: Final = 1_000
"""Groups that are read: those of a rule, and others whose episode is open."""
_NONE_OF_NOTHING: Final = ("count", "error_count", "sum", "uniq")
Values = dict[str, float | None]
"""A figure for each group."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What rules have to have in common to be answered together."""

    project_id: int
    scope: str
    filter: str
    group_by: str
    window_s: int


def shared(project_id: int, question: Question) -> Shared:
    """What a question has in common with others."""
    return Shared(project_id, question.scope, question.filter, question.group_by, question.window_s)


def number_of(text: str) -> Measure:
    """The measure of a text, which is one number. Raises BadRequest."""
    measure = measure_of(text)
    if measure.per is None and measure.of.function in ("histogram", "values"):
        raise BadRequest(f"{text} is no number that could be too high", {"parameter": "measure"})
    return measure


@functools.lru_cache(maxsize=256)  # a preview asks this of each value that is not there
def of_nothing(text: str) -> float | None:
    """What a measure is where there are no rows: of counts and sums 0, else unknown."""
    measure = measure_of(text)
    return 0.0 if measure.per is None and measure.of.function in _NONE_OF_NOTHING else None


def is_count(measure: Measure) -> bool:
    """Whether it is a number of rows."""
    return measure.per is None and measure.of.function in ("count", "error_count", "uniq")


def question_of(
    question: Question,
    measures: Sequence[str],
    project: Mapping[int, str],
    since: datetime,
    until: datetime,
    *,
    interval_s: int | None = None,
    chosen: Sequence[Group] | None = None,
) -> aggregates.Question:
    """What is asked of the store about a time. Raises BadRequest."""
    if question.scope == "hosts":
        raise BadRequest("hosts are not measured as spans are", {"parameter": "scope"})
    wanted = [COUNT, *(number_of(text) for text in dict.fromkeys(measures) if text != COUNT.text)]
    return aggregates.Question(
        scope=question.scope,
        selection=Selection(
            projects=project,
            since=since,
            until=until,
            filter=filter_of(question.filter),
            now=until,
        ),
        measures=wanted,
        group_by=[split_of(question.group_by, question.scope)] if question.group_by else [],
        interval_s=interval_s,
        limit=MOST_READ if interval_s is None else MOST_GROUPS,
        chosen=chosen,
    )


@dataclass(frozen=True)
class Answers:
    """What one read told of a window: figures by measure and group, the largest groups first."""

    groups: Sequence[str]
    values: Mapping[str, Values]

    @functools.cached_property
    def present(self) -> frozenset[str]:
        """The groups that have rows."""
        return frozenset(self.groups)


async def read(store: Store, asked: aggregates.Question) -> Answers:
    """The measures of a window, by group. Raises BadRequest."""
    answer = await aggregates.measure(store, asked)
    groups = [name_of(group) for _, group, _ in answer.rows]
    if not asked.group_by and answer.rows and not answer.rows[0][2][COUNT.text]:
        groups = []  # without groups there is a row though nothing is in it
    values = {
        each.text: {name_of(group): figures[each.text] for _, group, figures in answer.rows}
        for each in asked.measures
    }
    return Answers(groups, values)


def name_of(group: Group) -> str:
    """A group by the value of its one field; "" for none."""
    return group[0] if group else ""
