"""What verdicts of sampled rules count for: one over the share of their like that was judged.

That makes a mean of what was drawn the mean of all that it was drawn from (Horvitz and Thompson),
whatever share each part of it had. A verdict without a share, a person's say, counts once.
"""

from __future__ import annotations

from typing import Final

WEIGHT: Final = "if(share > 0 AND share <= 1, 1 / share, 1)"
"""Of a row of `scores`."""


def weighed(value: str, weight: str, condition: str = "1") -> str:
    """The mean of the known values for which a condition holds; NULL where none is."""
    known = f"{condition} AND {value} IS NOT NULL"
    total = f"sumIf(assumeNotNull({value}) * {weight}, {known})"
    return f"{total} / nullIf(sumIf({weight}, {known}), 0)"
