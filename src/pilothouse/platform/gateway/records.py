"""How virtual keys, routes and what was spent are kept."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pilothouse.platform.gateway.models import GatewayKey, KeptRoute
from pilothouse.platform.records import Session, micros, micros_of, moment
from pilothouse.platform.records.engine import Row

_KEY = """
    SELECT k.*, p.name AS project
    FROM gateway_keys k
    JOIN projects p ON p.id = k.project_id
"""


def keys(session: Session) -> list[GatewayKey]:
    """All keys that were not revoked, the newest first."""
    rows = session.all(_KEY + " WHERE k.revoked_at IS NULL ORDER BY k.id DESC")
    return [_key(row) for row in rows]


def key_of(session: Session, key_hash: str) -> GatewayKey | None:
    """The key of a digest."""
    row = session.one(_KEY + " WHERE k.key_hash = :key_hash", key_hash=key_hash)
    return None if row is None else _key(row)


def key(session: Session, number: int) -> GatewayKey | None:
    """The key of a number."""
    row = session.one(_KEY + " WHERE k.id = :id AND k.revoked_at IS NULL", id=number)
    return None if row is None else _key(row)


def add_key(session: Session, *, key_hash: str, project_id: int, made: GatewayKey) -> None:
    """Keep a new key; its number is given here."""
    session.run(
        """
        INSERT INTO gateway_keys
            (name, hint, key_hash, project_id, models, requests_per_minute, tokens_per_minute,
             budget_nano, period, guardrails, team_id, created_by, created_at, expires_at)
        VALUES
            (:name, :hint, :key_hash, :project_id, :models, :requests_per_minute,
             :tokens_per_minute, :budget_nano, :period, :guardrails, :team_id, :created_by,
             :created_at, :expires_at)
        """,
        hint=made.hint,
        key_hash=key_hash,
        project_id=project_id,
        created_by=made.created_by,
        created_at=micros_of(made.created_at),
        **_written(made),
    )


def change_key(session: Session, changed: GatewayKey) -> None:
    """Write what may change of a key."""
    session.run(
        """
        UPDATE gateway_keys
        SET name = :name,
            models = :models,
            requests_per_minute = :requests_per_minute,
            tokens_per_minute = :tokens_per_minute,
            budget_nano = :budget_nano,
            period = :period,
            guardrails = :guardrails,
            team_id = :team_id,
            blocked_at = :blocked_at,
            expires_at = :expires_at
        WHERE id = :id
        """,
        id=changed.id,
        blocked_at=micros_of(changed.blocked_at),
        **_written(changed),
    )


def renew_key(session: Session, number: int, key_hash: str, hint: str) -> None:
    """Write another digest of a key."""
    session.run(
        "UPDATE gateway_keys SET key_hash = :key_hash, hint = :hint WHERE id = :id",
        id=number,
        key_hash=key_hash,
        hint=hint,
    )


def revoke_key(session: Session, number: int) -> bool:
    """Revoke a key; False when there is none that was not revoked."""
    changed = session.run(
        "UPDATE gateway_keys SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL",
        id=number,
        now=micros(),
    )
    return changed == 1


def spent(session: Session, number: int, period_start: int) -> int:
    """What a key spent in a period, in nano-dollars."""
    row = session.one(
        "SELECT nano FROM gateway_spending WHERE key_id = :id AND period_start = :start",
        id=number,
        start=period_start,
    )
    return 0 if row is None else int(row["nano"])


def spent_by_all(session: Session, starts: Sequence[int]) -> dict[tuple[int, int], int]:
    """What keys spent in the periods that began then, by (key, start)."""
    rows = session.all(
        """
        SELECT key_id, period_start, nano
        FROM gateway_spending
        WHERE period_start IN :starts
        """,
        starts=list(starts),
    )
    return {(row["key_id"], row["period_start"]): int(row["nano"]) for row in rows}


def spend(session: Session, number: int, period_start: int, nano: int) -> None:
    """Add to what a key spent; nothing where the key is gone."""
    session.run(
        """
        INSERT INTO gateway_spending (key_id, period_start, nano)
        SELECT id, :start, :nano FROM gateway_keys WHERE id = :id
        ON CONFLICT (key_id, period_start) DO UPDATE
        SET nano = gateway_spending.nano + excluded.nano
        """,
        id=number,
        start=period_start,
        nano=nano,
    )


def routes(session: Session) -> list[KeptRoute]:
    """All routes by name."""
    return [_route(row) for row in session.all("SELECT * FROM gateway_routes ORDER BY name")]


def put_route(session: Session, name: str, config: Mapping[str, Any]) -> None:
    """Write a route, whether it is there or not."""
    session.run(
        """
        INSERT INTO gateway_routes (name, config, created_at, updated_at)
        VALUES (:name, :config, :now, :now)
        ON CONFLICT (name) DO UPDATE
        SET config = excluded.config,
            updated_at = excluded.updated_at
        """,
        name=name,
        config=json.dumps(config),
        now=micros(),
    )


def remove_route(session: Session, name: str) -> bool:
    """Remove a route; False when there is none of this name."""
    return session.run("DELETE FROM gateway_routes WHERE name = :name", name=name) == 1


def _written(made: GatewayKey) -> dict[str, object]:
    return {
        "name": made.name,
        "models": json.dumps(list(made.models)),
        "guardrails": json.dumps(list(made.guardrails)),
        "team_id": made.team_id,
        "requests_per_minute": made.requests_per_minute,
        "tokens_per_minute": made.tokens_per_minute,
        "budget_nano": made.budget_nano,
        "period": made.period,
        "expires_at": micros_of(made.expires_at),
    }


def _key(row: Row) -> GatewayKey:
    return GatewayKey(
        id=row["id"],
        name=row["name"],
        hint=row["hint"],
        project=row["project"],
        models=tuple(json.loads(row["models"])),
        guardrails=tuple(json.loads(row["guardrails"])),
        team_id=row["team_id"],
        blocked_at=moment(row["blocked_at"]),
        requests_per_minute=row["requests_per_minute"],
        tokens_per_minute=row["tokens_per_minute"],
        budget_nano=row["budget_nano"],
        period=row["period"],
        created_by=row["created_by"],
        created_at=moment(row["created_at"]),
        expires_at=moment(row["expires_at"]),
        revoked_at=moment(row["revoked_at"]),
    )


def _route(row: Row) -> KeptRoute:
    return KeptRoute(
        name=row["name"],
        config=json.loads(row["config"]),
        created_at=moment(row["created_at"]),
        updated_at=moment(row["updated_at"]),
    )
