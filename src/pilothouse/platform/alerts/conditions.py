"""When a measure is wrong: what is looked at of a value, and the bounds of the two levels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from pilothouse.platform.errors import BadRequest

Level = Literal["ok", "warn", "alert"]
Severity = Literal["warn", "alert"]
ConditionKind = Literal["threshold", "change", "anomaly", "absence"]
Direction = Literal["above", "below", "either"]
Unit = Literal["percent", "ratio"]
Season = Literal["week", "day"]
RANK: Final = {"ok": 0, "warn": 1, "alert": 2}
SEASON_S: Final = {"week": 604_800, "day": 86_400}
MOST_PERIODS: Final = {"week": 8, "day": 28}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """Where a level begins, and where it ends."""

    bound: float
    recover: float | None = None
    """None where the level ends as soon as the bound is not met any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What was to be expected by the same hour of earlier weeks or days."""

    expected: float
    spread: float
    """How far values lie from it: a robust standard deviation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """When a value is wrong, in two levels of which one may be missing.

    A bound is met by a *figure*: of a threshold the value itself; of a change the percent by which
    the value lies beyond what was expected, or their ratio; of an anomaly how many spreads it lies
    away; of an absence the minutes without data.
    """

    kind: ConditionKind
    direction: Direction = "above"
    unit: Unit = "percent"
    """Of a change."""
    season: Season = "week"
    periods: int = 4
    """How many earlier weeks or days a change and an anomaly compare with."""
    warn: Bound | None = None
    alert: Bound | None = None

    @property
    def compares(self) -> bool:
        """Whether it needs to know what was to be expected."""
        return self.kind in ("change", "anomaly")

    @property
    def rising(self) -> bool:
        """Whether the larger figure is the worse one."""
        as_it_is = self.kind == "threshold" or (self.kind == "change" and self.unit == "ratio")
        return not (as_it_is and self.direction == "below")

    @property
    def severities(self) -> dict[Severity, Bound]:
        """The levels that it has, the worse one first."""
        found: dict[Severity, Bound] = {}
        if self.alert is not None:
            found["alert"] = self.alert
        if self.warn is not None:
            found["warn"] = self.warn
        return found

    def figure(self, value: float | None, baseline: Baseline | None) -> float | None:
        """What is compared with the bounds; None where it cannot be told.

        Of an absence it is told by time and not by a value.
        """
        if value is None or self.kind == "absence":
            return None
        if self.kind == "threshold":
            return value
        if baseline is None:
            return None
        if self.kind == "anomaly":
            return self._turned((value - baseline.expected) / baseline.spread)
        if not baseline.expected:
            return None
        ratio = value / baseline.expected
        return ratio if self.unit == "ratio" else self._turned(100 * (ratio - 1))

    def _turned(self, distance: float) -> float:
        """A distance from what was expected, larger where it is worse."""
        if self.direction == "either":
            return abs(distance)
        return distance if self.direction == "above" else -distance

    def is_met(self, severity: Severity, figure: float) -> bool:
        """Whether a figure lies at or beyond where a level begins."""
        bound = self.severities.get(severity)
        return bound is not None and self._beyond(figure, bound.bound)

    def is_held(self, severity: Severity, figure: float) -> bool:
        """Whether a figure keeps a level that was reached."""
        bound = self.severities.get(severity)
        if bound is None:
            return False
        if bound.recover is None:
            return self._beyond(figure, bound.bound)
        return figure > bound.recover if self.rising else figure < bound.recover

    def _beyond(self, figure: float, bound: float) -> bool:
        return figure >= bound if self.rising else figure <= bound


def check(condition: Condition) -> None:
    """Raise BadRequest for a condition that contradicts itself."""
    levels = condition.severities
    if not levels:
        raise _wrong("give warn or alert: a rule without a bound would never say anything", "alert")
    _check_kind(condition)
    for name, level in levels.items():
        recover = level.recover
        if recover is None:
            continue
        if recover > level.bound if condition.rising else recover < level.bound:
            side = "at most" if condition.rising else "at least"
            raise _wrong(f"recover of {name} must be {side} its bound, {level.bound:g}", name)
    if condition.warn is not None and condition.alert is not None:
        warn, alert = condition.warn.bound, condition.alert.bound
        if alert < warn if condition.rising else alert > warn:
            side = "below" if condition.rising else "above"
            raise _wrong(
                f"the bound of alert, {alert:g}, lies {side} that of warn, {warn:g}", "alert"
            )


def _check_kind(condition: Condition) -> None:
    kind, direction = condition.kind, condition.direction
    if direction == "either" and (kind == "threshold" or not condition.compares):
        raise _wrong(f"a condition of kind {kind} is above or below, not either", "direction")
    if kind == "change" and condition.unit == "ratio" and direction == "either":
        raise _wrong("a ratio is above or below; use percent for either", "direction")
    if kind == "absence" and direction != "above":
        raise _wrong(
            "the bound of an absence is minutes without data: direction is above", "direction"
        )
    ratio_or_value = kind == "threshold"
    for name, level in condition.severities.items():
        if not ratio_or_value and level.bound <= 0:
            raise _wrong(f"the bound of {name} must be above 0", name)
    most = MOST_PERIODS[condition.season]
    if condition.compares and not 1 <= condition.periods <= most:
        raise _wrong(f"periods must be 1 to {most} {condition.season}s", "periods")


def _wrong(message: str, field: str) -> BadRequest:
    return BadRequest(message, {"parameter": f"condition.{field}"})
