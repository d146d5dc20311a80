"""Whether a rule can be evaluated at all, and what is said of that: pure, as its states are.

It is told once that it cannot, as soon as nobody has silenced the rule; and to whom that was told,
that it can again or is another rule by now.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Literal

from pilothouse.platform.alerts.models import AlertRule, Event, new_event_id
from pilothouse.platform.alerts.states import Silence

Kind = Literal["error", "mended", "ended"]


def noted(
    rule: AlertRule, error: str, at: datetime, silence: Silence
) -> tuple[AlertRule, Event | None]:
    """The rule after a look that failed, or "" where it did not, and what happened."""
    if not error:
        if not rule.error:
            return rule, None
        quiet: Silence = "" if rule.error_told else silence or "muted"
        event = _event(rule, "mended", at, quiet, "the rule can be evaluated again")
        return replace(rule, error="", error_at=None, error_told=False), event
    quiet = "told" if rule.error_told else silence
    if error == rule.error and quiet:
        return rule, None
    after = replace(
        rule, error=error, error_at=rule.error_at or at, error_told=quiet in ("", "told")
    )
    return after, _event(rule, "error", at, quiet, error)


def ended(rule: AlertRule, at: datetime) -> Event | None:
    """What is said where a rule that could not be evaluated is changed or gone."""
    if not rule.error_told:
        return None
    return _event(rule, "ended", at, "", "the rule, which could not be evaluated, was changed")


def _event(rule: AlertRule, kind: Kind, at: datetime, silence: Silence, detail: str) -> Event:
    failed = kind == "error"
    return Event(
        id=new_event_id(),
        rule_id=rule.id,
        group="",
        kind=kind,
        level="warn" if failed else "ok",
        before="ok" if failed else "warn",
        silence=silence,
        detail=detail,
        at=at,
    )
