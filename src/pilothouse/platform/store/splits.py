"""What charts are split by: fields of their rows, of the traces above them or the spans below."""

from __future__ import annotations

from collections.abc import Sequence

from pilothouse.filters import FIELDS, Path, Scope
from pilothouse.platform.store.binds import Binds, hour_of
from pilothouse.platform.store.columns import GATHERED
from pilothouse.platform.store.compile import Compiler
from pilothouse.platform.store.figures import Figures, each_of
from pilothouse.platform.store.measures import OfProject, OfTrace
from pilothouse.platform.store.once import spans_where
from pilothouse.platform.store.selection import Selection

Split = Path | OfTrace | OfProject


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
        self._selection, self._binds, self._compiler = selection, binds, compiler
        self._of_spans: dict[str, str] = {}
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
                self._of_spans[name] = f"arraySort(groupUniqArrayIf({values}, {values} != ''))"
                self.groups.append(each_of(name))
            else:
                self.groups.append(Figures(scope, binds, compiler, ()).group(split))

    def joined(self, source: str) -> str:
        """The rows of `source` with what they are split by and do not keep themselves."""
        if self._of_spans:
            return self._joined(
                source, self._of_spans, f"{self._spans()} GROUP BY project, trace_id"
            )
        if self._of_traces:
            return self._joined(source, self._of_traces, self._traces())
        return source

    def _joined(self, source: str, values: dict[str, str], other: str) -> str:
        return f"""(
    SELECT r.*, {", ".join(f"s.{name} AS {name}" for name in values)}
    FROM (SELECT * FROM {source}) AS r
    LEFT JOIN (
        SELECT project, trace_id, {", ".join(f"{sql} AS {name}" for name, sql in values.items())}
        FROM {other}
    ) AS s ON r.project = s.project AND r.trace_id = s.trace_id
)"""

    def _spans(self) -> str:
        selection = self._selection
        where = self._compiler.project_condition() + selection.spans_within(self._binds)
        return spans_where(self._binds, where, selection.projects, selection.versions)

    def _traces(self) -> str:
        """The traces that have spans in the window."""
        binds, selection = self._binds, self._selection
        conditions = [self._compiler.project_condition()]
        if selection.since is not None:
            conditions.append(f"last_hour >= {binds.hour(hour_of(selection.since))}")
        if selection.until is not None:
            conditions.append(f"hour <= {binds.hour(hour_of(selection.until))}")
        return f"traces FINAL WHERE {' AND '.join(conditions)}"
