"""The workspace, as clients that keep prompts ask for it."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter

from pilothouse.platform.compat.langsmith.services import Services
from pilothouse.platform.records.settings import workspace_id

HANDLE: Final = "pilothouse"
"""The owner of all prompts here. A workspace without one cannot have public prompts."""
_MADE_AT: Final = "2026-01-01T00:00:00+00:00"
"""The client wants a time and does nothing with it."""


def router(services: Services) -> APIRouter:
    """`/settings`."""
    routes = APIRouter()

    @routes.get("/settings")
    def settings() -> dict[str, Any]:
        return {
            "id": workspace_id(services.records),
            "display_name": "Pilothouse",
            "created_at": _MADE_AT,
            "tenant_handle": HANDLE,
        }

    return routes
