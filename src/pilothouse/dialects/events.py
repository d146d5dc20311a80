"""Content that travels as span events or as log records of the span (precedence rows 8 to 11)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from pilothouse.dialects.view import View
from pilothouse.spans.model import Attributes, LogRecord, Source
from pilothouse.spans.parsing import js, parsed

DETAILS: Final = "gen_ai.client.inference.operation.details"
EXCEPTION: Final = "gen_ai.client.operation.exception"
EVALUATION: Final = "gen_ai.evaluation.result"
IN: Final = "gen_ai.input.messages"
OUT: Final = "gen_ai.output.messages"
INSTRUCTIONS: Final = "gen_ai.system_instructions"

_ROLES: Final = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
}
_CHOICE: Final = "gen_ai.choice"
_CONTENT: Final = frozenset((IN, OUT, INSTRUCTIONS))
_SHARED: Final = (
    "session.id",
    "user.id",
    "enduser.id",
    "gen_ai.conversation.id",
    "gen_ai.provider.name",
    "gen_ai.system",
)
"""What any record of a span may say about the span; only details records say everything."""


def event_name(record: LogRecord) -> str:
    """The record's event name; old senders put it into an attribute."""
    name = record.event_name or record.attributes.get("event.name")
    return name if type(name) is str else ""


def in_order(logs: Iterable[LogRecord]) -> list[LogRecord]:
    """Records by time and position: the result must not depend on how they arrived."""
    return sorted(logs, key=lambda r: (r.time_ns, r.position))


def overlaid(source: Source) -> Attributes:
    """The span's attributes, and beneath them what its log records say; content stays apart."""
    below: Attributes = {}
    for record in in_order(source.logs):
        name = event_name(record)
        if name == DETAILS:
            below.update(
                (k, v)
                for k, v in record.attributes.items()
                if k not in _CONTENT and k != "event.name"
            )
        elif name not in (EVALUATION, EXCEPTION):
            for key in _SHARED:
                if key in record.attributes:
                    below[key] = record.attributes[key]
    if not below:
        return source.attributes
    return {**below, **{k: v for k, v in source.attributes.items() if v not in ("", None)}}


# ------------------------------------------------------------------------------ details records


def _merged(found: Iterable[Attributes], key: str) -> Any:
    """The value of `key` where any of several records holds it; the last one wins."""
    for attributes in reversed(list(found)):
        value = js(attributes.get(key))
        if value not in (None, "", [], {}):
            return value
    return None


def _event_details(view: View) -> Iterator[Attributes]:
    return (e.attributes for e in view.source.events if e.name == DETAILS)


def _log_details(view: View) -> Iterator[Attributes]:
    for record in in_order(view.source.logs):
        if event_name(record) == DETAILS:
            body = parsed(record.body)
            yield {**body, **record.attributes} if type(body) is dict else record.attributes


def details_input(view: View) -> Any:
    """Row 8."""
    return _merged(_event_details(view), IN) if view.source.events else None


def details_output(view: View) -> Any:
    """Row 8."""
    return _merged(_event_details(view), OUT) if view.source.events else None


def details_instructions(view: View) -> Any:
    """The system prompt of row 8 or 11."""
    source = view.source
    found = _merged(_event_details(view), INSTRUCTIONS) if source.events else None
    if found is None and source.logs:
        found = _merged(_log_details(view), INSTRUCTIONS)
    return found


# --------------------------------------------------------------------------- one event a message


def message_input(view: View) -> Any:
    """Row 9: an event a message."""
    events = view.source.events
    if not events:
        return None
    return [_from_event(_ROLES[e.name], e.attributes) for e in events if e.name in _ROLES] or None


def message_output(view: View) -> Any:
    """Row 9: an event a choice."""
    events = view.source.events
    if not events:
        return None
    return [_choice(e.attributes) for e in events if e.name == _CHOICE] or None


def _from_event(role: str, attributes: Attributes) -> Any:
    whole = js(attributes.get("gen_ai.event.content"))
    if type(whole) is dict:
        return {"role": role, **whole}
    found = {"role": attributes.get("role") or role, "content": blocks(attributes.get("content"))}
    if type(whole) is str and not found["content"]:
        found["content"] = whole
    for key in ("tool_calls", "id", "name"):
        if attributes.get(key):
            found[key] = js(attributes[key])
    return found


def _choice(attributes: Attributes) -> Any:
    whole = js(attributes.get("gen_ai.event.content"))
    if type(whole) is dict:
        return whole if "message" in whole else {"role": "assistant", **whole}
    content: Any = attributes.get("message.content")
    if content is None:
        content = attributes.get("message", attributes.get("content"))
    found = blocks(content)
    if type(found) is dict and ("content" in found or "role" in found or "tool_calls" in found):
        message = {"role": "assistant", **found}
    else:
        message = {"role": attributes.get("message.role") or "assistant", "content": found}
    for key in ("tool_calls", "message.tool_calls"):
        if attributes.get(key):
            message.setdefault("tool_calls", js(attributes[key]))
    if attributes.get("finish_reason"):
        message["finish_reason"] = attributes["finish_reason"]
    return message


def blocks(content: Any) -> Any:
    """Content blocks out of their JSON text; a text that only looks like JSON stays text."""
    if type(content) is str and content.lstrip()[:2] in ("[{", '{"'):
        found = parsed(content)
        if type(found) is dict or (type(found) is list and all(type(b) is dict for b in found)):
            return found
    return content


# -------------------------------------------------------------------------- old content events


def prompt_input(view: View) -> Any:
    """Row 10: one event with the whole prompt."""
    return _content(view, "gen_ai.content.prompt", "gen_ai.prompt")


def completion_output(view: View) -> Any:
    """Row 10: one event with the whole completion."""
    return _content(view, "gen_ai.content.completion", "gen_ai.completion")


def _content(view: View, name: str, key: str) -> Any:
    for event in view.source.events:
        if event.name == name and event.attributes.get(key):
            return event.attributes[key]
    return None


# ------------------------------------------------------------------------------------ log records


def log_input(view: View) -> Any:
    """Row 11: log records of the span."""
    if not view.source.logs:
        return None
    found = _merged(_log_details(view), IN)
    if found is not None:
        return found
    return [
        _from_record(_ROLES[event_name(r)], r)
        for r in in_order(view.source.logs)
        if event_name(r) in _ROLES
    ] or None


def log_output(view: View) -> Any:
    """Row 11: log records of the span."""
    if not view.source.logs:
        return None
    found = _merged(_log_details(view), OUT)
    if found is not None:
        return found
    records = (r for r in in_order(view.source.logs) if event_name(r) == _CHOICE)
    return [_from_record("assistant", r) for r in records] or None


def _from_record(role: str, record: LogRecord) -> Any:
    body = parsed(record.body)
    if type(body) is dict:
        return {"role": role, **body} if "message" not in body else body
    if body in (None, ""):
        return (
            _choice(record.attributes)
            if role == "assistant"
            else _from_event(role, record.attributes)
        )
    return {"role": role, "content": body}


# ------------------------------------------------------------------------------- first token


FIRST_TOKEN_EVENTS: Final = frozenset(
    (
        "First Token Stream Event",
        "ai.stream.firstChunk",
        "gen_ai.content.completion.chunk",
        "llm.content.completion.chunk",
    )
)


def first_token(view: View) -> int | None:
    """When the first piece of the answer came, where an event marks it."""
    times = [e.time_ns for e in view.source.events if e.name in FIRST_TOKEN_EVENTS]
    return min(times) if times else None
