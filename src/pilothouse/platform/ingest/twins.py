"""One model call seen by two instrumentations, and scores that know only the provider's answer id.

Both are found by the response id, which is remembered for the calls of the last while: twins and
their scores arrive within minutes of each other.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from pilothouse.platform.store.live import Mark
from pilothouse.spans import Score, Source

_REMEMBERED: Final = 100_000

_Call = tuple[int, str]  # project and response id
_Place = tuple[str, str, str]  # trace id, span id, scope


class Twins:
    """Remembers where each response id was seen."""

    def __init__(self) -> None:
        self._seen: OrderedDict[_Call, _Place] = OrderedDict()
        self._waiting: dict[_Call, list[Score]] = {}
        self._suspects: set[frozenset[Mark]] = set()
        self._lock = threading.Lock()

    def see(self, project: int, source: Source, response_id: str) -> list[Score]:
        """Note a call; -> the scores that waited for it, their target filled in."""
        key = (project, response_id)
        place = (source.trace_id, source.span_id, source.scope_name)
        with self._lock:
            before = self._seen.get(key)
            if before is None:
                self._seen[key] = place
                if len(self._seen) > _REMEMBERED:
                    self._seen.popitem(last=False)
            elif before[2] != place[2]:
                self._suspects.add(frozenset({(project, before[0]), (project, place[0])}))
            waiting = self._waiting.pop(key, []) if self._waiting else []
        return [_aim(s, place) for s in waiting]

    def aim(self, project: int, scores: Iterable[Score]) -> list[Score]:
        """The scores, aimed where their response id is known; the others wait for it."""
        aimed = []
        with self._lock:
            for score in scores:
                if not score.response_id or score.span_id:
                    aimed.append(score)
                    continue
                key = (project, score.response_id)
                place = self._seen.get(key)
                if place is None:
                    self._waiting.setdefault(key, []).append(score)
                aimed.append(score if place is None else _aim(score, place))
        return aimed

    def suspects(self) -> set[frozenset[Mark]]:
        """The groups of traces noted since the last call that may hold the same call twice."""
        with self._lock:
            found, self._suspects = self._suspects, set()
        return found


def _aim(score: Score, place: _Place) -> Score:
    return replace(score, trace_id=place[0], span_id=place[1])
