"""The routes of the server's health."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from pilothouse.platform.health.service import EVERY_S, KEPT, Health
from pilothouse.platform.health.shapes import HealthOut, HistoryOut, SampleOut, health_out
from pilothouse.platform.routing import ApiRouter

MOST_HOURS = KEPT * EVERY_S / 3600


def router(health: Health) -> APIRouter:
    """The routes under /api/v1."""
    routes = ApiRouter("/server/health", tags=["server"])

    @routes.get("")
    async def get_health() -> HealthOut:
        """How the server is doing: what needs a look, and the figures behind it."""
        figures = await health.figures()
        return health_out(figures, health.verdicts(figures))

    @routes.get("/history")
    def get_health_history(
        hours: Annotated[float, Query(gt=0, le=MOST_HOURS)] = MOST_HOURS,
    ) -> HistoryOut:
        """How it was: one sample every 30 seconds, of the last six hours, since its start."""
        since = datetime.now(UTC) - timedelta(hours=hours)
        return HistoryOut(
            interval_s=EVERY_S,
            items=[SampleOut.model_validate(one) for one in health.samples(since)],
        )

    return routes
