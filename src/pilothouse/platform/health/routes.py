"""The routes of the server's health."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request

from pilothouse.platform.health.host_shapes import HostsOut, host_out
from pilothouse.platform.health.hosts import INTERVAL_S, Hosts
from pilothouse.platform.health.service import EVERY_S, KEPT, Health
from pilothouse.platform.health.shapes import HealthOut, HealthSampleOut, HistoryOut, health_out
from pilothouse.platform.projects.service import ProjectDirectory
from pilothouse.platform.routing import ApiRouter

MOST_HOURS = KEPT * EVERY_S / 3600


def router(
    health: Health,
    hosts: Hosts,
    projects: ProjectDirectory,
    *,
    allowed: Callable[[Request, str], bool],
) -> APIRouter:
    """The routes under /api/v1; `allowed` says whose hosts somebody may see."""
    routes = ApiRouter("/server", tags=["server"])

    @routes.get("/health")
    async def get_health() -> HealthOut:
        """How the server is doing: what needs a look, and the figures behind it."""
        figures = await health.figures()
        return health_out(figures, health.verdicts(figures))

    @routes.get("/health/history")
    def get_health_history(
        hours: Annotated[float, Query(gt=0, le=MOST_HOURS)] = MOST_HOURS,
    ) -> HistoryOut:
        """How it was: one sample every 30 seconds, of the last six hours, since its start."""
        since = datetime.now(UTC) - timedelta(hours=hours)
        return HistoryOut(
            interval_s=EVERY_S,
            items=[HealthSampleOut.model_validate(one) for one in health.samples(since)],
        )

    @routes.get("/hosts")
    async def get_hosts(request: Request) -> HostsOut:
        """The machines that sent metrics of themselves in the last 24 hours.

        How busy they are, and were: to the projects that the caller may see.
        """
        seen = [
            one.id for one in await asyncio.to_thread(projects.all) if allowed(request, one.name)
        ]
        found = await hosts.of(seen)
        return HostsOut(interval_s=INTERVAL_S, items=[host_out(host) for host in found])

    return routes
