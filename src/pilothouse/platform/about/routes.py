"""What a server says of itself: its version, where it listens, whether it asks for a key."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import APIRouter
from pydantic import BaseModel

from pilothouse import __version__
from pilothouse.platform.routing import ApiRouter
from pilothouse.platform.settings import Settings


class ServerOut(BaseModel):
    """One server, as its pages and `pilothouse doctor` show it; nothing of it is secret."""

    version: str
    url: str
    """The address that people reach it by."""
    otlp_grpc_port: int | None
    """None where it does not listen for gRPC."""
    key_needed: bool
    """Whether requests must carry an API key or come from somebody who signed in."""
    on_loopback: bool
    """Whether only its own machine can reach it."""
    store: str
    """The kind of the span store: chdb or clickhouse."""
    database: str
    """The kind of the database of records: sqlite or postgresql."""
    durability: str
    retention_days: int
    max_request_bytes: int


def router(settings: Settings) -> APIRouter:
    """The one route."""
    routes = ApiRouter(tags=["server"])
    about = ServerOut(
        version=__version__,
        url=settings.url,
        otlp_grpc_port=settings.otlp_grpc_port or None,
        key_needed=not settings.on_loopback,
        on_loopback=settings.on_loopback,
        store=urlsplit(settings.store).scheme,
        database=urlsplit(settings.database).scheme.partition("+")[0],
        durability=settings.durability,
        retention_days=settings.retention_days,
        max_request_bytes=settings.max_request_bytes,
    )

    @routes.get("/server")
    def get_server() -> ServerOut:
        """This server."""
        return about

    return routes
