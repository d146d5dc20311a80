"""Who a request comes from."""

from __future__ import annotations

from starlette.requests import HTTPConnection

from pilothouse.platform.access.models import ANYONE, Principal


def principal_of(request: HTTPConnection) -> Principal:
    """Who a request comes from; the middleware has found out."""
    found: Principal = request.scope.get("state", {}).get("principal") or ANYONE
    return found
