"""A filter as a condition in ClickHouse SQL, for the rows of `spans` or `traces`, or for sessions.

Conditions are two-valued: a comparison with an unknown value does not hold, so `not` of it does.
What the row does not keep itself is asked of the other table through `(project, trace_id) IN`, or
`trace_id IN` where all rows are of one project.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from pilothouse.filters import (
    FIELDS,
    And,
    Comparison,
    Exists,
    Expression,
    FullText,
    Membership,
    Not,
    Or,
    Path,
    Quantified,
    Text,
)
from pilothouse.platform.store import entries
from pilothouse.platform.store.binds import Binds
from pilothouse.platform.store.columns import COLUMNS, GATHERED, Column
from pilothouse.platform.store.comparisons import Comparisons, text_of
from pilothouse.platform.store.once import BLOCK, spans_where
from pilothouse.platform.store.text_match import text_condition
from pilothouse.platform.store.versions import EVERYWHERE, Versions


class Compiler:
    """Compiles filters of one request: its projects, its present moment, its bound values."""

    def __init__(
        self,
        binds: Binds,
        projects: Sequence[int],
        *,
        now: datetime | None = None,
        versions: Versions = EVERYWHERE,
        kept: Mapping[Path, str] | None = None,
    ) -> None:
        """`projects` bounds rows and what subqueries look at, `versions` where they need FINAL.

        `kept` are fields that rows of spans have as texts in columns of their own.
        """
        self.spans_within = ""
        """A condition on `hour` that holds for every span of the traces in question."""
        self.traces_within = ""
        """A condition on rows of `traces` that holds for those of every span in question."""
        self.asked_spans = False
        """Whether a condition on traces looks at their spans."""
        self.binds = binds
        self._projects = projects
        # The engine looks one text up in two thirds of the time that a pair takes.
        self._trace = "trace_id" if len(projects) == 1 else "project, trace_id"
        self._versions = versions
        self._kept = kept or {}
        self._values = Comparisons(binds, now or datetime.now(UTC))

    def spans(self, expression: Expression) -> str:
        """The condition on a row of `spans`."""
        return self._boolean(expression, self._span_atom)

    def traces(self, expression: Expression) -> str:
        """The condition on a row of `traces`."""
        return self._boolean(expression, self._trace_atom)

    def sessions(self, expression: Expression) -> str:
        """The condition on a group of rows of `traces`, for HAVING: any of them, each time."""
        return self._boolean(expression, self._session_atom)

    def project_condition(self) -> str:
        """The projects of the request as a condition on `project`."""
        return self.binds.projects(self._projects)

    # ---- and, or, not

    def _boolean(self, expression: Expression, atom: Callable[[Expression], str]) -> str:
        match expression:
            case And(terms=terms):
                return "(" + " AND ".join(self._boolean(t, atom) for t in terms) + ")"
            case Or(terms=terms):
                return "(" + " OR ".join(self._boolean(t, atom) for t in terms) + ")"
            case Not(term=term):
                return f"NOT {self._boolean(term, atom)}"
            case _:
                return f"({atom(expression)})"

    # ---- atoms of each scope

    def _span_atom(self, atom: Expression) -> str:
        match atom:
            case Quantified(over="metadata" | "input" | "output" as over):
                return self._any_entry(atom, over)
            case Quantified(over="score", every=every, term=term):
                return self._any_score("trace_id, span_id", term, every=every)
            case Quantified(over="root"):
                return self._root(atom)
            case Quantified():
                return self._in_traces(self._trace_atom(atom))
            case FullText(text=text):
                return text_condition(self.binds, [text])
            case Comparison(path=path) | Membership(path=path) | Exists(path=path):
                if "spans" not in FIELDS[path.name].owners:
                    return self._in_traces(self._trace_atom(atom))
                return self._on_row(atom, path, "spans")
            case _:
                return self.spans(atom)

    def _trace_atom(self, atom: Expression) -> str:
        match atom:
            case Quantified():
                return self._trace_quantified(atom)
            case FullText():
                return self._in_spans(self._span_atom(atom))
            case Comparison(path=path) | Membership(path=path) | Exists(path=path):
                if "traces" not in FIELDS[path.name].owners:
                    return self._any_span(atom)
                return self._on_row(atom, path, "traces")
            case _:
                return self.traces(atom)

    def _trace_quantified(self, atom: Quantified) -> str:
        match atom:
            case Quantified(over="metadata"):
                return self._any_entry(atom, "metadata")
            case Quantified(over="input" | "output"):
                return self._in_spans(self._span_atom(atom))
            case Quantified(over="score", every=every, term=term):
                return self._any_score("trace_id", term, every=every)
            case Quantified(over="root"):
                return self._root(atom)
            case Quantified(over="trace", term=term):
                return self.traces(term)
            case Quantified(every=True, term=term):
                return f"NOT {self._any_span(Not(term))}"
        return self._any_span(atom.term)

    def _session_atom(self, atom: Expression) -> str:
        condition = f"max({self._trace_atom(atom)})"
        match atom:
            case Comparison(path=Path(name="scores")) | Membership(path=Path(name="scores")):
                pass
            case Exists(path=Path(name="scores")):
                pass
            case _:
                return condition
        scored = self._scores_where(atom)
        return f"{condition} OR max({self._in_scores('session_id', scored)})"

    def _any_span(self, term: Expression) -> str:
        """Whether one span of the trace of the row holds all of the term."""
        match term:
            case Or(terms=terms):
                return "(" + " OR ".join(self._any_span(t) for t in terms) + ")"
            case (
                Comparison(path=Path(name=name))
                | Membership(path=Path(name=name))
                | Exists(path=Path(name=name))
            ) if name in GATHERED:
                column = Column(GATHERED[name], "list")
                return f"({self._values.compared(term, column)})"
            case Comparison(path=Path(name="status"), operator="=", value=Text(text="error")):
                return "(error_count > 0)"
            case Quantified(over="span" | "trace" | "root"):
                return f"({self._trace_atom(term)})"
            case _:
                return f"({self._in_spans(self.spans(term))})"

    # ---- the other tables

    def _in_spans(self, condition: str) -> str:
        self.asked_spans = True
        where = f"{self.project_condition()}{self.spans_within} AND {condition}"
        spans = spans_where(self.binds, where, self._projects, self._versions)
        # In blocks of its own: the list that asks may read small ones, to stop early.
        return (
            f"({self._trace}) IN (SELECT {self._trace} FROM {spans}"
            f" SETTINGS max_block_size = {BLOCK})"
        )

    def _in_traces(self, condition: str) -> str:
        return (
            f"({self._trace}) IN (SELECT {self._trace} FROM traces FINAL"
            f" WHERE {self.project_condition()}{self.traces_within} AND ({condition}))"
        )

    def _in_scores(self, key: str, condition: str) -> str:
        known = " AND ".join(f"{name} != ''" for name in key.split(", "))
        return (
            f"(project, {key}) IN (SELECT project, {key} FROM scores FINAL"
            f" WHERE {self.project_condition()} AND {known} AND {condition})"
        )

    def _root(self, atom: Quantified) -> str:
        """Whether the span without one above it holds the term; of several, any or every."""
        if atom.every:
            return f"NOT {self._root(Quantified(False, Not(atom.term), 'root'))}"
        return self._in_spans(f"parent_span_id = '' AND {self.spans(atom.term)}")

    # ---- entries

    def _any_entry(self, atom: Quantified, of: entries.Of) -> str:
        def holds(key: str, value: str) -> str:
            return self._boolean(atom.term, lambda part: self._entry_part(part, of, key, value))

        if not atom.every:
            keys = entries.pinned_keys(atom.term) if of == "metadata" else []
            if keys:
                found = []
                for name in keys:
                    key = self.binds.text(name)
                    found.append(f"mapContains({of}, {key}) AND {holds(key, f'{of}[{key}]')}")
                return "(" + " OR ".join(f"({one})" for one in found) + ")"
            needed = entries.needed_texts(atom.term) if of != "metadata" else []
            early = [f"position({of}, {self.binds.text(text)}) > 0" for text in needed]
            any_of = f"arrayExists(e -> {holds('e.1', 'e.2')}, {entries.ENTRIES[of]})"
            return "(" + " AND ".join([*early, any_of]) + ")"
        return f"arrayAll(e -> {holds('e.1', 'e.2')}, {entries.ENTRIES[of]})"

    def _entry_part(self, atom: Expression, of: entries.Of, key: str, value: str) -> str:
        match atom:
            case Exists(path=Path(name="value")):
                return f"{value} != ''"
            case Exists():
                return "1"
            case Membership(path=Path(name="value"), values=values):
                return " OR ".join(self._values.open_comparison("=", v, value) for v in values)
            case Comparison(path=Path(name="value"), operator=operator, value=wanted):
                return self._values.open_comparison(operator, wanted, value)
            case Comparison(operator="=", value=wanted) if of != "metadata":
                return self._values.one_of(
                    [wanted], Column(f"[{key}, {entries.placeless(key)}]", "list")
                )
            case Membership(values=values) if of != "metadata":
                return self._values.one_of(
                    values, Column(f"[{key}, {entries.placeless(key)}]", "list")
                )
            case Comparison() | Membership():
                return self._values.compared(atom, Column(key, "text"))
        raise AssertionError(atom)

    def _any_score(self, key: str, term: Expression, *, every: bool) -> str:
        """Whether one score of the row, or every one, holds all of a term."""
        if every:
            return f"NOT {self._any_score(key, Not(term), every=False)}"
        where = self._boolean(term, self._score_part)
        found = self._in_scores(key, where)
        if key == "trace_id":
            return found
        # What is said of a trace as a whole is said of its root.
        whole = self._in_scores("trace_id", f"span_id = '' AND {where}")
        return f"({found} OR (parent_span_id = '' AND {whole}))"

    def _score_part(self, atom: Expression) -> str:
        match atom:
            case Exists(path=Path(name="value")):
                return f"(value IS NOT NULL OR {entries.LABEL} != '')"
            case Membership(path=Path(name="value"), values=values):
                return " OR ".join(f"({self._values.verdict('=', v)})" for v in values)
            case Comparison(path=Path(name="value"), operator=operator, value=value):
                return self._values.verdict(operator, value)
            case Comparison(path=path) | Membership(path=path) | Exists(path=path):
                kind = "list" if path.name == "source" else "text"
                return self._values.compared(atom, Column(entries.SCORE_COLUMNS[path.name], kind))
        raise AssertionError(atom)

    # ---- one comparison

    def _on_row(self, atom: Expression, path: Path, table: str) -> str:
        if path.name == "scores":
            key = "trace_id, span_id" if table == "spans" else "trace_id"
            return self._in_scores(key, self._scores_where(atom))
        if path in self._kept and path.key:
            return self._values.open_known(atom, self._kept[path])
        if path in self._kept:
            return self._values.compared(atom, Column(self._kept[path], "text"))
        if FIELDS[path.name].type == "open":
            return self._values.open(atom, path)
        return self._values.compared(atom, COLUMNS[table][path.name])

    # ---- scores

    def verdicts(self, atom: Expression) -> str:
        """The condition on a row of `scores` that its verdict is as asked."""
        return f"({self._scores_where(atom)})"

    def _scores_where(self, atom: Expression) -> str:
        """The condition on a row of `scores`."""
        match atom:
            case Comparison(path=Path(key=""), value=value):
                return f"name = {self.binds.text(text_of(value))}"
            case Comparison(path=path, operator=operator, value=value):
                return f"{self._named(path)} AND ({self._values.verdict(operator, value)})"
            case Membership(path=path, values=values):
                one = " OR ".join(f"({self._values.verdict('=', v)})" for v in values)
                return f"{self._named(path)} AND ({one})"
            case Exists(path=path):
                return self._named(path)
        raise AssertionError(atom)

    def _named(self, path: Path) -> str:
        return f"name = {self.binds.text(path.key)}"
