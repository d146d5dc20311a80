"""The fields of a span, read out of its source in the order of the table.

This runs for every span that comes in, so it looks only where the plan says there is something.
"""

from __future__ import annotations

from typing import Any, Final

from pilothouse.dialects import changed_tags, langfuse, openinference
from pilothouse.dialects.embeddings import embedding_inputs
from pilothouse.dialects.errors import outcome
from pilothouse.dialects.events import first_token, overlaid
from pilothouse.dialects.plan import Read, Row
from pilothouse.dialects.readable import answered, last_said, readable
from pilothouse.dialects.table import ENVIRONMENT, PLANNER, RELEASE
from pilothouse.dialects.view import View
from pilothouse.spans.messages import raw_messages
from pilothouse.spans.model import Attributes, Fields, ReportedCost, Source, Usage
from pilothouse.spans.parsing import clip, dumps, parsed
from pilothouse.spans.usage import usage_of

CONVERSING: Final = frozenset(("llm", "agent", "chain", "prompt", "guardrail", "evaluator", "span"))
"""Kinds whose spans may show messages; the others carry arguments, queries and texts."""


def view_of(source: Source) -> View:
    """The span as the dialects' functions want it, log records folded in."""
    attributes = overlaid(source) if source.logs else source.attributes
    view = View(source, attributes, PLANNER.plan(source.scope_name, attributes))
    for read in view.plan.fields["kind"]:
        kind = read(view)
        if kind:
            view.kind = kind
            break
    return view


def first(reads: tuple[Read, ...], view: View) -> Any:
    """The first answer that says something, else ""."""
    for read in reads:
        found = read(view)
        if found:
            return found
    return ""


def derive(source: Source) -> Fields:  # noqa: C901 - calls would cost more than the branches
    """What lists show, filter, sort and sum by."""
    view = view_of(source)
    plan = view.plan
    rows = plan.fields
    kind = view.kind
    found: dict[str, Any] = {}
    for field, reads in plan.simple:
        for read in reads:
            value = read(view)
            if value:
                found[field] = value
                break
    if "session_id" in found:
        found["session_explicit"] = True
    elif rows["conversation"]:
        found["session_id"] = first(rows["conversation"], view)
    if rows["usage"]:
        found["usage"] = usage_in(view)
    if rows["cost"]:
        found["cost"] = _cost(view, found.get("usage"))
    if rows["metadata"]:
        found["metadata"] = _metadata(view)
    if rows["streaming"] or rows["first_token"] or source.events:
        found["streaming"], found["first_token_ns"] = streamed(view)
    if kind == "tool":
        tool = first(rows["tool_name"], view) or found.get("name") or source.name
        found["name"] = found["tool_name"] = tool
    elif "name" not in found:
        found["name"] = source.name
    if changed_tags.KEY in source.attributes:
        change = source.attributes[changed_tags.KEY]
        found["tags"] = changed_tags.changed(found.get("tags", ()), change)
    _fill_texts(view, found)
    if source.status_code == 2 or rows["is_error"] or source.events or source.logs:
        found["status"], found["status_message"], found["error_type"] = outcome(view)
    else:
        found["status"] = "ok" if source.status_code == 1 else "unset"
        found["status_message"] = source.status_message
    environment, release = _of_resource(source.resource)
    return Fields(
        kind=kind,
        environment=first(rows["environment"], view) or environment,
        release=first(rows["release"], view) or release,
        **found,
    )


_resource: tuple[Attributes, str, str] = ({}, "", "")
"""The resource read last: the spans of a request share one."""


def _of_resource(resource: Attributes) -> tuple[str, str]:
    """The environment and the release that a resource names."""
    global _resource  # noqa: PLW0603 - a cache of one; assigned whole, so threads cannot mix it up
    last, environment, release = _resource
    if last is not resource:
        environment, release = _named(resource, ENVIRONMENT), _named(resource, RELEASE)
        _resource = (resource, environment, release)
    return environment, release


def _named(attributes: Attributes, rows: tuple[Row, ...]) -> str:
    values = (attributes.get(key) for row in rows for key in row.keys)
    return next((value for value in values if value and type(value) is str), "")


def _metadata(view: View) -> dict[str, str]:
    found: dict[str, str] = {}
    for read in view.plan.fields["metadata"]:
        entries = read(view)
        if entries:
            found = {**entries, **found} if found else entries
    return found


# --------------------------------------------------------------------------------- usage and cost


def usage_in(view: View) -> Usage | None:
    """The counts of one family, its gaps filled from the details."""
    rows = view.plan.fields
    for read in rows["usage"]:
        counts: dict[str, Any] | None = read(view)
        if not counts:
            continue
        own_input = counts.get("input")
        if own_input is None and counts.get("output") is None and counts.get("total") is None:
            continue
        if counts.pop("exclusive_input", None) == own_input is not None:
            counts["exclusive"] = True
        for fill in rows["usage_details"]:
            _fill_gaps(counts, fill(view))
        return usage_of(**counts)
    return None


def _fill_gaps(counts: dict[str, Any], details: dict[str, Any]) -> None:
    reported = details.pop("exclusive_input", None)
    if reported is not None and reported == counts.get("input"):
        counts["exclusive"] = bool(details.get("cached") or details.get("cache_write"))
    for name, value in details.items():
        if value is not None and counts.get(name) is None:
            counts[name] = value


def _cost(view: View, usage: Usage | None) -> ReportedCost | None:
    """What the sender says it cost; a zero beside tokens only says that it knew no price."""
    for read in view.plan.fields["cost"]:
        found: ReportedCost | None = read(view)
        if found is not None:
            if usage is not None and not found.total and not found.input and not found.output:
                tokens = usage.total_tokens or usage.input_tokens or usage.output_tokens
                return None if tokens else found
            if found.total is None and found.input is not None and found.output is not None:
                found.total = found.input + found.output
            return found
    return None


# ------------------------------------------------------------------------------------ streaming


def streamed(view: View) -> tuple[bool | None, int | None]:
    """Whether the answer was streamed and when its first piece came."""
    rows = view.plan.fields
    flag: bool | None = None
    for read in rows["streaming"]:
        flag = read(view)
        if flag is not None:
            break
    if flag is False:
        return False, None
    at: int | None = None
    for read in rows["first_token"]:
        at = read(view)
        if at is not None:
            break
    if at is None and view.source.events:
        at = first_token(view)
    if at is not None and at < view.source.start_ns:
        at = None
    return (True, at) if flag or at is not None else (None, None)


# ------------------------------------------------------------------------- input and output text


def _fill_texts(view: View, found: dict[str, Any]) -> None:
    """Input and output as text, where each was copied from, and their previews."""
    plan = view.plan
    text, key = _raw(view, plan.input_keys)
    if not text:
        text = _composed(view, "messages_in", "tool_input")
    if text:
        mime_type, preview = _shown(view, text, "input.mime_type", _asked(view, key, text))
        found["input"] = text
        found["input_key"] = key
        found["input_mime_type"] = mime_type
        if preview is None:
            preview = readable(parsed(text), text, output=False)
        found["input_preview"] = preview
    text, key = _raw(view, plan.output_keys)
    if not text:
        text = _composed(view, "messages_out", "tool_output")
    if text:
        mime_type, preview = _shown(view, text, "output.mime_type", _answered(view, key))
        found["output"] = text
        found["output_key"] = key
        found["output_mime_type"] = mime_type
        if preview is None:
            preview = readable(parsed(text), text, output=True)
        found["output_preview"] = preview


def _shown(view: View, text: str, mime_key: str, said: str | None) -> tuple[str, str | None]:
    """The MIME type of a text, and a preview if it is a conversation, be it of empty messages."""
    mime_type = view.attributes.get(mime_key)
    if not mime_type or type(mime_type) is not str:
        structured = text[:1] in "{[" and type(parsed(text)) in (dict, list)
        mime_type = "application/json" if structured else "text/plain"
    return mime_type, None if said is None else clip(said)


def _asked(view: View, key: str, text: str) -> str | None:
    """What was last said to a model or embedded, None where the input is neither."""
    if view.kind == "embedding":
        return ", ".join(embedding_inputs(view, text)) or None
    if view.kind != "llm" and key not in _MESSAGE_KEYS:
        return None
    if openinference.INPUT in view.plan.groups:
        found = openinference.last_user_text(view)
        if found:
            return found
    return last_said(conversation(view, "messages_in"))


def _answered(view: View, key: str) -> str | None:
    """What a model answered, None where the output is not an answer."""
    if view.kind != "llm" and key not in _MESSAGE_KEYS:
        return None
    if openinference.OUTPUT in view.plan.groups:
        found = openinference.output_text(view)
        if found:
            return found
    return answered(conversation(view, "messages_out"))


_MESSAGE_KEYS: Final = frozenset(
    (
        "",
        "gen_ai.input.messages",
        "gen_ai.output.messages",
        "ai.prompt.messages",
        "events",
        "pydantic_ai.all_messages",
        "all_messages_events",
        "gcp.vertex.agent.llm_request",
        "gcp.vertex.agent.llm_response",
        "ai.response.toolCalls",
    )
)


def _raw(view: View, keys: tuple[str, ...]) -> tuple[str, str]:
    """The first attribute that holds the text, and its name if the text is a copy of it."""
    for key in keys:
        value = view.attributes[key]
        if type(value) is str:
            # The length first: looking for a text in a set hashes all of it.
            if value and (len(value) > 16 or value not in _NOTHING) and not _of_trace(view, key):
                return value, key if view.source.attributes.get(key) is value else ""
        elif value not in (None, [], {}):
            return dumps(value), ""
    return "", ""


_NOTHING: Final = frozenset(("{}", "null", '{"output":null}', '{"output": null}'))
"""How senders write that there is nothing."""


def _of_trace(view: View, key: str) -> bool:
    """Whether an attribute speaks of the trace and the span does not stand for it."""
    return key.startswith("langfuse.trace.") and not langfuse.stands_for_trace(view)


def _composed(view: View, rows: str, tool_rows: str) -> str:
    """JSON put together from messages where no single attribute holds the text."""
    if view.kind == "tool":
        found = first(view.plan.fields[tool_rows], view) if view.source.events else ""
        return found if type(found) is str else dumps(found)
    if view.kind == "embedding":
        texts = first(view.plan.fields["embedding_inputs"], view) if rows == "messages_in" else None
        if texts:
            return texts[0] if len(texts) == 1 else dumps(texts)
    found = conversation(view, rows)
    if type(found) is str:
        return found
    return dumps(found) if found else ""


def conversation(view: View, rows: str) -> Any:
    """What the first row of a message list gives that holds messages, as its sender wrote it."""
    memo = view.memo
    if memo is None:
        memo = view.memo = {}
    name = "rows " + rows
    if name not in memo:
        memo[name] = _conversation(view, rows) if view.kind in CONVERSING else None
    return memo[name]


def _conversation(view: View, rows: str) -> Any:
    for read in view.plan.fields[rows]:
        found = read(view)
        if found and (view.kind == "llm" or raw_messages(found, loose=False)):
            return found
    return None
