"""How each family of clients is told of a failure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from pilothouse.serving.call import Call
from pilothouse.serving.errors import Failure
from pilothouse.serving.replies import Answer, json_answer
from pilothouse.serving.values import Unserializable

Dialect = Callable[[Failure, Call], Answer]
GENERIC: Final = "Internal Server Error"


def native_body(failure: Failure, run_id: str | None) -> dict[str, Any]:
    """Our own shape."""
    error: dict[str, Any] = {
        "type": failure.type,
        "message": failure.message,
        "code": failure.code,
        "run_id": run_id or None,
        "retryable": failure.retryable,
    }
    return {"error": error}


def native(failure: Failure, call: Call) -> Answer:
    """Our own; a body that misses its schema is told of as FastAPI does."""
    if failure.details is not None:
        return _detailed(failure)
    run_id = call.run.id if call.run is not None else None
    return json_answer(native_body(failure, run_id), failure.status, failure.headers)


def _detailed(failure: Failure) -> Answer:
    """As FastAPI; without the input where that is nested too deeply to be told."""
    details = failure.details or ()
    try:
        return json_answer({"detail": details}, failure.status)
    except Unserializable:
        shown = [{k: v for k, v in each.items() if k != "input"} for each in details]
        return json_answer({"detail": shown}, failure.status)


def langserve(failure: Failure, call: Call) -> Answer:
    """As LangServe's server: text where the target failed, unless JSON was asked for."""
    if failure.status == 500 and "json" not in (call.header("accept") or ""):
        text = [(b"content-type", b"text/plain; charset=utf-8")]
        return Answer(failure.message.encode(), status=500, headers=text)
    return native(failure, call)


OPENAI_TYPES: Final = {
    400: "invalid_request_error",
    401: "invalid_request_error",
    403: "permission_denied",
    404: "invalid_request_error",
    413: "invalid_request_error",
    422: "invalid_request_error",
    429: "rate_limit_error",
    504: "timeout",
    503: "overloaded",
}


def openai_body(failure: Failure) -> dict[str, Any]:
    """The envelope of OpenAI's errors."""
    error = {
        "message": failure.message,
        "type": OPENAI_TYPES.get(failure.status, "server_error"),
        "param": failure.param,
        "code": failure.code,
    }
    return {"error": error}


def openai(failure: Failure, call: Call) -> Answer:
    """As OpenAI; its SDK is told not to repeat what cannot succeed."""
    headers = list(failure.headers)
    if failure.status == 409:
        headers.append((b"x-should-retry", b"false"))
    return json_answer(openai_body(failure), failure.status, headers)


def langgraph(failure: Failure, call: Call) -> Answer:
    """As LangGraph's platform: one text, whatever was wrong."""
    return json_answer({"detail": failure.message}, failure.status, failure.headers)


def lanarky(failure: Failure, call: Call) -> Answer:
    """As FastAPI."""
    if failure.details is not None:
        return _detailed(failure)
    told = GENERIC if failure.own and failure.status == 500 else failure.message
    return json_answer({"detail": told}, failure.status, failure.headers)
