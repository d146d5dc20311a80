"""The spans of traces that are being written to, kept in memory so that they are not read back.

Only what a trace's row is computed from. Bounded: the trace that has been quiet the longest goes
first, and is read from the store should it speak again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable
from typing import Final

from pilothouse.platform.store.trace_rows import Summary

Mark = tuple[int, str]
"""(project, trace id)"""

SPANS_KEPT: Final = 20_000


class LiveTrace:
    """The spans of one trace by id, and where its row stands."""

    __slots__ = ("spans", "stored_hour", "whole")

    def __init__(self) -> None:
        self.spans: dict[str, Summary] = {}
        self.stored_hour: int | None = None
        self.whole = False
        """Whether these are all of its spans; else the store may hold more."""

    def add(self, span: Summary) -> None:
        """Keep the newest version of the span."""
        before = self.spans.get(span.span_id)
        if before is None or before.version <= span.version:
            self.spans[span.span_id] = span


class LiveTraces:
    """The traces of the last while, the quietest first."""

    def __init__(self) -> None:
        self._traces: OrderedDict[Mark, LiveTrace] = OrderedDict()
        self._spans = 0

    def add(self, mark: Mark, spans: Iterable[Summary]) -> None:
        """Keep spans that were just stored."""
        trace = self.get(mark)
        before = len(trace.spans)
        for span in spans:
            trace.add(span)
        self._spans += len(trace.spans) - before

    def get(self, mark: Mark) -> LiveTrace:
        """The trace, new where nothing is known of it."""
        trace = self._traces.get(mark)
        if trace is None:
            trace = self._traces[mark] = LiveTrace()
        else:
            self._traces.move_to_end(mark)
        return trace

    def forget(self, mark: Mark) -> tuple[int, int] | None:
        """Let the store be asked for this trace next time; -> the hours of what was in memory."""
        trace = self._traces.pop(mark, None)
        if trace is None or not trace.spans:
            return None
        self._spans -= len(trace.spans)
        hours = [span.hour for span in trace.spans.values()]
        return min(hours), max(hours)

    def forget_projects(self, projects: Collection[int]) -> None:
        """Let the store be asked for every trace of these projects next time."""
        if projects:
            for mark in [mark for mark in self._traces if mark[0] in projects]:
                self.forget(mark)

    def clear(self) -> None:
        """Let the store be asked for every trace."""
        self._traces.clear()
        self._spans = 0

    def shrink(self) -> None:
        """Forget the quietest traces beyond the bound; call when all are settled."""
        while self._spans > SPANS_KEPT and self._traces:
            _, trace = self._traces.popitem(last=False)
            self._spans -= len(trace.spans)
