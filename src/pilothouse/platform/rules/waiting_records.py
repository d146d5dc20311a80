"""How entities are kept that wait to be judged: those of back-fills after what came in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pilothouse.platform.evaluators.entities import Entity
from pilothouse.platform.records import Session
from pilothouse.platform.records.engine import Row
from pilothouse.platform.rules.models import Waiting


def add(session: Session, waiting: Iterable[Waiting]) -> None:
    """Let entities wait; one that waits already waits on, until the later of both times."""
    session.many(
        """
        INSERT INTO rule_waiting
            (rule_id, entity, trace_id, span_id, session_id, job_id, found_at, due_at, share, hour)
        VALUES
            (:rule_id, :entity, :trace_id, :span_id, :session_id, :job_id, :found_at, :due_at,
             :share, :hour)
        ON CONFLICT (rule_id, entity) DO UPDATE
        SET due_at = CASE
            WHEN rule_waiting.due_at < :due_at AND rule_waiting.attempts = 0 THEN :due_at
            ELSE rule_waiting.due_at
        END
        """,
        [
            {
                "rule_id": one.rule_id,
                "entity": one.entity.key,
                "trace_id": one.entity.trace_id,
                "span_id": one.entity.span_id,
                "session_id": one.entity.session_id,
                "job_id": one.job_id,
                "found_at": one.found_at,
                "due_at": one.due_at,
                "share": one.share,
                "hour": one.hour,
            }
            for one in waiting
        ],
    )


def due(session: Session, rule_id: str, now: int, most: int) -> list[Waiting]:
    """The next that may be judged, what came in before what a back-fill brought.

    Their share is that of the draw of their hour too, which is over by then.
    """
    rows = session.all(
        """
        SELECT w.rule_id, w.entity, w.trace_id, w.span_id, w.session_id, w.job_id, w.attempts,
            w.error, w.found_at, w.due_at, w.hour, w.share * COALESCE(h.share, 1) AS share
        FROM rule_waiting w
        LEFT JOIN rule_hours h ON h.rule_id = w.rule_id AND h.hour = w.hour
        WHERE w.rule_id = :rule_id AND w.due_at <= :now
        ORDER BY CASE WHEN w.job_id = '' THEN 0 ELSE 1 END, w.due_at, w.entity
        LIMIT :most
        """,
        rule_id=rule_id,
        now=now,
        most=most,
    )
    return [_waiting(row) for row in rows]


def of_hour(session: Session, rule_id: str, hour: int) -> list[Waiting]:
    """What waits to be drawn from when an hour is over."""
    rows = session.all(
        "SELECT * FROM rule_waiting WHERE rule_id = :rule_id AND hour = :hour",
        rule_id=rule_id,
        hour=hour,
    )
    return [_waiting(row) for row in rows]


def count_hour(session: Session, rule_id: str, hour: int, *, more: int, most: int) -> None:
    """Note that an hour brought so many more, of which so many are judged at most."""
    session.run(
        """
        INSERT INTO rule_hours (rule_id, hour, matched, share)
        VALUES (:rule_id, :hour, :more, :share)
        ON CONFLICT (rule_id, hour) DO UPDATE
        SET matched = rule_hours.matched + :more,
            share = CASE
                WHEN rule_hours.matched + :more <= :most THEN 1.0
                ELSE 1.0 * :most / (rule_hours.matched + :more)
            END
        """,
        rule_id=rule_id,
        hour=hour,
        more=more,
        most=most,
        share=1.0 if more <= most else most / more,
    )


def one(session: Session, rule_id: str, entity: str) -> Waiting | None:
    """An entity, where it waits."""
    row = session.one(
        "SELECT * FROM rule_waiting WHERE rule_id = :rule_id AND entity = :entity",
        rule_id=rule_id,
        entity=entity,
    )
    return None if row is None else _waiting(row)


def rules_due(session: Session, now: int) -> set[str]:
    """The rules for which something may be judged."""
    rows = session.all("SELECT DISTINCT rule_id FROM rule_waiting WHERE due_at <= :now", now=now)
    return {row["rule_id"] for row in rows}


def backlog(session: Session, now: int) -> tuple[int, int]:
    """How many entities are due to be judged, and how many microseconds the first has been so."""
    row = session.one(
        "SELECT count(*) AS due, min(due_at) AS first FROM rule_waiting WHERE due_at <= :now",
        now=now,
    )
    return (0, 0) if row is None or not row["due"] else (row["due"], now - row["first"])


def hasten(session: Session, project_id: int, session_ids: Sequence[str], now: int) -> None:
    """Let sessions that wait be quiet wait no longer: they ended. Draws of an hour wait for it."""
    session.run(
        """
        UPDATE rule_waiting SET due_at = :now
        WHERE entity IN :entities AND due_at > :now AND attempts = 0 AND hour = 0
            AND rule_id IN (SELECT id FROM rules WHERE project_id = :project_id)
        """,
        project_id=project_id,
        entities=[Entity(session_id=one).key for one in session_ids] or [""],
        now=now,
    )


def forget(session: Session, done: Iterable[Waiting]) -> None:
    """Drop entities, but not one that was told to wait longer meanwhile."""
    session.many(
        """
        DELETE FROM rule_waiting
        WHERE rule_id = :rule_id AND entity = :entity AND due_at = :due_at
        """,
        [{"rule_id": w.rule_id, "entity": w.entity.key, "due_at": w.due_at} for w in done],
    )


def forget_judged(session: Session, judged: Iterable[Waiting]) -> None:
    """Drop entities that were judged: all but a session are judged once, though they came again."""
    judged = list(judged)
    forget(session, (one for one in judged if not one.entity.trace_id))
    session.many(
        "DELETE FROM rule_waiting WHERE rule_id = :rule_id AND entity = :entity",
        [{"rule_id": w.rule_id, "entity": w.entity.key} for w in judged if w.entity.trace_id],
    )


def postpone(session: Session, waiting: Waiting, *, due_at: int, attempts: int, error: str) -> None:
    """Let an entity wait longer, after so many attempts."""
    session.run(
        """
        UPDATE rule_waiting SET due_at = :due_at, attempts = :attempts, error = :error
        WHERE rule_id = :rule_id AND entity = :entity
        """,
        rule_id=waiting.rule_id,
        entity=waiting.entity.key,
        due_at=due_at,
        attempts=attempts,
        error=error,
    )


def surplus(session: Session, rule_id: str, most: int, found_before: int) -> list[Waiting]:
    """What came in and is too much or too old to be judged still, the oldest first."""
    row = session.one(
        "SELECT COUNT(*) AS n FROM rule_waiting WHERE rule_id = :rule_id AND job_id = ''",
        rule_id=rule_id,
    )
    too_many = max(0, (0 if row is None else row["n"]) - most)
    rows = session.all(
        """
        SELECT * FROM rule_waiting WHERE rule_id = :rule_id AND job_id = ''
        ORDER BY found_at, entity LIMIT :too_many
        """,
        rule_id=rule_id,
        too_many=too_many,
    )
    old = session.all(
        """
        SELECT * FROM rule_waiting
        WHERE rule_id = :rule_id AND job_id = '' AND found_at < :before
        """,
        rule_id=rule_id,
        before=found_before,
    )
    found = {row["entity"]: _waiting(row) for row in (*rows, *old)}
    return list(found.values())


def of_job(session: Session, job_id: str) -> int:
    """How many a back-fill still waits for."""
    row = session.one("SELECT COUNT(*) AS n FROM rule_waiting WHERE job_id = :id", id=job_id)
    return 0 if row is None else int(row["n"])


def forget_job(session: Session, job_id: str) -> None:
    """Drop what a back-fill brought and nobody has judged."""
    session.run("DELETE FROM rule_waiting WHERE job_id = :id", id=job_id)


def forget_rule(session: Session, rule_id: str) -> None:
    """Drop what came in for a rule."""
    session.run("DELETE FROM rule_waiting WHERE rule_id = :id AND job_id = ''", id=rule_id)


def known(session: Session, rule_id: str, entities: Sequence[str]) -> set[str]:
    """Which of some entities wait."""
    rows = session.all(
        "SELECT entity FROM rule_waiting WHERE rule_id = :rule_id AND entity IN :entities",
        rule_id=rule_id,
        entities=list(entities) or [""],
    )
    return {row["entity"] for row in rows}


def _waiting(row: Row) -> Waiting:
    return Waiting(
        rule_id=row["rule_id"],
        entity=Entity(
            trace_id=row["trace_id"], span_id=row["span_id"], session_id=row["session_id"]
        ),
        job_id=row["job_id"],
        attempts=row["attempts"],
        error=row["error"],
        found_at=row["found_at"],
        due_at=row["due_at"],
        share=row["share"],
        hour=row["hour"],
    )
