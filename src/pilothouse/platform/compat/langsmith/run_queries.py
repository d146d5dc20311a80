"""Reads runs for the routes of the protocol: which are asked for, and all that they are made of."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pilothouse.dialects import langsmith_run as keys
from pilothouse.filters import And, Expression, Membership, Path, Text, both
from pilothouse.platform.access.models import Principal
from pilothouse.platform.compat.langsmith.in_dataset import told
from pilothouse.platform.compat.langsmith.run import (
    COSTS,
    FIELDS,
    TOKENS,
    USES_MODEL,
    Found,
    Reader,
    Shape,
    heavy_columns,
)
from pilothouse.platform.compat.langsmith.run_records import NOTHING, RunRecords
from pilothouse.platform.compat.langsmith.run_tree import Tree, Used
from pilothouse.platform.compat.langsmith.services import Services
from pilothouse.platform.errors import NotFound
from pilothouse.platform.query.run_places import RunPlace
from pilothouse.platform.records.settings import workspace_id
from pilothouse.platform.sharing.models import run_of
from pilothouse.platform.store import runs, scores, spans_read
from pilothouse.platform.store.binds import Binds
from pilothouse.platform.store.langsmith_runs import by_run_uuid
from pilothouse.platform.store.orders import read_cursor, write_cursor
from pilothouse.platform.store.runs import Node, RunKey
from pilothouse.platform.store.selection import Selection
from pilothouse.platform.store.tables import record_of
from pilothouse.spans.run_ids import trace_ids

Names = Mapping[int, str]
Shaped = Callable[[Reader], dict[str, Any]]
_CURSOR: Final = "runs:{}"
_INLINE: Final = 4
_OWN_COLUMNS: Final = {
    "metadata": "metadata",
    "inputs_preview": "input_preview",
    "outputs_preview": "output_preview",
}
_MOST: Final = 10_000
"""How far an offset reaches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which runs are wanted."""

    names: Names
    """Numbers and names of the projects in question."""
    filter: Expression | None = None
    since: datetime | None = None
    until: datetime | None = None
    """The first moment that is not in any more."""
    ids: Sequence[str] | None = None
    trace: str | None = None
    descending: bool = True
    limit: int = 100
    cursor: str | None = None
    offset: int = 0

    @property
    def selection(self) -> Selection:
        return Selection(
            projects=self.names, since=self.since, until=self.until, filter=self.filter
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What is known of the runs around those of a page, by (project, trace)."""

    trees: dict[tuple[int, str], Tree]
    totals: Mapping[tuple[int, str], Node]
    """What whole traces used: all that a page of their roots needs to know."""


class RunQueries:
    """Reads runs."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._store = services.store
        self._projects = services.projects
        self._records = RunRecords(services)
        self._tenant: str | None = None

    # ---- which projects

    def names(self, principal: Principal, uuids: Collection[str] | None = None) -> dict[int, str]:
        """The projects of some UUIDs, or all, as far as the caller sees them."""
        if uuids is None:
            found = self._projects.all()
        else:
            known = (self._projects.by_uuid(uuid) for uuid in uuids)
            found = [project for project in known if project is not None]
        return {project.id: project.name for project in found if principal.sees(project.name)}

    def tenant(self) -> str:
        """The id of the workspace."""
        if self._tenant is None:
            self._tenant = workspace_id(self._services.records)
        return self._tenant

    # ---- which runs

    async def page(self, asked: Asked) -> tuple[list[RunKey], str | None]:
        """The keys of the runs that are wanted, and the cursor of the page after them."""
        name = _CURSOR.format("desc" if asked.descending else "asc")
        after = read_cursor(asked.cursor, name) if asked.cursor else None
        limit = asked.limit + min(asked.offset, _MOST)
        await self.visible()
        if not asked.names:
            return [], None
        asked = await self._told(asked)
        if asked.ids is not None:
            found = await self._by_ids(asked, after)
        else:
            narrowed = asked if asked.trace is None else await self._in_trace(asked, asked.trace)
            if narrowed is None:
                return [], None
            found = await runs.page(
                self._store,
                narrowed.selection,
                descending=asked.descending,
                limit=limit + 1,
                after=after,
            )
        shown = found[asked.offset : limit]
        more = len(found) > limit and shown
        return shown, write_cursor(name, shown[-1].place) if more else None

    async def narrowed(self, asked: Asked) -> Asked | None:
        """What is asked for as a selection alone; None where that is nothing."""
        await self.visible()
        if not asked.names:
            return None
        asked = await self._told(asked)
        if asked.ids is not None:
            found = await self.keys(asked.names, asked.ids)
            if not found:
                return None
            spans = tuple(Text(key.span_id) for key in found.values())
            traces = tuple(Text(key.trace_id) for key in found.values())
            only = And((Membership(Path("span_id"), spans), Membership(Path("trace_id"), traces)))
            return replace(asked, filter=only, since=None, until=None)
        return asked if asked.trace is None else await self._in_trace(asked, asked.trace)

    async def _told(self, asked: Asked) -> Asked:
        return replace(asked, filter=await self.told(asked.filter))

    async def told(self, expression: Expression | None) -> Expression | None:
        """A filter with all that only the records know of runs."""
        return await told(expression, self._services.datasets)

    async def visible(self) -> None:
        """Wait until what was taken in before can be read."""
        await self._store.visible()

    async def _by_ids(self, asked: Asked, after: Sequence[Any] | None) -> list[RunKey]:
        known = await self.keys(asked.names, asked.ids or ())
        found = sorted(known.values(), key=lambda key: key.place, reverse=asked.descending)
        if after is None:
            return found
        place = list(after)
        return [k for k in found if (k.place < place if asked.descending else k.place > place)]

    async def keys(self, names: Names, ids: Collection[str]) -> dict[str, RunKey]:
        """Where some runs stand, by their ids; those that are nowhere are left out."""
        wanted = {run_id.lower() for run_id in ids}
        own = await runs.keys_of(self._store, list(names), wanted)
        found = {key.span_id: key for key in own}
        rest = wanted - found.keys()
        if rest:
            others = await by_run_uuid(self._store, list(names), rest)
            spans = {span_id for _, _, span_id in others.values()}
            at = {
                (key.project, key.trace_id, key.span_id): key
                for key in await runs.keys_of(self._store, list(names), spans)
            }
            found |= {run_id: at[place] for run_id, place in others.items() if place in at}
        return found

    async def located(
        self, projects: Sequence[int], places: Collection[tuple[int, str, str]]
    ) -> list[RunKey]:
        """The keys of the spans at some (project, trace, span), the latest of each."""
        found = await runs.keys_of(self._store, projects, {span_id for _, _, span_id in places})
        wanted = set(places)
        return list({_place(key): key for key in found if _place(key) in wanted}.values())

    async def key(self, names: Names, run_id: str) -> RunKey:
        """Where a run stands. Raises NotFound."""
        await self._store.visible()
        found = await self.keys(names, [run_id]) if names else {}
        key = found.get(run_id.lower())
        if key is None:
            raise NotFound(f"there is no run {run_id}")
        return key

    async def projects_of_traces(self, traces: Collection[str]) -> set[str]:
        """The names of the projects that some traces lie in."""
        if not traces:
            return set()
        await self.visible()
        names = {project.id: project.name for project in self._projects.all()}
        spelt = sorted({text for trace in traces for text in trace_ids(trace)})
        found = await spans_read.projects_of_traces(self._store, spelt, list(names))
        return {names[number] for numbers in found.values() for number in numbers}

    async def _in_trace(self, asked: Asked, trace: str) -> Asked | None:
        """The same within the hours of a trace, None if there is none of that id."""
        spelt = trace_ids(trace)
        found = await asyncio.gather(
            *(spans_read.places(self._store, each, list(asked.names)) for each in spelt)
        )
        places = [place for some in found for place in some]
        if not places:
            return None
        first = datetime.fromtimestamp(min(p.first_hour for p in places), UTC)
        last = datetime.fromtimestamp(max(p.last_hour for p in places), UTC) + timedelta(hours=1)
        return replace(
            asked,
            filter=both(Membership(Path("trace_id"), tuple(map(Text, spelt))), asked.filter),
            names={p.project: asked.names[p.project] for p in places},
            since=max(first, asked.since) if asked.since else first,
            until=min(last, asked.until) if asked.until else last,
        )

    # ---- what they are made of

    async def shaped(
        self,
        names: Names,
        wanted: Sequence[RunKey],
        select: Collection[str] | None,
        shape: Shaped,
        *,
        rolled_up: bool = True,
        links: str = "",
    ) -> list[dict[str, Any]]:
        """The runs of some keys, in their order, each shaped by a function.

        Links to their files begin with `links`: older clients know no others than whole ones.
        """
        fields = FIELDS if select is None else frozenset(select)
        heavy = heavy_columns(fields)
        rows, around, stats = await asyncio.gather(
            runs.rows(self._store, wanted, {*heavy, *_columns(fields)}),
            self._around(wanted, fields, rolled_up=rolled_up),
            self._stats(wanted, fields),
        )
        found = [rows[place] for key in wanted if (place := _place(key)) in rows]
        logs, recorded, _ = await asyncio.gather(
            self._logs(found, heavy),
            self._records.of(found, fields),
            self._add_orders(around, found, heavy),
        )
        tenant = await asyncio.to_thread(self.tenant) if self._tenant is None else self._tenant
        about = Shape(
            tenant=tenant, signed=self._services.signed, fetch=self._fetch, link_base=links
        )

        def work() -> list[dict[str, Any]]:
            shown = []
            for row in found:
                place = (row["project"], row["trace_id"], row["span_id"])
                tree, whole = around.trees.get(place[:2]), around.totals.get(place[:2])
                project = self._projects.by_id(row["project"])
                records = logs.get(place[:2], {}).get(row["span_id"], ())
                one = Found(
                    row=row,
                    project=names[row["project"]],
                    project_uuid="" if project is None else project.uuid,
                    logs=[record_of(text) for text in records],
                    below=_below(row, tree, whole) if rolled_up else None,
                    order=tree.order(row["span_id"]) if tree else "",
                    stats=stats.get(place),
                    recorded=recorded.get(place, NOTHING),
                )
                shown.append(shape(Reader(one, about, heavy)))
            return shown

        return work() if len(found) <= _INLINE else await asyncio.to_thread(work)

    async def _around(
        self, wanted: Sequence[RunKey], fields: Collection[str], *, rolled_up: bool
    ) -> Around:
        """What those below the runs used, and where runs of other protocols stand."""
        sums = rolled_up and bool(frozenset(fields) & (TOKENS | COSTS))
        inner: set[tuple[int, str]] = set()
        tops: set[tuple[int, str]] = set()
        for key in wanted:
            summed = sums and key.kind not in USES_MODEL
            if key.parent_span_id and (summed or not key.is_own):
                inner.add((key.project, key.trace_id))
            elif summed:
                tops.add((key.project, key.trace_id))
        nodes, totals = await asyncio.gather(
            runs.trees(self._store, inner),
            runs.totals(self._store, tops - inner, {key.hour_s for key in wanted}),
        )
        trees = {place: Tree(*place, spans) for place, spans in nodes.items()}
        return Around(trees=trees, totals=totals)

    async def _add_orders(
        self, around: Around, found: Sequence[Mapping[str, Any]], heavy: Collection[str]
    ) -> None:
        """The trees of runs that do not tell their place themselves."""
        lost = {
            (row["project"], row["trace_id"]) for row in found if not _knows_order(row, heavy)
        } - around.trees.keys()
        for place, spans in (await runs.trees(self._store, lost)).items():
            around.trees[place] = Tree(*place, spans)

    async def _stats(
        self, wanted: Sequence[RunKey], fields: Collection[str]
    ) -> dict[tuple[int, str, str], dict[str, Any]]:
        if "feedback_stats" not in fields or not await scores.any_there(self._store):
            return {}
        places = [
            RunPlace(project=key.project, trace_id=key.trace_id, span_id=key.span_id)
            for key in wanted
        ]
        tops = [place for place, key in zip(places, wanted, strict=True) if not key.parent_span_id]
        return await self._services.feedback.stats_of_runs(places, tops)

    async def _logs(
        self, found: Sequence[Mapping[str, Any]], heavy: Collection[str]
    ) -> dict[tuple[int, str], dict[str, list[str]]]:
        if "input" not in heavy:
            return {}
        places = {(row["project"], row["trace_id"]) for row in found if row["log_count"]}
        by_trace: dict[tuple[int, str], dict[str, list[str]]] = {}
        for project, trace_id in places:
            spans = by_trace.setdefault((project, trace_id), {})
            for span_id, record in await spans_read.logs(self._store, project, trace_id):
                spans.setdefault(span_id, []).append(record)
        return by_trace

    async def share_urls(self, wanted: Sequence[RunKey]) -> dict[tuple[int, str, str], str]:
        """The public pages of those of some runs that are shared."""
        targets = [run_of(key.project, key.trace_id, key.span_id) for key in wanted]
        shares = await asyncio.to_thread(self._services.shares.of_targets, targets)
        found: dict[tuple[int, str, str], str] = {}
        for share in shares:
            trace_id, span_id = share.target.ids
            project = share.target.project_id or 0
            found[project, trace_id, span_id] = share_url(self._services, share.token)
        return found

    def _fetch(self, project: int, blob: str) -> bytes | None:
        """A large value that was stored apart."""
        binds = Binds()
        where = f"project = {binds.integer(project)} AND id = {binds.text(blob)}"
        if not self._store.rows_sync(f"SELECT 1 FROM blobs WHERE {where} LIMIT 1", binds.params):
            return None
        sql = f"SELECT data FROM blobs WHERE {where} LIMIT 1"
        return self._store.raw_sync(sql, binds.params, "RawBLOB")


def share_url(services: Services, token: str) -> str:
    """The public page of a shared run."""
    return f"{services.settings.url}/public/{token}/r"


def _place(key: RunKey) -> tuple[int, str, str]:
    return key.project, key.trace_id, key.span_id


def _below(row: Mapping[str, Any], tree: Tree | None, whole: Node | None) -> Used | None:
    """What the runs below one used, None where nobody asked."""
    if tree is not None:
        return tree.below(row["span_id"])
    if whole is None:
        return None
    used = Used()
    used.add(whole)
    return used


def _columns(fields: Collection[str]) -> set[str]:
    """The small columns that some fields are read from, beside those that all need."""
    return {column for name, column in _OWN_COLUMNS.items() if name in fields}


def _knows_order(row: Mapping[str, Any], heavy: Collection[str]) -> bool:
    """Whether the place in the tree can be told from the row alone."""
    if not row["parent_span_id"] or keys.DOTTED_ORDER in row["attributes"]:
        return True
    return "content" in heavy and f'"{keys.DOTTED_ORDER}"' in row["content"]
