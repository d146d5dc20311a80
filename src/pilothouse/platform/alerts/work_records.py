"""Whether there is anything to do for alerts; asked before the rest of them is loaded."""

from __future__ import annotations

from pilothouse.platform.records import Session


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
