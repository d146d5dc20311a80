"""When releases and versions of prompts came: what charts over time are marked with."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import orjson
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from pilothouse.platform.query.params import documented, json_answer
from pilothouse.platform.query.scope import Projects, projects_of, time_of
from pilothouse.platform.routing import ApiRouter
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.first_seen import MOST, first_seen
from pilothouse.platform.store.shown import rfc3339


class FirstSeen(BaseModel):
    """A release, or a version of a prompt, that was seen for the first time."""

    kind: Literal["release", "prompt"]
    name: str
    version: str | None
    """Of a prompt; null where its spans tell none, and of a release."""
    first_seen_at: datetime
    """The start of its first span."""


class FirstSeenList(BaseModel):
    """What was first seen in a time, the newest first."""

    items: list[FirstSeen]
    count: int
    """How many there are, those that are not among `items` too."""
    truncated: bool


def router(store: Store, projects: Projects) -> APIRouter:
    """The one route."""
    api = ApiRouter(tags=["metrics"])

    @api.get("/metrics/first-seen", **documented(FirstSeenList, 404))
    async def list_first_seen(
        project: Annotated[str | None, Query(description="Name; all if left out.")] = None,
        since: Annotated[str | None, Query(alias="from", description="RFC 3339.")] = None,
        until: Annotated[str | None, Query(alias="to", description="RFC 3339.")] = None,
        limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
    ) -> Response:
        """Releases and versions of prompts that came in a time: nothing before it had them."""
        names = projects_of(projects, project, plain=True)
        begin, end = time_of(since, "from"), time_of(until, "to")
        await store.visible()
        found = await first_seen(store, names, begin, end)
        shown = found.items[:limit]
        items = [
            {
                "kind": one.kind,
                "name": one.name,
                "version": one.version or None,
                "first_seen_at": rfc3339(one.at_us),
            }
            for one in shown
        ]
        truncated = found.count > len(shown)
        return json_answer(
            orjson.dumps({"items": items, "count": found.count, "truncated": truncated})
        )

    return api
