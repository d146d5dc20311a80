"""What can go wrong between a program and the server.

PilothouseError
├── WrongEndpoint         the address is none, or what answers there is not Pilothouse
├── ConnectionFailed      nothing answered: refused, timed out, torn
└── ApiError              the server said no; has status, code, message, details
    ├── BadRequest        400: a parameter, filter or body is wrong
    ├── Unauthorized      401: no key, or one that is not known
    ├── Forbidden         403: the key may not do this
    ├── NotFound          404: there is none of this name or id
    ├── Conflict          409: the id stands in several projects
    └── Unavailable       429, 502, 503, 504: later it may work
"""

from __future__ import annotations

from typing import Any, Self


class PilothouseError(Exception):
    """Root of what this package raises."""


class WrongEndpoint(PilothouseError):
    """The address is none, or what answers there is not Pilothouse."""

    def __init__(self, endpoint: str, reason: str) -> None:
        super().__init__(
            f"endpoint {endpoint!r} {reason}; give the address of a server, "
            "e.g. http://localhost:8484"
        )
        self.endpoint = endpoint
        self.reason = reason


class ConnectionFailed(PilothouseError):
    """Nothing answered at the address."""

    def __init__(self, endpoint: str, reason: str) -> None:
        super().__init__(f"no answer from {endpoint}: {reason}; is `pilothouse up` running there?")
        self.endpoint = endpoint
        self.reason = reason

    @classmethod
    def by(cls, endpoint: str, error: Exception) -> Self:
        """With what a transport says of it, which may be nothing but its type."""
        return cls(endpoint, str(error) or type(error).__name__)


class ApiError(PilothouseError):
    """The server said no."""

    def __init__(self, status: int, code: str, message: str, details: Any = None) -> None:
        super().__init__(f"{message} ({status} {code})")
        self.status = status
        self.code = code
        self.message = message
        self.details = details
        """Whatever JSON the server added, e.g. the projects an id stands in."""


class BadRequest(ApiError):
    """A parameter, filter or body is wrong."""


class Unauthorized(ApiError):
    """No key was given, or one that the server does not know."""


class Forbidden(ApiError):
    """The key may not do this."""


class NotFound(ApiError):
    """There is none of this name or id."""


class Conflict(ApiError):
    """The id stands in several projects, or the name is taken."""


class Unavailable(ApiError):
    """The server is overloaded or a store is away; later it may work."""


_BY_STATUS: dict[int, type[ApiError]] = {
    400: BadRequest,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    429: Unavailable,
    502: Unavailable,
    503: Unavailable,
    504: Unavailable,
}


def api_error(status: int, body: Any) -> ApiError:
    """The exception for an answer that is no success; `body` is its JSON, or its text."""
    error = body.get("error") if isinstance(body, dict) else None
    kind = _BY_STATUS.get(status, ApiError)
    if isinstance(error, dict):
        message = str(error.get("message") or "the server said no")
        return kind(status, str(error.get("code") or "error"), message, error.get("details"))
    text = body if isinstance(body, str) else ""
    return kind(status, "error", text[:300].strip() or "the server said no")
