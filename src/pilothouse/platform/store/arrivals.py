"""What came in since a version, for rules: who is drawn is drawn where it lies.

Of what a rule looks at most is not drawn. To hand all of that over cost more than to find it, so
the engine draws by the same numbers as `Sampling.draw`, and only counts the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pilothouse.platform.store.binds import Binds
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.online import ORDINARY, START_US, Found, Wanted

SHOWN: Final = 20
"""So many of those that are not drawn are handed over all the same."""
_EDGE: Final = 1 << 12
"""In 64 bits: so far the engine draws beyond a rate, for who asks rounds the whole digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """Which of what is found are handed over: by a number of each one's own."""

    rates: tuple[float, ...]
    """Of the strata in their order, then of all that is in none."""
    salt: str
    """What is hashed with an entity's key."""
    counted_after: int
    """Those that are not drawn count from this version on: others were counted before."""

    def drawn(self, binds: Binds, key: str, stratum: str) -> str:
        """Whether a row is drawn or close to it, as SQL. `key` is what an entity is known by."""
        hashed = f"concat({key}, {binds.text(self.salt)})" if self.salt else key
        number = f"reinterpretAsUInt64(reverse(substring(SHA256({hashed}), 1, 8)))"
        *of_strata, other = (self._below(binds, number, rate) for rate in self.rates)
        if not of_strata:
            return other
        cases = (f"{stratum} = {place}, {below}" for place, below in enumerate(of_strata))
        return f"multiIf({', '.join(cases)}, {other})"

    @staticmethod
    def _below(binds: Binds, number: str, rate: float) -> str:
        if rate >= 1 or rate <= 0:
            return "1" if rate >= 1 else "0"
        edge = min(int(rate * 2**64) + _EDGE, 2**64 - 1)
        return f"{number} <= {binds.wide([edge])}[1]"


@dataclass(slots=True)
class Came:
    """What of a rule's came in."""

    found: list[Found] = field(default_factory=list)
    """Those that are drawn, or may be, by their versions; all where there is no draw."""
    passed: int = 0
    """How many others there are."""
    shown: list[Found] = field(default_factory=list)
    """Some of them."""


async def came_in(
    store: Store, wanted: Sequence[tuple[Wanted, Draw | None]], after: int, until: int
) -> list[Came]:
    """What each of some filters of one project holds for in the traces that changed.

    Their last change lies between two versions. Without FINAL: whatever could take the place of
    these rows has a higher version, so that those above the first are all there is to compare.
    """
    binds = Binds()
    [project] = wanted[0][0].selection.projects
    columns = [one.columns(binds, "traces") for one, _ in wanted]
    of_traces = [place for place, (one, _) in enumerate(wanted) if one.unit != "span"]
    of_spans = [place for place, (one, _) in enumerate(wanted) if one.unit == "span"]
    asked = [
        _asked(
            binds,
            wanted[place][1],
            f"(trace_id, root_span_id, session_id, version, {START_US}",
            *columns[place],
            "trace_id",
            "version",
        )
        for place in of_traces
    ]
    if of_spans:
        asked.append(
            "groupArray(trace_id), min(toUnixTimestamp(hour)), max(toUnixTimestamp(last_hour)),"
            " min(toUnixTimestamp64Micro(first_seen_at))"
        )
    sql = f"""
SELECT {", ".join(asked)}
FROM (
    SELECT * FROM traces
    WHERE project = {binds.integer(project)} AND version > {binds.integer(after)}
    ORDER BY version DESC LIMIT 1 BY trace_id, hour
)
WHERE version <= {binds.integer(until)} AND deleted = 0 AND {ORDINARY}
    AND ({" OR ".join(holds for holds, _ in columns)})"""
    [row] = await store.rows(sql, binds.params)
    found = [Came() for _ in wanted]
    for place, came in zip(of_traces, _read(row[: 3 * len(of_traces)]), strict=True):
        found[place] = came
    if of_spans and row[-4]:
        spans = await _spans(store, [wanted[place] for place in of_spans], *row[-4:])
        for place, came in zip(of_spans, spans, strict=True):
            found[place] = came
    return found


async def _spans(
    store: Store,
    wanted: Sequence[tuple[Wanted, Draw | None]],
    trace_ids: Sequence[str],
    first_hour: int,
    last_hour: int,
    first_seen: int,
) -> list[Came]:
    """The spans of some traces that have ended and that filters hold for.

    Few other spans are as new as the first that was seen of these. What filters ask of payloads is
    read block by block, and never stands in memory for all spans of a page.
    """
    binds = Binds()
    [project] = wanted[0][0].selection.projects
    columns = [one.columns(binds, "spans") for one, _ in wanted]
    newest = ", ".join(f"{holds}, {stratum}" for holds, stratum in columns)
    holds = [f"s.{3 + 2 * place}" for place in range(len(wanted))]
    ended = f"s.{3 + 2 * len(wanted)}"
    asked = [
        _asked(
            binds,
            draw,
            "(trace_id, span_id, s.1, last, s.2",
            holds[place],
            f"s.{4 + 2 * place}",
            "concat(trace_id, '/', span_id)",
            "last",
        )
        for place, (_, draw) in enumerate(wanted)
    ]
    sql = f"""
SELECT {", ".join(asked)}
FROM (
    SELECT trace_id, span_id, max(version) AS last,
        argMax((session_id, {START_US}, {newest}, duration_us IS NOT NULL), version) AS s
    FROM spans
    WHERE project = {binds.integer(project)}
        AND hour BETWEEN {binds.hour(int(first_hour))} AND {binds.hour(int(last_hour))}
        AND version >= {binds.integer(int(first_seen))}
        AND trace_id IN ({binds.texts(trace_ids)})
    GROUP BY trace_id, span_id
    HAVING {ended} AND ({" OR ".join(holds)})
)"""
    # To hold each of thousands of ids against the index of each granule costs more than to read on.
    [row] = await store.rows(sql, binds.params, settings={"use_skip_indexes": 0})
    return _read(row)


def _asked(
    binds: Binds,
    draw: Draw | None,
    entity: str,
    holds: str,
    stratum: str,
    key: str,
    version: str,
) -> str:
    """Three columns of all rows together: those handed over, how many are not, some of these."""
    handed = f"{entity}, {stratum})"
    if draw is None:
        return f"groupArrayIf({handed}, {holds}), 0, []"
    drawn = draw.drawn(binds, key, stratum)
    if drawn == "1":
        return f"groupArrayIf({handed}, {holds}), 0, []"
    others = f"{holds} AND NOT ({drawn}) AND {version} > {binds.integer(draw.counted_after)}"
    return (
        f"groupArrayIf({handed}, {holds} AND ({drawn})), countIf({others}),"
        f" groupArrayIf({SHOWN})({handed}, {others})"
    )


def _read(row: Sequence[Any]) -> list[Came]:
    """What three columns each say, as `_asked` asks for them."""
    read = []
    for at in range(0, len(row), 3):
        handed, passed, shown = row[at : at + 3]
        found = sorted(map(Found._make, handed), key=_by_version)
        read.append(Came(found, int(passed), [Found._make(one) for one in shown]))
    return read


def _by_version(found: Found) -> tuple[int, str]:
    return found.version, found.span_id
