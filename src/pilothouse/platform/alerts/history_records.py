"""How the history of rules is kept, and how far the messages about it have come."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final, cast

from pilothouse.platform.alerts.models import Delivery, Event, Reading
from pilothouse.platform.records import Session, micros_of, moment
from pilothouse.platform.records.engine import Row
from pilothouse.platform.records.lists import Place, Where, newest_first

KEPT_US: Final = 180 * 86_400_000_000


def add(session: Session, events: Sequence[Event]) -> None:
    """Keep what happened."""
    session.many(
        """
        INSERT INTO alert_events
            (id, rule_id, group_value, episode_id, kind, level, level_before, silence, reading,
             opened_at, at)
        VALUES
            (:id, :rule_id, :group_value, :episode_id, :kind, :level, :before, :silence, :reading,
             :opened_at, :at)
        """,
        [_values(event) for event in events],
    )


def tell(session: Session, told: Sequence[tuple[str, str]]) -> None:
    """Note which message is about which event, as (event, message)."""
    session.many(
        "INSERT INTO alert_event_messages (event_id, message_id) VALUES (:event, :message)",
        [{"event": event, "message": message} for event, message in told],
    )


def page(session: Session, rule_id: str, *, limit: int, after: Place | None = None) -> list[Event]:
    """The history of a rule, the newest first."""
    where = Where()
    where.equals("rule_id", rule_id)
    rows = newest_first(
        session, "SELECT * FROM alert_events", where, at="at", after=after, limit=limit
    )
    return [_event(row) for row in rows]


def deliveries(session: Session, event_ids: Sequence[str]) -> dict[str, list[Delivery]]:
    """The messages about some events, by event."""
    found: dict[str, list[Delivery]] = {}
    for row in session.all(
        """
        SELECT t.event_id, m.id, c.name, m.sent, m.ended_at, m.due_at, m.attempts, m.error
        FROM alert_event_messages t
        JOIN alert_messages m ON m.id = t.message_id
        JOIN alert_channels c ON c.id = m.channel_id
        WHERE t.event_id IN :ids
        ORDER BY c.name
        """,
        ids=list(event_ids) or [""],
    ):
        ended = "sent" if row["sent"] else "given_up"
        found.setdefault(row["event_id"], []).append(
            Delivery(
                event_id=row["event_id"],
                message_id=row["id"],
                channel=row["name"],
                status=cast("Any", "waiting" if row["ended_at"] is None else ended),
                attempts=row["attempts"],
                error=row["error"],
                at=moment(row["ended_at"] or row["due_at"]),
            )
        )
    return found


def last_sent(session: Session, rule_ids: Sequence[str]) -> dict[str, int]:
    """When the last message about each rule was sent, in microseconds; absent where none was."""
    rows = session.all(
        """
        SELECT e.rule_id, MAX(m.ended_at) AS at
        FROM alert_events e
        JOIN alert_event_messages t ON t.event_id = e.id
        JOIN alert_messages m ON m.id = t.message_id
        WHERE e.rule_id IN :ids AND m.sent = :sent
        GROUP BY e.rule_id
        """,
        ids=list(rule_ids) or [""],
        sent=True,
    )
    return {row["rule_id"]: int(row["at"]) for row in rows if row["at"] is not None}


def prune(session: Session, before: int) -> None:
    """Drop what is old."""
    session.run("DELETE FROM alert_events WHERE at < :before", before=before)


def _values(event: Event) -> Mapping[str, object]:
    return {
        "id": event.id,
        "rule_id": event.rule_id,
        "group_value": event.group,
        "episode_id": event.episode_id,
        "kind": event.kind,
        "level": event.level,
        "before": event.before,
        "silence": event.silence,
        "reading": json.dumps({**asdict(event.reading), "detail": event.detail}),
        "opened_at": micros_of(event.opened_at),
        "at": micros_of(event.at),
    }


def _event(row: Row) -> Event:
    reading: dict[str, Any] = json.loads(row["reading"])  # Any: numbers and texts
    detail = reading.pop("detail", "")
    return Event(
        id=row["id"],
        rule_id=row["rule_id"],
        group=row["group_value"],
        kind=row["kind"],
        level=row["level"],
        before=row["level_before"],
        episode_id=row["episode_id"],
        opened_at=moment(row["opened_at"]),
        silence=row["silence"],
        reading=Reading(**reading),
        detail=detail,
        at=moment(row["at"]),
    )
