"""How surprising a text was to a model, from the log-probabilities of its tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, fsum, log


@dataclass(frozen=True, slots=True, kw_only=True)
class Perplexity:
    """Between models only `per_byte`, `per_word` and `bits_per_byte` compare: tokens differ."""

    per_token: float | None
    """exp of the mean negative log-likelihood; None without tokens."""
    per_word: float | None
    """By words between white space; None where the text has none."""
    per_byte: float | None
    bits_per_byte: float | None
    """In UTF-8; None for an empty text."""
    logprob: float
    tokens: int


def perplexity(text: str, logprobs: Sequence[float]) -> Perplexity:
    """The perplexity of one text."""
    return corpus_perplexity([(text, logprobs)])


def corpus_perplexity(texts: Sequence[tuple[str, Sequence[float]]]) -> Perplexity:
    """Of several texts together: weighted by tokens, which a mean of perplexities is not."""
    total = fsum(p for _, logprobs in texts for p in logprobs)
    tokens = sum(len(logprobs) for _, logprobs in texts)
    words = sum(len(text.split()) for text, _ in texts)
    size = sum(len(text.encode()) for text, _ in texts)
    return Perplexity(
        per_token=_exp(total, tokens),
        per_word=_exp(total, words),
        per_byte=_exp(total, size),
        bits_per_byte=-total / (size * log(2)) if size else None,
        logprob=total,
        tokens=tokens,
    )


def _exp(total: float, units: int) -> float | None:
    return exp(-total / units) if units else None
