"""The passages that an answer names, checked against those that the model was shown.

A number in square brackets counts as a citation. One that names no passage is taken out of the
text: a reader would look for it in vain.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

_CITATION: Final = re.compile(r"\[(\d{1,4}(?:\s*[,;]\s*\d{1,4})*)\]")
_BEGUN: Final = re.compile(r"\s*\[[\d,;\s]*\Z")
"""The beginning of what may become a citation, at the end of what has come so far."""
_END: Final = re.compile(r"(?<=[.!?…。])((?:\s*\[\d[\d,;\s]*\])*)(?=\s|\Z)|\n+")
_SPACED: Final = re.compile(r"[ \t]+(?=[.,;:!?]|\Z)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence of an answer."""

    text: str
    """Without its citations."""
    passages: Sequence[int]
    """Numbers of the passages that it names, from 1; none where it rests on nothing shown."""


class Checker:
    """Lets a text through piece by piece, without citations of passages that were not shown."""

    def __init__(self, count: int) -> None:
        """`count` passages were shown."""
        self._count = count
        self._held = ""
        self.dropped: list[int] = []
        """Numbers that named no passage, in the order in which they came."""

    def feed(self, piece: str) -> str:
        """What may be shown of the text so far; what may be half a citation waits."""
        text = self._held + piece
        begun = _BEGUN.search(text)
        cut = begun.start() if begun else len(text)
        self._held = text[cut:]
        return self._checked(text[:cut])

    def end(self) -> str:
        """What was held back still."""
        held, self._held = self._held, ""
        return self._checked(held)

    def _checked(self, text: str) -> str:
        return _CITATION.sub(self._kept, text)

    def _kept(self, found: re.Match[str]) -> str:
        numbers = _numbers(found.group(1))
        known = [number for number in numbers if 1 <= number <= self._count]
        self.dropped += [number for number in numbers if number not in known]
        return "".join(f"[{number}]" for number in known)


def sentences(text: str) -> list[Sentence]:
    """The sentences of an answer with what each cites."""
    found: list[Sentence] = []
    start = 0
    for end in [*(match.end() for match in _END.finditer(text)), len(text)]:
        piece, start = text[start:end], end
        cited = [n for match in _CITATION.finditer(piece) for n in _numbers(match.group(1))]
        plain = _SPACED.sub("", _CITATION.sub("", piece)).strip()
        if plain:
            found.append(Sentence(text=plain, passages=_once(cited)))
        elif cited and found:  # citations that follow on a line of their own
            last = found.pop()
            found.append(Sentence(text=last.text, passages=_once([*last.passages, *cited])))
    return found


def _numbers(text: str) -> list[int]:
    return [int(each) for each in re.split(r"[,;\s]+", text) if each]


def _once(numbers: Iterable[int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(numbers))
