"""What charts are split by: fields of their rows, of the traces above them or the spans below."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Final

from pilothouse.filters import FIELDS, Path, Scope
from pilothouse.platform.store.binds import Binds
from pilothouse.platform.store.columns import GATHERED
from pilothouse.platform.store.compile import Compiler
from pilothouse.platform.store.figures import Figures, each_of
from pilothouse.platform.store.measures import OfProject, OfTrace
from pilothouse.platform.store.once import spans_where
from pilothouse.platform.store.rows import SPAN_COLUMNS
from pilothouse.platform.store.selection import Selection
from pilothouse.platform.store.trace_rows import TRACE_COLUMNS

Split = Path | OfTrace | OfProject

UNBOUNDED: Final = "SETTINGS max_rows_to_group_by = 0"
"""Behind groups that are joined: whoever bounds the groups of a chart does not mean them."""


def is_of_spans(scope: Scope, split: Split) -> bool:
    """Whether traces are split by what only their spans tell."""
    return (
        scope == "traces"
        and isinstance(split, Path)
        and "traces" not in FIELDS[split.name].owners
        and split.name not in GATHERED
    )


class Splits:
    """The groupings of one query as SQL, and the join that they need."""

    def __init__(
        self,
        scope: Scope,
        selection: Selection,
        group_by: Sequence[Split],
        binds: Binds,
        compiler: Compiler,
    ) -> None:
        """Raises BadRequest for what cannot be split by."""
        self.groups: list[str] = []
        self._scope: Scope = scope
        self._selection, self._binds, self._compiler = selection, binds, compiler
        self._of_spans: dict[str, str] = {}
        self._told: list[str] = []
        self._of_traces: dict[str, str] = {}
        for number, split in enumerate(group_by):
            name = f"joined{number}"
            if isinstance(split, OfProject):
                names = selection.projects
                numbers, texts = binds.integers(names), binds.texts(names.values())
                self.groups.append(f"transform(project, {numbers}, {texts}, '')")
            elif isinstance(split, OfTrace):
                values, is_list = Figures("traces", binds, compiler, ()).values(split.path)
                self._of_traces[name] = values
                self.groups.append(each_of(name) if is_list else name)
            elif is_of_spans(scope, split):
                values, _ = Figures("spans", binds, compiler, ()).values(split)
                self._told.append(values)
                self._of_spans[name] = f"arraySort(groupUniqArrayIf({values}, {values} != ''))"
                self.groups.append(each_of(name))
            else:
                self.groups.append(Figures(scope, binds, compiler, ()).group(split))

    def joined(self, source: str, used: Set[str]) -> str:
        """The rows of `source` with what they are split by and do not keep themselves.

        Of columns of the rows only those that are `used`, where something is joined.
        """
        if self._of_spans:
            return self._joined(source, used, self._of_spans, self._spans())
        if self._of_traces:
            return self._joined(source, used, self._of_traces, self._traces())
        return source

    def _joined(self, source: str, used: Set[str], values: dict[str, str], other: str) -> str:
        # One text is looked up in two thirds of the time that a pair takes.
        keys = ["trace_id"] if len(self._selection.projects) == 1 else ["project", "trace_id"]
        kept = sorted({*keys, *(name for name in _COLUMNS[self._scope] if name in used)})
        return f"""(
    SELECT {", ".join(f"r.{name} AS {name}" for name in kept)},
        {", ".join(f"s.{name} AS {name}" for name in values)}
    FROM (SELECT {", ".join(kept)} FROM {source}) AS r
    LEFT JOIN (
        SELECT {", ".join([*keys, *(f"{sql} AS {name}" for name, sql in values.items())])}
        FROM {other}
    ) AS s ON {" AND ".join(f"r.{key} = s.{key}" for key in keys)}
)"""

    def _spans(self) -> str:
        """The traces of which a span has something that they are split by."""
        selection = self._selection
        where = self._compiler.project_condition() + selection.spans_within(self._binds)
        told = " OR ".join(f"{value} != ''" for value in self._told)
        where += f" AND ({told})"
        spans = spans_where(self._binds, where, selection.projects, selection.versions)
        return f"{spans} GROUP BY project, trace_id {UNBOUNDED}"

    def _traces(self) -> str:
        """The traces that have spans in the window."""
        where = self._compiler.project_condition() + self._selection.traces_within(self._binds)
        return f"traces FINAL WHERE {where}"


_COLUMNS: Final = {"spans": SPAN_COLUMNS, "traces": TRACE_COLUMNS}
