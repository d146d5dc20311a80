"""The states of a rule, as a function of figures and time: who keeps and tells them is elsewhere.

An episode begins when a level has been met for long enough and ends when the last level is left.
Each level is told once in an episode, and its end if anything was told; reminders come on top.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

from pilothouse.platform.alerts.conditions import RANK, Condition, Level, Severity

MINUTE_US: Final = 60_000_000
GAP_US: Final = 5 * MINUTE_US
"""After so long without a look nobody knows whether a bound was met all the time."""
LOST_US: Final = 24 * 60 * MINUTE_US
"""An episode of which nothing has been seen for so long is over."""

ChangeKind = Literal["raised", "lowered", "recovered", "reminded", "lost", "ended"]
"""`lost`: there was no data any more; `ended`: the rule was changed, switched off or removed."""
Silence = Literal["", "muted", "maintenance", "told"]
"""Why nobody is told of a change; "" where somebody is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How patient a rule is; microseconds, like all times here."""

    for_us: int = 0
    """How long a bound has to be met without a break."""
    remind_us: int | None = None
    """After how long an open episode is told again; None for never."""
    gap_us: int = GAP_US


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Where a rule, or one group of it, stands."""

    level: Level = "ok"
    warn_since: int | None = None
    """Since when the bound is met; None while it is not."""
    alert_since: int | None = None
    opened_at: int | None = None
    """When the episode began; None outside of one."""
    told: tuple[Level, ...] = ()
    """The levels of this episode that were told."""
    told_at: int | None = None
    seen_at: int | None = None
    """When there was a figure last."""
    looked_at: int | None = None
    quiet_since: int | None = None
    """Since when there is no data; None while there is some."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What happened at one moment."""

    kind: ChangeKind
    level: Level
    before: Level
    opened_at: int
    silence: Silence = ""


def advance(
    state: State,
    condition: Condition,
    timing: Timing,
    figure: float | None,
    now: int,
    silence: Silence = "",
) -> tuple[State, Change | None]:
    """The state after a look, and what happened. `silence` is why nobody may be told now.

    Without a figure everything stays as it is, but not for ever.
    """
    gap = state.looked_at is not None and now - state.looked_at > timing.gap_us
    looked = replace(state, looked_at=now)
    if figure is None:
        looked = replace(looked, warn_since=None, alert_since=None)
        seen_at = state.seen_at if state.seen_at is not None else now
        if state.opened_at is not None and now - seen_at > LOST_US:
            return _closed(looked), _end(state, "lost", silence)
        return _told(looked, None, timing, now, silence)
    met = {
        severity: _since(condition, severity, figure, None if gap else since, now)
        for severity, since in _severities(state)
    }
    looked = replace(looked, seen_at=now, warn_since=met["warn"], alert_since=met["alert"])
    level = _level(state.level, condition, timing, figure, met, now)
    if level == "ok":
        if state.opened_at is None:
            return looked, None
        return _closed(looked), _end(state, "recovered", silence)
    opened_at = state.opened_at if state.opened_at is not None else now
    after = replace(looked, level=level, opened_at=opened_at)
    return _told(after, state.level, timing, now, silence)


def minutes_without_data(
    state: State, timing: Timing, now: int, *, has_data: bool, window_us: int
) -> tuple[State, float]:
    """The state, and how long there has been no data; what was not looked at does not count.

    A server that was away took nothing in, which is no fault of the application.
    """
    if has_data:
        return replace(state, quiet_since=None), 0.0
    since = state.quiet_since
    if state.looked_at is None:
        since = now - window_us
    elif now - state.looked_at > timing.gap_us:
        since = now
    elif since is None:
        since = now - window_us
    return replace(state, quiet_since=since), (now - since) / MINUTE_US


def _severities(state: State) -> tuple[tuple[Severity, int | None], ...]:
    return ("warn", state.warn_since), ("alert", state.alert_since)


def _since(
    condition: Condition, severity: Severity, figure: float, since: int | None, now: int
) -> int | None:
    """Since when a bound is met, None if it is not."""
    if not condition.is_met(severity, figure):
        return None
    return now if since is None else since


def _level(
    before: Level,
    condition: Condition,
    timing: Timing,
    figure: float,
    met: dict[Severity, int | None],
    now: int,
) -> Level:
    """The worst level that is reached or kept."""
    for severity in condition.severities:
        since = met[severity]
        if since is not None and now - since >= timing.for_us:
            return severity
        if RANK[before] >= RANK[severity] and condition.is_held(severity, figure):
            return severity
    return "ok"


def _told(
    state: State, before: Level | None, timing: Timing, now: int, silence: Silence
) -> tuple[State, Change | None]:
    """The state and what is to be said of it; `before` is None where the level cannot change."""
    if state.opened_at is None:
        return state, None
    level, was = state.level, state.level if before is None else before
    known = level in state.told
    if level != was:
        kind: ChangeKind = "raised" if RANK[level] > RANK[was] else "lowered"
        quiet: Silence = "told" if known else silence
    else:
        late = timing.remind_us is not None and now - (state.told_at or 0) >= timing.remind_us
        if silence or (known and not late):
            return state, None
        kind, quiet = "reminded", ""
    change = Change(kind=kind, level=level, before=was, opened_at=state.opened_at, silence=quiet)
    if quiet:
        return state, change
    return replace(state, told=tuple({*state.told, level}), told_at=now), change


def end(state: State, kind: ChangeKind) -> Change | None:
    """How an episode ends whose rule is changed or gone; None outside of one."""
    return None if state.opened_at is None else _end(state, kind, "")


def _end(state: State, kind: ChangeKind, silence: Silence) -> Change:
    """The end is told to whom the beginning was, muted or not: else it would stay open there."""
    assert state.opened_at is not None
    quiet: Silence = "" if state.told else silence or "muted"
    return Change(
        kind=kind, level="ok", before=state.level, opened_at=state.opened_at, silence=quiet
    )


def _closed(state: State) -> State:
    return replace(state, level="ok", opened_at=None, told=(), told_at=None)
