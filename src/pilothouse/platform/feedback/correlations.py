"""How the scores of the same traces go together: what users say, and what evaluators say."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, Literal

from pilothouse.platform.feedback.correlating import Correlation, correlate, is_binary
from pilothouse.platform.store import score_pairs
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.selection import Selection

MOST_NAMES: Final = 12
"""Names that are held against each other: those on most traces."""
MOST_TRACES: Final = 20_000
"""Of which the values are read: those that were scored last."""
_MOST_KNOWN: Final = 200
PEOPLE: Final = frozenset(("human", "end_user"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """The scores of one name."""

    name: str
    traces: int
    """How many have a number of it."""
    sources: Sequence[str]

    @property
    def of_people(self) -> bool:
        """Whether people give it, and not only programs."""
        return not PEOPLE.isdisjoint(self.sources)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two names, and how they go together."""

    first: Named
    """Where people give only one of the two, it is this one."""
    second: Named
    correlation: Correlation


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A name that is held against no other."""

    name: str
    why: Literal["labels", "rare"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Correlations:
    """All pairs of names that are on the same traces."""

    pairs: Sequence[Pair]
    """What people say against what programs say first; then those with most traces."""
    left_out: Sequence[LeftOut]
    traces: int
    """Traces with scores of several names whose values were read."""
    truncated: bool
    """Whether there are more traces than were read."""


async def correlations(store: Store, selection: Selection) -> Correlations:
    """How the scores of the traces of a selection go together."""
    await store.visible()
    known = await score_pairs.names(store, selection, _MOST_KNOWN)
    named = [
        Named(name=row["name"], traces=int(row["traces"]), sources=row["sources"])
        for row in known
        if int(row["traces"])
    ]
    left_out = [LeftOut(name=one.name, why="rare") for one in named[MOST_NAMES:]]
    left_out += [LeftOut(name=row["name"], why="labels") for row in known if not int(row["traces"])]
    used = named[:MOST_NAMES]
    rows: list[tuple[list[str], list[float]]] = []
    if len(used) > 1:
        names = [one.name for one in used]
        rows = await score_pairs.values(store, selection, names, MOST_TRACES + 1)
    truncated = len(rows) > MOST_TRACES
    rows = rows[:MOST_TRACES]
    pairs = await asyncio.to_thread(_pairs, used, rows)
    return Correlations(pairs=pairs, left_out=left_out, traces=len(rows), truncated=truncated)


def _pairs(
    used: Sequence[Named], rows: Sequence[tuple[Sequence[str], Sequence[float]]]
) -> list[Pair]:
    traces = [dict(zip(names, values, strict=True)) for names, values in rows]
    binary = {
        one.name: is_binary([of[one.name] for of in traces if one.name in of]) for one in used
    }
    found = []
    for pair in combinations(used, 2):
        first, second = sorted(pair, key=lambda one: not one.of_people)
        a, b = first.name, second.name
        both = [(of[a], of[b]) for of in traces if a in of and b in of]
        if both:
            values = [x for x, _ in both], [y for _, y in both]
            correlation = correlate(*values, binary=(binary[a], binary[b]))
            found.append(Pair(first=first, second=second, correlation=correlation))
    found.sort(
        key=lambda pair: (pair.first.of_people == pair.second.of_people, -pair.correlation.n)
    )
    return found
