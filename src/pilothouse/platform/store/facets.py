"""The SQL of facets: the values of a field over a selection, with their counts."""

from __future__ import annotations

from typing import Any, Final

from pilothouse.filters import FIELDS, Path, Scope, path_text
from pilothouse.platform.errors import BadRequest
from pilothouse.platform.store import scores, search
from pilothouse.platform.store.binds import Binds, like
from pilothouse.platform.store.columns import COLUMNS, GATHERED, Column
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.groups import SESSIONS, groups_sql
from pilothouse.platform.store.selection import Selection
from pilothouse.platform.store.weights import WEIGHT, weighed

BUCKETS: Final = 24


class Facets:
    """Counts the values of fields over one selection."""

    def __init__(self, store: Store, scope: Scope, selection: Selection) -> None:
        self._store, self._scope, self._selection = store, scope, selection
        self._table = "spans" if scope == "spans" else "traces"

    async def of(self, path: Path, *, limit: int, contains: str = "") -> dict[str, Any]:
        """The facet of a field: values with counts, numbers in buckets. Raises BadRequest."""
        field = FIELDS[path.name]
        if field.type == "scores":
            return await self._scores(path, limit, contains)
        binds = Binds()
        column, rows, counted = self._rows(path, binds)
        if column.kind == "number":
            return {"field": path_text(path), **await self._histogram(column, rows, binds)}
        value = column.sql
        if column.kind == "list":
            value = f"arrayJoin({value})"
        elif column.kind == "boolean":
            value = f"if({value} IS NULL, '', if({value} = 1, 'true', 'false'))"
        values, distinct = await self._counts(value, rows, counted, binds, limit, contains)
        return {"field": path_text(path), "values": values, "distinct": distinct}

    def _rows(self, path: Path, binds: Binds) -> tuple[Column, str, str]:
        """The column of a field, where its rows come from, and what counts them."""
        field, name = FIELDS[path.name], path.name
        if field.type in ("time", "open") and not path.key:
            raise BadRequest(f"{name} has no facet", {"parameter": "field"})
        if self._table in field.owners:
            return self._column(path, self._table, binds), self._from(binds), self._counted()
        if self._table == "spans":
            raise BadRequest(f"{name} belongs to traces: no facet of spans", {"parameter": "field"})
        if name in GATHERED:
            return Column(GATHERED[name], "list"), self._from(binds), self._counted()
        projects = self._selection.compiler(binds).project_condition()
        rows = (
            f"spans FINAL WHERE {projects} AND (project, trace_id) IN"
            f" (SELECT project, trace_id FROM {self._from(binds)})"
        )
        counted = "uniqExact((project, trace_id))"
        if self._scope == "sessions":
            counted = "uniqExactIf((project, session_id), session_id != '')"
        return self._column(path, "spans", binds), rows, counted

    def _column(self, path: Path, table: str, binds: Binds) -> Column:
        if not path.key:
            return COLUMNS[table][path.name]
        value = f"{path.name}[{binds.text(path.key)}]"
        return Column(value if path.name == "metadata" else f"trimLeft({value}, char(1))", "text")

    def _counted(self) -> str:
        return "uniqExact((project, session_id))" if self._scope == "sessions" else "count()"

    def _from(self, binds: Binds) -> str:
        """The rows of the scope: FROM what, WHERE what."""
        if self._scope == "sessions":
            projects = self._selection.compiler(binds).project_condition()
            groups = groups_sql(SESSIONS, self._selection, binds)
            return (
                f"traces FINAL WHERE {projects} AND session_id != '' AND (project, session_id) IN"
                f" (SELECT project, session_id FROM ({groups}))"
            )
        rows = f"{self._table} FINAL WHERE {self._selection.where(binds, self._table)}"
        if self._selection.pieces:
            rows += f" AND {search.condition(self._selection, self._table, binds)[0]}"
        return rows

    async def _counts(
        self, value: str, rows: str, counted: str, binds: Binds, limit: int, contains: str
    ) -> tuple[list[dict[str, Any]], int]:
        having = "v != ''"
        if contains:
            having += (
                f" AND lowerUTF8(v) LIKE concat('%', lowerUTF8({binds.text(like(contains))}), '%')"
            )
        sql = f"""
SELECT v, n, count() OVER ()
FROM (SELECT toString({value}) AS v, {counted} AS n FROM {rows} GROUP BY v HAVING {having})
ORDER BY n DESC, v
LIMIT {limit}"""
        found = await self._store.rows(sql, binds.params)
        values = [{"value": v, "count": int(n)} for v, n, _ in found if n]
        return values, int(found[0][2]) if found else 0

    async def _histogram(
        self, column: Column, rows: str, binds: Binds, *, tenths: bool = False
    ) -> dict[str, Any]:
        """Buckets of one width up to the 99th percentile, and one for what lies beyond it.

        With `tenths`, numbers that all lie between 0 and 1 are counted in ten buckets of a tenth.
        """
        source = f"(SELECT toFloat64({column.sql}) / {column.scale} AS v FROM {rows})"
        sql = f"""
SELECT min(v), max(v), quantileExact(0.99)(v), count(v), uniqExact(v)
FROM {source} WHERE v IS NOT NULL"""
        [(low, high, most, count, distinct)] = await self._store.rows(sql, binds.params)
        if not count:
            return {"values": [], "distinct": 0, "buckets": [], "min": None, "max": None}
        least, steps = low, BUCKETS
        if tenths and low >= 0 and high <= 1:
            least, most, steps = 0.0, 1.0, 10
        width = (most - least) / steps
        # The smallest shift keeps 0.3 in the bucket that begins with it.
        place = f"least({steps}, toUInt32(floor((v - {least!r}) / {width!r} + 1e-9)))"
        place = "0" if width <= 0 else place
        sql = f"""
SELECT {place} AS place, count() FROM {source} WHERE v IS NOT NULL
GROUP BY place ORDER BY place"""
        counts = {int(p): int(n) for p, n in await self._store.rows(sql, binds.params)}
        buckets = [
            {"from": least + i * width, "to": least + (i + 1) * width, "count": counts.get(i, 0)}
            for i in range(steps if width > 0 else 1)
        ]
        if beyond := counts.get(steps, 0):
            if high > most:
                buckets.append({"from": most, "to": high, "count": beyond})
            else:  # the largest values belong to the last bucket: its end is theirs
                buckets[-1]["count"] += beyond
        buckets[-1]["to"] = max(buckets[-1]["to"], high)
        return {
            "values": [],
            "distinct": int(distinct),
            "buckets": buckets,
            "min": low,
            "max": high,
        }

    # ---- scores

    def _scored(self, binds: Binds) -> str:
        """The scores of the rows of the scope."""
        projects = self._selection.compiler(binds).project_condition()
        keys = "project, trace_id, span_id" if self._table == "spans" else "project, trace_id"
        return (
            f"scores FINAL WHERE {projects} AND trace_id != ''"
            f" AND ({keys}) IN (SELECT {keys} FROM {self._from(binds)})"
        )

    async def _scores(self, path: Path, limit: int, contains: str) -> dict[str, Any]:
        if not path.key and not await scores.any_there(self._store):
            return {"field": "scores", "values": [], "distinct": 0}
        binds = Binds()
        rows = self._scored(binds)
        keys = "(project, trace_id, span_id)" if self._table == "spans" else "(project, trace_id)"
        if path.key:
            rows += f" AND name = {binds.text(path.key)}"
            values, distinct = await self._counts(
                "label", rows, f"uniqExact({keys})", binds, limit, contains
            )
            value = Column("value", "number")
            numbers = await self._histogram(value, rows, binds, tenths=True)
            return {**numbers, "field": path_text(path), "values": values, "distinct": distinct}
        sql = f"""
SELECT name, uniqExact({keys}) AS n, {weighed("value", WEIGHT)}, count() OVER ()
FROM {rows} GROUP BY name ORDER BY n DESC, name LIMIT {limit}"""
        found = await self._store.rows(sql, binds.params)
        return {
            "field": "scores",
            "values": [{"value": v, "count": int(n), "mean": mean} for v, n, mean, _ in found],
            "distinct": int(found[0][3]) if found else 0,
        }
