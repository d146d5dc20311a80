"""The words of the stored texts: tells which of them a piece of a word can stand in.

The text index knows whole words only, and looking through its dictionary takes 290 ms of CPU at a
million spans. So what the parts of `spans` hold is kept in `words`, once a part, and in memory what
has letters (word_lists.py). Parts are known by the hash of what is in them, never by name.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final
from weakref import WeakKeyDictionary

from pilothouse.platform.store.binds import Binds
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.failures import first_line
from pilothouse.platform.store.versions import Part
from pilothouse.platform.store.word_lists import Where, WordLists, holding

log = logging.getLogger("pilothouse.store")

MOST: Final = 500
"""Pieces that stand in more words than this are common: looking for them needs no list."""
PATIENCE_S: Final = 0.5
"""How long a search waits for parts that were merged since; those that it misses are scanned."""

_PARTS: Final = """
SELECT table, name, partition, hash_of_all_files, rows, level FROM system.parts
WHERE database = currentDatabase() AND table IN ('spans', 'words') AND active"""
# Words without a letter are most of all words and seldom asked for.
_READ: Final = """
INSERT INTO words (part, letters, words)
SELECT {hash:String}, letters, concat('\\n', arrayStringConcat(groupArray(token), '\\n'), '\\n')
FROM (
    SELECT token, match(token, '[^0-9_.:]') AS letters,
           intDiv(rowNumberInAllBlocks(), 512) AS block
    FROM mergeTreeTextIndex(currentDatabase(), spans, ft)
    WHERE part_name = {name:String}
)
GROUP BY letters, block
SETTINGS max_threads = 1, max_execution_time = 0, max_bytes_before_external_group_by = 67108864,
    min_insert_block_size_rows = 1000000000, min_insert_block_size_bytes = 1000000000000"""
"""One block, so that all words of a part appear at once or not at all."""

_FOUND: Final[dict[Where, tuple[str, str]]] = {
    "inside": ("{q}", "position(x, {q}) > 0"),
    "start": ("concat('\\n', {q})", "startsWith(x, {q})"),
    "end": ("concat({q}, '\\n')", "endsWith(x, {q})"),
}


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Which parts of `spans` the words are known of."""

    parts: tuple[str, ...]
    """Their names."""
    stored: tuple[Part, ...]
    """All parts that there are."""
    rows_beside: int
    """The rows of all other parts."""
    lists: tuple[bytes, ...] | None
    """The words with letters; None where they are too many for memory."""


@dataclass(slots=True)
class _Reading:
    """What one process knows about reading words."""

    task: asyncio.Task[None] | None = None
    without: frozenset[str] = frozenset()
    """Parts, by hash, that have no index or could not be read."""
    lists: WordLists = field(default_factory=WordLists)


_readings: WeakKeyDictionary[Store, _Reading] = WeakKeyDictionary()


async def vocabulary(store: Store) -> Vocabulary:
    """The parts whose words are known by now; reads those of new parts, within limits."""
    reading = _readings.setdefault(store, _Reading())
    parts, kept = await _parts(store)
    missing = _missing(parts, kept, reading)
    if missing or kept - {part.hash for part in parts}:
        if reading.task is None or reading.task.done():
            reading.task = asyncio.create_task(_bring_up_to_date(store, missing, reading))
        await asyncio.wait([reading.task], timeout=PATIENCE_S)
        parts, kept = await _parts(store)
    known = [part for part in parts if part.hash in kept]
    rows = sum(part.rows for part in parts) - sum(part.rows for part in known)
    lists = await reading.lists.of(store, {part.hash for part in known})
    return Vocabulary(tuple(part.name for part in known), tuple(parts), rows, lists)


async def containing(store: Store, known: Vocabulary, piece: str, where: Where) -> list[str] | None:
    """The known words that have a piece in them; None when they are many. May name others too."""
    has_letters = any(c.isalpha() for c in piece)
    if has_letters and known.lists is not None:
        return holding(known.lists, piece.lower(), where, MOST)
    binds = Binds()
    within, condition = (sql.replace("{q}", binds.text(piece.lower())) for sql in _FOUND[where])
    letters = "letters AND " if has_letters else ""
    sql = f"""
SELECT DISTINCT arrayJoin(arrayFilter(x -> {condition}, splitByChar('\\n', words)))
FROM words WHERE {letters}position(words, {within}) > 0
LIMIT {MOST + 1}"""
    found = await store.rows(sql, binds.params, settings={"max_threads": 2})
    return None if len(found) > MOST else [word for (word,) in found]


async def forget_gone(store: Store) -> None:
    """Drop the words of parts that are no more: what was erased must not live on here."""
    parts, kept = await _parts(store)
    for gone in kept - {part.hash for part in parts}:
        if store in _readings:
            _readings[store].lists.forget(gone)
        await store.command(f"ALTER TABLE words DROP PARTITION '{gone}'")


async def _parts(store: Store) -> tuple[list[Part], set[str]]:
    """The parts of `spans`, and the hashes of those whose words are kept."""
    parts, kept = [], set()
    for table, name, partition, digest, rows, level in await store.rows(_PARTS):
        if table == "words":
            kept.add(partition)
        else:
            parts.append(Part(name, digest, int(rows), int(level) > 0))
    return parts, kept


def _missing(parts: Iterable[Part], kept: set[str], reading: _Reading) -> list[Part]:
    # Inserts leave the index to merges.
    return [p for p in parts if p.merged and p.hash not in kept and p.hash not in reading.without]


async def _bring_up_to_date(store: Store, missing: list[Part], reading: _Reading) -> None:
    try:
        await forget_gone(store)
        for part in sorted(missing, key=lambda part: part.rows):
            await store.command(_READ, {"name": part.name, "hash": part.hash})
        _, kept = await _parts(store)
        reading.without |= {part.hash for part in missing} - kept
    except Exception as e:  # noqa: BLE001 # searches scan then: slower, and as right
        log.warning(
            "the words of the texts cannot be read, parts of words are scanned: %s",
            first_line(e),
        )
        reading.without |= {part.hash for part in missing}
