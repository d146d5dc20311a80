"""What a text is about: how near it comes to topics that are allowed or forbidden."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from pilothouse.gateway.guardrails.checks.judged import asked_judge
from pilothouse.gateway.guardrails.models import Asks, Check, Judgement, Subject

_LONGEST = 1200
"""Characters of a piece of a text; a small model reads some 256 tokens."""
_MOST_PIECES = 16


def topics(
    asks: Asks,
    *,
    allowed: Mapping[str, Sequence[str]],
    denied: Mapping[str, Sequence[str]],
    threshold: float,
    embedder: str,
    model: str | None,
) -> Check:
    """Whether a text keeps to what is allowed and off what is denied; each with examples of it.

    A model judges in place of the nearness of vectors. Raises ValueError.
    """
    if not allowed and not denied:
        raise ValueError("give topics: allowed, denied, or both")
    if model is not None:
        return Check(judge=asked_judge(asks, model, _in_words(allowed, denied)))
    named = [
        (name, sign, text)
        for sign, every in ((1, allowed), (-1, denied))
        for name, examples in every.items()
        for text in (name, *examples)
    ]
    known: list[Any] = []
    loading = asyncio.Lock()

    async def judge(subject: Subject) -> Judgement:
        async with loading:
            if not known:
                texts = [text for _, _, text in named]
                known.append(await asks.vectors(embedder, texts, subject.project))
        pieces = _pieces(subject.text)
        rows = await asks.vectors(embedder, pieces, subject.project)
        near = (rows @ known[0].T).max(axis=0)
        forbidden = _nearest(named, near, -1)
        if forbidden is not None and forbidden[1] >= threshold:
            told = f"it is about {forbidden[0]!r}, which is not allowed"
            return Judgement(passed=False, score=round(forbidden[1], 3), reason=told)
        wanted = _nearest(named, near, 1)
        if wanted is not None and wanted[1] < threshold:
            told = f"it is about none of the allowed topics; nearest is {wanted[0]!r}"
            return Judgement(passed=False, score=round(wanted[1], 3), reason=told)
        shown = wanted or forbidden
        return Judgement(passed=True, score=None if shown is None else round(shown[1], 3))

    return Check(judge=judge)


def _nearest(
    named: Sequence[tuple[str, int, str]], near: Any, sign: int
) -> tuple[str, float] | None:
    of_sign = [(name, float(near[at])) for at, (name, own, _) in enumerate(named) if own == sign]
    return max(of_sign, key=lambda each: each[1], default=None)


def _pieces(text: str) -> list[str]:
    """The text in pieces that a small model reads whole, the first and the last ones of many."""
    words = text.split()
    pieces: list[str] = [""]
    for word in words:
        if len(pieces[-1]) + len(word) > _LONGEST and pieces[-1]:
            pieces.append("")
        pieces[-1] = f"{pieces[-1]} {word[:_LONGEST]}".strip()
    if len(pieces) > _MOST_PIECES:
        pieces = pieces[: _MOST_PIECES // 2] + pieces[-_MOST_PIECES // 2 :]
    return pieces


def _in_words(allowed: Mapping[str, Sequence[str]], denied: Mapping[str, Sequence[str]]) -> str:
    said = []
    if denied:
        said.append(f"it is about one of these topics: {_listed(denied)}")
    if allowed:
        said.append(f"it is about none of these topics: {_listed(allowed)}")
    return " or ".join(said) + ". A greeting or a thank-you is about no topic and violates nothing."


def _listed(every: Mapping[str, Sequence[str]]) -> str:
    return "; ".join(
        f"{name} (as in: {' / '.join(examples)})" if examples else name
        for name, examples in every.items()
    )
