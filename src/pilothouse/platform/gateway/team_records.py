"""How teams of the gateway are kept, and what they spent."""

from __future__ import annotations

import json

from pilothouse.platform.gateway.models import GatewayTeam
from pilothouse.platform.records import Session, micros, moment
from pilothouse.platform.records.engine import Row


def teams(session: Session) -> list[GatewayTeam]:
    """All teams by name."""
    return [_team(row) for row in session.all("SELECT * FROM gateway_teams ORDER BY name")]


def team(session: Session, number: int) -> GatewayTeam | None:
    """The team of a number."""
    row = session.one("SELECT * FROM gateway_teams WHERE id = :id", id=number)
    return None if row is None else _team(row)


def named(session: Session, name: str) -> GatewayTeam | None:
    """The team of a name."""
    row = session.one("SELECT * FROM gateway_teams WHERE name = :name", name=name)
    return None if row is None else _team(row)


def add(session: Session, made: GatewayTeam) -> None:
    """Keep a new team; its number is given here."""
    session.run(
        """
        INSERT INTO gateway_teams
            (name, models, requests_per_minute, tokens_per_minute, budget_nano, period, created_at)
        VALUES
            (:name, :models, :requests_per_minute, :tokens_per_minute, :budget_nano, :period, :now)
        """,
        now=micros(),
        **_written(made),
    )


def change(session: Session, changed: GatewayTeam) -> None:
    """Write what may change of a team."""
    session.run(
        """
        UPDATE gateway_teams
        SET name = :name,
            models = :models,
            requests_per_minute = :requests_per_minute,
            tokens_per_minute = :tokens_per_minute,
            budget_nano = :budget_nano,
            period = :period
        WHERE id = :id
        """,
        id=changed.id,
        **_written(changed),
    )


def remove(session: Session, number: int) -> bool:
    """Remove a team, and take it off its keys; False when there is none."""
    session.run("UPDATE gateway_keys SET team_id = NULL WHERE team_id = :id", id=number)
    return session.run("DELETE FROM gateway_teams WHERE id = :id", id=number) == 1


def keys_of(session: Session, number: int) -> int:
    """How many keys that were not revoked it has."""
    row = session.one(
        """
        SELECT count(*) AS count
        FROM gateway_keys
        WHERE team_id = :id AND revoked_at IS NULL
        """,
        id=number,
    )
    return 0 if row is None else int(row["count"])


def spent(session: Session, number: int, period_start: int) -> int:
    """What a team spent in a period, in nano-dollars."""
    row = session.one(
        "SELECT nano FROM gateway_team_spending WHERE team_id = :id AND period_start = :start",
        id=number,
        start=period_start,
    )
    return 0 if row is None else int(row["nano"])


def spend(session: Session, number: int, period_start: int, nano: int) -> None:
    """Add to what a team spent; nothing where it is gone."""
    session.run(
        """
        INSERT INTO gateway_team_spending (team_id, period_start, nano)
        SELECT id, :start, :nano FROM gateway_teams WHERE id = :id
        ON CONFLICT (team_id, period_start) DO UPDATE
        SET nano = gateway_team_spending.nano + excluded.nano
        """,
        id=number,
        start=period_start,
        nano=nano,
    )


def _written(made: GatewayTeam) -> dict[str, object]:
    return {
        "name": made.name,
        "models": json.dumps(list(made.models)),
        "requests_per_minute": made.requests_per_minute,
        "tokens_per_minute": made.tokens_per_minute,
        "budget_nano": made.budget_nano,
        "period": made.period,
    }


def _team(row: Row) -> GatewayTeam:
    return GatewayTeam(
        id=row["id"],
        name=row["name"],
        models=tuple(json.loads(row["models"])),
        requests_per_minute=row["requests_per_minute"],
        tokens_per_minute=row["tokens_per_minute"],
        budget_nano=row["budget_nano"],
        period=row["period"],
        created_at=moment(row["created_at"]),
    )
