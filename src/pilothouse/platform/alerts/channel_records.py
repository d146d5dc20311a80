"""How channels are kept, and the messages that wait to be sent on them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pilothouse.platform.alerts.models import Channel
from pilothouse.platform.records import Session, micros, moment
from pilothouse.platform.records.engine import Row

KEPT_US: Final = 30 * 86_400_000_000
"""How long a message is kept that was sent or given up."""
ERROR_LETTERS: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is to be sent on a channel; its id is the key by which a repeat is known."""

    id: str
    channel: Channel
    body: str
    created_at: int
    """Microseconds since 1970."""
    attempts: int


def every(session: Session) -> list[Channel]:
    """All channels by name."""
    return [_channel(row) for row in session.all("SELECT * FROM alert_channels ORDER BY name")]


def one(session: Session, channel_id: str) -> Channel | None:
    """The channel of an id."""
    row = session.one("SELECT * FROM alert_channels WHERE id = :id", id=channel_id)
    return None if row is None else _channel(row)


def add(session: Session, made: Channel) -> bool:
    """Keep a new channel; False where another one has its name."""
    return session.run_unless_taken(
        """
        INSERT INTO alert_channels
            (id, name, kind, hint, sealed, created_by, created_at, updated_at)
        VALUES (:id, :name, :kind, :hint, :sealed, :created_by, :now, :now)
        """,
        id=made.id,
        name=made.name,
        kind=made.kind,
        hint=made.hint,
        sealed=made.sealed,
        created_by=made.created_by,
        now=micros(),
    )


def change(session: Session, changed: Channel) -> bool:
    """Write what may change; False where another one has its name."""
    return session.run_unless_taken(
        """
        UPDATE alert_channels
        SET name = :name, hint = :hint, sealed = :sealed, updated_at = :now
        WHERE id = :id
        """,
        id=changed.id,
        name=changed.name,
        hint=changed.hint,
        sealed=changed.sealed,
        now=micros(),
    )


def reseal(session: Session, channel_id: str, *, before: str, after: str) -> None:
    """Keep the same secret encrypted anew, unless another one was entered meanwhile."""
    session.run(
        "UPDATE alert_channels SET sealed = :after WHERE id = :id AND sealed = :before",
        id=channel_id,
        before=before,
        after=after,
    )


def remove(session: Session, channel_id: str) -> bool:
    """Remove a channel with what waits for it; whether it was there."""
    return session.run("DELETE FROM alert_channels WHERE id = :id", id=channel_id) == 1


def rules_on(session: Session, channel_id: str) -> list[str]:
    """The names of the rules that tell on a channel."""
    rows = session.all(
        """
        SELECT r.name FROM alert_rules r
        JOIN alert_rule_channels c ON c.rule_id = r.id
        WHERE c.channel_id = :id
        ORDER BY r.name
        """,
        id=channel_id,
    )
    return [row["name"] for row in rows]


def known(session: Session, channel_ids: Sequence[str]) -> set[str]:
    """Those of some ids that are channels."""
    rows = session.all(
        "SELECT id FROM alert_channels WHERE id IN :ids", ids=list(channel_ids) or [""]
    )
    return {row["id"] for row in rows}


def post(session: Session, channel_id: str, body: str) -> str:
    """Have a message sent once the transaction is over; -> its id."""
    number, now = uuid.uuid4().hex, micros()
    session.run(
        """
        INSERT INTO alert_messages (id, channel_id, body, created_at, due_at)
        VALUES (:id, :channel_id, :body, :now, :now)
        """,
        id=number,
        channel_id=channel_id,
        body=body,
        now=now,
    )
    return number


def take_due(
    session: Session, owner: str, gone_before: int, limit: int, busy: Sequence[str]
) -> list[Message]:
    """Messages that may be sent now, made this server's own, the oldest first.

    Those of channels that are `busy` wait until what is being sent there has ended.
    """
    now = micros()
    rows = session.all(
        """
        SELECT id FROM alert_messages
        WHERE ended_at IS NULL AND due_at <= :now AND (owner = '' OR owner_seen < :gone_before)
            AND channel_id NOT IN :busy
        ORDER BY created_at, id
        LIMIT :limit
        """,
        now=now,
        gone_before=gone_before,
        limit=limit,
        busy=list(busy) or [""],
    )
    # Looked at again as they are taken: another server may have been quicker.
    taken = session.all(
        """
        UPDATE alert_messages SET owner = :owner, owner_seen = :now
        WHERE id IN :ids AND ended_at IS NULL AND (owner = '' OR owner_seen < :gone_before)
        RETURNING id
        """,
        ids=[row["id"] for row in rows] or [""],
        owner=owner,
        now=now,
        gone_before=gone_before,
    )
    messages = session.all(
        """
        SELECT m.id AS message_id, m.body, m.created_at AS posted_at, m.attempts, c.*
        FROM alert_messages m JOIN alert_channels c ON c.id = m.channel_id
        WHERE m.id IN :ids
        ORDER BY m.created_at, m.id
        """,
        ids=[row["id"] for row in taken] or [""],
    )
    return [
        Message(
            id=row["message_id"],
            channel=_channel(row),
            body=row["body"],
            created_at=row["posted_at"],
            attempts=row["attempts"],
        )
        for row in messages
    ]


def next_due(session: Session) -> int | None:
    """When the next message is to be sent, None if none waits."""
    row = session.one("SELECT MIN(due_at) AS at FROM alert_messages WHERE ended_at IS NULL")
    return None if row is None else row["at"]


def still_has(session: Session, owner: str, message_id: str) -> bool:
    """Whether a server may send what it took; if so it is taken for as long as that lasts again.

    Not what another one took over, because the messages before it lasted too long.
    """
    return (
        session.run(
            """
            UPDATE alert_messages SET owner_seen = :now
            WHERE id = :id AND owner = :owner AND ended_at IS NULL
            """,
            id=message_id,
            owner=owner,
            now=micros(),
        )
        == 1
    )


def release_all(session: Session) -> None:
    """Let whatever was being sent be sent: who took it is gone."""
    session.run("UPDATE alert_messages SET owner = '' WHERE ended_at IS NULL AND owner <> ''")


def sent(session: Session, message_id: str) -> None:
    """Cross a message off; whoever had it meanwhile, it has arrived."""
    session.run(
        """
        UPDATE alert_messages
        SET sent = :yes, ended_at = :now, attempts = attempts + 1, error = '', owner = ''
        WHERE id = :id
        """,
        id=message_id,
        yes=True,
        now=micros(),
    )


def failed(session: Session, owner: str, message_id: str, error: str, due_at: int | None) -> bool:
    """Note what went wrong with a message, and when it is tried again; None for never.

    Answers whether that was still the server's to say: one that another took over may be sent.
    """
    now = micros()
    return (
        session.run(
            """
            UPDATE alert_messages
            SET attempts = attempts + 1, error = :error, due_at = :due_at, ended_at = :ended_at,
                owner = ''
            WHERE id = :id AND owner = :owner
            """,
            id=message_id,
            owner=owner,
            error=error[:ERROR_LETTERS],
            due_at=now if due_at is None else due_at,
            ended_at=now if due_at is None else None,
        )
        == 1
    )


def prune(session: Session, before: int) -> None:
    """Drop old messages that were sent or given up."""
    session.run("DELETE FROM alert_messages WHERE ended_at < :before", before=before)


def _channel(row: Row) -> Channel:
    return Channel(
        id=row["id"],
        name=row["name"],
        kind=row["kind"],
        hint=row["hint"],
        sealed=row["sealed"],
        created_by=row["created_by"],
        created_at=moment(row["created_at"]),
        updated_at=moment(row["updated_at"]),
    )
