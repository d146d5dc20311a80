"""What a request looks at: projects, a span of time, a filter, a search."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pilothouse.filters import Expression
from pilothouse.platform.store.binds import Binds, hour_of
from pilothouse.platform.store.compile import Compiler


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

    def compiler(self, binds: Binds) -> Compiler:
        return Compiler(binds, list(self.projects), now=self.now)

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
            compiled = compiler.spans if table == "spans" else compiler.traces
            conditions.append(compiled(self.filter))
        return " AND ".join(conditions)
