"""Training and validation apart, so that what belongs together stays together."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from pilothouse.evaluation.data.finetuning.samples import Sample


def split(
    samples: Sequence[Sample], validation: float, *, seed: int = 0
) -> tuple[list[Sample], list[Sample]]:
    """The samples for training and for validation, in their order; a group is on one side.

    A group's side follows from its name and the seed alone: it stays where it is when others come.
    Of two groups or more, each side has one. Raises ValueError for a share that is none.
    """
    if not 0 <= validation < 1:
        raise ValueError(f"validation is {validation}: give a share from 0 up to 1")
    places = {sample.group: _place(sample.group, seed) for sample in samples}
    if not validation or len(places) < 2:  # both sides need a group
        return list(samples), []
    held = {group for group, place in places.items() if place < validation}
    ordered = sorted(places, key=places.__getitem__)
    held = (held or {ordered[0]}) - ({ordered[-1]} if len(held) == len(places) else set())
    return (
        [sample for sample in samples if sample.group not in held],
        [sample for sample in samples if sample.group in held],
    )


def _place(group: str, seed: int) -> float:
    """Where a group stands from 0 to 1."""
    text = f"{seed}\x00{group}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest()) / 2**64
