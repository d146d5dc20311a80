"""What is asked of alerts before the rest of them is loaded."""

from __future__ import annotations

from dataclasses import dataclass

from pilothouse.platform.records import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """How the rules at work of a project stand."""

    project_id: int
    rules: int
    open_rules: int
    """Those with an open episode."""
    failing_rules: int
    """Those that cannot be evaluated."""


def is_any(session: Session) -> bool:
    """Whether a rule is at work, or a message waits."""
    row = session.one(
        """
        SELECT 1 AS one
        WHERE EXISTS (SELECT 1 FROM alert_rules WHERE enabled)
            OR EXISTS (SELECT 1 FROM alert_messages WHERE ended_at IS NULL)
        """
    )
    return row is not None


def opened(session: Session) -> list[Opened]:
    """The projects with rules at work."""
    rows = session.all(
        """
        SELECT r.project_id, COUNT(*) AS rules, COUNT(s.rule_id) AS open_rules,
            SUM(CASE WHEN r.error <> '' THEN 1 ELSE 0 END) AS failing_rules
        FROM alert_rules r
        LEFT JOIN (SELECT DISTINCT rule_id FROM alert_states WHERE level <> 'ok') s
            ON s.rule_id = r.id
        WHERE r.enabled
        GROUP BY r.project_id
        ORDER BY r.project_id
        """
    )
    return [Opened(**row) for row in rows]
