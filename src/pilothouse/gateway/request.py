"""What a client asks for, read once."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import Any, Final

import orjson

from pilothouse.gateway.cache import Wish, wish_of
from pilothouse.gateway.errors import Refused
from pilothouse.gateway.exchange import Exchange
from pilothouse.gateway.ids import hex_id
from pilothouse.gateway.models import Holder, Route, Table
from pilothouse.gateway.usage import tokens_of_question

PATHS: Final = (
    "/chat/completions",
    "/completions",
    "/responses",
    "/messages",
    "/embeddings",
    "/moderations",
)
"""What is passed on, below a provider's base_url."""
WRITTEN: Final = frozenset(PATHS) - {"/embeddings", "/moderations"}
"""Where a model writes, and may do so in a stream."""
COUNTED: Final = frozenset(("/chat/completions", "/completions"))
"""Where a stream tells its counts only if it is asked to."""
OWN_FIELDS: Final = ("cache", "guardrails", "tags", "fallbacks", "num_retries", "mock_response",
                     "timeout")  # fmt: skip
"""Fields of the body that are for a gateway; providers would refuse them."""
_ID: Final = re.compile(r"[\x21-\x7e]{1,200}")
_LONGEST_NAME: Final = 500


@dataclass(slots=True, kw_only=True)
class Asked:
    """One request."""

    id: str
    path: str
    name: str
    """The name of the model that the client gave."""
    body: dict[str, Any]
    """Without the fields that are the gateway's own."""
    size: int
    tokens: int
    """About so many it has."""
    is_stream: bool
    hides_usage: bool
    """Whether counts are asked for that the client did not ask for."""
    wish: Wish
    timeout_s: float | None
    project: str
    session: str
    tags: tuple[str, ...]
    guardrails: Any = None
    """Those that it asks for beside the others, as it was written."""

    def upstream_body(self) -> dict[str, Any]:
        """The body as a provider gets it."""
        if not (self.is_stream and self.path in COUNTED):
            return self.body
        options = self.body.get("stream_options")
        given = options if isinstance(options, dict) else {}
        return {**self.body, "stream_options": {**given, "include_usage": True}}


def read(exchange: Exchange, path: str, raw: bytes, holder: Holder, model: str = "") -> Asked:
    """The request in a body. Raises Refused for what is none.

    `model` is the name in the address, where there is one.
    """
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Refused(400, "invalid_json", f"the body is no JSON: {error}") from None
    if type(body) is not dict:
        raise Refused(400, "invalid_json", "the body must be a JSON object")
    if model:
        body["model"] = model
    name = body.get("model")
    if not isinstance(name, str) or not name or len(name) > _LONGEST_NAME:
        raise Refused(400, "missing_model", "say the name of a model", param="model")
    own = {field: body.pop(field) for field in OWN_FIELDS if field in body}
    is_stream = body.get("stream") is True and path in WRITTEN
    options = body.get("stream_options")
    asks_usage = isinstance(options, dict) and options.get("include_usage") is True
    header = exchange.header
    wish = wish_of(own.get("cache"), header(b"cache-control"), header(b"x-cache-namespace"))
    return Asked(
        id=request_id(exchange),
        path=path,
        name=name,
        body=body,
        size=len(raw),
        tokens=tokens_of_question(raw),
        is_stream=is_stream,
        hides_usage=is_stream and not asks_usage and path in COUNTED,
        wish=wish,
        timeout_s=_timeout(header(b"x-litellm-timeout") or header(b"x-request-timeout")),
        project=holder.project,
        session=(header(b"x-session-id") or header(b"x-litellm-session-id"))[:500],
        tags=_tags(own.get("tags"), header(b"x-litellm-tags")),
        guardrails=own.get("guardrails"),
    )


def request_id(exchange: Exchange) -> str:
    """The id that the client gave its request, else a new one."""
    given = exchange.header(b"x-request-id") or exchange.header(b"x-litellm-call-id")
    return given if _ID.fullmatch(given) else f"req_{hex_id(24)}"


def route_of(table: Table, name: str, holder: Holder) -> Route:
    """The route that a holder asks for by name. Raises Refused 404 and 403."""
    if not holder.may_ask(name):
        raise Refused(
            403,
            "model_not_allowed",
            f"key {holder.name!r} may not ask for {name!r}; it may for: "
            + ", ".join(holder.models),
            param="model",
            is_final=True,
        )
    found = table.find(name)
    if found is None:
        raise unknown(table, name, holder)
    return found


def unknown(table: Table, name: str, holder: Holder) -> Refused:
    """That nobody knows a name, and which ones are near it."""
    known = [each for each in table.names() if holder.may_ask(each)]
    offering = [each for each in table.offering(name) if holder.may_ask(f"{each}/{name}")]
    if offering:
        hint = f"several providers offer it: ask for {' or '.join(f'{e}/{name}' for e in offering)}"
    elif near := _near(name, known):
        hint = f"did you mean {' or '.join(map(repr, near))}?"
    elif known:
        hint = f"there are {', '.join(known[:10])}" + (" and more" if len(known) > 10 else "")
    else:
        hint = "no route and no provider has been added yet"
    return Refused(
        404,
        "model_not_found",
        f"there is no model {name!r}: {hint}",
        type="invalid_request_error",
        param="model",
        is_final=True,
    )


def _near(name: str, known: list[str]) -> list[str]:
    bare = {each.rpartition("/")[2]: each for each in reversed(known)}
    found = difflib.get_close_matches(name, [*known, *bare], n=3, cutoff=0.5)
    return list(dict.fromkeys(bare.get(each, each) for each in found))


def _timeout(text: str) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if 0 < seconds < 86_400 else None


def _tags(given: Any, header: str) -> tuple[str, ...]:
    if not given and not header:
        return ()
    named = [each for each in given if isinstance(each, str)] if isinstance(given, list) else []
    named += [each.strip() for each in header.split(",") if each.strip()]
    return tuple(dict.fromkeys(named))[:50]
