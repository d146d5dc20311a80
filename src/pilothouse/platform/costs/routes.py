"""Costs over HTTP."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final, Literal

import orjson
from fastapi import APIRouter, Query, Request, Response

from pilothouse.platform.access.workspace import project_for
from pilothouse.platform.costs.bills import Provider, read_bill
from pilothouse.platform.costs.reconcile import Reconciling
from pilothouse.platform.costs.report import Asked, CostReports
from pilothouse.platform.costs.schemas import CostReport, Reconciliation
from pilothouse.platform.costs.table import csv_of
from pilothouse.platform.errors import BadRequest
from pilothouse.platform.query.params import documented, json_answer
from pilothouse.platform.query.scope import time_of
from pilothouse.platform.routing import ApiRouter

MOST_BYTES: Final = 32 * 2**20
"""Of a provider's file."""


def router(reports: CostReports, reconciling: Reconciling) -> APIRouter:
    """The routes of costs."""
    api = ApiRouter(tags=["costs"])

    @api.get("/costs/report", **documented(CostReport, 404))
    async def report_costs(
        request: Request,
        project: Annotated[
            str | None, Query(description="Name of a project; all if left out.")
        ] = None,
        since: Annotated[
            str | None, Query(alias="from", description="RFC 3339; 30 days back if left out.")
        ] = None,
        until: Annotated[str | None, Query(alias="to", description="RFC 3339; else now.")] = None,
        by: Annotated[
            list[str] | None,
            Query(
                description="Up to two of project, user, model, provider, prompt, prompt_version,"
                " environment, tag, and day, week or month."
            ),
        ] = None,
        filter: Annotated[str, Query(description='Over spans: `environment = "prod"`.')] = "",
        limit: Annotated[int, Query(ge=1, le=1000, description="Groups, the dearest.")] = 50,
        format: Annotated[
            Literal["json", "csv"] | None, Query(description="Else as Accept asks.")
        ] = None,
    ) -> Response:
        """Cost and tokens, split and compared with the time before; as JSON or as CSV.

        Days, weeks and months begin in UTC.
        """
        report = await reports.report(
            Asked(
                project=project_for(request, project),
                since=time_of(since, "from"),
                until=time_of(until, "to"),
                by=[name for each in by or () for name in each.split(",") if name],
                filter=filter,
                limit=limit,
            )
        )
        if format == "csv" or (format is None and _wants_csv(request)):
            name = f"costs-{report.since.date()}-{report.until.date()}.csv"
            disposition = {"content-disposition": f'attachment; filename="{name}"'}
            return Response(csv_of(report), media_type="text/csv", headers=disposition)
        return json_answer(orjson.dumps(report.shown()))

    @api.post("/costs/reconcile", **documented(Reconciliation, 404), openapi_extra=_FILE)
    async def reconcile_costs(
        request: Request,
        provider: Annotated[Provider, Query(description="Whose file it is.")],
        project: Annotated[
            str | None, Query(description="Name of a project; all if left out.")
        ] = None,
    ) -> Response:
        """A provider's usage or cost export held against what was recorded, by day and model.

        The body is the file: CSV of OpenAI's or Anthropic's console, or JSON as their usage and
        cost APIs answer it, one page or several.
        """
        content = bytearray()
        async for piece in request.stream():
            content += piece
            if len(content) > MOST_BYTES:
                raise BadRequest(f"a file has {MOST_BYTES // 2**20} MiB at most: split it by month")
        bill = await asyncio.to_thread(read_bill, provider, bytes(content))
        found = await reconciling.compare(bill, project_for(request, project))
        return json_answer(orjson.dumps(found))

    return api


_FILE: Final = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            "application/json": {"schema": {}},
        },
    }
}


def _wants_csv(request: Request) -> bool:
    accepted = request.headers.get("accept", "").lower()
    return "text/csv" in accepted and "application/json" not in accepted
