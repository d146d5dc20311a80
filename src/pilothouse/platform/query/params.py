"""The parameters that all lists share, and answers that are JSON already."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Query, Response

from pilothouse.platform.query.scope import Projects, selection_of
from pilothouse.platform.query.traces import PageRequest
from pilothouse.platform.store.selection import Selection

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Window:
    """Which rows: a project, a span of time, a filter, a search."""

    project: Annotated[str | None, Query(description="Name of a project; all if left out.")] = None
    since: Annotated[str | None, Query(alias="from", description="Earliest start, RFC 3339.")] = (
        None
    )
    until: Annotated[str | None, Query(alias="to", description="Starts before this, RFC 3339.")] = (
        None
    )
    filter: Annotated[
        str | None, Query(description='An expression: `status = "error" and duration_ms > 2s`.')
    ] = None
    q: Annotated[
        str | None,
        Query(description="Full text: each piece stands in the input or output of one span."),
    ] = None

    def selection(self, projects: Projects) -> Selection:
        """What the parameters ask for. Raises NotFound, BadRequest."""
        return selection_of(
            projects,
            project=self.project,
            since=self.since,
            until=self.until,
            filter_text=self.filter,
            q=self.q,
        )


@dataclass(frozen=True, slots=True)
class PageParams:
    """Which part of a list."""

    order_by: Annotated[
        str | None, Query(description="A column, with `-` before it the largest first.")
    ] = None
    limit: Annotated[int, Query(ge=1, le=1000)] = 50
    cursor: Annotated[str | None, Query(description="`next_cursor` of the page before.")] = None
    totals: Annotated[bool, Query(description="Answer sums over the whole result too.")] = False

    def request(self) -> PageRequest:
        return PageRequest(
            order_by=self.order_by, limit=self.limit, cursor=self.cursor, totals=self.totals
        )


def _at_once(make: Callable[..., T]) -> Callable[..., Awaitable[T]]:
    """The same as a coroutine: a plain class would be called on a thread, for each request."""

    async def made(**given: Any) -> T:
        return make(**given)

    vars(made)["__signature__"] = inspect.signature(make)  # FastAPI reads it
    return made


WindowParams = Annotated[Window, Depends(_at_once(Window))]
Paging = Annotated[PageParams, Depends(_at_once(PageParams))]
ProjectParam = Annotated[
    str | None, Query(description="Name of the project, where the id stands in several.")
]


def json_answer(body: bytes) -> Response:
    """A JSON document that is written already."""
    return Response(body, media_type="application/json")


def documented(model: Any, *statuses: int) -> dict[str, Any]:
    """Arguments of a route that documents its answer without checking each row on the way out."""
    from pilothouse.platform.query.models import ErrorAnswer

    said = {400: "A parameter, filter or body is wrong.", 404: "There is none of this name or id."}
    said[409] = "The id stands in several projects; `details` names them."
    return {
        "response_model": None,
        "responses": {
            **({200: {"model": model, "description": "OK"}} if model is not None else {}),
            **{
                code: {"model": ErrorAnswer, "description": said[code]} for code in (400, *statuses)
            },
        },
    }
