"""What an exception of somebody else's client means: whether asking again may help."""

from __future__ import annotations

from collections.abc import Mapping

from pilothouse.evaluation.errors import ModelError
from pilothouse.evaluation.models import wire


def model_error(raised: Exception, *, model: str) -> ModelError:
    """The error to report, told by an HTTP status that the exception carries, or by its kind."""
    if isinstance(raised, ModelError):
        return raised
    status = getattr(raised, "status_code", None)
    if isinstance(status, int):
        headers = getattr(getattr(raised, "response", None), "headers", None)
        payload = getattr(raised, "body", None) or str(raised)
        known = headers if isinstance(headers, Mapping) else {}
        return wire.error_of(status, known, payload, model=model)
    name = type(raised).__name__
    said = f"{model!r} raised {name}: {raised}"
    if isinstance(raised, TimeoutError) or "Timeout" in name:
        return ModelError("Timeout", said, retryable=True)
    if isinstance(raised, ConnectionError) or "ConnectionError" in name:
        return ModelError("Unreachable", said, retryable=True)
    return ModelError(name, said)
