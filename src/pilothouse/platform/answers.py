"""The one shape of every error, and the two questions of whoever runs the server."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from pilothouse.platform.errors import ApiError
from pilothouse.platform.ingest.errors import IngestError

log = logging.getLogger("pilothouse.api")

_CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}


def add_error_answers(app: FastAPI) -> None:
    """Answer every failure with {"error": {"code", "message", "details"}}."""

    @app.exception_handler(ApiError)
    async def told(_request: Request, e: ApiError) -> Response:
        return _answer(e.status, e.body())

    @app.exception_handler(IngestError)
    async def busy(_request: Request, e: IngestError) -> Response:
        answer = _answer(503, _error("unavailable", str(e)))
        answer.headers["retry-after"] = str(e.retry_after_s)
        return answer

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, e: RequestValidationError) -> Response:
        problems = [
            {"where": ".".join(str(p) for p in x["loc"]), "message": x["msg"]} for x in e.errors()
        ]
        first = problems[0] if problems else {"where": "request", "message": "is invalid"}
        message = f"{first['where']}: {first['message']}"
        return _answer(400, _error("bad_request", message, problems))

    @app.exception_handler(HTTPException)
    async def refused(_request: Request, e: HTTPException) -> Response:
        answer = _answer(e.status_code, _error(_CODES.get(e.status_code, "refused"), str(e.detail)))
        answer.headers.update(e.headers or {})
        return answer

    @app.exception_handler(Exception)
    async def failed(request: Request, e: Exception) -> Response:
        log.error("%s %s failed", request.method, request.url.path, exc_info=e)
        return _answer(500, _error("internal", "internal error; the server's log has the details"))


def add_health(app: FastAPI, ping: Callable[[], Awaitable[None]]) -> None:
    """`/healthz`: the process serves. `/readyz`: both stores answer (`ping` raises if not)."""

    @app.get("/healthz", tags=["health"])
    async def healthz() -> dict[str, str]:
        """Whether the process serves."""
        return {"status": "ok"}

    @app.get("/readyz", tags=["health"], responses={503: {"description": "A store is away."}})
    async def readyz() -> Response:
        """Whether both stores answer."""
        try:
            await ping()
        except Exception as e:  # noqa: BLE001 - whatever a store says, it is not ready
            log.warning("not ready: %s", e)
            return _answer(503, _error("unavailable", f"a store does not answer: {e}"))
        return _answer(200, {"status": "ready"})


def _error(code: str, message: str, details: Any = None) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "details": details}}


def _answer(status: int, body: dict[str, Any]) -> Response:
    try:
        told = orjson.dumps(body, default=str)
    except TypeError:  # half of a character, quoted from the request: only as an escape
        told = json.dumps(body, default=str).encode()
    return Response(told, status_code=status, media_type="application/json")
