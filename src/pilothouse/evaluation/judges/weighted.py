"""A judge's score as the expectation over the scores that it nearly gave (G-Eval)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from pilothouse.evaluation.models.chat import Token

_LEAST: Final = 0.01  # less likely alternatives are noise


def weighted_score(tokens: Sequence[Token], score: int, *, low: int, high: int) -> float | None:
    """The expected score by the alternatives of the last token that is the score.

    Alternatives count where they are plain whole numbers in range with a probability of at least
    0.01. None where no token is the score, or nothing counts.
    """
    at = next((t for t in reversed(tokens) if t.text.strip() == str(score)), None)
    if at is None:
        return None
    weights: dict[int, float] = {}
    for text, logprob in {at.text: at.logprob, **at.alternatives}.items():
        plain, probability = text.strip(), math.exp(logprob)
        if not (plain.isascii() and plain.isdecimal()) or probability < _LEAST:
            continue
        if low <= int(plain) <= high:
            weights[int(plain)] = weights.get(int(plain), 0.0) + probability
    total = math.fsum(weights.values())
    if not total:
        return None
    return math.fsum(value * weight for value, weight in weights.items()) / total
