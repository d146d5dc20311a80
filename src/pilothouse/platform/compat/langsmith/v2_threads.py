"""Threads of the protocol's second version: sessions, and the traces in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import orjson
from fastapi import APIRouter, Request, Response
from pydantic import Field

from pilothouse.filters import Comparison, Expression, Path, Quantified, Text, both
from pilothouse.platform.access.asked import principal_of
from pilothouse.platform.compat.langsmith.bodies import Body, answer
from pilothouse.platform.compat.langsmith.filters import filter_of
from pilothouse.platform.compat.langsmith.run import Reader, dollars
from pilothouse.platform.compat.langsmith.run_queries import RunQueries
from pilothouse.platform.compat.langsmith.run_stats import seconds, used, whole
from pilothouse.platform.compat.langsmith.run_v2 import fields_v1, run_v2
from pilothouse.platform.compat.langsmith.runs_out import moment
from pilothouse.platform.compat.langsmith.services import Services
from pilothouse.platform.compat.langsmith.v2_pages import page
from pilothouse.platform.compat.langsmith.v2_runs import DAY, Selects, refuse_unsupported
from pilothouse.platform.errors import NotFound
from pilothouse.platform.ingest.langsmith.times import iso_of
from pilothouse.platform.store import runs
from pilothouse.platform.store.orders import bad_cursor, read_cursor, write_cursor
from pilothouse.platform.store.runs import RunKey
from pilothouse.platform.store.selection import Selection
from pilothouse.spans.run_ids import trace_uuid

_THREADS: Final = "threads"
_TURNS: Final = "turns"
_OF_RUN: Final = frozenset(
    (
        *("name", "start_time", "end_time", "inputs", "outputs", "inputs_preview", "error"),
        *("outputs_preview", "error_preview", "first_token_time", "trace_id", "thread_id"),
        *("total_tokens", "prompt_tokens", "completion_tokens", "total_cost", "prompt_cost"),
        *("completion_cost", "prompt_token_details", "completion_token_details"),
        *("prompt_cost_details", "completion_cost_details", "latency_seconds"),
    )
)
_ENDS: Final = ("inputs", "outputs", "error", "inputs_preview", "outputs_preview")


class ThreadQuery(Body):
    """What /v2/threads/query and /v2/threads/stats are asked."""

    project_id: UUID
    filter: str | None = None
    trace_filter: str | None = None
    thread_filter: str | None = None
    tree_filter: str | None = None
    min_start_time: datetime | None = None
    max_start_time: datetime | None = None
    select: list[str] | None = None
    page_size: int = Field(20, ge=1, le=100)
    cursor: str | None = None
    ai_search: str | None = None
    sem_filter: str | None = None


def router(services: Services) -> APIRouter:
    """The routes below /v2/threads."""
    routes = APIRouter(prefix="/v2/threads")
    queries = RunQueries(services)
    _add_all(routes, services, queries)
    _add_one(routes, services, queries)
    return routes


def _add_all(routes: APIRouter, services: Services, queries: RunQueries) -> None:
    @routes.post("/query")
    async def query_threads(body: ThreadQuery, request: Request) -> Response:
        selection = await _selection(queries, body, request)
        after = _after_thread(body.cursor)
        await services.store.visible()
        if not selection.projects:
            return page(request, [], None)
        rows = await runs.threads(services.store, selection, limit=body.page_size + 1, after=after)
        shown = rows[: body.page_size]
        cursor = None
        if len(rows) > body.page_size:
            cursor = write_cursor(_THREADS, [shown[-1]["last_us"], shown[-1]["session_id"]])
        ends = await _ends(queries, selection.projects, shown)
        return page(request, [_thread(row, ends) for row in shown], cursor)

    @routes.post("/stats")
    async def thread_stats(body: ThreadQuery, request: Request) -> Response:
        selection = await _selection(queries, body, request)
        await services.store.visible()
        if not selection.projects:
            return answer({"thread_count": 0, "trace_count": 0})
        row = await runs.thread_figures(services.store, selection)
        found = {
            "thread_count": int(row["threads"]),
            "trace_count": int(row["turns"]),
            **_latencies(row),
            "first_token_p50_seconds": seconds(row["first_token_p50_us"]),
            "first_token_p99_seconds": seconds(row["first_token_p99_us"]),
            "error_rate": row["errors"] / row["turns"] if row["turns"] else None,
            "streaming_rate": row["streamed"] / row["turns"] if row["turns"] else None,
            "median_tokens": whole(row["median_tokens"]),
            **used(row),
        }
        return answer(_only(found, body.select))


def _add_one(routes: APIRouter, services: Services, queries: RunQueries) -> None:
    @routes.get("/{thread_id}/traces")
    async def thread_traces(
        thread_id: str,
        project_id: UUID,
        request: Request,
        selects: Selects = None,
        filter: str | None = None,
        trace_filter: str | None = None,
        tree_filter: str | None = None,
        cursor: str | None = None,
        page_size: int = 20,
    ) -> Response:
        names = queries.names(principal_of(request), [str(project_id)])
        conditions = [_root(filter), _root(trace_filter, "trace_filter"), _tree(tree_filter)]
        selection = await _of_thread(queries, names, thread_id, conditions)
        limit = max(1, min(page_size, 100))
        seen, after = _after_turn(cursor)
        await services.store.visible()
        if not names:
            return answer({"items": [], "next_cursor": None})
        rows = await runs.roots(
            services.store, selection, descending=False, limit=limit + 1, after=after
        )
        shown = rows[:limit]
        following = None
        if len(rows) > limit:
            following = write_cursor(_TURNS, [seen + limit, shown[-1]["_k"]])
        wanted = {name.lower() for name in selects or ()} | {"trace_id", "thread_id"}
        turns = await _turns(queries, names, shown, wanted, seen)
        return answer({"items": turns, "next_cursor": following})

    @routes.get("/{thread_id}/stats")
    async def stats_of_thread(
        thread_id: str,
        session_id: UUID,
        request: Request,
        selects: Selects = None,
        filter: str | None = None,
    ) -> Response:
        names = queries.names(principal_of(request), [str(session_id)])
        selection = await _of_thread(queries, names, thread_id, [_root(filter)])
        await services.store.visible()
        found = await runs.threads(services.store, selection, limit=1) if names else []
        if not found:
            if filter is None:
                raise NotFound(f"there is no thread {thread_id[:200]!r} in this project")
            return answer(_only({"turns": 0}, selects))
        [row] = found
        stats = {
            "turns": int(row["turns"]),
            "first_start_time": iso_of(int(row["first_us"])),
            "last_start_time": iso_of(int(row["last_us"])),
            "last_end_time": iso_of(int(row["end_us"])),
            **_latencies(row),
            **used(row),
        }
        return answer(_only(stats, selects))


async def _selection(queries: RunQueries, body: ThreadQuery, request: Request) -> Selection:
    refuse_unsupported(body)
    since = moment(body.min_start_time) or datetime.now(UTC) - DAY
    return Selection(
        projects=queries.names(principal_of(request), [str(body.project_id)]),
        since=since,
        until=moment(body.max_start_time),
        filter=await queries.told(
            both(
                _root(body.filter),
                _root(body.trace_filter, "trace_filter"),
                _root(body.thread_filter, "thread_filter"),
                _tree(body.tree_filter),
            )
        ),
    )


def _after_thread(cursor: str | None) -> list[Any] | None:
    """Where the list of threads goes on. Raises BadRequest."""
    match read_cursor(cursor, _THREADS) if cursor else None:
        case None:
            return None
        case [int(last_us), str(thread_id)] if abs(last_us) < 2**63:
            return [last_us, thread_id]
    raise bad_cursor()


def _after_turn(cursor: str | None) -> tuple[int, list[Any] | None]:
    """How many turns were given, and the place of the last. Raises BadRequest."""
    match read_cursor(cursor, _TURNS) if cursor else None:
        case None:
            return 0, None
        case [int(seen), list(place)]:
            return seen, place
    raise bad_cursor()


def _root(text: str | None, parameter: str = "filter") -> Expression | None:
    """A condition on the root of a trace."""
    found = filter_of(text, parameter)
    return None if found is None else Quantified(False, found, "root")


def _tree(text: str | None) -> Expression | None:
    found = filter_of(text, "tree_filter")
    return None if found is None else Quantified(False, found)


async def _of_thread(
    queries: RunQueries,
    names: Mapping[int, str],
    thread_id: str,
    conditions: Sequence[Expression | None],
) -> Selection:
    own = Comparison(Path("session_id"), "=", Text(thread_id))
    return Selection(projects=names, filter=await queries.told(both(own, *conditions)))


def _only(found: dict[str, Any], selects: Sequence[str] | None) -> dict[str, Any]:
    """What was selected of some figures, all without a selection."""
    if not selects:
        return found
    wanted = {name.lower() for name in selects}
    # Latencies may be asked for with and without their unit.
    wanted |= {f"{name}_seconds" for name in wanted}
    return {name: value for name, value in found.items() if name in wanted}


def _latencies(row: Mapping[str, Any]) -> dict[str, float | None]:
    return {
        "latency_p50_seconds": seconds(row["latency_p50_us"]),
        "latency_p99_seconds": seconds(row["latency_p99_us"]),
    }


async def _ends(
    queries: RunQueries, names: Mapping[int, str], threads: Sequence[Mapping[str, Any]]
) -> dict[tuple[str, str], dict[str, Any]]:
    """The first and last roots of some threads by (trace, span)."""
    wanted = {
        (int(row["project"]), row[f"{end}_trace"], row[f"{end}_root"])
        for row in threads
        for end in ("first", "last")
    }
    found = await queries.located(list(names), wanted)

    def shape(run: Reader) -> dict[str, Any]:
        return {
            "place": (run.row["trace_id"], run.row["span_id"]),
            **run_v2(run, _ENDS),
        }

    shown = await queries.shaped(names, found, fields_v1(_ENDS), shape, rolled_up=False)
    return {run.pop("place"): run for run in shown}


def _thread(
    row: Mapping[str, Any], ends: Mapping[tuple[str, str], Mapping[str, Any]]
) -> dict[str, Any]:
    first = ends.get((row["first_trace"], row["first_root"]), {})
    last = ends.get((row["last_trace"], row["last_root"]), {})
    start, latest = iso_of(int(row["first_us"])), iso_of(int(row["last_us"]))
    return {
        "thread_id": row["session_id"],
        "trace_id": trace_uuid(row["last_trace"]),
        "count": int(row["turns"]),
        "start_time": start,
        "min_start_time": start,
        "max_start_time": latest,
        "first_inputs": _as_text(first.get("inputs")),
        "last_outputs": _as_text(last.get("outputs")),
        "last_error": last.get("error"),
        "first_trace_id": trace_uuid(row["first_trace"]),
        "last_trace_id": trace_uuid(row["last_trace"]),
        "latency_p50": seconds(row["latency_p50_us"]),
        "latency_p99": seconds(row["latency_p99_us"]),
        "total_tokens": whole(row["total_tokens"]) or 0,
        "total_cost": dollars(row["cost_total"]),
        "num_errored_turns": int(row["errors"]),
    }


def _as_text(value: Any) -> str | None:
    """Inputs or outputs as the text that a thread's summary has of them."""
    return None if value is None else orjson.dumps(value).decode()


async def _turns(
    queries: RunQueries,
    names: Mapping[int, str],
    traces: Sequence[Mapping[str, Any]],
    wanted: set[str],
    seen: int,
) -> list[dict[str, Any]]:
    """Traces as turns of their thread, in their order."""
    places = [(int(row["project"]), row["trace_id"], row["root_span_id"]) for row in traces]
    keys = {
        (k.project, k.trace_id, k.span_id): k for k in await queries.located(list(names), places)
    }
    ordered: list[RunKey] = [keys[place] for place in places if place in keys]
    fields = (wanted & _OF_RUN) | ({"latency_seconds"} if "latency" in wanted else set())
    numbers = {place[1]: seen + number for number, place in enumerate(places, 1)}

    def shape(run: Reader) -> dict[str, Any]:
        turn = run_v2(run, fields, rolled_up=True)
        latency = turn.pop("latency_seconds", None)
        if "latency" in wanted:
            turn["latency"] = latency
        turn["turn_number"] = numbers[run.row["trace_id"]]
        return turn

    return await queries.shaped(names, ordered, fields_v1(fields), shape)
