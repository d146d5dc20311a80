"""How often something is so, where rows may share a source."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace

from pilothouse.evaluation.statistics.clusters import clustered_mean
from pilothouse.evaluation.statistics.intervals import Interval, proportion_interval

Flag = tuple[Hashable, bool]
"""Something that was so or not, with the source of its row."""


def share_interval(flags: Sequence[Flag], confidence: float) -> Interval | None:
    """The share that was so: Wilson's interval where sources differ, else one that heeds them.

    None where there is nothing to count.
    """
    if not flags:
        return None
    sources, so = zip(*flags, strict=True)
    count, apart = sum(so), len(set(sources))
    if apart == len(flags):
        return proportion_interval(count, len(flags), confidence=confidence)
    if count in (0, len(flags)):  # without spread only the number of sources says how sure it is
        return proportion_interval(apart if count else 0, apart, confidence=confidence)
    found = clustered_mean([float(one) for one in so], sources, confidence=confidence).interval
    if found.low is None or found.high is None:
        return found
    return replace(found, low=max(0.0, found.low), high=min(1.0, found.high))
