"""Runs that go out: queries, one run, statistics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import MINYEAR, UTC, datetime, timedelta
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BeforeValidator

from pilothouse.filters import (
    Expression,
    FilterError,
    Membership,
    Not,
    Path,
    Quantified,
    Text,
    both,
)
from pilothouse.platform.access.asked import principal_of
from pilothouse.platform.access.models import Principal
from pilothouse.platform.compat.langsmith.bodies import Body, answer, link_base
from pilothouse.platform.compat.langsmith.filter_fields import (
    HAS_ERROR,
    IS_ROOT,
    parent_run_id,
    run_type,
)
from pilothouse.platform.compat.langsmith.filter_text import Literal as Value
from pilothouse.platform.compat.langsmith.filters import filter_of, search_of
from pilothouse.platform.compat.langsmith.run import ALWAYS, run_v1
from pilothouse.platform.compat.langsmith.run_queries import Asked, RunQueries
from pilothouse.platform.compat.langsmith.run_stats import stats_v1
from pilothouse.platform.compat.langsmith.services import Services
from pilothouse.platform.errors import BadRequest

PAGE: Final = 100
_FIRST: Final = datetime.min.replace(tzinfo=UTC)
_LAST: Final = datetime.max.replace(tzinfo=UTC)


def _several(value: Any) -> Any:
    return [value] if isinstance(value, str | UUID) else value


UUIDs = Annotated[list[UUID], BeforeValidator(_several)]


class RunQuery(Body):
    """What /runs/query and /runs/stats are asked; keys that we do not know do not matter."""

    session: UUIDs | None = None
    id: UUIDs | None = None
    trace: UUID | None = None
    parent_run: UUID | None = None
    run_type: str | None = None
    reference_example: UUIDs | None = None
    is_root: bool | None = None
    error: bool | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    query: str | None = None
    search_filter: str | None = None
    filter: str | None = None
    trace_filter: str | None = None
    tree_filter: str | None = None
    select: list[str] | None = None
    order: Literal["asc", "desc"] | None = None
    limit: int | None = None
    cursor: str | None = None
    offset: int | None = None


def router(services: Services) -> APIRouter:
    """The routes that give runs."""
    routes = APIRouter()
    queries = RunQueries(services)

    @routes.post("/runs/query")
    async def query_runs(body: RunQuery, request: Request) -> Response:
        asked = await asked_of(queries, body, principal_of(request))
        keys, cursor = await queries.page(asked)
        runs = await queries.shaped(
            asked.names,
            keys,
            _selected(body.select),
            lambda run: run_v1(run, body.select),
            links=link_base(request),
        )
        return answer({"runs": runs, "cursors": {"next": cursor}})

    @routes.post("/runs/stats")
    async def run_stats(body: RunQuery, request: Request) -> Response:
        asked = await asked_of(queries, body, principal_of(request))
        return answer(await stats_v1(services, queries, asked, top_only=body.is_root is True))

    @routes.get("/runs/{run_id}")
    async def read_run(run_id: UUID, request: Request) -> Response:
        names = queries.names(principal_of(request))
        key = await queries.key(names, str(run_id))
        [run] = await queries.shaped(
            names, [key], None, lambda run: run_v1(run, None), links=link_base(request)
        )
        return answer(run)

    return routes


def _selected(select: Sequence[str] | None) -> list[str] | None:
    return None if select is None else [*select, *ALWAYS]


async def asked_of(queries: RunQueries, body: RunQuery, principal: Principal) -> Asked:
    """Which runs a body asks for. Raises BadRequest, NotFound."""
    if not any((body.session, body.id, body.trace, body.parent_run, body.reference_example)):
        raise BadRequest(
            "say which runs: at least one of session, id, trace, parent_run, reference_example"
        )
    uuids = None if body.session is None else [str(one) for one in body.session]
    names: Mapping[int, str] = queries.names(principal, uuids)
    trace = None if body.trace is None else str(body.trace)
    if trace is None and body.parent_run is not None and body.id is None and names:
        # Its children lie in its trace, whose hours are few.
        found = await queries.keys(names, [str(body.parent_run)])
        trace = next((key.trace_id for key in found.values()), None)
    return Asked(
        names=names,
        filter=expression_of(body),
        since=moment(body.start_time),
        until=None if body.end_time is None else after(body.end_time),
        ids=None if body.id is None else [str(one) for one in body.id],
        trace=trace,
        descending=body.order != "asc",
        limit=PAGE if body.limit is None else max(1, min(body.limit, PAGE)),
        cursor=body.cursor,
        offset=max(0, body.offset or 0),
    )


def expression_of(body: RunQuery) -> Expression | None:
    """All conditions of a body. Raises BadRequest."""
    terms: list[Expression | None] = []
    if body.run_type is not None:
        try:
            terms.append(run_type(Value(body.run_type)))
        except FilterError as e:
            raise BadRequest(f"run_type: {e.problem}", {"parameter": "run_type"}) from e
    if body.is_root is not None:
        terms.append(IS_ROOT if body.is_root else Not(IS_ROOT))
    if body.error is not None:
        terms.append(HAS_ERROR if body.error else Not(HAS_ERROR))
    if body.parent_run is not None:
        terms.append(parent_run_id(Value(str(body.parent_run))))
    if body.reference_example:
        examples = tuple(Text(str(one)) for one in body.reference_example)
        terms.append(Membership(Path("example_id"), examples))
    terms.append(filter_of(body.filter))
    terms.append(filter_of(body.search_filter, "search_filter"))
    terms += around(body.trace_filter, body.tree_filter)
    terms.append(search_of(body.query))
    return both(*terms)


def around(trace_filter: str | None, tree_filter: str | None) -> list[Expression | None]:
    """Conditions on the root of the trace, and on any of its runs. Raises BadRequest."""
    root = filter_of(trace_filter, "trace_filter")
    tree = filter_of(tree_filter, "tree_filter")
    return [
        None if root is None else Quantified(False, root, "root"),
        None if tree is None else Quantified(False, tree),
    ]


def moment(at: datetime | None) -> datetime | None:
    """The moment in UTC, which is meant where no zone is named."""
    if at is None:
        return None
    if at.tzinfo is None:
        return at.replace(tzinfo=UTC)
    try:
        return at.astimezone(UTC)
    except OverflowError:  # beyond the calendar in UTC: its edge says the same of any run
        return _FIRST if at.year == MINYEAR else _LAST


def after(at: datetime) -> datetime:
    """The first moment after one; the last of the calendar has none."""
    found = moment(at)
    assert found is not None
    try:
        return found + timedelta(microseconds=1)
    except OverflowError:
        return found
