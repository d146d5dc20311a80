"""How it is kept what rules took by the hour, and what a whole project's may take."""

from __future__ import annotations

import json
from typing import Final

from pilothouse.platform.records import Session, micros
from pilothouse.platform.rules.budgets import Budget, Taken, Window, beyond, budget_of
from pilothouse.platform.rules.models import Rule

HOUR_US: Final = 3_600_000_000
DAY_US: Final = 24 * HOUR_US
SPEND_KEPT_US: Final = 40 * DAY_US


def of_project(session: Session, project_id: int) -> Budget:
    """What all rules of a project may take together."""
    row = session.one("SELECT budget FROM project_budgets WHERE project_id = :id", id=project_id)
    return Budget() if row is None else budget_of(json.loads(row["budget"]))


def set_for_project(session: Session, project_id: int, budget: Budget) -> None:
    """Write what all rules of a project may take together."""
    session.run(
        """
        INSERT INTO project_budgets (project_id, budget) VALUES (:id, :budget)
        ON CONFLICT (project_id) DO UPDATE SET budget = :budget
        """,
        id=project_id,
        budget=json.dumps(budget.stored()),
    )


def reserve(session: Session, rule: Rule, one: Taken, now: int) -> str:
    """Set what one more call takes apart; -> what it would go beyond, "" where it may be made."""
    if rule.budget:
        said = beyond(rule.budget, _taken(session, now, rule_id=rule.id), one)
        if said:
            return said
    of_all = of_project(session, rule.project_id)
    if of_all:
        session.hold("project_budgets", project_id=rule.project_id)  # its other rules ask too
        said = beyond(of_all, _taken(session, now, project_id=rule.project_id), one)
        if said:
            return f"{said} of all rules of the project"
    spend(session, rule.id, now, one)
    return ""


def typical_tokens(session: Session, rule_id: str) -> int:
    """How many tokens a call of a rule took so far on average; 0 where nobody knows."""
    row = session.one(
        """
        SELECT COALESCE(SUM(tokens), 0) AS tokens, COALESCE(SUM(calls), 0) AS calls
        FROM rule_spend WHERE rule_id = :id
        """,
        id=rule_id,
    )
    return 0 if row is None or not row["calls"] else int(row["tokens"] // row["calls"])


def spend(session: Session, rule_id: str, now: int, more: Taken) -> None:
    """Add to what a rule took in the hour; less than nothing gives back what was set apart."""
    session.run(
        """
        INSERT INTO rule_spend (rule_id, hour, calls, tokens, spent)
        VALUES (:id, :hour, :calls, :tokens, :spent)
        ON CONFLICT (rule_id, hour) DO UPDATE
        SET calls = rule_spend.calls + :calls, tokens = rule_spend.tokens + :tokens,
            spent = rule_spend.spent + :spent
        """,
        id=rule_id,
        hour=now // HOUR_US,
        calls=more.calls,
        tokens=more.tokens,
        spent=more.spent,
    )


def forget(session: Session) -> None:
    """Drop the hours that no budget and no draw asks for any more."""
    first = (micros() - SPEND_KEPT_US) // HOUR_US
    session.run("DELETE FROM rule_spend WHERE hour < :first", first=first)
    session.run("DELETE FROM rule_hours WHERE hour < :first", first=first)


def _taken(
    session: Session, now: int, *, rule_id: str = "", project_id: int = 0
) -> dict[Window, Taken]:
    """What a rule, or those of a project, took in the hour and on the day so far."""
    hour = now // HOUR_US
    row = session.one(
        """
        SELECT
            COALESCE(SUM(CASE WHEN s.hour = :hour THEN s.calls END), 0) AS calls,
            COALESCE(SUM(CASE WHEN s.hour = :hour THEN s.tokens END), 0) AS tokens,
            COALESCE(SUM(CASE WHEN s.hour = :hour THEN s.spent END), 0) AS spent,
            COALESCE(SUM(s.calls), 0) AS day_calls,
            COALESCE(SUM(s.tokens), 0) AS day_tokens,
            COALESCE(SUM(s.spent), 0) AS day_spent
        FROM rule_spend s JOIN rules r ON r.id = s.rule_id
        WHERE (r.id = :rule_id OR r.project_id = :project_id) AND s.hour >= :first
        """,
        rule_id=rule_id,
        project_id=project_id,
        hour=hour,
        first=now // DAY_US * 24,
    )
    assert row is not None  # sums are always one row
    return {
        "hour": Taken(calls=int(row["calls"]), tokens=int(row["tokens"]), spent=int(row["spent"])),
        "day": Taken(
            calls=int(row["day_calls"]),
            tokens=int(row["day_tokens"]),
            spent=int(row["day_spent"]),
        ),
    }
