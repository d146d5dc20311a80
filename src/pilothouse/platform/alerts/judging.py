"""From what was read of a rule to where it stands and what happened: pure, as its states are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from pilothouse.platform.alerts.evaluation import Seen, States
from pilothouse.platform.alerts.models import AlertRule, GroupState, Reading
from pilothouse.platform.alerts.states import (
    LOST_US,
    MINUTE_US,
    Change,
    Silence,
    State,
    Timing,
    advance,
    minutes_without_data,
)

FORGOTTEN_MINUTES: Final = 7 * 1440
"""A group of which nothing came for so long is gone, and no concern of a rule any more."""


@dataclass(slots=True)
class Judged:
    """Where a rule stands after a look, and what happened, by group."""

    states: list[GroupState] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    """Groups that need not be known any more."""
    changes: list[tuple[str, Change, Reading]] = field(default_factory=list)


def judge(
    rule: AlertRule, seen: Mapping[str, Seen], before: States, now: int, silence: Silence
) -> Judged:
    """What comes of a look at a rule."""
    judged = Judged(gone=[group for group in before if group not in seen])
    for group, one in seen.items():
        known = before.get(group)
        state = State() if known is None else known.state
        stands, change = step(rule, one, state, rule.timing, now, silence)
        if change is not None:
            judged.changes.append((group, change, stands.reading))
        if rule.question.group_by and _is_gone(rule, stands.state, now):
            judged.gone.append(group)
        else:
            judged.states.append(replace(stands, group=group))
    return judged


def _is_gone(rule: AlertRule, state: State, now: int) -> bool:
    """Whether a group has had no data for so long that nobody waits for it."""
    if state.opened_at is not None or state.quiet_since is None:
        return False
    waits_for_it = rule.condition.kind == "absence"
    longest_us = FORGOTTEN_MINUTES * MINUTE_US if waits_for_it else LOST_US
    return now - state.quiet_since > longest_us


def step(
    rule: AlertRule, seen: Seen, state: State, timing: Timing, now: int, silence: Silence = ""
) -> tuple[GroupState, Change | None]:
    """Where a group stands after a look, and what happened."""
    window_us = rule.question.window_s * 1_000_000
    state, minutes = minutes_without_data(
        state, timing, now, has_data=seen.has_data, window_us=window_us
    )
    reading = seen.reading
    if rule.condition.kind == "absence":
        reading = replace(reading, figure=minutes)
    if rule.question.group_by and minutes > FORGOTTEN_MINUTES:
        reading = replace(reading, figure=None)
    after, change = advance(state, rule.condition, timing, reading.figure, now, silence)
    return GroupState(state=after, reading=reading), change
