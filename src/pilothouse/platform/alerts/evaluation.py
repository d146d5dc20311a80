"""Looks at a window for many rules at once: what they have in common is read once."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pilothouse.platform.alerts import sources
from pilothouse.platform.alerts.asking import MOST_READ, Answers, Shared, shared
from pilothouse.platform.alerts.conditions import Baseline
from pilothouse.platform.alerts.models import AlertRule, GroupState, Reading
from pilothouse.platform.alerts.past import Past
from pilothouse.platform.errors import ApiError, Unavailable
from pilothouse.platform.store.engine import Store

log = logging.getLogger("pilothouse.alerts")

States = Mapping[str, GroupState]
"""Where a rule stood, by group."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was read of a group."""

    reading: Reading
    has_data: bool


Looked = dict[str, Seen] | ApiError
"""What was read of a rule by group, or why it cannot be."""


class Evaluation:
    """Reads the store for rules."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._past = Past(store)

    async def look(
        self,
        rules: Sequence[AlertRule],
        names: Mapping[int, str],
        states: Mapping[str, States],
        until: datetime,
    ) -> dict[str, Looked]:
        """What the windows that end then hold, by rule; a rule that could not be read is missing.

        `names` are those of the projects. A rule that cannot be asked disturbs no other one.
        """
        sharing: dict[Shared, list[AlertRule]] = {}
        for rule in rules:
            if rule.project_id in names:
                sharing.setdefault(shared(rule.project_id, rule.question), []).append(rule)
        found: dict[str, Looked] = {}
        for key, together in sharing.items():
            project = {key.project_id: names[key.project_id]}
            found |= await self._apart(key, together, project, states, until)
        return found

    async def ask(self, rule: AlertRule, project: str, now: datetime) -> None:
        """Ask what the rule would ask each minute, and forget the answer. Raises BadRequest."""
        await self._store.visible()
        key = shared(rule.project_id, rule.question)
        await self._together(key, [rule], {rule.project_id: project}, {}, now)

    async def _apart(
        self,
        key: Shared,
        rules: Sequence[AlertRule],
        project: Mapping[int, str],
        states: Mapping[str, States],
        until: datetime,
    ) -> dict[str, Looked]:
        """The rules together, and each for itself where one of them cannot be asked."""
        try:
            return {**await self._together(key, rules, project, states, until)}
        except Unavailable as away:
            log.warning("%d alert rules wait for the next minute: %s", len(rules), away)
            return {}
        except ApiError as refused:
            if len(rules) == 1:
                return {rules[0].id: refused}
        except Exception:  # whatever a store says: the others are looked at all the same
            log.exception("%d alert rules wait for the next minute", len(rules))
            return {}
        found: dict[str, Looked] = {}
        for rule in rules:
            found |= await self._apart(key, [rule], project, states, until)
        return found

    async def _together(
        self,
        key: Shared,
        rules: Sequence[AlertRule],
        project: Mapping[int, str],
        states: Mapping[str, States],
        until: datetime,
    ) -> dict[str, dict[str, Seen]]:
        since = until - timedelta(seconds=key.window_s)
        measures = [rule.question.measure for rule in rules]
        question = rules[0].question
        answers = await sources.window(self._store, question, measures, project, since, until)
        groups = {rule.id: _groups(rule, answers, states.get(rule.id, {})) for rule in rules}
        comparing = [rule for rule in rules if rule.condition.compares]
        expected: dict[tuple[str, str], Baseline | None] = {}
        if comparing:
            every = {group for rule in comparing for group in groups[rule.id]}
            expected = await self._past.baselines(key, comparing, project, until, every)
        return {
            rule.id: {
                group: _seen(rule, group, answers, expected.get((rule.id, group)))
                for group in groups[rule.id]
            }
            for rule in rules
        }


def _groups(rule: AlertRule, answers: Answers, states: States) -> list[str]:
    """The groups that a rule looks at: the largest ones, and those that it knows already."""
    if not rule.question.group_by:
        return [""]
    still_open = [group for group, one in states.items() if one.state.opened_at is not None]
    largest = answers.groups[: rule.question.limit]
    return list(dict.fromkeys([*largest, *still_open, *states]))[:MOST_READ]


def _seen(rule: AlertRule, group: str, answers: Answers, baseline: Baseline | None) -> Seen:
    has_data = group in answers.present
    measure = rule.question.measure
    nothing = sources.of_nothing(rule.question)
    value = answers.values[measure][group] if has_data else nothing
    return Seen(reading_of(rule, value, baseline), has_data)


def reading_of(rule: AlertRule, value: float | None, baseline: Baseline | None) -> Reading:
    """What a rule makes of a value; of an absence the figure is told by time."""
    return Reading(
        value=value,
        figure=rule.condition.figure(value, baseline),
        expected=None if baseline is None else baseline.expected,
        spread=None if baseline is None else baseline.spread,
    )
