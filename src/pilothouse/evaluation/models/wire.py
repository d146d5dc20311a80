"""OpenAI's HTTP as many servers speak it: bodies of requests, answers and errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pilothouse.evaluation.errors import ModelError
from pilothouse.evaluation.models.chat import (
    Completion,
    FinishReason,
    RateLimits,
    Request,
    Token,
)
from pilothouse.evaluation.results import Usage

Body = Mapping[str, Any]

_FINISHED: Final[Mapping[str | None, FinishReason]] = {
    "stop": "stop",
    "length": "length",
    "content_filter": "content_filter",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
}
_RETRIED: Final = frozenset({408, 409, 425, 429})
_OPTIONAL: Final = ("temperature", "seed", "max_tokens", "top_logprobs", "logprobs", "stop")
_STRUCTURAL: Final = {"json_schema": "json_schema", "json_object": "json"}
_REFUSING: Final = (
    "support",
    "unknown",
    "unrecognized",
    "unexpected",
    "not permitted",
    "not allowed",
    "deprecated",
    "not available",
    "only the default",
)


class Malformed(Exception):
    """A server said 200 and something that is no answer."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A part of a request that a model does without: a parameter, or a way to keep to a schema."""

    name: str


def chat_body(model: str, request: Request, *, without: frozenset[str], cap: str) -> dict[str, Any]:
    """What to post for a chat completion. `cap` is the name that the model has for max_tokens."""
    body: dict[str, Any] = {
        **request.extra,
        "model": model,
        "messages": [{"role": m.role, "content": m.content} for m in request.messages],
    }
    if request.temperature is not None and "temperature" not in without:
        body["temperature"] = request.temperature
    if request.seed is not None and "seed" not in without:
        body["seed"] = request.seed
    if request.max_tokens is not None and "max_tokens" not in without:
        body[cap] = request.max_tokens
    if request.top_logprobs is not None and "logprobs" not in without:
        body |= {"logprobs": True, "top_logprobs": request.top_logprobs}
    if request.stop and "stop" not in without:
        body["stop"] = list(request.stop)
    if request.schema is not None:
        body |= _structure(request, request.schema)
    return body


def _structure(request: Request, schema: Body) -> Body:
    name = request.schema_name
    match request.structure:
        case "json_schema":
            form = {"name": name, "schema": schema, "strict": True}
            return {"response_format": {"type": "json_schema", "json_schema": form}}
        case "tool":
            tool = {"type": "function", "function": {"name": name, "parameters": schema}}
            forced = {"type": "function", "function": {"name": name}}
            return {"tools": [tool], "tool_choice": forced}
        case "json":
            return {"response_format": {"type": "json_object"}}
        case "text":
            return {}


def chat_answer(payload: Body, *, asked: str) -> Completion:
    """The completion in an answer. Raises Malformed where there is none."""
    choice = _choice(payload)
    message = choice.get("message")
    if not isinstance(message, Mapping):
        raise Malformed("an answer without a message")
    calls = message.get("tool_calls")
    text = _text(message.get("content"))
    if calls:
        text = calls[0].get("function", {}).get("arguments") or ""
    logprobs = (choice.get("logprobs") or {}).get("content")
    return Completion(
        text=text,
        model=payload.get("model") or asked,
        finish_reason=_FINISHED.get(choice.get("finish_reason"), "other"),
        refusal=message.get("refusal"),
        usage=usage_of(payload.get("usage")),
        tokens=[token_of(one) for one in logprobs] if logprobs else None,
        fingerprint=payload.get("system_fingerprint"),
    )


def text_answer(payload: Body, *, asked: str) -> Completion:
    """The completion in an answer of the older API, which continues a text."""
    choice = _choice(payload)
    return Completion(
        text=choice.get("text") or "",
        model=payload.get("model") or asked,
        finish_reason=_FINISHED.get(choice.get("finish_reason"), "other"),
        usage=usage_of(payload.get("usage")),
        tokens=_text_tokens(choice.get("logprobs") or {}),
        fingerprint=payload.get("system_fingerprint"),
    )


def vectors(payload: Body, *, count: int) -> list[list[float]]:
    """The vectors in an answer, in the order of the texts."""
    data = payload.get("data")
    if not isinstance(data, list) or len(data) != count:
        has = len(data) if isinstance(data, list) else "no"
        raise Malformed(f"{has} vectors for {count} texts")
    data = sorted(data, key=lambda one: one.get("index", 0))
    return [one["embedding"] for one in data]


def usage_of(usage: Body | None) -> Usage:
    """The tokens of one call; a server that counts none leaves them unknown."""
    if not usage:
        return Usage(calls=1)
    details = usage.get("prompt_tokens_details") or {}
    return Usage(
        input_tokens=usage.get("prompt_tokens"),
        output_tokens=usage.get("completion_tokens"),
        cached_tokens=details.get("cached_tokens"),
        calls=1,
    )


def error_of(status: int, headers: Mapping[str, str], payload: Any, *, model: str) -> ModelError:
    """The error that an answer stands for."""
    said = _said(payload)
    code = str(said.get("code") or said.get("type") or "")
    message = str(said.get("message") or "")[:500]
    type, retryable = _kind(status, code, message.lower())
    return ModelError(
        type,
        f"{model!r} answered {status}: {message or code or 'nothing'}",
        status=status,
        retry_after_s=retry_after_s(headers),
        retryable=retryable,
    )


def _kind(status: int, code: str, message: str) -> tuple[str, bool]:
    """What an error is called, and whether asking again may help."""
    if code in {"insufficient_quota", "billing_hard_limit_reached"}:
        return "QuotaExhausted", False
    if code in {"content_filter", "content_policy_violation"}:
        return "ContentFilter", False
    if status == 413 or code == "context_length_exceeded" or "context length" in message:
        return "TooLong", False
    if status in {401, 403}:
        return "Unauthorized", False
    if status == 404:
        return "NotFound", False
    if status == 429:
        return "RateLimited", True
    if status == 408:
        return "Timeout", True
    if status in _RETRIED or status >= 500:
        return "Unavailable", True
    return "BadRequest", False


def rejected(status: int, payload: Any, body: Body) -> Rejected | None:
    """Which part of a request a 400 is about, if the request can be made without it."""
    if status not in {400, 404, 415, 422, 501}:
        return None
    said = _said(payload)
    message, param = str(said.get("message") or "").lower(), str(said.get("param") or "")
    if "invalid schema" in message:  # the schema's fault, not the model's
        return None
    if "max_tokens" in body and "max_completion_tokens" in message:
        return Rejected("max_tokens")
    if not any(word in message for word in _REFUSING):
        return None
    named = [name for name in _OPTIONAL if name in body and (name in message or name == param)]
    if named:
        return Rejected("logprobs" if "logprobs" in named[0] else named[0])
    structure = _structure_of(body)
    about = ("response_format", "json_schema", "json_object", "tool", "function", "guided")
    if structure is not None and any(word in message or word in param for word in about):
        return Rejected(structure)
    return None


def _structure_of(body: Body) -> str | None:
    if "tool_choice" in body:
        return "tool"
    return _STRUCTURAL.get(body.get("response_format", {}).get("type"))


def limits_of(headers: Mapping[str, str]) -> RateLimits | None:
    """What a provider says of how much may still be asked; None where it says nothing."""
    if not any(
        f"x-ratelimit-remaining-{what}" in headers or f"x-ratelimit-limit-{what}" in headers
        for what in ("requests", "tokens")
    ):
        return None
    return RateLimits(
        requests=_whole(headers.get("x-ratelimit-limit-requests")),
        requests_left=_whole(headers.get("x-ratelimit-remaining-requests")),
        requests_reset_s=duration_s(headers.get("x-ratelimit-reset-requests")),
        tokens=_whole(headers.get("x-ratelimit-limit-tokens")),
        tokens_left=_whole(headers.get("x-ratelimit-remaining-tokens")),
        tokens_reset_s=duration_s(headers.get("x-ratelimit-reset-tokens")),
    )


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """How long the provider asks to wait: in milliseconds, in seconds, or until a date."""
    if (exact := _number(headers.get("retry-after-ms"))) is not None:
        return exact / 1000
    said = headers.get("retry-after")
    if said is None or (seconds := _number(said)) is not None:
        return None if said is None else seconds
    from datetime import UTC, datetime
    from email.utils import parsedate_to_datetime

    try:
        at = parsedate_to_datetime(said)
    except ValueError:
        return None
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(UTC)).total_seconds())


def duration_s(said: str | None) -> float | None:
    """Seconds in `6m0s`, `1.5s`, `20ms` or `12`, as rate-limit headers have them."""
    if said is None:
        return None
    if (plain := _number(said)) is not None:
        return plain
    import re

    units = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|h|m|s)", said)
    if "".join(f"{number}{unit}" for number, unit in parts) != said:
        return None
    return sum(float(number) * units[unit] for number, unit in parts)


def _choice(payload: Body) -> Body:
    choices = payload.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], Mapping):
        raise Malformed("an answer without choices")
    return choices[0]


def _text(content: Any) -> str:
    """The text of a message, which some servers give in parts."""
    if isinstance(content, list):
        return "".join(part.get("text") or "" for part in content if isinstance(part, Mapping))
    return content or ""


def token_of(one: Body) -> Token:
    """A token with its alternatives, as the chat API has it."""
    alternatives = one.get("top_logprobs") or ()
    return Token(
        text=one["token"],
        logprob=one["logprob"],
        alternatives={other["token"]: other["logprob"] for other in alternatives},
    )


def _text_tokens(logprobs: Body) -> Sequence[Token] | None:
    texts, values = logprobs.get("tokens"), logprobs.get("token_logprobs")
    if not texts or not values:
        return None
    tops = logprobs.get("top_logprobs") or [None] * len(texts)
    return [  # nothing stands before an echoed text's first token, so it has no probability
        Token(text=text, logprob=0.0 if value is None else value, alternatives=top or {})
        for text, value, top in zip(texts, values, tops, strict=True)
    ]


def _said(payload: Any) -> Body:
    """What a server says of an error, in whichever of the shapes in use."""
    if not isinstance(payload, Mapping):
        return {"message": payload} if isinstance(payload, str) else {}
    error = payload.get("error", payload)
    if isinstance(error, Mapping):
        return {"message": error.get("detail"), **error}
    return {"message": str(error)}


def _number(said: str | None) -> float | None:
    try:
        return None if said is None else max(0.0, float(said))
    except ValueError:
        return None


def _whole(said: str | None) -> int | None:
    return int(said) if said is not None and said.isdecimal() else None
