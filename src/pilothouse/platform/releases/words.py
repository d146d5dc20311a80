"""What a release came to, as one would tell somebody who decides."""

from __future__ import annotations

from typing import Final

from pilothouse.platform.releases.evidence import PREFERENCE, Evidence
from pilothouse.platform.releases.judging import SURE, Difference, Judged, span
from pilothouse.platform.releases.models import METRICS, SCORES, Release

_NAMES: Final = {
    "errors": "errors",
    "latency": "the time to an answer",
    "cost": "the cost of a call",
    "tokens": "the tokens of a call",
}
_SURE: Final = ("better", "worse", "harmful", "not_worse")
_DISTINCT: Final = ("better", "worse", "harmful")


def sentence(release: Release, evidence: Evidence, found: Judged) -> str:
    """What is known by now, in a few plain sentences."""
    first, *others = release.arms
    seen = [each for each in found.differences if each.arm in others]
    if found.mismatch is not None and found.mismatch.is_suspect:
        return (
            "Do not trust these figures: the arms do not have the users that their shares would"
            " give them, so calls of one of them are lost or sent elsewhere."
        )
    if not seen:
        return f"Nothing can be said yet: {_heard(evidence, release)}."
    return " ".join(_of_arm(release, evidence, found, first, arm) for arm in others)


def _of_arm(release: Release, evidence: Evidence, found: Judged, first: str, arm: str) -> str:
    own = [each for each in found.differences if each.arm == arm]
    known = [each for each in own if each.verdict in _DISTINCT]
    same = [each for each in own if each.verdict == "not_worse"]
    open_ones = [each for each in own if each.verdict not in _SURE]
    counted = max if release.is_shadow else sum  # the same users stand on both sides of a shadow
    units = max((counted(each.units) for each in own), default=0)
    what = _units(release)
    if own and all(each.verdict == "few" for each in own) and found.failing.get(arm, 1.0) >= SURE:
        return (
            f"Nothing can be said of {arm} yet: too few {what} were in it. {_seen(evidence, arm)}."
        )
    told: list[str] = []
    if found.failing.get(arm, 1.0) < SURE:
        told.append(
            f"{evidence.errors(arm):,} of {evidence.count(arm):,} calls of {arm} failed, which is"
            f" no chance beside {evidence.errors(first):,} of {evidence.count(first):,} of {first}."
        )
    if known:
        told.append(f"Compared with {first}, {arm} has {_joined([_claim(e) for e in known])}.")
    if same:
        names = _joined([_name(each.metric) for each in same])
        told.append(f"{names[:1].upper()}{names[1:]} of {arm}: not worse by more than agreed.")
    if open_ones:
        names = _joined([_name(each.metric) for each in open_ones])
        few = all(each.verdict == "few" for each in open_ones)
        why = "too few were in it yet" if few else "what is seen may be chance"
        told.append(f"Of {names} nothing can be said: {why}.")
    told.append(f"{_seen(evidence, arm)}; {units:,} {what} in all.")
    return " ".join(told)


def _seen(evidence: Evidence, arm: str) -> str:
    return f"That is from {evidence.count(arm):,} calls of {arm}"


def line(difference: Difference) -> str:
    """One difference in one line."""
    return f"{_name(difference.metric)}: {span(difference)}"


def _claim(each: Difference) -> str:
    more = each.estimate > 0
    good = each.verdict == "better"
    if each.metric == SCORES + PREFERENCE:
        return "the judge on its side" if good else "the judge against it"
    name = _name(each.metric).removeprefix("the ")
    return (
        f"{'better' if good else 'worse'} {name}, {'more' if more else 'less'} by {_amount(each)}"
    )


def _amount(each: Difference) -> str:
    ends = sorted((abs(each.low), abs(each.high)))
    if each.is_ratio:
        return f"{100 * abs(each.estimate):.3g} % ({100 * ends[0]:.3g} to {100 * ends[1]:.3g} %)"
    if each.metric == "errors":
        points = [f"{100 * end:.3g}" for end in ends]
        return f"{100 * abs(each.estimate):.3g} in 100 calls ({points[0]} to {points[1]})"
    return f"{abs(each.estimate):.3g} ({ends[0]:.3g} to {ends[1]:.3g})"


def _name(metric: str) -> str:
    if metric in METRICS:
        return _NAMES[metric]
    return f"the score {metric.removeprefix(SCORES)!r}"


def _units(release: Release) -> str:
    return {
        "user": "users",
        "session": "sessions",
        "key": "keys",
        "header": "units",
        "request": "calls",
    }[release.config.unit]


def _heard(evidence: Evidence, release: Release) -> str:
    counts = [f"{evidence.count(arm):,} calls of {arm}" for arm in release.arms]
    return _joined(counts) + " were seen"


def _joined(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
