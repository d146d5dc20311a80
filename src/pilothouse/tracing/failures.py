"""An exception as a span tells it."""

from __future__ import annotations

import asyncio
import traceback

MAX_STACK = 64_000
MAX_MESSAGE = 8_000


def message_of(error: BaseException) -> str:
    """What the exception says."""
    try:
        return str(error)[:MAX_MESSAGE]
    except Exception:
        return "(no message)"


def event_of(error: BaseException) -> dict[str, str]:
    """The attributes of its event."""
    kind = type(error)
    module = kind.__module__
    name = kind.__qualname__ if module == "builtins" else f"{module}.{kind.__qualname__}"
    event = {"exception.type": name, "exception.message": message_of(error)}
    if not isinstance(error, (asyncio.CancelledError, KeyboardInterrupt)):
        event["exception.stacktrace"] = _stack(error)
    return event


def _stack(error: BaseException) -> str:
    try:
        lines = traceback.format_exception(type(error), error, error.__traceback__, limit=60)
    except Exception:
        lines = traceback.format_tb(error.__traceback__, limit=60)
    text = "".join(lines)
    return text if len(text) <= MAX_STACK else f"{text[:2_000]}\n…\n{text[-MAX_STACK:]}"
