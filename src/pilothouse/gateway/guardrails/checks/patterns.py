"""Checks that look for places in texts: patterns, words, personal data, secrets, links, length.

All are linear in the text: users' patterns run on RE2, the others are those of the detectors.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import re2

from pilothouse.detectors import ALL_DETECTORS
from pilothouse.detectors import find as detected
from pilothouse.gateway.guardrails.models import Check, Finding
from pilothouse.gateway.guardrails.vault import apart

DETECTED_WINDOW: Final = 128
"""Longer than any number that may hold blanks; a word without any is held back whole."""
_UNSEEN: Final = "[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]*"
"""What nobody sees between two letters."""
_LINK: Final = re.compile(r"(?i)\b(?:https?|ftp|wss?)://[^\s<>\"'`)\]}]{1,2000}")
_MOST_WORDS_LETTERS: Final = 200


def _options(*, ignores_case: bool) -> Any:  # Any: google-re2 has no types
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = not ignores_case
    return options


def compiled(pattern: str, *, ignores_case: bool) -> Any:
    """A pattern of RE2. Raises ValueError saying what is wrong."""
    try:
        found = re2.compile(pattern, _options(ignores_case=ignores_case))
    except re2.error as error:
        told = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error.args[0])
        raise ValueError(f"pattern {pattern!r}: {told}") from None
    if found.search("") is not None:
        raise ValueError(f"pattern {pattern!r} matches the empty text")
    return found


def patterns(named: Mapping[str, str], *, ignores_case: bool, window: int) -> Check:
    """Users' own patterns, by name. Raises ValueError."""
    every = {name: compiled(text, ignores_case=ignores_case) for name, text in named.items()}

    def find(text: str, _at: int) -> list[Finding]:
        return apart(
            Finding(match.start(), match.end(), name)
            for name, pattern in every.items()
            for match in pattern.finditer(text)
        )

    return Check(find=find, window=window)


def words(listed: Sequence[str]) -> Check:
    """Whole words and phrases in any case; unseen signs between letters hide none."""
    every = sorted({_plain(word) for word in listed if word.strip()}, key=len, reverse=True)
    if not every:
        raise ValueError("words: give at least one")
    if any(len(word) > _MOST_WORDS_LETTERS for word in every):
        raise ValueError(f"words: each has at most {_MOST_WORDS_LETTERS} characters")
    pattern = compiled("|".join(_loose(word) for word in every), ignores_case=True)

    def find(text: str, _at: int) -> list[Finding]:
        return apart(
            Finding(match.start(), match.end(), "words")
            for match in pattern.finditer(text)
            if _is_whole(text, match.start(), match.end())
        )

    return Check(find=find, window=2 * max(map(len, every)) + 8)


def _plain(word: str) -> str:
    return " ".join(word.split())


def _loose(word: str) -> str:
    parts = [r"\s+" if letter == " " else re2.escape(letter) for letter in word]
    return _UNSEEN.join(parts)


def _is_whole(text: str, start: int, end: int) -> bool:
    before = start == 0 or not (text[start - 1].isalnum() and text[start].isalnum())
    after = end == len(text) or not (text[end].isalnum() and text[end - 1].isalnum())
    return before and after


def kinds_of(names: Sequence[str]) -> tuple[str, ...]:
    """Kinds of detectors, checked. Raises ValueError."""
    if unknown := [name for name in names if name not in ALL_DETECTORS]:
        raise ValueError(f"no kind {unknown[0]!r}: choose from {', '.join(ALL_DETECTORS)}")
    return tuple(names)


def detectors(names: Sequence[str]) -> Check:
    """What the detectors of secrets and personal data find. Raises ValueError."""
    kinds = kinds_of(names)

    def find(text: str, _at: int) -> list[Finding]:
        return [Finding(each.start, each.end, each.kind) for each in detected(text, kinds)]

    return Check(find=find, window=DETECTED_WINDOW)


def links(allowed: Sequence[str]) -> Check:
    """Addresses of other hosts than those allowed, and those below them."""
    hosts = tuple(host.strip().lower().removeprefix("*.") for host in allowed)

    def find(text: str, _at: int) -> list[Finding]:
        return [
            Finding(match.start(), match.end(), "links")
            for match in _LINK.finditer(text)
            if not _is_of(match[0], hosts)
        ]

    return Check(find=find, window=DETECTED_WINDOW)


def _is_of(link: str, hosts: Sequence[str]) -> bool:
    try:
        host = (urlsplit(link).hostname or "").lower()
    except ValueError:
        return False
    return any(host == each or host.endswith("." + each) for each in hosts)


def length(most: int) -> Check:
    """What goes beyond so many characters of a text; masking cuts it off."""

    def find(text: str, at: int) -> list[Finding]:
        left = max(0, most - at)
        return [Finding(left, len(text), "length", "")] if len(text) > left else []

    return Check(find=find, window=0)
