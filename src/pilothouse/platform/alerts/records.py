"""How alert rules, their states and times of maintenance are kept."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from pilothouse.platform.alerts import schedules
from pilothouse.platform.alerts.conditions import Bound, Condition
from pilothouse.platform.alerts.models import AlertRule, GroupState, Maintenance, Question, Reading
from pilothouse.platform.alerts.states import State
from pilothouse.platform.records import Session, micros, micros_of, moment
from pilothouse.platform.records.engine import Row


def one(session: Session, rule_id: str) -> AlertRule | None:
    """The rule of an id."""
    rows = session.all("SELECT * FROM alert_rules WHERE id = :id", id=rule_id)
    return next(iter(_rules(session, rows)), None)


def every(session: Session, project_id: int | None = None) -> list[AlertRule]:
    """Rules, the newest first: of a project, or all."""
    rows = session.all(
        """
        SELECT * FROM alert_rules
        WHERE :any_project = 1 OR project_id = :project_id
        ORDER BY created_at DESC, id
        """,
        any_project=1 if project_id is None else 0,
        project_id=project_id or 0,
    )
    return _rules(session, rows)


def claimed(session: Session, owner: str, gone_before: int) -> list[AlertRule]:
    """The rules at work that are this server's, after it took those of nobody that lives."""
    session.run(
        """
        UPDATE alert_rules SET owner = :owner, owner_seen = :now
        WHERE enabled AND (owner IN ('', :owner) OR owner_seen < :gone_before)
        """,
        owner=owner,
        gone_before=gone_before,
        now=micros(),
    )
    rows = session.all(
        "SELECT * FROM alert_rules WHERE enabled AND owner = :owner ORDER BY created_at, id",
        owner=owner,
    )
    return _rules(session, rows)


def any_enabled(session: Session) -> bool:
    """Whether there is a rule at work."""
    return session.one("SELECT 1 AS one FROM alert_rules WHERE enabled LIMIT 1") is not None


def passed(session: Session, rule_ids: Sequence[str], owner: str, at: int) -> dict[str, int]:
    """Note that a moment was looked at; -> the rules that are still this server's to write about.

    A server that was silent for so long that another took its rules over finds none, and nobody
    looks at a moment twice. With each comes when it was changed last.
    """
    rows = session.all(
        """
        UPDATE alert_rules SET evaluated_at = :at
        WHERE id IN :ids AND owner = :owner AND enabled AND evaluated_at < :at
        RETURNING id, updated_at
        """,
        ids=list(rule_ids) or [""],
        owner=owner,
        at=at,
    )
    return {row["id"]: row["updated_at"] for row in rows}


def add(session: Session, made: AlertRule) -> None:
    """Keep a new rule."""
    session.run(
        """
        INSERT INTO alert_rules
            (id, project_id, name, enabled, question, condition, for_s, remind_s, muted_until,
             created_by, created_at, updated_at)
        VALUES
            (:id, :project_id, :name, :enabled, :question, :condition, :for_s, :remind_s,
             :muted_until, :created_by, :now, :now)
        """,
        project_id=made.project_id,
        created_by=made.created_by,
        **_values(made),
    )
    _lead(session, made)


def change(session: Session, changed: AlertRule) -> None:
    """Write what may change; whatever went wrong before is tried anew."""
    session.run(
        """
        UPDATE alert_rules
        SET name = :name, enabled = :enabled, question = :question, condition = :condition,
            for_s = :for_s, remind_s = :remind_s, muted_until = :muted_until,
            error = '', error_at = NULL, error_told = :no, updated_at = :now
        WHERE id = :id
        """,
        no=False,
        **_values(changed),
    )
    session.run("DELETE FROM alert_rule_channels WHERE rule_id = :id", id=changed.id)
    _lead(session, changed)


def mute(session: Session, rule_id: str, until: datetime | None) -> None:
    """Write until when nobody is told; what is wrong with the rule stays so."""
    session.run(
        "UPDATE alert_rules SET muted_until = :until, updated_at = :now WHERE id = :id",
        id=rule_id,
        until=micros_of(until),
        now=micros(),
    )


def remove(session: Session, rule_id: str) -> bool:
    """Remove a rule with its history; whether it was there."""
    return session.run("DELETE FROM alert_rules WHERE id = :id", id=rule_id) == 1


def note_error(session: Session, rule: AlertRule) -> None:
    """Write why a rule cannot be evaluated, since when, and whether that was told."""
    session.run(
        """
        UPDATE alert_rules
        SET error = :error, error_at = :error_at, error_told = :error_told
        WHERE id = :id
        """,
        id=rule.id,
        error=rule.error,
        error_at=micros_of(rule.error_at),
        error_told=rule.error_told,
    )


def states(session: Session, rule_ids: Sequence[str]) -> dict[str, dict[str, GroupState]]:
    """Where some rules stand, by group."""
    found: dict[str, dict[str, GroupState]] = {}
    for row in session.all(
        "SELECT * FROM alert_states WHERE rule_id IN :ids", ids=list(rule_ids) or [""]
    ):
        kept = json.loads(row["state"])
        state = State(**kept | {"told": tuple(kept["told"])})
        reading = Reading(**json.loads(row["reading"]))
        group = row["group_value"]
        found.setdefault(row["rule_id"], {})[group] = GroupState(
            group=group, state=state, reading=reading
        )
    return found


def keep_states(session: Session, kept: Iterable[tuple[str, GroupState]]) -> None:
    """Write where rules stand for some groups."""
    session.many(
        """
        INSERT INTO alert_states (rule_id, group_value, level, state, reading)
        VALUES (:rule_id, :group_value, :level, :state, :reading)
        ON CONFLICT (rule_id, group_value) DO UPDATE
        SET level = excluded.level, state = excluded.state, reading = excluded.reading
        """,
        [
            {
                "rule_id": rule_id,
                "group_value": one.group,
                "level": one.state.level,
                "state": json.dumps(asdict(one.state)),
                "reading": json.dumps(asdict(one.reading)),
            }
            for rule_id, one in kept
        ],
    )


def forget_states(session: Session, rule_id: str, groups: Sequence[str] | None = None) -> None:
    """Drop where a rule stands: for some groups, or for all."""
    session.run(
        """
        DELETE FROM alert_states
        WHERE rule_id = :id AND (:all_groups = 1 OR group_value IN :groups)
        """,
        id=rule_id,
        all_groups=1 if groups is None else 0,
        groups=list(groups or [""]),
    )


def maintenance(session: Session, project_id: int | None = None) -> list[Maintenance]:
    """Times of maintenance by name: of a project, or all."""
    rows = session.all(
        """
        SELECT * FROM alert_maintenance
        WHERE :any_project = 1 OR project_id = :project_id
        ORDER BY name, id
        """,
        any_project=1 if project_id is None else 0,
        project_id=project_id or 0,
    )
    return [_maintenance(row) for row in rows]


def one_maintenance(session: Session, number: str) -> Maintenance | None:
    """The time of maintenance of an id."""
    row = session.one("SELECT * FROM alert_maintenance WHERE id = :id", id=number)
    return None if row is None else _maintenance(row)


def put_maintenance(session: Session, made: Maintenance) -> None:
    """Write a time of maintenance, whether it is there or not."""
    session.run(
        """
        INSERT INTO alert_maintenance
            (id, project_id, name, schedule, created_by, created_at, updated_at)
        VALUES (:id, :project_id, :name, :schedule, :created_by, :now, :now)
        ON CONFLICT (id) DO UPDATE
        SET name = excluded.name, schedule = excluded.schedule, updated_at = excluded.updated_at
        """,
        id=made.id,
        project_id=made.project_id,
        name=made.name,
        schedule=json.dumps(schedules.as_json(made.schedule)),
        created_by=made.created_by,
        now=micros(),
    )


def remove_maintenance(session: Session, number: str) -> bool:
    """Remove a time of maintenance; whether it was there."""
    return session.run("DELETE FROM alert_maintenance WHERE id = :id", id=number) == 1


def _lead(session: Session, rule: AlertRule) -> None:
    session.many(
        "INSERT INTO alert_rule_channels (rule_id, channel_id) VALUES (:rule_id, :channel_id)",
        [{"rule_id": rule.id, "channel_id": channel} for channel in rule.channels],
    )


def _values(rule: AlertRule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "name": rule.name,
        "enabled": rule.enabled,
        "question": json.dumps(asdict(rule.question)),
        "condition": json.dumps(asdict(rule.condition)),
        "for_s": rule.for_s,
        "remind_s": rule.remind_s,
        "muted_until": micros_of(rule.muted_until),
        "now": micros(),
    }


def _rules(session: Session, rows: Sequence[Row]) -> list[AlertRule]:
    channels: dict[str, list[str]] = {}
    for row in session.all(
        "SELECT * FROM alert_rule_channels WHERE rule_id IN :ids ORDER BY channel_id",
        ids=[row["id"] for row in rows] or [""],
    ):
        channels.setdefault(row["rule_id"], []).append(row["channel_id"])
    return [_rule(row, channels.get(row["id"], [])) for row in rows]


def _rule(row: Row, channels: Sequence[str]) -> AlertRule:
    return AlertRule(
        id=row["id"],
        project_id=row["project_id"],
        name=row["name"],
        enabled=bool(row["enabled"]),
        question=Question(**json.loads(row["question"])),
        condition=_condition(json.loads(row["condition"])),
        for_s=row["for_s"],
        remind_s=row["remind_s"],
        channels=tuple(channels),
        muted_until=moment(row["muted_until"]),
        error=row["error"],
        error_at=moment(row["error_at"]),
        error_told=bool(row["error_told"]),
        evaluated_at=row["evaluated_at"],
        created_by=row["created_by"],
        created_at=moment(row["created_at"]),
        updated_at=moment(row["updated_at"]),
    )


def _condition(kept: Mapping[str, Any]) -> Condition:
    levels = {
        name: None if kept[name] is None else Bound(**kept[name]) for name in ("warn", "alert")
    }
    return Condition(**{**kept, **levels})


def _maintenance(row: Row) -> Maintenance:
    return Maintenance(
        id=row["id"],
        project_id=row["project_id"],
        name=row["name"],
        schedule=schedules.from_json(json.loads(row["schedule"])),
        created_by=row["created_by"],
        created_at=moment(row["created_at"]),
        updated_at=moment(row["updated_at"]),
    )
