"""How a kind of text is found that must not be told.

A detector is a probe, an RE2 pattern that finds at least every text with something in it (a line
break is put before the text, so that it can ask for "not after a letter"), and `find`, which says
where. `find` may look at what stands before a candidate, which RE2 cannot, and check what no
pattern can, as a card's check digit. Every pattern is linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

Find = Callable[[str], Iterator[tuple[int, int]]]


@dataclass(slots=True, frozen=True)
class Detector:
    """A kind of text that must not be recorded."""

    probe: str
    find: Find
    sentence: str
    """What it finds, for the settings page."""


BEGIN: Final = r"(?:(?<![A-Za-z0-9_])|(?<=\\[nrtbf]))"
"""A word begins here; also after an escape of JSON or of a Python literal, as in `\\nsk-…`."""


def by_pattern(pattern: str, flags: re.RegexFlag = re.NOFLAG) -> Find:
    """Spans of the group named `it`, else of the whole match."""
    compiled = re.compile(pattern, flags)
    group = "it" if "it" in compiled.groupindex else 0

    def find(text: str) -> Iterator[tuple[int, int]]:
        for match in compiled.finditer(text):
            yield match.span(group)

    return find


def unnamed(pattern: str) -> str:
    """The pattern without its named group, of which a joined pattern can have only one."""
    return pattern.replace("(?P<it>", "(?:")
