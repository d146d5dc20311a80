"""Full text: every piece stands in the input or output of one span, whatever its case.

The token index answers for whole words, LIKE decides. A piece may begin or end inside a word, so
only tokens that are surely whole may be asked of the index (design/store.md §6).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from pilothouse.platform.store.binds import Binds, like

INDEXED: Final = "lowerUTF8(concat(input, '\\n', output))"
"""The very expression of the index `ft` in schema.py."""

_PIECES: Final = re.compile(r'"((?:\\.|[^"\\])*)"|(\S+)')
_WORD: Final = re.compile(r"[A-Za-z0-9_.:']+")
_LAST_WORD: Final = re.compile(_WORD.pattern + r"\Z")
_RUN: Final = re.compile(r"[A-Za-z0-9_]+")


def pieces(query: str) -> list[str]:
    """The pieces of a search: words between spaces, phrases between quotation marks."""
    found = [
        re.sub(r'\\(["\\])', r"\1", phrase) if phrase else word.strip('"')
        for phrase, word in _PIECES.findall(query)
    ]
    return [piece for piece in found if piece.strip()]


def whole_words(piece: str) -> list[str]:
    """The words of a piece that are whole wherever it stands: neither its first nor its last.

    A dot, colon or apostrophe joins letters to one token, so a word beside one is left out.
    """
    return [
        match[0]
        for match in _WORD.finditer(piece)
        if match.start() > 0
        and match.end() < len(piece)
        and match[0].replace("_", "").isalnum()
        and match[0].strip("_") == match[0]
    ]


def may_be_part(piece: str) -> bool:
    """Whether the piece may begin or end inside a word, where the index does not find it."""
    return bool(_WORD.match(piece[0]) or _WORD.match(piece[-1]))


def has_tokens(piece: str) -> bool:
    """Whether the index knows anything of the piece: signs alone are no token."""
    return any(c.isalnum() for c in piece)


@dataclass(frozen=True, slots=True)
class Edge:
    """Letters that surely stand in one word of a text that holds the piece."""

    letters: str
    where: Literal["inside", "start", "end"]


def edges_of(piece: str) -> list[Edge]:
    """What of a piece may be a part of a word only."""
    if _RUN.fullmatch(piece):
        return [Edge(piece, "inside")] if piece.strip("_") else []
    found = []
    first, last = _WORD.match(piece), _LAST_WORD.search(piece)
    # Signs that join words, and underlines at an end, are not always of the word.
    if first and _RUN.fullmatch(first[0]) and first[0].strip("_") == first[0]:
        found.append(Edge(first[0], "end"))
    if last and _RUN.fullmatch(last[0]) and last[0].strip("_") == last[0]:
        found.append(Edge(last[0], "start"))
    return found


def word_condition(
    binds: Binds, wanted: Sequence[str], known: Mapping[Edge, Sequence[str] | None]
) -> str:
    """The condition that all pieces stand in a row of which all words are known.

    `known` says which words each edge can be of; None for too many to name.
    """
    conditions = []
    for piece in wanted:
        found = edges_of(piece)
        for edge in found:
            words = known[edge]
            if words is not None:
                conditions.append(
                    f"hasAnyTokens({INDEXED}, {binds.texts(words)})" if words else "0"
                )
        whole = found and found[0].where == "inside" and known[found[0]] is not None
        if not whole:
            conditions.append(text_condition(binds, [piece]))
    return "(" + " AND ".join(conditions) + ")"


def text_condition(binds: Binds, wanted: Sequence[str], *, words_only: bool = False) -> str:
    """The condition on a row of `spans` that all pieces stand in it.

    `words_only` takes each piece for whole words, which the index finds fast.
    """
    conditions = []
    for piece in wanted:
        asked = [piece] if words_only else _certain(piece)
        if any(has_tokens(word) for word in asked):
            tokens = binds.text(" ".join(asked))
            conditions.append(f"hasAllTokens({INDEXED}, lowerUTF8({tokens}))")
        pattern = f"concat('%', lowerUTF8({binds.text(like(piece))}), '%')"
        conditions.append(f"{INDEXED} LIKE {pattern}")
        if "\n" in piece:  # not half in the input and half in the output
            conditions.append(
                f"(lowerUTF8(input) LIKE {pattern} OR lowerUTF8(output) LIKE {pattern})"
            )
    return "(" + " AND ".join(conditions) + ")"


def _certain(piece: str) -> list[str]:
    """What the index may be asked for: inner words, and signs that are tokens by themselves."""
    alone = [c for c in dict.fromkeys(piece) if ord(c) > 127 and c.isalpha() and c.lower() == c]
    return whole_words(piece) + alone
