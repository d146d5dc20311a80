"""Sections of a Markdown text, and the headings that they stand under."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from pilothouse.search.splitting.spans import Span

_HEADING: Final = re.compile(r" {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*$")
_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})")


def sections(text: str) -> Iterator[tuple[Span, str]]:
    """Where each section stands, and its headings from the outermost: `Guide > Install`."""
    path: list[tuple[int, str]] = []
    start, at, fence = 0, 0, ""
    for line in text.splitlines(keepends=True):
        bare = line.rstrip("\r\n")
        mark = _FENCE.match(bare)
        heading = None
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1].startswith(fence) and fence and not bare[mark.end() :].strip():
            fence = ""
        elif not fence:
            heading = _HEADING.match(bare)
        if heading:
            if at > start:
                yield (start, at), _shown(path)
            level = len(heading[1])
            path = [(depth, title) for depth, title in path if depth < level]
            path.append((level, heading[2]))
            start = at
        at += len(line)
    if at > start:
        yield (start, at), _shown(path)


def _shown(path: list[tuple[int, str]]) -> str:
    return " > ".join(title for _, title in path)
