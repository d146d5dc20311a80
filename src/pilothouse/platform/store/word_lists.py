"""The words of stored texts in memory: one look takes 3 ms a million spans, in the table 10 to 30.

Only words with letters are kept, up to a bound: numbers are ten times as many and seldom asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from typing import Final, Literal

from pilothouse.platform.store.engine import Store

MOST_BYTES: Final = 32 << 20
"""Words of more than so many bytes stay in the table; a million spans have about 5 MB."""

_SIZE: Final = """
SELECT sum(length(words)) FROM words WHERE letters AND has({parts:Array(String)}, part)"""
_READ: Final = """
SELECT part, arrayStringConcat(groupArray(words)) FROM words
WHERE letters AND has({parts:Array(String)}, part)
GROUP BY part"""

Where = Literal["inside", "start", "end"]


class WordLists:
    """The words of those parts of `spans` that were asked for last."""

    def __init__(self) -> None:
        self._of_part: dict[str, bytes] = {}
        self._too_many: frozenset[str] = frozenset()

    async def of(self, store: Store, parts: Set[str]) -> tuple[bytes, ...] | None:
        """The words of these parts, each between two newlines; None where they are too many."""
        if self._too_many == parts:
            return None
        kept = {part: words for part, words in self._of_part.items() if part in parts}
        if new := parts - kept.keys():
            [(size,)] = await store.rows(_SIZE, {"parts": sorted(parts)})
            if int(size) > MOST_BYTES:
                self._of_part, self._too_many = {}, frozenset(parts)
                return None
            kept |= dict.fromkeys(new, b"")
            kept |= {
                part: words.encode()
                for part, words in await store.rows(_READ, {"parts": sorted(new)})
            }
        self._of_part = kept
        return tuple(kept.values())

    def forget(self, part: str) -> None:
        """Drop the words of a part that is no more."""
        self._of_part.pop(part, None)


def holding(lists: Iterable[bytes], piece: str, where: Where, most: int) -> list[str] | None:
    """The words that have a piece in them; None when they are more than `most`."""
    wanted = {"inside": piece, "start": f"\n{piece}", "end": f"{piece}\n"}[where].encode()
    found: set[bytes] = set()
    for words in lists:
        at = words.find(wanted)
        while at >= 0:
            start = words.rfind(b"\n", 0, at + 1) + 1
            end = words.find(b"\n", start)
            found.add(words[start:end])
            if len(found) > most:
                return None
            at = words.find(wanted, end)
    return [word.decode() for word in found]
