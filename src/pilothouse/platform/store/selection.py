"""What a request looks at: projects, a span of time, a filter, a search."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from pilothouse.filters import Expression, Path
from pilothouse.platform.store.binds import Binds, hour_of
from pilothouse.platform.store.compile import Compiler
from pilothouse.platform.store.versions import EVERYWHERE, Versions

_RECENT: Final = timedelta(days=1)
"""Later spans are so few that it is not worth asking where the traces of a window end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The rows that a request asks for."""

    projects: Mapping[int, str]
    """Numbers and names of the projects that the request may see."""
    since: datetime | None = None
    until: datetime | None = None
    """The first moment that is not in any more."""
    filter: Expression | None = None
    pieces: tuple[str, ...] = ()
    """Full text that has to stand in one span."""
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    versions: Versions = EVERYWHERE
    """Where spans may have several versions; whoever narrows it asks by `once.asked`."""

    def compiler(self, binds: Binds, kept: Mapping[Path, str] | None = None) -> Compiler:
        """That of filters of the request; `kept` as `Compiler` takes it."""
        return Compiler(binds, list(self.projects), now=self.now, versions=self.versions, kept=kept)

    def window(self, binds: Binds) -> list[str]:
        """Conditions on start_time; `hour` is in the key and prunes."""
        conditions = []
        if self.since is not None:
            conditions.append(f"hour >= {binds.hour(hour_of(self.since))}")
            conditions.append(f"start_time >= {binds.moment(self.since)}")
        if self.until is not None:
            conditions.append(f"hour <= {binds.hour(hour_of(self.until))}")
            conditions.append(f"start_time < {binds.moment(self.until)}")
        return conditions

    def where(self, binds: Binds, table: str) -> str:
        """The condition on rows of `traces` or `spans`, without the search."""
        compiler = self.compiler(binds)
        conditions = [compiler.project_condition(), *self.window(binds)]
        if self.filter is not None:
            if table == "traces":
                compiler.spans_within = self.spans_within(binds)
            else:
                compiler.traces_within = self.traces_within(binds)
            compiled = compiler.spans if table == "spans" else compiler.traces
            conditions.append(compiled(self.filter))
        return " AND ".join(conditions)

    @property
    def asks_spans(self) -> bool:
        """Whether the filter looks at the spans of traces: that is what can take long."""
        if self.filter is None:
            return False
        compiler = self.compiler(Binds())
        compiler.traces(self.filter)
        return compiler.asked_spans

    def spans_within(self, binds: Binds) -> str:
        """The hours of all spans of the traces in the window, as a condition: no span starts
        before its trace, and the last one stands in the trace's row."""
        condition = ""
        if self.since is not None:
            condition += f" AND hour >= {binds.hour(hour_of(self.since))}"
        if self.until is not None and self.now - self.until > _RECENT:
            where = " AND ".join([self.compiler(binds).project_condition(), *self.window(binds)])
            condition += f" AND hour <= (SELECT max(last_hour) FROM traces FINAL WHERE {where})"
        return condition

    def traces_within(self, binds: Binds) -> str:
        """The hours of the traces that have spans in the window, as a condition."""
        condition = ""
        if self.since is not None:
            condition += f" AND last_hour >= {binds.hour(hour_of(self.since))}"
        if self.until is not None:
            condition += f" AND hour <= {binds.hour(hour_of(self.until))}"
        return condition
