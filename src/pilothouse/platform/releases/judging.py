"""What the evidence says of a release: differences with intervals that hold at every look.

Pure functions: from evidence to figures and to what is to be done.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from math import exp, log
from typing import Final, Literal

from pilothouse.evaluation.statistics.intervals import proportion_interval
from pilothouse.evaluation.statistics.sequential import always_valid, failing, ratio_mismatch
from pilothouse.evaluation.statistics.strata import pooled
from pilothouse.platform.releases.evidence import PREFERENCE, Evidence
from pilothouse.platform.releases.models import (
    CHALLENGER,
    CHAMPION,
    RATIOS,
    SCORES,
    SHADOW,
    Action,
    Criterion,
    Release,
)

Verdict = Literal["better", "worse", "not_worse", "harmful", "unknown", "few"]
"""`harmful`: worse by more than the margin; `not_worse`: by less, if at all; `few`: too early."""
SUSPECT: Final = 0.001
"""Below it the arms' sizes are no chance: what loses units of one arm spoils every figure."""
SURE: Final = 0.01
"""Of the guard on errors."""
PREFERENCE_MARGIN: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """An arm against the first one in one metric."""

    arm: str
    metric: str
    is_ratio: bool
    """Whether figures are parts of the first arm's: 0.1 is 10 % more."""
    estimate: float
    low: float
    high: float
    p: float
    margin: float
    goal: str
    is_small_good: bool
    units: tuple[int, int]
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """Whether units came to the arms as they should."""

    p: float
    seen: dict[str, int]
    expected: dict[str, float]

    @property
    def is_suspect(self) -> bool:
        """Whether that is no chance any more."""
        return self.p < SUSPECT


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What is to be said of a release."""

    differences: tuple[Difference, ...]
    mismatch: Mismatch | None
    failing: dict[str, float]
    """By arm: the p-value of "it fails no more calls than it may"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is to be done, and why."""

    action: Action
    reason: str


def judged(release: Release, evidence: Evidence) -> Judged:
    """What separates the arms of a release from its first one."""
    first, *others = release.arms
    criteria = _criteria(release, evidence)
    found = [
        difference
        for arm in others
        for criterion in criteria
        if (difference := compared(release, evidence, criterion, first, arm)) is not None
    ]
    return Judged(
        differences=tuple(found),
        mismatch=None if release.is_shadow else mismatch(release, evidence),
        failing={arm: _failing(release, evidence, first, arm) for arm in others},
    )


def _criteria(release: Release, evidence: Evidence) -> list[Criterion]:
    """What was asked for, then all else that can be told."""
    given = list(release.config.criteria)
    named = {each.metric for each in given}
    others = [*evidence.cells]
    if release.is_shadow and SCORES + PREFERENCE in others:
        given.append(Criterion(metric=SCORES + PREFERENCE, margin=PREFERENCE_MARGIN))
        named.add(SCORES + PREFERENCE)
    return [*given, *(Criterion(metric=name) for name in others if name not in named)]


def compared(
    release: Release, evidence: Evidence, criterion: Criterion, first: str, second: str
) -> Difference | None:
    """One arm against another in one metric; None where there is nothing to compare."""
    metric, is_ratio = criterion.metric, criterion.metric in RATIOS
    if metric not in evidence.cells:
        return None
    steps = evidence.steps(metric, first, second)
    scale: Literal["difference", "ratio"] = (
        "ratio" if metric in ("cost", "tokens") else "difference"
    )
    found = pooled(steps, scale, share=metric == "errors" or metric.startswith(SCORES))
    if found is None:
        return None
    config = release.config
    margin = log(1 + criterion.bound) if is_ratio else criterion.bound
    told = always_valid(found.estimate, found.variance, margin=margin, alpha=config.alpha)
    # That any of several metrics is harmful is asked of each at its part of alpha.
    part = config.alpha / max(1, len(config.criteria))
    harm = always_valid(found.estimate, found.variance, margin=margin, alpha=part)
    verdict = _verdict(
        criterion,
        (told.low, told.high),
        (harm.low, harm.high),
        margin,
        is_few=min(found.units) < config.minimum.units,
    )
    shown = (found.estimate, told.low, told.high)
    estimate, low, high = (_part(value) for value in shown) if is_ratio else shown
    if metric == "errors":  # shares differ by no more than all of them
        low, high = max(-1.0, low), min(1.0, high)
    return Difference(
        arm=second,
        metric=metric,
        is_ratio=is_ratio,
        estimate=estimate,
        low=low,
        high=high,
        p=told.p,
        margin=criterion.bound,
        goal=criterion.goal,
        is_small_good=criterion.is_small_good,
        units=found.units,
        verdict=verdict,
    )


def _verdict(
    criterion: Criterion,
    told: tuple[float, float],
    harm: tuple[float, float],
    margin: float,
    *,
    is_few: bool,
) -> Verdict:
    if is_few:
        return "few"
    (low, high), (harm_low, harm_high) = told, harm
    if criterion.is_small_good:  # turned round, so that up is better
        low, high, harm_low, harm_high = -high, -low, -harm_high, -harm_low
    if harm_high < -margin:
        return "harmful"
    if low > 0:
        return "better"
    if low > -margin:
        return "not_worse"
    return "worse" if high < 0 else "unknown"


def mismatch(release: Release, evidence: Evidence) -> Mismatch | None:
    """Whether the units of the present step came to the arms by their shares."""
    shares = (
        {arm.name: arm.weight for arm in release.config.arms}
        if release.kind == "ab"
        else {CHAMPION: 1 - release.share, CHALLENGER: release.share}
    )
    whole = sum(shares.values())
    if not whole or release.config.unit == "request" or release.status == "promoted":
        return None
    step = str(release.step)
    seen = {arm: evidence.units(arm, step) for arm in shares}
    p = ratio_mismatch(list(seen.values()), list(shares.values()))
    expected = {arm: sum(seen.values()) * share / whole for arm, share in shares.items()}
    return Mismatch(p=p, seen=seen, expected=expected)


def _failing(release: Release, evidence: Evidence, first: str, second: str) -> float:
    """The p-value of "no more fail than may", 1 where it is too early to say."""
    guard, n = release.config.guard, evidence.count(second)
    if n < guard.calls:
        return 1.0
    if evidence.failing_units(second) < 2 and n < 5 * guard.calls:
        return 1.0  # one user's own trouble is none of the arm
    calls = 0 if second == SHADOW else evidence.count(first)
    usual = 0.0
    if calls:
        usual = proportion_interval(evidence.errors(first), calls).high or 0.0
    return failing(evidence.errors(second), n, min(0.99, usual + guard.errors_above))


def decided(release: Release, evidence: Evidence, found: Judged, now: datetime) -> Decision | None:
    """What is to be done with a release at work; None for nothing."""
    if stop := _harm(release, evidence, found):
        return stop
    if release.kind != "staged" or release.status != "running":
        return None
    if found.mismatch is not None and found.mismatch.is_suspect:
        return Decision(
            action="paused",
            reason=f"units did not come to the arms by their shares (p = {found.mismatch.p:.1g}):"
            " something loses those of one arm, so no figure can be trusted",
        )
    if waits_for(release, evidence, now):
        return None
    last = release.stage == len(release.stages) - 1
    if not last:
        if _unfit(release, found, at_end=False):
            return None
        return Decision(action="advanced", reason="no harm was shown at this stage")
    if _unfit(release, found, at_end=True) or not release.config.automatic:
        return None
    return Decision(action="promoted", reason=_passed(release, found))


def is_ready(release: Release, evidence: Evidence, found: Judged, now: datetime) -> bool:
    """Whether everything speaks for a promotion at the last stage."""
    return (
        release.kind == "staged"
        and release.status in ("running", "paused")
        and release.stage == len(release.stages) - 1
        and not waits_for(release, evidence, now)
        and not _unfit(release, found, at_end=True)
    )


def waits_for(release: Release, evidence: Evidence, now: datetime) -> list[str]:
    """What is missing before anything is decided at this stage, in words."""
    least, arm, step = release.config.minimum, release.arms[-1], str(release.step)
    missing: list[str] = []
    calls = evidence.count(arm, step)
    if calls < least.calls:
        missing.append(f"{least.calls - calls:,} calls of the {arm}")
    few = min(evidence.units(name) for name in ([arm] if release.is_shadow else release.arms))
    if few < least.units:
        missing.append(f"{least.units - few:,} units of an arm")
    left = least.seconds - (now - release.step_since).total_seconds()
    if left > 0:
        missing.append(f"{left:,.0f} s")
    return missing


def _unfit(release: Release, found: Judged, *, at_end: bool) -> list[str]:
    """The metrics of criteria that stand in the way."""
    by_metric = {each.metric: each for each in found.differences}
    missed: list[str] = []
    for criterion in release.config.criteria:
        known = by_metric.get(criterion.metric)
        if not at_end:
            if known is not None and known.verdict in ("harmful", "worse"):
                missed.append(criterion.metric)
            continue
        fine = ("better",) if criterion.goal == "better" else ("better", "not_worse")
        if known is None or known.verdict not in fine:
            missed.append(criterion.metric)
    return missed


def _harm(release: Release, evidence: Evidence, found: Judged) -> Decision | None:
    first = release.arms[0]
    action: Action = "rolled_back" if release.kind == "staged" else "stopped"
    if release.kind == "shadow":
        return None  # it reaches nobody
    for arm, p in found.failing.items():
        if p < SURE:
            n, errors = evidence.count(arm), evidence.errors(arm)
            usual = evidence.errors(first), evidence.count(first)
            return Decision(
                action=action,
                reason=f"{errors:,} of {n:,} calls of {arm} failed, {usual[0]:,} of {usual[1]:,} of"
                f" {first} (p = {p:.1g})",
            )
    if release.kind != "staged":
        return None
    wanted = {each.metric for each in release.config.criteria} | {SCORES + PREFERENCE}
    for each in found.differences:
        if each.verdict == "harmful" and each.metric in wanted:
            return Decision(
                action=action,
                reason=f"{each.metric} of {each.arm} is worse by more than the margin:"
                f" {span(each)}",
            )
    return None


def _passed(release: Release, found: Judged) -> str:
    by_metric = {each.metric: each for each in found.differences}
    told = [by_metric[each.metric] for each in release.config.criteria]
    return "; ".join(
        f"{each.metric} {'better' if each.verdict == 'better' else 'not worse'}: {span(each)}"
        for each in told
    )


def span(difference: Difference) -> str:
    """A difference and its interval as people read them."""
    if difference.is_ratio:
        parts = (difference.estimate, difference.low, difference.high)
        estimate, low, high = (f"{100 * part:+.3g} %" for part in parts)
    elif difference.metric == "errors":
        parts = (difference.estimate, difference.low, difference.high)
        estimate, low, high = (f"{100 * part:+.3g} points" for part in parts)
    else:
        parts = (difference.estimate, difference.low, difference.high)
        estimate, low, high = (f"{part:+.3g}" for part in parts)
    return f"{estimate} ({low} to {high})"


def _part(value: float) -> float:
    """From a logarithm of a ratio to a part more or less."""
    return exp(min(value, 50.0)) - 1
