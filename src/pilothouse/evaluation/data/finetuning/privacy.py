"""Secrets and personal data in what a model is to be trained on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from pilothouse.detectors import ALL_DETECTORS
from pilothouse.evaluation.data.finetuning.samples import Sample

DETECTORS: Final = tuple(name for name in ALL_DETECTORS if name != "high_entropy")
"""What is looked for unless somebody says otherwise; random keys look like many other texts."""


def found_in(sample: Sample, detectors: Sequence[str]) -> Counter[str]:
    """How many of each kind a sample holds, wherever in it."""
    counts: Counter[str] = Counter()
    _walked([*sample.messages, *sample.rejected, *sample.tools], detectors, counts)
    return counts


def masked(sample: Sample, detectors: Sequence[str]) -> Sample:
    """The sample with `[emails]` and the like in their place."""
    counts: Counter[str] = Counter()
    return replace(
        sample,
        messages=_walked(list(sample.messages), detectors, counts),
        rejected=_walked(list(sample.rejected), detectors, counts),
        tools=_walked(list(sample.tools), detectors, counts),
    )


def checked(detectors: Sequence[str]) -> Sequence[str]:
    """The detectors. Raises ValueError for one that there is not."""
    if unknown := [name for name in detectors if name not in ALL_DETECTORS]:
        known = ", ".join(ALL_DETECTORS)
        raise ValueError(f"no detector {', '.join(unknown)}: there are {known}")
    return detectors


def _walked(value: Any, detectors: Sequence[str], counts: Counter[str]) -> Any:
    if isinstance(value, str):
        return _text(value, detectors, counts)
    if isinstance(value, Mapping):
        return {key: _walked(inner, detectors, counts) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_walked(inner, detectors, counts) for inner in value]
    return value


def _text(text: str, detectors: Sequence[str], counts: Counter[str]) -> str:
    spans = [
        (start, -end, name) for name in detectors for start, end in ALL_DETECTORS[name].find(text)
    ]
    made, at = [], 0
    for start, end, name in sorted(spans):  # of two that overlap the first, and of those the longer
        if start < at:
            continue
        counts[name] += 1
        made += [text[at:start], f"[{name}]"]
        at = -end
    return "".join(made) + text[at:]
