"""Alert rules and times of maintenance: made, changed, looked at."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from pilothouse.platform.alerts import (
    channel_records,
    conditions,
    history_records,
    schedules,
    telling,
    troubles,
)
from pilothouse.platform.alerts import records as kept
from pilothouse.platform.alerts.messages import Told
from pilothouse.platform.alerts.models import (
    AlertRule,
    Delivery,
    Event,
    GroupState,
    Maintenance,
)
from pilothouse.platform.alerts.schedules import Schedule
from pilothouse.platform.alerts.states import end
from pilothouse.platform.errors import BadRequest, Forbidden, NotFound
from pilothouse.platform.records import Records, Session, micros, moment
from pilothouse.platform.records.lists import Place, existing

MOST_RULES: Final = 1_000
"""Of a project: each is looked at every minute."""
_MEASURES: Final = ("question", "condition", "for_s")
"""What an episode is about: a change of any of these ends it."""
Rules = list[AlertRule]  # a name for annotations: in the class, `list` is a method


class Names(Protocol):
    """What is needed of projects."""

    def name_of(self, number: int) -> str | None: ...


class AlertService:
    """Rules; the worker that evaluates them is told of every change."""

    def __init__(self, records: Records, projects: Names, *, server_url: str) -> None:
        self._records = records
        self._projects = projects
        self._server_url = server_url
        self._changed: list[Callable[[], None]] = []

    def on_change(self, told: Callable[[], None]) -> None:
        """Have somebody told when a rule has changed; from any thread."""
        self._changed.append(told)

    def create(self, made: AlertRule) -> AlertRule:
        """A new rule. Raises BadRequest for one that cannot work."""
        check(made)
        with self._records.write() as session:
            self._check_channels(session, made)
            if len(kept.every(session, made.project_id)) >= MOST_RULES:
                raise Forbidden(f"a project has at most {MOST_RULES:,} alert rules")
            kept.add(session, made)
            found = _existing(session, made.id)
        self._tell()
        return found

    def get(self, rule_id: str) -> AlertRule:
        """The rule of an id. Raises NotFound."""
        with self._records.read() as session:
            return _existing(session, rule_id)

    def list(self, project_id: int | None = None) -> Rules:
        """Rules, the newest first."""
        with self._records.read() as session:
            return kept.every(session, project_id)

    def standings(self, rules: Sequence[AlertRule]) -> dict[str, Sequence[GroupState]]:
        """Where some rules stand, the worst group first."""
        with self._records.read() as session:
            states = kept.states(session, [rule.id for rule in rules])
        return {rule.id: _worst_first(states.get(rule.id, {})) for rule in rules}

    def last_sent(self, rules: Sequence[AlertRule]) -> dict[str, datetime]:
        """When the last message about each of some rules was sent, as far as that is kept."""
        with self._records.read() as session:
            sent = history_records.last_sent(session, [rule.id for rule in rules])
        return {rule_id: moment(at) for rule_id, at in sent.items()}

    def change(self, rule_id: str, given: Mapping[str, Any]) -> AlertRule:
        """The rule after a change of its fields.

        Open episodes end where it is switched off or asks for something else. Raises BadRequest,
        NotFound.
        """
        with self._records.write() as session:
            session.hold("alert_rules", id=rule_id)  # somebody else may have changed it meanwhile
            before = _existing(session, rule_id)
            changed = replace(before, **given)
            check(changed)
            self._check_channels(session, changed)
            another = any(getattr(changed, name) != getattr(before, name) for name in _MEASURES)
            self._end(session, before, episodes=another or not changed.enabled)
            kept.change(session, changed)
            found = _existing(session, rule_id)
        self._tell()
        return found

    def mute(self, rule_id: str, until: datetime | None) -> AlertRule:
        """The rule, of which nobody is told until then; None ends that. Raises NotFound."""
        with self._records.write() as session:
            _existing(session, rule_id)
            kept.mute(session, rule_id, until)
            found = _existing(session, rule_id)
        self._tell()
        return found

    def delete(self, rule_id: str) -> None:
        """Remove a rule with its history; who knows of open episodes is told that they ended."""
        with self._records.write() as session:
            session.hold("alert_rules", id=rule_id)
            self._end(session, _existing(session, rule_id), episodes=True)
            kept.remove(session, rule_id)
        self._tell()

    def history(
        self, rule_id: str, *, limit: int, after: Place | None = None
    ) -> tuple[Sequence[Event], Mapping[str, Sequence[Delivery]]]:
        """What happened to a rule, the newest first, and the messages about each. NotFound."""
        with self._records.read() as session:
            _existing(session, rule_id)
            events = history_records.page(session, rule_id, limit=limit, after=after)
            return events, history_records.deliveries(session, [one.id for one in events])

    # ---- maintenance

    def maintenance(self, project_id: int | None = None) -> Sequence[Maintenance]:
        """Times of maintenance by name."""
        with self._records.read() as session:
            return kept.maintenance(session, project_id)

    def one_maintenance(self, number: str) -> Maintenance:
        """The time of maintenance of an id. Raises NotFound."""
        with self._records.read() as session:
            return _existing_maintenance(session, number)

    def add_maintenance(
        self, project_id: int, name: str, schedule: Schedule, by: str
    ) -> Maintenance:
        """A new time of maintenance. Raises BadRequest for one that never comes."""
        now = datetime.now(UTC)
        made = Maintenance(
            id=str(uuid.uuid4()),
            project_id=project_id,
            name=name,
            schedule=schedule,
            created_by=by,
            created_at=now,
            updated_at=now,
        )
        schedules.check(schedule)
        with self._records.write() as session:
            kept.put_maintenance(session, made)
            return _existing_maintenance(session, made.id)

    def change_maintenance(self, number: str, name: str, schedule: Schedule) -> Maintenance:
        """The time of maintenance, written anew. Raises BadRequest, NotFound."""
        schedules.check(schedule)
        with self._records.write() as session:
            session.hold("alert_maintenance", id=number)
            before = _existing_maintenance(session, number)
            kept.put_maintenance(session, replace(before, name=name, schedule=schedule))
            return _existing_maintenance(session, number)

    def delete_maintenance(self, number: str) -> None:
        """Remove a time of maintenance. Raises NotFound."""
        with self._records.write() as session:
            if not kept.remove_maintenance(session, number):
                raise no_maintenance(number)

    # ---- within

    def _end(self, session: Session, rule: AlertRule, *, episodes: bool) -> None:
        """Close what was told of a rule: that it failed, and its open `episodes`.

        With its episodes it is forgotten where it stood.
        """
        now = micros()
        project = self._projects.name_of(rule.project_id) or ""
        trouble = troubles.ended(rule, moment(now))
        events = [] if trouble is None else [trouble]
        if episodes:
            states = kept.states(session, [rule.id]).get(rule.id, {})
            events += [
                telling.event_of(rule, group, change, now)
                for group, one in states.items()
                if (change := end(one.state, "ended")) is not None
            ]
            kept.forget_states(session, rule.id)
        told = [Told(event=event, rule=rule, project=project) for event in events]
        telling.write(session, told, self._server_url)

    @staticmethod
    def _check_channels(session: Session, rule: AlertRule) -> None:
        unknown = set(rule.channels) - channel_records.known(session, rule.channels)
        if unknown:
            raise BadRequest(f"there is no channel {min(unknown)!r}", {"parameter": "channels"})

    def _tell(self) -> None:
        for told in self._changed:
            told()


def check(rule: AlertRule) -> None:
    """Raise BadRequest for a rule that contradicts itself; what it asks is not asked yet."""
    if not rule.name.strip():
        raise BadRequest("the name of a rule is empty", {"parameter": "name"})
    conditions.check(rule.condition)


def _existing(session: Session, rule_id: str) -> AlertRule:
    return existing(kept.one(session, rule_id), no_rule(rule_id))


def _existing_maintenance(session: Session, number: str) -> Maintenance:
    return existing(kept.one_maintenance(session, number), no_maintenance(number))


def no_rule(rule_id: str) -> NotFound:
    """The error that there is no rule of an id."""
    return NotFound(f"there is no alert rule {rule_id!r}", {"id": rule_id})


def no_maintenance(number: str) -> NotFound:
    """The error that there is no time of maintenance of an id."""
    return NotFound(f"there is no maintenance {number!r}", {"id": number})


def _worst_first(states: Mapping[str, GroupState]) -> Sequence[GroupState]:
    rank = conditions.RANK
    return sorted(states.values(), key=lambda one: (-rank[one.state.level], one.group))
