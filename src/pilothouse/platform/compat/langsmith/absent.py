"""What only the hosted product has: told so at once, not as a path that is not there."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, HTTPException, Response

from pilothouse.platform.compat.langsmith.bodies import Reader, answer

# Else the generated client, which takes every status from 500 on for passing, asks three times.
_FINAL: Final = {"x-should-retry": "false"}
_ABSENT: Final = {
    "/sessions/{session_id}/insights": "insights",
    "/workspaces/current/secrets": "secrets of the workspace",
    "/agents": "agents with environments",
    "/prompt-webhooks": "webhooks of prompts",
    "/platform/evaluators/spend": "what evaluators cost",
    "/v2/sandboxes": "sandboxes",
    "/v2/ai-search": "search in words",
    "/v2/sql": "SQL",
}
_METHODS: Final = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def absent(what: str) -> HTTPException:
    """The answer to a question for something that is not here."""
    return HTTPException(501, f"this server does not have: {what}", _FINAL)


def router() -> APIRouter:
    """Routes for what is absent; they have to come before those with an id in its place."""
    routes = APIRouter()
    for path, what in _ABSENT.items():
        _add_absent(routes, path, what)

    @routes.get("/platform/issues")
    def list_issues(_reader: Reader) -> Response:
        """None: nothing here looks for issues."""
        return answer([])

    return routes


def _add_absent(routes: APIRouter, path: str, what: str) -> None:
    def refuse() -> Response:
        raise absent(what)

    for spelt in (path, path + "/{rest:path}"):
        routes.add_api_route(spelt, refuse, methods=_METHODS)
