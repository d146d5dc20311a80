"""What may go wrong while an app is served, and what its client is told.

Refusal                 any answer that is not the target's; carries status and code
├── InvalidInput  422   the body misses the schema
├── NotFound      404
├── Overloaded    503   queue full, draining
├── RateLimited   429
└── Stopped             the run was ended from outside: time, client, server, `cancel`

SetupError              an app that cannot be built or started; one line for a person
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

PROVIDERS: Final = frozenset(("openai", "anthropic", "httpx", "httpx2", "httpcore", "aiohttp"))
"""Packages whose errors are those of somebody whom the target asked."""


class SetupError(Exception):
    """The app cannot be served as it was described."""


class Refusal(Exception):
    """An answer that the target did not give."""

    status = 400
    code = "invalid_request"

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str | None = None,
        param: str | None = None,
        details: Sequence[Mapping[str, Any]] | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status or self.status
        self.code = code or self.code
        self.message = message
        self.param = param
        self.details = details
        self.retry_after_s = retry_after_s


class InvalidInput(Refusal):
    """The body misses the schema; `details` has FastAPI's shape."""

    status = 422
    code = "invalid_input"


class NotFound(Refusal):
    """There is no such thing, or it is somebody else's."""

    status = 404
    code = "not_found"


class Overloaded(Refusal):
    """More is asked at once than the mount takes."""

    status = 503
    code = "overloaded"


class RateLimited(Refusal):
    """The key has had its share."""

    status = 429
    code = "rate_limit_exceeded"


REASONS: Final[Mapping[str, tuple[int, str]]] = {
    "timeout": (504, "the run took longer than it may"),
    "first_token_timeout": (504, "the run gave nothing for too long"),
    "idle_timeout": (504, "the stream stood still for too long"),
    "queue_timeout": (503, "no place came free in time; try again later"),
    "disconnect": (499, "the client went away"),
    "slow_client": (499, "the client took nothing for too long"),
    "server_shutdown": (503, "the server is shutting down; try again"),
    "cancelled": (409, "the run was cancelled"),
}
CODES: Final[Mapping[str, str]] = {
    "first_token_timeout": "timeout",
    "idle_timeout": "timeout",
    "queue_timeout": "overloaded",
}


class Stopped(Refusal):
    """The run was ended from outside, for one of the REASONS."""

    def __init__(self, reason: str) -> None:
        status, message = REASONS[reason]
        later = 1.0 if status == 503 else None
        code = CODES.get(reason, reason)
        super().__init__(message, status=status, code=code, retry_after_s=later)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What a client may know of an error."""

    status: int
    code: str
    message: str
    type: str
    retry_after_s: float | None = None
    param: str | None = None
    details: Sequence[Mapping[str, Any]] | None = None
    own: bool = False
    """Whether the target failed, whose messages are not for strangers."""

    @property
    def retryable(self) -> bool:
        """Whether the same request may succeed later."""
        return self.status in (429, 502, 503, 504)

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """`retry-after`, in whole seconds and in milliseconds."""
        if self.retry_after_s is None:
            return []
        whole, exact = math.ceil(self.retry_after_s), math.ceil(self.retry_after_s * 1000)
        return [(b"retry-after", b"%d" % whole), (b"retry-after-ms", b"%d" % exact)]


def failure_of(error: BaseException, *, expose: bool) -> Failure:
    """What the client is told of an error; `expose` lets the target's own message out."""
    if isinstance(error, Refusal):
        return Failure(
            status=error.status,
            code=error.code,
            message=error.message,
            type=type(error).__name__,
            retry_after_s=error.retry_after_s,
            param=error.param,
            details=error.details,
        )
    status, code, later = _status_of(error)
    told = _told(error) if _is_http(error) or expose else _GENERIC.get(status, _GENERIC[500])
    kind = type(error).__name__ if expose else "TargetError"
    return Failure(status=status, code=code, message=told, type=kind, retry_after_s=later, own=True)


_GENERIC: Final = {
    429: "the model's provider asks to slow down",
    500: "Internal Server Error",
    502: "the model's provider failed",
    504: "the target timed out",
}


def _status_of(error: BaseException) -> tuple[int, str, float | None]:
    if type(error).__module__.partition(".")[0] in PROVIDERS:
        return _provider(error)
    if isinstance(error, TimeoutError):
        return 504, "timeout", None
    if _is_http(error):
        status = int(getattr(error, "status_code", 500))
        return status, "refused" if status < 500 else "target_error", None
    return 500, "target_error", None


def _provider(error: BaseException) -> tuple[int, str, float | None]:
    response = getattr(error, "response", None)
    status = getattr(error, "status_code", None) or getattr(response, "status_code", None)
    if "Timeout" in type(error).__name__:
        return 504, "timeout", None
    if status == 429:
        headers = getattr(response, "headers", None) or {}
        return 429, "rate_limit_exceeded", _seconds(headers.get("retry-after"))
    if status is None or status in (401, 403) or status >= 500:
        return 502, "provider_error", None
    return 500, "target_error", None


def _seconds(text: str | None) -> float | None:
    try:
        return None if text is None else max(0.0, float(text))
    except ValueError:
        return None


def _is_http(error: BaseException) -> bool:
    """Whether the target raised what web frameworks answer with."""
    status = getattr(error, "status_code", None)
    return isinstance(status, int) and hasattr(error, "detail") and 400 <= status < 600


def _told(error: BaseException) -> str:
    detail = getattr(error, "detail", None)
    return detail if isinstance(detail, str) else str(error) or type(error).__name__
