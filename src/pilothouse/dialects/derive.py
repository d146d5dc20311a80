"""The fields of a span, read out of its source in the order of the table.

This runs for every span that comes in, so it looks only where the plan says there is something.
"""

from __future__ import annotations

from typing import Any, Final

from pilothouse.dialects import openinference
from pilothouse.dialects.errors import outcome
from pilothouse.dialects.events import first_token, overlaid
from pilothouse.dialects.plan import Read
from pilothouse.dialects.readable import answered, last_said, readable
from pilothouse.dialects.table import ENVIRONMENT, PLANNER, RELEASE
from pilothouse.dialects.view import View
from pilothouse.spans.messages import raw_messages
from pilothouse.spans.model import Fields, ReportedCost, Source, Usage
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


def derive(source: Source) -> Fields:
    """What lists show, filter, sort and sum by."""
    view = view_of(source)
    rows = view.plan.fields
    kind = view.kind
    status, status_message, error_type = outcome(view)
    usage = usage_in(view) if rows["usage"] else None
    session = first(rows["session"], view)
    explicit = bool(session)
    if not explicit:
        session = first(rows["conversation"], view)
    streaming, token_ns = streamed(view)
    tool = ""
    if kind == "tool":
        tool = first(rows["tool_name"], view) or source.name
    texts = _Texts(view)
    return Fields(
        name=tool or first(rows["name"], view) or source.name,
        kind=kind,
        status=status,
        status_message=status_message,
        error_type=error_type,
        trace_name=first(rows["trace_name"], view),
        model=first(rows["response_model"], view) or first(rows["request_model"], view),
        provider=first(rows["provider"], view),
        response_id=first(rows["response_id"], view),
        usage=usage,
        cost=_cost(view, usage) if rows["cost"] else None,
        streaming=streaming,
        first_token_ns=token_ns,
        session_id=session,
        session_explicit=explicit,
        user_id=first(rows["user"], view),
        tags=first(rows["tags"], view) or [],
        metadata=_metadata(view) if rows["metadata"] else {},
        environment=_named(view, ENVIRONMENT),
        release=_named(view, RELEASE),
        tool_name=tool,
        prompt_name=first(rows["prompt_name"], view),
        prompt_version=first(rows["prompt_version"], view),
        input=texts.input,
        output=texts.output,
        input_key=texts.input_key,
        output_key=texts.output_key,
        input_mime_type=texts.input_mime_type,
        output_mime_type=texts.output_mime_type,
        input_preview=texts.input_preview,
        output_preview=texts.output_preview,
    )


def _named(view: View, keys: tuple[str, ...]) -> str:
    """The first of some attributes, on the span or else on its resource."""
    resource = view.source.resource
    for key in keys:
        value = view.attributes.get(key) or resource.get(key)
        if value and type(value) is str:
            return value
    return ""


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
    counts: dict[str, Any] | None = None
    for read in view.plan.fields["usage"]:
        found = read(view)
        if found and not (
            found.get("input") is None
            and found.get("output") is None
            and found.get("total") is None
        ):
            counts = dict(found)
            break
    if counts is None:
        return None
    for read in view.plan.fields["usage_details"]:
        details = read(view)
        reported = details.pop("exclusive_input", None)
        if reported is not None and reported == counts.get("input"):
            counts["exclusive"] = bool(details.get("cached") or details.get("cache_write"))
        for name, value in details.items():
            if value is not None and counts.get(name) is None:
                counts[name] = value
    reported = counts.pop("exclusive_input", None)
    if reported is not None and reported == counts.get("input"):
        counts["exclusive"] = True
    return usage_of(**counts)


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


class _Texts:
    """Input and output as text, where each was copied from, and their previews."""

    __slots__ = (
        "input",
        "input_key",
        "input_mime_type",
        "input_preview",
        "output",
        "output_key",
        "output_mime_type",
        "output_preview",
    )

    def __init__(self, view: View) -> None:
        plan = view.plan
        self.input, self.input_key = _raw(view, plan.input_keys)
        self.output, self.output_key = _raw(view, plan.output_keys)
        if not self.input:
            self.input = _composed(view, "messages_in", "tool_input", "user")
        if not self.output:
            self.output = _composed(view, "messages_out", "tool_output", "assistant")
        self.input_mime_type = _mime_type(view, self.input, "input.mime_type")
        self.output_mime_type = _mime_type(view, self.output, "output.mime_type")
        self.input_preview = self._preview_in(view)
        self.output_preview = self._preview_out(view)

    def _preview_in(self, view: View) -> str:
        if view.kind == "llm" or _only_messages(self.input_key):
            if view.plan.groups.get(openinference.INPUT):
                found = openinference.last_user_text(view)
                if found:
                    return clip(found)
            found = last_said(conversation(view, "messages_in"))
            if found:
                return clip(found)
        return readable(self.input, output=False)

    def _preview_out(self, view: View) -> str:
        if view.kind == "llm" or _only_messages(self.output_key):
            if view.plan.groups.get(openinference.OUTPUT):
                found = openinference.output_text(view)
                if found:
                    return clip(found)
            found = answered(conversation(view, "messages_out"))
            if found:
                return clip(found)
        return readable(self.output, output=True)


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


def _only_messages(key: str) -> bool:
    return key in _MESSAGE_KEYS


def _raw(view: View, keys: tuple[str, ...]) -> tuple[str, str]:
    """The first attribute that holds the text, and its name if the text is a copy of it."""
    for key in keys:
        value = view.attributes[key]
        if type(value) is str:
            if value and value != "{}":
                return value, key if view.source.attributes.get(key) is value else ""
        elif value not in (None, [], {}):
            return dumps(value), ""
    return "", ""


def _composed(view: View, rows: str, tool_rows: str, role: str) -> str:
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
    if view.kind not in CONVERSING:
        return None
    for read in view.plan.fields[rows]:
        found = read(view)
        if found and (view.kind == "llm" or raw_messages(found, loose=False)):
            return found
    return None


def _mime_type(view: View, text: str, key: str) -> str:
    said = view.attributes.get(key)
    if said and type(said) is str:
        return said
    if not text:
        return ""
    if text[:1] in "{[" and type(parsed(text)) in (dict, list):
        return "application/json"
    return "text/plain"
