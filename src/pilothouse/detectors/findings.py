"""What stands where in a text that should not be told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pilothouse.detectors.tables import ALL_DETECTORS


@dataclass(frozen=True, slots=True)
class Finding:
    """A place in a text, by what is there. It does not hold the text itself."""

    kind: str
    start: int
    end: int


def find(
    text: str, kinds: Sequence[str] | None = None, *, allowed: Iterable[str] = ()
) -> list[Finding]:
    """All findings in their order; of those that overlap the longest, then the surest kind.

    `allowed` are texts whose values may be told: what the user wrote may be said back. Raises
    ValueError for a kind that there is not.
    """
    chosen = tuple(ALL_DETECTORS) if kinds is None else tuple(kinds)
    if unknown := [kind for kind in chosen if kind not in ALL_DETECTORS]:
        known = ", ".join(ALL_DETECTORS)
        raise ValueError(f"no detector {', '.join(unknown)}: choose from {known}")
    known_values = [(one, _plain(one)) for one in allowed]

    def is_allowed(value: str) -> bool:
        plain = _plain(value)  # of signs alone, as `::`, there is nothing left
        return any(plain in known if plain else value in one for one, known in known_values)

    found = [
        Finding(kind, start, end)
        for kind in chosen
        for start, end in ALL_DETECTORS[kind].find(text)
        if not is_allowed(text[start:end])
    ]
    found.sort(key=lambda one: one.start)
    kept: list[Finding] = []
    at = 0
    while at < len(found):
        end, after = found[at].end, at + 1
        while after < len(found) and found[after].start < end:
            end, after = max(end, found[after].end), after + 1
        kept += _apart(found[at:after], chosen)
        at = after
    return kept


def _apart(found: Sequence[Finding], kinds: Sequence[str]) -> list[Finding]:
    """Of findings that stand in each other's way those that are kept, in their order."""
    kept: list[Finding] = []
    for one in sorted(found, key=lambda one: (one.start - one.end, kinds.index(one.kind))):
        if all(one.end <= other.start or other.end <= one.start for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda one: one.start)


def redacted(text: str, findings: Iterable[Finding]) -> str:
    """The text with the kind of each finding in its place."""
    parts: list[str] = []
    at = 0
    for one in findings:
        parts += text[at : one.start], f"[{one.kind}]"
        at = one.end
    return "".join([*parts, text[at:]])


def _plain(text: str) -> str:
    """Letters and digits alone, as a number may be written in several ways."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())
