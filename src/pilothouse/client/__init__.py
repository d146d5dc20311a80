"""A typed client of the REST API."""

from pilothouse.client.asynchronous import AsyncClient
from pilothouse.client.client import Client
from pilothouse.client.errors import (
    ApiError,
    BadRequest,
    Conflict,
    ConnectionFailed,
    Forbidden,
    NotFound,
    PilothouseError,
    Unauthorized,
    Unavailable,
    WrongEndpoint,
)

__all__ = [
    "ApiError",
    "AsyncClient",
    "BadRequest",
    "Client",
    "Conflict",
    "ConnectionFailed",
    "Forbidden",
    "NotFound",
    "PilothouseError",
    "Unauthorized",
    "Unavailable",
    "WrongEndpoint",
]
