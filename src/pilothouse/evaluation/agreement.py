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
from itertools import accumulate
from math import isfinite
from typing import Final, Literal

Level = Literal["nominal", "ordinal", "interval"]
LEVELS: Final[tuple[Level, ...]] = ("nominal", "ordinal", "interval")


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
    totals = Counter(value for values in ratings for value in values)
    by_chance = sum((n / total) ** 2 for n in totals.values())
    return _beyond_chance(sum(agreed) / len(agreed), by_chance)


def krippendorff_alpha(
    units: Sequence[Sequence[Hashable]], level: Level = "nominal"
) -> float | None:
    """1 - D_o / D_e over the items that were rated twice or more; ratings may be missing.

    Ordinal and interval levels take numbers. Raises ValueError for other values and levels.
    """
    if level not in LEVELS:
        raise ValueError(f"no level {level!r}: take {', '.join(LEVELS)}")
    pairable = [values for values in units if len(values) > 1]
    totals = Counter(value for values in pairable for value in values)
    apart = _names_apart if level == "nominal" else _numbers_apart(_places(level, totals))
    if len(totals) < 2:
        return None
    observed = sum(apart(Counter(values)) / (len(values) - 1) for values in pairable)
    return 1 - (totals.total() - 1) * observed / apart(totals)


Apart = Callable[[Counter[Hashable]], float]
"""The differences of all ordered pairs of values, added up."""


def _names_apart(count: Counter[Hashable]) -> float:
    return count.total() ** 2 - sum(n * n for n in count.values())


def _numbers_apart(places: Mapping[Hashable, float]) -> Apart:
    """Squared distances; summed over pairs they are 2 n times those from the mean."""

    def apart(count: Counter[Hashable]) -> float:
        total = count.total()
        mean = sum(n * places[value] for value, n in count.items()) / total
        return 2 * total * sum(n * (places[value] - mean) ** 2 for value, n in count.items())

    return apart


def _places(level: Level, totals: Counter[Hashable]) -> dict[Hashable, float]:
    """Where each value stands on its scale: at itself, or at the middle of its ranks."""
    numbers = {value: float(value) for value in totals if isinstance(value, int | float)}
    if len(numbers) < len(totals) or not all(map(isfinite, numbers.values())):
        raise ValueError(f"the {level} level is for numbers; leave out what is missing")
    if level == "interval":  # alpha has no unit: among numbers up to 1 no square is too large
        largest = max((abs(number) for number in numbers.values()), default=0.0) or 1.0
        return {value: number / largest for value, number in numbers.items()}
    ordered = sorted(numbers, key=numbers.__getitem__)
    ends = accumulate(totals[value] for value in ordered)
    return {value: end - totals[value] / 2 for value, end in zip(ordered, ends, strict=True)}


def _beyond_chance(observed: float, by_chance: float) -> float | None:
    if by_chance >= 1:
        return None
    return (observed - by_chance) / (1 - by_chance)
