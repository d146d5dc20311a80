"""How far raters agree, beyond chance: Cohen's and Fleiss' kappa, Krippendorff's alpha.

Cohen, J. (1960). A coefficient of agreement for nominal scales. Educational and Psychological
Measurement 20(1), 37-46. · Fleiss, J. L. (1971). Measuring nominal scale agreement among many
raters. Psychological Bulletin 76(5), 378-382. · Krippendorff, K. (2011). Computing Krippendorff's
Alpha-Reliability. https://repository.upenn.edu/asc_papers/43

Each answers None where it is not defined: without ratings to compare, and where only one value was
ever given, so that chance would agree as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from itertools import accumulate, combinations
from typing import Final, Literal, TypeVar

Level = Literal["nominal", "ordinal", "interval"]
LEVELS: Final[tuple[Level, ...]] = ("nominal", "ordinal", "interval")
Value = TypeVar("Value", bound=Hashable)


def cohen_kappa(pairs: Sequence[tuple[Hashable, Hashable]]) -> float | None:
    """(p_o - p_e) / (1 - p_e) of what two raters said of the same items."""
    count = len(pairs)
    if not count:
        return None
    observed = sum(a == b for a, b in pairs) / count
    first, second = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    by_chance = sum(first[value] * second[value] for value in first) / count**2
    return _beyond_chance(observed, by_chance)


def fleiss_kappa(ratings: Sequence[Sequence[Hashable]]) -> float | None:
    """Kappa of items that were each rated by the same number of raters, not by the same people.

    Raises ValueError when the numbers differ.
    """
    sizes = {len(values) for values in ratings}
    if len(sizes) > 1:
        raise ValueError("Fleiss' kappa needs as many ratings for each item")
    raters = next(iter(sizes), 0)
    if raters < 2:
        return None
    counts = [Counter(values) for values in ratings]
    total = len(ratings) * raters
    agreed = [
        (sum(n * n for n in count.values()) - raters) / (raters * (raters - 1)) for count in counts
    ]
    shares = sum((count for count in counts), Counter[Hashable]())
    by_chance = sum((n / total) ** 2 for n in shares.values())
    return _beyond_chance(sum(agreed) / len(agreed), by_chance)


def krippendorff_alpha(units: Sequence[Sequence[Value]], level: Level = "nominal") -> float | None:
    """1 - D_o / D_e over the items that were rated twice or more; ratings may be missing.

    Ordinal and interval levels take numbers. Raises ValueError for other values.
    """
    pairable = [list(values) for values in units if len(values) > 1]
    if not pairable:
        return None
    totals = Counter(value for values in pairable for value in values)
    if level != "nominal" and not all(isinstance(value, int | float) for value in totals):
        raise ValueError(f"the {level} level is for numbers")
    distance = _distance(level, totals)
    observed = 0.0
    for values in pairable:
        count = Counter(values)
        # Each pair of different values is met in both orders.
        apart = sum(2 * count[a] * count[b] * distance(a, b) for a, b in combinations(count, 2))
        observed += apart / (len(values) - 1)
    total = sum(totals.values())
    expected = sum(2 * totals[a] * totals[b] * distance(a, b) for a, b in combinations(totals, 2))
    if not expected:
        return None
    return 1 - (total - 1) * observed / expected


def _distance(level: Level, totals: Mapping[Value, int]) -> Callable[[Value, Value], float]:
    """The squared difference of two values."""
    if level == "nominal":
        return lambda a, b: float(a != b)
    if level == "interval":
        return lambda a, b: (a - b) ** 2  # type: ignore[operator] # numbers, checked
    ordered = sorted(totals)  # type: ignore[type-var] # numbers, checked
    ends = dict(zip(ordered, accumulate(totals[value] for value in ordered), strict=True))

    def between(a: Value, b: Value) -> float:
        low, high = (a, b) if a < b else (b, a)  # type: ignore[operator] # numbers, checked
        ranks = ends[high] - ends[low] + totals[low]
        return (ranks - (totals[low] + totals[high]) / 2) ** 2

    return between


def _beyond_chance(observed: float, by_chance: float) -> float | None:
    if by_chance >= 1:
        return None
    return (observed - by_chance) / (1 - by_chance)
