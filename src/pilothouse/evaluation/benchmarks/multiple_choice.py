"""Questions with options, scored by how likely a model finds each option.

The measures are those of EleutherAI's lm-evaluation-harness; each names what it divides by, since
scores normalised otherwise do not compare.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question: the model reads the context and rates each continuation."""

    context: str
    continuations: tuple[str, ...]
    """The options as they follow the context, with the space between."""
    choices: tuple[str, ...]
    """The options as they are written, whose length normalises."""
    gold: int | None
    """The place of the right one; None where the answers are held back."""
    group: str | None = None
    """What it is counted under, say a subject."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Whether one question was answered rightly, by each measure."""

    acc: float
    acc_norm: float
    """By log-likelihood per character of the option."""
    acc_bytes: float
    """By log-likelihood per byte of the option in UTF-8."""
    exact_match: float
    """Whether the right option is what the model would have written itself."""
    acc_mutual_info: float | None = None
    """By how much likelier the context makes the option; None without its own likelihood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """A share of right answers with its standard error."""

    mean: float
    standard_error: float | None
    """s / √n; None for a single question."""
    n: int


def scored(
    choices: Sequence[str],
    loglikelihoods: Sequence[float],
    gold: int,
    *,
    greedy: Sequence[bool] = (),
    unconditional: Sequence[float] | None = None,
) -> Outcome:
    """Scores one question; of equally likely options the first is the answer.

    `greedy`: for each option whether every token of it was the likeliest. `unconditional`: its
    log-likelihood after no context. A `gold` that is no option scores 0, with a warning. Raises
    ValueError where there are not as many likelihoods as choices.
    """
    given = (loglikelihoods, greedy or loglikelihoods, unconditional or loglikelihoods)
    if not choices or any(len(values) != len(choices) for values in given):
        raise ValueError(f"{len(choices)} choices need as many likelihoods, of each kind")
    if not 0 <= gold < len(choices):
        warnings.warn(f"option {gold} of {len(choices)} cannot be right: scored 0", stacklevel=2)

    def right(values: Sequence[float]) -> float:
        return float(values.index(max(values)) == gold)

    likely = list(loglikelihoods)
    return Outcome(
        acc=right(likely),
        acc_norm=right([ll / max(1, len(c)) for ll, c in zip(likely, choices, strict=True)]),
        acc_bytes=right(
            [ll / max(1, len(c.encode())) for ll, c in zip(likely, choices, strict=True)]
        ),
        exact_match=float(bool(greedy) and 0 <= gold < len(greedy) and greedy[gold]),
        acc_mutual_info=None
        if unconditional is None
        else right([ll - own for ll, own in zip(likely, unconditional, strict=True)]),
    )


def accuracy(outcomes: Iterable[float]) -> Accuracy:
    """The mean of what was right. Raises ValueError for no questions."""
    values = list(outcomes)
    if not values:
        raise ValueError("no questions were answered")
    n, mean = len(values), sum(values) / len(values)
    error = None
    if n > 1:
        error = sqrt(sum((value - mean) ** 2 for value in values) / (n - 1) / n)
    return Accuracy(mean=mean, standard_error=error, n=n)


def pooled(groups: Sequence[Accuracy]) -> Accuracy:
    """Groups together, weighted by their size.

    √(Σ (n-1)·se²·n / (Σn - G) / Σn): the harness's pooled variance, which leaves out how far the
    groups lie apart. Raises ValueError for no groups.
    """
    if not groups:
        raise ValueError("no groups to pool")
    n = sum(group.n for group in groups)
    mean = sum(group.mean * group.n for group in groups) / n
    spread = sum((group.n - 1) * (group.standard_error or 0.0) ** 2 * group.n for group in groups)
    free = n - len(groups)
    return Accuracy(mean=mean, standard_error=sqrt(spread / free / n) if free else None, n=n)


def macro(groups: Sequence[Accuracy]) -> float:
    """The mean of the groups, each counting once. Raises ValueError for no groups."""
    if not groups:
        raise ValueError("no groups to average")
    return sum(group.mean for group in groups) / len(groups)
