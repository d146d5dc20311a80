"""What a search has found so far, and how it looks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from pilothouse.platform.store.binds import Binds


@dataclass(slots=True)
class Hits:
    """The spans that matched so far, and the hour down to which none is missing."""

    complete_to: int
    spans: dict[tuple[int, str, str], tuple[int, int]] = field(default_factory=dict)
    """(project, trace id, span id) → (hour, version that matched)."""
    checked: set[tuple[int, str, str]] = field(default_factory=set)

    def add(self, found: Iterable[tuple[Any, ...]], *, checked: bool = False) -> None:
        """Add rows of (project, trace id, span id, hour, version)."""
        for project, trace_id, span_id, hour, version in found:
            key = (int(project), trace_id, span_id)
            before = self.spans.get(key)
            if before is None or before[1] < int(version):
                self.spans[key] = (int(hour), int(version))
                if checked:
                    self.checked.add(key)

    def keep_newest(self, versions: Iterable[tuple[tuple[int, str, str], int]]) -> None:
        """Forget the matches of which one of (span, version) is newer."""
        for key, version in versions:
            if key in self.spans and self.spans[key][1] < version:
                del self.spans[key]


@dataclass(frozen=True, slots=True)
class Scan:
    """How spans are looked at for a search."""

    match: Callable[[Binds], str]
    final: bool = True
    """Whether FINAL is asked for. Reading all texts it keeps their order and stops early; of texts
    that the token index names it reads twenty times as many, those of whole granules."""
    newest: bool = True
    """Whether FINAL leaves no matches in older versions of spans."""
    reads_texts: bool = True
    """Whether each match costs; else the index alone tells them, a hundred as cheaply as ten."""
    named: bool = False
    """Whether the index names the rows: then they are mostly so few that one look at all does."""
