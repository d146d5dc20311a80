"""How budgets are kept."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal

from pilothouse.platform.budgets.models import Budget
from pilothouse.platform.records import Session, micros, micros_of, moment
from pilothouse.platform.records.engine import Row
from pilothouse.platform.records.lists import by_name


def every(session: Session, project_id: int | None = None) -> list[Budget]:
    """The budgets of a project, or all, by name."""
    rows = by_name(session, "budgets", project_id)
    channels: dict[str, list[str]] = {}
    for row in session.all("SELECT * FROM budget_channels ORDER BY channel_id"):
        channels.setdefault(row["budget_id"], []).append(row["channel_id"])
    return [_budget(row, channels.get(row["id"], ())) for row in rows]


def any_there(session: Session) -> bool:
    """Whether there is a budget."""
    return session.one("SELECT id FROM budgets LIMIT 1") is not None


def one(session: Session, budget_id: str) -> Budget | None:
    """The budget of an id."""
    row = session.one("SELECT * FROM budgets WHERE id = :id", id=budget_id)
    if row is None:
        return None
    channels = session.all(
        "SELECT channel_id FROM budget_channels WHERE budget_id = :id ORDER BY channel_id",
        id=budget_id,
    )
    return _budget(row, [each["channel_id"] for each in channels])


def names_on(session: Session, channel_id: str) -> list[str]:
    """The names of the budgets that tell on a channel."""
    rows = session.all(
        """
        SELECT b.name FROM budgets b
        JOIN budget_channels c ON c.budget_id = b.id
        WHERE c.channel_id = :id
        ORDER BY b.name
        """,
        id=channel_id,
    )
    return [row["name"] for row in rows]


def add(session: Session, made: Budget) -> bool:
    """Keep a new budget; False where its project has one of its name."""
    kept = session.run(
        """
        INSERT INTO budgets
            (id, project_id, name, amount, period, filter, thresholds, created_by, created_at,
             updated_at)
        VALUES
            (:id, :project_id, :name, :amount, :period, :filter, :thresholds, :created_by,
             :created_at, :created_at)
        ON CONFLICT DO NOTHING
        """,
        project_id=made.project_id,
        created_by=made.created_by,
        created_at=micros_of(made.created_at),
        **_written(made),
    )
    if kept:
        _lead_to(session, made)
    return kept == 1


def change(session: Session, changed: Budget) -> bool:
    """Write what may change of a budget; its thresholds can be told again.

    False where its project has another one of its name.
    """
    written = session.run_unless_taken(
        """
        UPDATE budgets
        SET name = :name,
            amount = :amount,
            period = :period,
            filter = :filter,
            thresholds = :thresholds,
            updated_at = :now
        WHERE id = :id
        """,
        now=micros(),
        **_written(changed),
    )
    if not written:
        return False
    session.run("DELETE FROM budget_channels WHERE budget_id = :id", id=changed.id)
    session.run("DELETE FROM budget_tellings WHERE budget_id = :id", id=changed.id)
    _lead_to(session, changed)
    return True


def remove(session: Session, budget_id: str) -> bool:
    """Remove a budget; False when there is none of this id."""
    return session.run("DELETE FROM budgets WHERE id = :id", id=budget_id) == 1


def tell(session: Session, budget_id: str, period_start: int, threshold: int) -> bool:
    """Note that a threshold is told in a period; False where it was before."""
    return (
        session.run(
            """
            INSERT INTO budget_tellings (budget_id, period_start, threshold, told_at)
            VALUES (:id, :period_start, :threshold, :now)
            ON CONFLICT DO NOTHING
            """,
            id=budget_id,
            period_start=period_start,
            threshold=threshold,
            now=micros(),
        )
        == 1
    )


def forget_tellings(session: Session, before: int) -> None:
    """Drop what was told in periods that began before a moment."""
    session.run("DELETE FROM budget_tellings WHERE period_start < :before", before=before)


def _lead_to(session: Session, budget: Budget) -> None:
    for channel in budget.channels:
        session.run(
            "INSERT INTO budget_channels (budget_id, channel_id) VALUES (:id, :channel)",
            id=budget.id,
            channel=channel,
        )


def _written(budget: Budget) -> dict[str, object]:
    return {
        "id": budget.id,
        "name": budget.name,
        "amount": str(budget.amount),
        "period": budget.period,
        "filter": budget.filter,
        "thresholds": json.dumps(budget.thresholds),
    }


def _budget(row: Row, channels: Iterable[str]) -> Budget:
    return Budget(
        id=row["id"],
        project_id=row["project_id"],
        name=row["name"],
        amount=Decimal(row["amount"]),
        period=row["period"],
        filter=row["filter"],
        thresholds=tuple(json.loads(row["thresholds"])),
        channels=tuple(channels),
        created_by=row["created_by"],
        created_at=moment(row["created_at"]),
        updated_at=moment(row["updated_at"]),
    )
