"""Every call as a span: told of after the last byte, stored beside what answers."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from pilothouse.gateway.asking import Tally
from pilothouse.gateway.assembly import assembled
from pilothouse.gateway.errors import Refused
from pilothouse.gateway.ids import hex_id
from pilothouse.gateway.known import fields_of
from pilothouse.gateway.models import NANO, Holder
from pilothouse.gateway.needs import Spans
from pilothouse.spans import Source, Usage

log = logging.getLogger("pilothouse.gateway")

SCOPE: Final = "pilothouse.gateway"
MOST: Final = 10_000
"""Calls that wait to be stored; further ones are counted and not recorded."""
MOST_BYTES: Final = 256 * 2**20
_TOGETHER: Final = 500
_TRIES: Final = 5
_GATHER_S: Final = 0.25
"""So long calls are gathered before they are stored."""
_OK, _ERROR = 1, 2
_JSON: Final = "application/json"
_PARENT: Final = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")
_CONTENT: Final = frozenset(
    ("messages", "input", "prompt", "tools", "functions", "instructions", "system", "metadata")
)


@dataclass(slots=True, kw_only=True)
class Finished:
    """A call that is over."""

    id: str
    holder: Holder
    project: str
    path: str
    asked_for: str
    """The name that the client asked for."""
    body: dict[str, Any]
    is_stream: bool
    start_ns: int
    end_ns: int = 0
    first_ns: int | None = None
    tally: Tally = field(default_factory=Tally)
    answer: dict[str, Any] | None = None
    blocks: list[bytes] = field(default_factory=list)
    """What was streamed, where there is no answer."""
    usage: Usage | None = None
    is_estimated: bool = False
    error: Refused | None = None
    is_abandoned: bool = False
    """Whether the client went away before the end."""
    cache: str = ""
    """hit, semantic, miss or bypass; "" where the route has none."""
    saved_nano: int = 0
    cost_nano: int | None = None
    again_nano: int = 0
    """Of that, what asking again cost: it stands at spans of its own."""
    tells_cost: bool = False
    """Whether the price table knows only the name that the provider was asked for."""
    parent: str = ""
    """The header `traceparent`."""
    session: str = ""
    tags: tuple[str, ...] = ()
    size_bytes: int = 0
    tokens: int = 0
    """Of the question, by estimate."""
    notes: dict[str, Any] = field(default_factory=dict)
    """More for `gateway` of its metadata."""
    children: list[Callable[[Finished], Source]] = field(default_factory=list)
    """Make spans below its own."""
    _place: tuple[str, str, str] | None = None

    @property
    def place(self) -> tuple[str, str, str]:
        """The ids of its trace, its span and the span above ("" for none), chosen when asked."""
        if self._place is None:
            found = _PARENT.fullmatch(self.parent)
            trace_id, parent = (found[1], found[2]) if found else ("", "")
            if not trace_id.strip("0"):
                trace_id, parent = hex_id(32), ""
            self._place = (trace_id, hex_id(16), parent)
        return self._place

    @property
    def is_repeat(self) -> bool:
        """Whether the answer was given before."""
        return self.cache in ("hit", "semantic")


def source_of(call: Finished) -> Source:
    """The span of a call."""
    trace_id, span_id, parent = call.place
    is_embedding = call.path == "/embeddings"
    answer = call.answer if call.answer is not None else assembled(call.blocks)
    metadata = _metadata(call)
    attributes: dict[str, Any] = {
        "openinference.span.kind": "EMBEDDING" if is_embedding else "LLM",
        "gen_ai.request.stream": call.is_stream,
        "input.value": _dumped(call.body),
        "input.mime_type": _JSON,
        "llm.invocation_parameters": _dumped(
            {
                name: value
                for name, value in call.body.items()
                if name not in _CONTENT and name != "model"
            }
        ),
        "metadata": _dumped(metadata),
        **_answered(call, answer, is_embedding=is_embedding),
        **_counts(call),
    }
    if call.is_stream and call.first_ns is not None:
        seconds = (call.first_ns - call.start_ns) / NANO
        attributes["gen_ai.response.time_to_first_chunk"] = seconds
    if call.session:
        attributes["session.id"] = call.session
    user = call.body.get("user")
    if isinstance(user, str) and user:
        attributes["user.id"] = user
    if call.tags:
        attributes["tag.tags"] = list(call.tags)
    status, message = _OK, ""
    if call.error is not None:
        status, message = _ERROR, call.error.message
        attributes["error.type"] = call.error.code
    elif call.is_abandoned:
        status, message = _ERROR, "the client went away before the end"
        attributes["error.type"] = "client_gone"
    return Source(
        project=call.project,
        trace_id=trace_id,
        span_id=span_id,
        parent_span_id=parent,
        name=call.asked_for,
        start_ns=call.start_ns,
        end_ns=call.end_ns,
        status_code=status,
        status_message=message,
        attributes=attributes,
        scope_name=SCOPE,
        wire="gateway",
        known=fields_of(call, answer, attributes, metadata),
    )


def _answered(call: Finished, answer: dict[str, Any], *, is_embedding: bool) -> dict[str, Any]:
    target = call.tally.target
    asked = call.asked_for if target is None else target.model
    named = answer.get("model")
    key = "embedding.model_name" if is_embedding else "llm.model_name"
    found: dict[str, Any] = {
        key: named if isinstance(named, str) and named else asked,
        "gen_ai.request.model": asked,
    }
    if target is not None:
        found["llm.provider"] = target.endpoint.vendor or target.endpoint.name
    if is_embedding and isinstance(answer.get("data"), list):
        answer = {**answer, "data": len(answer["data"])}  # vectors are nothing to look at
    if call.is_repeat:  # its tokens were used by the call that is given again
        answer = {name: value for name, value in answer.items() if name not in ("usage", "id")}
    if answer:
        found |= {"output.value": _dumped(answer), "output.mime_type": _JSON}
    return found


def _counts(call: Finished) -> dict[str, Any]:
    if call.is_repeat:
        return {"llm.cost.total": 0.0}
    usage = call.usage
    if usage is None:
        return {}
    given, made = "llm.token_count.prompt_details.", "llm.token_count.completion_details."
    found = {
        "llm.token_count.prompt": usage.input_tokens,
        "llm.token_count.completion": usage.output_tokens,
        "llm.token_count.total": usage.total_tokens,
        given + "cache_read": usage.cached_tokens,
        given + "cache_write": usage.cache_write_tokens,
        given + "cache_write_1h": usage.cache_write_1h_tokens,
        given + "audio": usage.input_audio_tokens,
        given + "image": usage.input_image_tokens,
        made + "reasoning": usage.reasoning_tokens,
        made + "audio": usage.output_audio_tokens,
        made + "image": usage.output_image_tokens,
    }
    if call.tells_cost and call.cost_nano is not None:
        return {
            "llm.cost.total": (call.cost_nano - call.again_nano) / NANO,
            **{name: value for name, value in found.items() if value is not None},
        }
    return {name: value for name, value in found.items() if value is not None}


def _metadata(call: Finished) -> dict[str, Any]:
    told: dict[str, Any] = {"request_id": call.id, "route": call.asked_for}
    if call.tally.target is not None:
        told["target"] = call.tally.target.id
    if call.holder.id:
        told["key"] = call.holder.name
    if call.tally.retries:
        told["retries"] = call.tally.retries
    if call.tally.fallbacks:
        told["fallbacks"] = call.tally.fallbacks
    if call.tally.attempts:
        told["failed_attempts"] = call.tally.attempts
    if call.cache:
        told["cache"] = call.cache
    if call.saved_nano:
        told["saved_usd"] = call.saved_nano / NANO
    if call.is_estimated:
        told["usage"] = "estimated"
    told |= call.notes
    given = call.body.get("metadata")
    return {**(given if isinstance(given, dict) else {}), "gateway": told}


def _dumped(value: Any) -> str:
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError:  # half a character, or nested more than 254 deep
        try:
            return json.dumps(value, separators=(",", ":"))
        except RecursionError:
            return json.dumps({"not_recorded": "nested too deeply"})


class Recorder:
    """Stores calls in the background, many at a time."""

    def __init__(self, spans: Spans) -> None:
        self._spans = spans
        self._waiting: deque[Finished] = deque()
        self._bytes = 0
        self._called = asyncio.Event()
        self.recorded = 0
        self.dropped = 0

    def take(self, call: Finished) -> None:
        """Have a call stored; never waits."""
        if len(self._waiting) >= MOST or self._bytes > MOST_BYTES:
            self.dropped += 1
            return
        self._waiting.append(call)
        self._bytes += call.size_bytes
        self._called.set()

    async def working(self) -> None:
        """Store until cancelled; what waits then is stored by `flush`."""
        while True:
            await self._called.wait()
            # What is made of many calls at once costs less, and hinders an answer less often.
            await asyncio.sleep(_GATHER_S)
            self._called.clear()
            await self.flush()

    async def flush(self) -> None:
        """Store what waits."""
        while self._waiting:
            calls = [self._waiting.popleft() for _ in range(min(_TOGETHER, len(self._waiting)))]
            size = sum(call.size_bytes for call in calls)
            self._bytes -= size
            await self._store(calls, size)

    async def _store(self, calls: Sequence[Finished], size: int) -> None:
        pause = 0.2
        for left in reversed(range(_TRIES)):
            try:
                await self._spans.store(lambda: self._made(calls), size)
            except Exception:
                if not left:
                    self.dropped += len(calls)
                    log.exception("%d calls of the gateway could not be recorded", len(calls))
                    return
                await asyncio.sleep(pause)
                pause *= 2
            else:
                self.recorded += len(calls)
                return

    def _made(self, calls: Sequence[Finished]) -> list[Source]:
        found: list[Source] = []
        for call in calls:
            try:
                found.append(source_of(call))
                found += [child(call) for child in call.children]
            except Exception:  # what a provider said, oddly: it must not cost the others' spans
                self.dropped += 1
                log.exception("call %s cannot be recorded", call.id)
        return found
