"""The order of more than two systems from pairwise comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from pilothouse.evaluation.statistics.intervals import Floats, chunks

Game = tuple[int, int, float]
"""Two systems by number, and the first one's score: 1 won, 0 lost, 0.5 tied."""
STEPS: Final = 100
"""Newton's method takes fewer than ten; steps are at most 2, so that none overshoots."""
PER_NAT: Final = 400 / log(10)
"""From log-strengths to the scale of Elo, on which 400 points are odds of ten to one."""


class NotRanked(ValueError):
    """Some systems never lost, or never won, against the others: their distance is unbounded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """One system's place."""

    system: int
    strength: float
    """Log-strength; the mean of all systems is 0."""
    elo: float
    """The same on the scale of Elo, 1000 in the mean."""
    low: float | None
    high: float | None
    """The interval of the strength."""
    best_rank: int
    worst_rank: int
    """Its possible ranks: how many others are better, and worse, beyond chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """All systems, best first."""

    systems: tuple[Ranked, ...]
    prior: bool
    """Whether virtual games had to hold systems that never lost or never won."""
    confidence: float


def rank(
    games: Sequence[Game],
    systems: int,
    *,
    clusters: Sequence[Any] | None = None,
    prior: Literal["auto", "always", "never"] = "auto",
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> Ranking:
    """Bradley-Terry strengths with intervals by resampling games, or whole clusters of them.

    Where the strengths have no maximum likelihood, every pair is given half a virtual win each way
    and the answer says so; with `prior="never"` it raises `NotRanked`.
    """
    table = wins(games, systems)
    virtual = prior == "always" or (prior == "auto" and not is_connected(table))
    strengths = bradley_terry(table, prior=virtual)
    drawn = _resampled(games, systems, clusters, resamples, seed)
    tail = (1 - confidence) / 2 * 100
    low, high = np.percentile(drawn, [tail, 100 - tail], axis=0)
    # Two systems differ where the interval of their own difference leaves out 0.
    apart = np.percentile(drawn[:, :, None] - drawn[:, None, :], [tail, 100 - tail], axis=0)
    order = np.argsort(-strengths, kind="stable")
    return Ranking(
        systems=tuple(
            Ranked(
                system=int(i),
                strength=float(strengths[i]),
                elo=1000 + PER_NAT * float(strengths[i]),
                low=float(low[i]),
                high=float(high[i]),
                best_rank=1 + int((apart[1, i] < 0).sum()),
                worst_rank=systems - int((apart[0, i] > 0).sum()),
            )
            for i in order
        ),
        prior=virtual,
        confidence=confidence,
    )


def wins(games: Sequence[Game], systems: int) -> Floats:
    """How often each system won against each other; a tie is half a win for both."""
    table = np.zeros((systems, systems))
    for a, b, score in games:
        if not (0 <= a < systems and 0 <= b < systems and a != b and 0 <= score <= 1):
            raise ValueError(f"no game of {systems} systems: {(a, b, score)}")
        table[a, b] += score
        table[b, a] += 1 - score
    return table


def is_connected(table: Floats) -> bool:
    """Whether everyone has won, over some chain of wins, against everyone (Ford 1957)."""
    return bool(_are_connected(table[None])[0])


def _are_connected(tables: Floats) -> NDArray[np.bool_]:
    systems = tables.shape[1]
    beaten = (tables > 0) | np.eye(systems, dtype=np.bool_)
    for _ in range(systems.bit_length()):  # each squaring doubles the length of chains
        beaten = np.matmul(beaten, beaten)
    return np.asarray(beaten.all(axis=(1, 2)))


def bradley_terry(table: Floats, *, prior: bool = False) -> Floats:
    """Log-strengths of mean 0 by maximum likelihood.

    Raises NotRanked where there is no maximum and no prior is wanted.
    """
    if prior:
        table = _with_prior(table)
    elif not is_connected(table):
        raise NotRanked("some systems never won or never lost: allow a prior, or compare more")
    strengths: Floats = _strengths(table[None])[0]
    return strengths


def _with_prior(tables: Floats) -> Floats:
    """Half a virtual win each way for every pair."""
    added: Floats = tables + 0.5 * (1 - np.eye(tables.shape[-1]))
    return added


def _strengths(tables: Floats) -> Floats:
    """The strengths of each table, by Newton's method on all at once; the likelihood is concave."""
    systems = tables.shape[1]
    games = tables + tables.transpose(0, 2, 1)
    strengths = np.zeros(tables.shape[:2])
    for _ in range(STEPS):
        expected = 1 / (1 + np.exp(strengths[:, None, :] - strengths[:, :, None]))
        slope = tables.sum(axis=2) - (games * expected).sum(axis=2)
        if np.abs(slope).max() < 1e-10 * max(1.0, games.max()):
            break
        weight = games * expected * (1 - expected)
        # Strengths are known up to a constant: the ones hold their mean at 0.
        curve = -weight + 1 / systems
        curve[:, np.arange(systems), np.arange(systems)] += weight.sum(axis=2)
        step = np.linalg.solve(curve, slope[:, :, None])[:, :, 0]
        strengths += step * np.minimum(1, 2 / np.abs(step).max(axis=1, keepdims=True).clip(1e-300))
    centred: Floats = strengths - strengths.mean(axis=1, keepdims=True)
    return centred


def elo(games: Sequence[Game], systems: int, *, k: float = 32, start: float = 1000) -> list[float]:
    """Elo ratings after the games, in order. For streams only: another order gives others."""
    ratings = [start] * systems
    for a, b, score in games:
        expected = 1 / (1 + 10 ** ((ratings[b] - ratings[a]) / 400))
        ratings[a] += k * (score - expected)
        ratings[b] -= k * (score - expected)
    return ratings


def _resampled(
    games: Sequence[Game],
    systems: int,
    clusters: Sequence[Any] | None,
    resamples: int,
    seed: int,
) -> Floats:
    """Strengths of each resample; a prior holds those whose games are not connected."""
    names = list(clusters) if clusters is not None else list(range(len(games)))
    if len(names) != len(games):
        raise ValueError(f"{len(games)} games but {len(names)} clusters: give one a game")
    position = {name: i for i, name in enumerate(dict.fromkeys(names))}
    member = [position[name] for name in names]
    one, other = [a for a, _, _ in games], [b for _, b, _ in games]
    score = np.array([score for _, _, score in games])
    tables = np.zeros((len(position), systems, systems))
    np.add.at(tables, (member, one, other), score)
    np.add.at(tables, (member, other, one), 1 - score)
    random = np.random.default_rng(seed)
    even = np.full(len(tables), 1 / len(tables))
    drawn: Floats = np.concatenate(
        [
            np.tensordot(random.multinomial(len(tables), even, some).astype(float), tables, axes=1)
            for some in chunks(resamples, max(1, 4_000_000 // len(tables)))
        ]
    )
    apart = ~_are_connected(drawn)
    drawn[apart] = _with_prior(drawn[apart])
    return _strengths(drawn)
