"""How settings of feedback keys, links, and feedback that waits for its run are kept."""

from __future__ import annotations

import json
from collections.abc import Sequence

from pilothouse.platform.feedback.models import FeedbackConfig, FeedbackToken, Json
from pilothouse.platform.records import Session, micros, moment, verbatim
from pilothouse.platform.records.engine import Row

# ---- settings of keys


def configs(
    session: Session, names: Sequence[str] = (), contains: str = ""
) -> list[FeedbackConfig]:
    """Settings by key; of some keys, or of those that contain a text, if asked."""
    rows = session.all(
        """
        SELECT *
        FROM feedback_configs
        WHERE (:any = 1 OR name IN :names) AND LOWER(name) LIKE LOWER(:contains) ESCAPE '!'
        ORDER BY name
        """,
        any=0 if names else 1,
        names=list(names) or [""],
        contains=f"%{verbatim(contains)}%",
    )
    return [_config(row) for row in rows]


def add_config(session: Session, config: FeedbackConfig) -> bool:
    """Keep the settings of a key; False when it has some."""
    return (
        session.run(
            """
            INSERT INTO feedback_configs (name, config, is_enforced, lower_is_better, modified_at)
            VALUES (:name, :config, :is_enforced, :lower_is_better, :now)
            ON CONFLICT DO NOTHING
            """,
            **_values(config),
        )
        == 1
    )


def change_config(session: Session, config: FeedbackConfig) -> None:
    """Write the settings of a key."""
    session.run(
        """
        UPDATE feedback_configs
        SET config = :config,
            is_enforced = :is_enforced,
            lower_is_better = :lower_is_better,
            modified_at = :now
        WHERE name = :name
        """,
        **_values(config),
    )


def remove_config(session: Session, name: str) -> bool:
    """Forget the settings of a key; False when it has none."""
    return session.run("DELETE FROM feedback_configs WHERE name = :name", name=name) == 1


def _values(config: FeedbackConfig) -> dict[str, object]:
    return {
        "name": config.name,
        "config": json.dumps(config.config),
        "is_enforced": config.is_enforced,
        "lower_is_better": config.lower_is_better,
        "now": micros(),
    }


def _config(row: Row) -> FeedbackConfig:
    lower = row["lower_is_better"]
    return FeedbackConfig(
        name=row["name"],
        config=json.loads(row["config"]),
        is_enforced=bool(row["is_enforced"]),
        lower_is_better=None if lower is None else bool(lower),
        modified_at=moment(row["modified_at"]),
    )


# ---- links


def add_token(session: Session, token: FeedbackToken, expires_us: int) -> None:
    """Keep a link; one of the same id stays as it is."""
    session.run(
        """
        INSERT INTO feedback_tokens (id, run_id, name, config, expires_at, created_by, created_at)
        VALUES (:id, :run_id, :name, :config, :expires_at, :created_by, :now)
        ON CONFLICT DO NOTHING
        """,
        id=token.id,
        run_id=token.run_id,
        name=token.name,
        config=json.dumps(token.config),
        expires_at=expires_us,
        created_by=token.created_by,
        now=micros(),
    )


def token(session: Session, token_id: str) -> FeedbackToken | None:
    """The link of an id."""
    row = session.one("SELECT * FROM feedback_tokens WHERE id = :id", id=token_id)
    return None if row is None else _token(row)


def tokens(session: Session, run_id: str, *, limit: int, offset: int) -> list[FeedbackToken]:
    """The links of a run, the newest first; of all runs without one."""
    rows = session.all(
        """
        SELECT *
        FROM feedback_tokens
        WHERE :any = 1 OR run_id = :run_id
        ORDER BY created_at DESC, id
        LIMIT :limit OFFSET :offset
        """,
        any=0 if run_id else 1,
        run_id=run_id,
        limit=limit,
        offset=offset,
    )
    return [_token(row) for row in rows]


def remove_token(session: Session, token_id: str) -> bool:
    """Forget a link; False when there is none."""
    return session.run("DELETE FROM feedback_tokens WHERE id = :id", id=token_id) == 1


def _token(row: Row) -> FeedbackToken:
    return FeedbackToken(
        id=row["id"],
        run_id=row["run_id"],
        name=row["name"],
        config=json.loads(row["config"]),
        expires_at=moment(row["expires_at"]),
        created_by=row["created_by"],
        created_at=moment(row["created_at"]),
    )


# ---- waiting


def keep_waiting(session: Session, feedback_id: str, run_id: str, body: Json) -> None:
    """Keep feedback until its run comes; the same id again replaces it."""
    session.run(
        """
        INSERT INTO waiting_feedback (id, run_id, body, created_at)
        VALUES (:id, :run_id, :body, :now)
        ON CONFLICT (id) DO UPDATE
        SET run_id = excluded.run_id,
            body = excluded.body
        """,
        id=feedback_id,
        run_id=run_id,
        body=json.dumps(body),
        now=micros(),
    )


def waiting_runs(session: Session) -> set[str]:
    """The runs that feedback waits for."""
    return {row["run_id"] for row in session.all("SELECT DISTINCT run_id FROM waiting_feedback")}


def waiting_of(session: Session, run_ids: Sequence[str]) -> list[Json]:
    """The feedback that waits for some runs, in the order in which it came."""
    rows = session.all(
        """
        SELECT body
        FROM waiting_feedback
        WHERE run_id IN :run_ids
        ORDER BY created_at, id
        """,
        run_ids=list(run_ids),
    )
    return [json.loads(row["body"]) for row in rows]


def waiting(session: Session, feedback_id: str) -> Json | None:
    """The waiting feedback of an id."""
    row = session.one("SELECT body FROM waiting_feedback WHERE id = :id", id=feedback_id)
    return None if row is None else json.loads(row["body"])


def forget_waiting(session: Session, ids: Sequence[str]) -> int:
    """Forget waiting feedback; -> how much there was."""
    return session.run("DELETE FROM waiting_feedback WHERE id IN :ids", ids=list(ids))


def forget_waiting_before(session: Session, before_us: int) -> int:
    """Forget what waits since before a time; -> how much there was."""
    return session.run("DELETE FROM waiting_feedback WHERE created_at < :before", before=before_us)
