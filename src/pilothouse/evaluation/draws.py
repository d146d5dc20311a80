"""Draws that come out the same again: orders, samples and typos, never secrets."""

from __future__ import annotations

from random import Random


def seeded(seed: int | str) -> Random:
    """What draws the same for the same seed, on every machine."""
    return Random(seed)  # noqa: S311 # nothing of what is drawn is a secret
