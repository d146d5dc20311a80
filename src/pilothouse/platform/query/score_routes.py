"""The routes of scores."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from pilothouse.platform.query import models
from pilothouse.platform.query.params import ProjectParam, documented, json_answer
from pilothouse.platform.query.scope import time_of
from pilothouse.platform.query.scores import ScoreService
from pilothouse.platform.routing import ApiRouter


def router(service: ScoreService) -> APIRouter:
    """Scores given, listed, taken back."""
    api = ApiRouter(tags=["scores"])

    @api.post("/scores", **documented(models.ScoresKept, 404, 409))
    async def give_scores(given: models.ScoreGiven | list[models.ScoreGiven]) -> Response:
        """Keep scores; the same id, or target, name, source and identifier, replaces."""
        return json_answer(await service.give(given if isinstance(given, list) else [given]))

    @api.get("/scores", **documented(models.ScorePage, 404))
    async def list_scores(
        project: ProjectParam = None,
        trace_id: str | None = None,
        span_id: str | None = None,
        session_id: str | None = None,
        name: str | None = None,
        source: str | None = None,
        identifier: str | None = None,
        since: Annotated[str | None, Query(alias="from")] = None,
        until: Annotated[str | None, Query(alias="to")] = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 50,
        cursor: str | None = None,
    ) -> Response:
        """Scores, the newest first."""
        asked = {
            "trace_id": trace_id,
            "span_id": span_id,
            "session_id": session_id,
            "name": name,
            "source": source,
            "identifier": identifier,
        }
        body = await service.page(
            project,
            wanted={column: value for column, value in asked.items() if value is not None},
            since=time_of(since, "from"),
            until=time_of(until, "to"),
            limit=limit,
            cursor=cursor,
        )
        return json_answer(body)

    @api.delete("/scores/{score_id:path}", status_code=204, **documented(None, 404, 409))
    async def delete_score(score_id: str, project: ProjectParam = None) -> Response:
        """Take a score back."""
        await service.take_back(score_id, project)
        return Response(status_code=204)

    return api
