"""What can go wrong with the span store, and how the engine's own errors are told.

StoreError                    it cannot be opened
└── StoreInUse                another process has it open
ApiError
├── QueryTimeout   504        a query took longer than it may
├── BadRequest     400        a pattern that the engine cannot compile
└── Unavailable    503        the engine is away, or has no room for now
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Final

from pilothouse.platform.errors import ApiError, BadRequest, Unavailable


class StoreError(Exception):
    """The span store cannot be opened; the message says why in one line."""


class StoreInUse(StoreError):
    """Another process of this machine has the embedded store open."""


class QueryTimeout(ApiError):
    """A read took longer than it may; narrow its time range or filter."""

    status, code = 504, "timeout"


# A server says these while it starts, is full, fails over or has its users changed: they pass.
_PASSING: Final = (
    "ACCESS_DENIED",
    "ALL_CONNECTION_TRIES_FAILED",
    "AUTHENTICATION_FAILED",
    "CANNOT_SCHEDULE_TASK",
    "KEEPER_EXCEPTION",
    "NETWORK_ERROR",
    "NOT_ENOUGH_SPACE",
    "READONLY",
    "REQUIRED_PASSWORD",
    "SOCKET_TIMEOUT",
    "TABLE_IS_READ_ONLY",
    "TOO_MANY_PARTS",
    "TOO_MANY_SIMULTANEOUS_QUERIES",
    "UNKNOWN_DATABASE",
    "UNKNOWN_TABLE",
    "UNKNOWN_USER",
)
_PROXY_FAILED: Final = "HTTP driver received HTTP status 5"


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Engine errors as errors of the API; others pass through."""
    try:
        yield
    except ApiError:
        raise
    except StoreError as e:  # one more connection was wanted after the first had stood
        raise Unavailable(f"the span store does not answer: {e}") from e
    except Exception as e:
        text = str(e)
        if "TIMEOUT_EXCEEDED" in text or "Code: 159" in text:
            raise QueryTimeout("the query took too long; narrow its time range or filter") from e
        if "CANNOT_COMPILE_REGEXP" in text:
            raise BadRequest(f"broken pattern: {first_line(e)}") from e
        if "MEMORY_LIMIT_EXCEEDED" in text:
            raise Unavailable("the query needs more memory than the server has; narrow it") from e
        # By name: the class is not imported before a store is opened.
        away = type(e).__name__ == "OperationalError" or _PROXY_FAILED in text
        if away or any(f"({name})" in text for name in _PASSING):
            raise Unavailable(f"the span store does not answer: {first_line(e)}") from e
        raise


def first_line(e: BaseException) -> str:
    """What an error says, fit for one line of a message."""
    return (str(e).strip() or type(e).__name__).splitlines()[0][:300]
