"""How releases, their audit trail and what their shadows spent are kept."""

from __future__ import annotations

import json
from collections.abc import Sequence

from pilothouse.platform.records import Session, micros, micros_of, moment
from pilothouse.platform.records.engine import Row
from pilothouse.platform.releases.models import (
    AT_WORK,
    Action,
    Config,
    Event,
    Json,
    Release,
    Status,
)

IN_FORCE: Sequence[Status] = (*AT_WORK, "promoted")
"""What calls have to know of."""


def every(session: Session) -> list[Release]:
    """All releases, the newest first."""
    return [_release(r) for r in session.all("SELECT * FROM releases ORDER BY created_at DESC, id")]


def is_any(session: Session) -> bool:
    """Whether there is a release."""
    return session.one("SELECT id FROM releases LIMIT 1") is not None


def in_force(session: Session) -> list[Release]:
    """Those that calls have to know of, the oldest first."""
    rows = session.all(
        "SELECT * FROM releases WHERE status IN :statuses ORDER BY created_at, id",
        statuses=list(IN_FORCE),
    )
    return [_release(row) for row in rows]


def state(session: Session) -> tuple[int, int]:
    """Differs after each change of any release."""
    row = session.one(
        """
        SELECT COUNT(*) AS n, COALESCE(SUM(revision + created_at % 1000000007), 0) AS changes
        FROM releases
        """
    )
    assert row is not None
    return int(row["n"]), int(row["changes"])


def one(session: Session, name: str) -> Release | None:
    """The release of a name, or of an id."""
    row = session.one("SELECT * FROM releases WHERE name = :name OR id = :name", name=name)
    return None if row is None else _release(row)


def add(session: Session, made: Release) -> bool:
    """Keep a new release; False where another one has its name."""
    return session.run_unless_taken(
        """
        INSERT INTO releases
            (id, name, kind, config, status, step, stage, salt, revision, created_by, created_at,
             updated_at, step_since)
        VALUES
            (:id, :name, :kind, :config, :status, :step, :stage, :salt, :revision, :created_by,
             :created_at, :created_at, :created_at)
        """,
        id=made.id,
        name=made.name,
        kind=made.kind,
        config=made.config.model_dump_json(),
        status=made.status,
        step=made.step,
        stage=made.stage,
        salt=made.salt,
        revision=made.revision,
        created_by=made.created_by,
        created_at=micros_of(made.created_at),
    )


def change(session: Session, changed: Release, *, seen: int) -> bool:
    """Write what may change; False where it is not as it was seen any more."""
    return (
        session.run(
            """
            UPDATE releases
            SET config = :config,
                status = :status,
                step = :step,
                stage = :stage,
                revision = revision + 1,
                taken_place = :taken_place,
                updated_at = :updated_at,
                step_since = :step_since,
                ended_at = :ended_at
            WHERE id = :id AND revision = :seen
            """,
            id=changed.id,
            seen=seen,
            config=changed.config.model_dump_json(),
            status=changed.status,
            step=changed.step,
            stage=changed.stage,
            taken_place=None if changed.before is None else json.dumps(changed.before),
            updated_at=micros(),
            step_since=micros_of(changed.step_since),
            ended_at=micros_of(changed.ended_at),
        )
        == 1
    )


def remove(session: Session, release_id: str) -> bool:
    """Remove a release with its audit trail; False where there is none."""
    return session.run("DELETE FROM releases WHERE id = :id", id=release_id) == 1


def looked(session: Session, release_id: str, figures: Json) -> None:
    """Note what a look found."""
    session.run(
        "UPDATE releases SET figures = :figures, looked_at = :now WHERE id = :id",
        id=release_id,
        figures=json.dumps(figures),
        now=micros(),
    )


def claimed(session: Session, owner: str, gone_before: int) -> list[Release]:
    """Releases at work that this server looks at from now on: its own, nobody's, the gone's."""
    session.run(
        """
        UPDATE releases SET owner = :owner, owner_seen = :now
        WHERE status IN :statuses AND (owner IN ('', :owner) OR owner_seen < :gone_before)
        """,
        owner=owner,
        now=micros(),
        gone_before=gone_before,
        statuses=list(AT_WORK),
    )
    rows = session.all(
        "SELECT * FROM releases WHERE owner = :owner AND status IN :statuses ORDER BY created_at",
        owner=owner,
        statuses=list(AT_WORK),
    )
    return [_release(row) for row in rows]


def let_go(session: Session, owner: str) -> None:
    """Leave what this server looked at to others: it stops."""
    session.run("UPDATE releases SET owner = '' WHERE owner = :owner", owner=owner)


def note(
    session: Session,
    release: Release,
    *,
    actor: str,
    action: Action,
    reason: str,
    figures: Json | None,
) -> None:
    """Add a line to the audit trail, with the release as it is after it."""
    session.run(
        """
        INSERT INTO release_events
            (release_id, at, actor, action, reason, status, stage, share, figures)
        VALUES (:id, :at, :actor, :action, :reason, :status, :stage, :share, :figures)
        """,
        id=release.id,
        at=micros(),
        actor=actor,
        action=action,
        reason=reason,
        status=release.status,
        stage=release.stage,
        share=release.share,
        figures=None if figures is None else json.dumps(figures),
    )


def events(session: Session, release_id: str) -> list[Event]:
    """The audit trail, the newest first."""
    rows = session.all(
        "SELECT * FROM release_events WHERE release_id = :id ORDER BY id DESC LIMIT 1000",
        id=release_id,
    )
    return [_event(row) for row in rows]


def spend(session: Session, release_id: str, day: int, nano: int) -> None:
    """Add to what a shadow cost; nothing where the release is gone."""
    session.run(
        """
        INSERT INTO release_spending (release_id, day, nano)
        SELECT id, :day, :nano FROM releases WHERE id = :id
        ON CONFLICT (release_id, day) DO UPDATE
        SET nano = release_spending.nano + excluded.nano
        """,
        id=release_id,
        day=day,
        nano=nano,
    )


def spent(session: Session, release_id: str, day: int) -> int:
    """What a shadow cost in a day, in nano-dollars."""
    row = session.one(
        "SELECT nano FROM release_spending WHERE release_id = :id AND day = :day",
        id=release_id,
        day=day,
    )
    return 0 if row is None else int(row["nano"])


def names_on(session: Session, channel_id: str) -> list[str]:
    """The names of the releases at work that tell on a channel."""
    return sorted(each.name for each in in_force(session) if channel_id in each.config.channels)


def _release(row: Row) -> Release:
    return Release(
        id=row["id"],
        name=row["name"],
        kind=row["kind"],
        config=Config.model_validate_json(row["config"]),
        status=row["status"],
        step=row["step"],
        stage=row["stage"],
        salt=row["salt"],
        revision=row["revision"],
        before=None if row["taken_place"] is None else json.loads(row["taken_place"]),
        figures=None if row["figures"] is None else json.loads(row["figures"]),
        looked_at=moment(row["looked_at"]),
        created_by=row["created_by"],
        created_at=moment(row["created_at"]),
        updated_at=moment(row["updated_at"]),
        step_since=moment(row["step_since"]),
        ended_at=moment(row["ended_at"]),
    )


def _event(row: Row) -> Event:
    return Event(
        id=row["id"],
        at=moment(row["at"]),
        actor=row["actor"],
        action=row["action"],
        reason=row["reason"],
        status=row["status"],
        stage=row["stage"],
        share=float(row["share"]),
        figures=None if row["figures"] is None else json.loads(row["figures"]),
    )
