"""The content of a span for its page: messages, tools, documents, exceptions and more."""

from __future__ import annotations

from typing import Any, Final

from pilothouse.dialects.documents import documents_in
from pilothouse.dialects.embeddings import embedding_inputs
from pilothouse.dialects.errors import exceptions
from pilothouse.dialects.fields import conversation, first, view_of
from pilothouse.dialects.view import View
from pilothouse.spans.messages import (
    Message,
    finish_reason,
    messages,
    tool_calls,
)
from pilothouse.spans.model import Content, Fields, Source
from pilothouse.spans.parsing import js, parsed, text_of
from pilothouse.spans.parts import parts

_MEDIA: Final = ("image", "audio", "file")
"""A tuple: what others call a type need not be hashable."""


def content(source: Source, fields: Fields) -> Content:
    """What the page of one span shows; `fields` are those that `derive` read from it."""
    view = view_of(source)
    view.kind = fields.kind
    rows = view.plan.fields
    said_in = messages_in(view)
    said_out = messages_out(view)
    return Content(
        messages_in=said_in,
        messages_out=said_out,
        parameters=_parameters(view),
        tools=_tools(view),
        tool_calls=tool_calls(said_out),
        tool_call_id=_tool_call_id(view, fields),
        documents=documents_in(view),
        embedding_inputs=embedding_inputs(view, fields.input),
        prompt_template=first(rows["prompt_template"], view),
        prompt_variables=first(rows["prompt_variables"], view) or {},
        exceptions=(
            exceptions(view) if fields.status == "error" or source.events or source.logs else []
        ),
        attachments=[
            p for m in (*said_in, *said_out) for p in m["parts"] if p.get("type") in _MEDIA
        ],
        input=_value(fields.input, fields.input_mime_type),
        output=_value(fields.output, fields.output_mime_type),
    )


def _value(text: str, mime_type: str) -> Any:
    """Parsed JSON where the text is JSON, else the text; None where there is none."""
    if not text:
        return None
    if "json" in mime_type:
        found = js(text)
        return text if found is None and text.strip() != "null" else found
    return parsed(text)


# ------------------------------------------------------------------------------------- messages


def messages_in(view: View) -> list[Message]:
    """The input messages, the system prompt first even where it was recorded beside them."""
    found = messages(conversation(view, "messages_in"), "user")
    if view.kind in ("tool", "embedding", "retriever", "reranker"):
        return found
    system = first(view.plan.fields["instructions"], view)
    if system and not any(m["role"] == "system" for m in found):
        told = parts(system.get("parts", system) if type(system) is dict else system)
        if told:
            found.insert(0, {"role": "system", "parts": told})
    return found


def messages_out(view: View) -> list[Message]:
    """The output messages, the last with the reason why the model stopped."""
    found = messages(conversation(view, "messages_out"), "assistant")
    if found and "finish_reason" not in found[-1]:
        reason = finish_reason(first(view.plan.fields["finish_reason"], view))
        if reason:
            found[-1]["finish_reason"] = reason
    return found


# ------------------------------------------------------------------------------------ the rest


def _parameters(view: View) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for read in view.plan.fields["parameters"]:
        for name, value in read(view).items():
            if value is not None:
                found.setdefault(name, value)
    return found


def _tools(view: View) -> list[dict[str, Any]]:
    found = first(view.plan.fields["tools"], view)
    return [tool for raw in found or () if (tool := _definition(raw))["name"]]


def _definition(raw: Any) -> dict[str, Any]:
    """One definition; OpenAI nests it under `function`."""
    raw = js(raw)
    if type(raw) is str:
        return {"name": raw}
    if type(raw) is not dict:
        return {"name": ""}
    inner = next(
        (raw[k] for k in ("function", "toolSpec", "data") if type(raw.get(k)) is dict), raw
    )
    out: dict[str, Any] = {"name": text_of(inner.get("name") or inner.get("type"))}
    if inner.get("description"):
        out["description"] = text_of(inner["description"])
    for key in (
        "parameters",
        "inputSchema",
        "input_schema",
        "parameters_json_schema",
        "parametersJsonSchema",
    ):
        schema = js(inner.get(key))
        if schema is not None:
            out["parameters"] = schema
            break
    return out


def _tool_call_id(view: View, fields: Fields) -> str:
    if view.kind != "tool":
        return ""
    found: str = first(view.plan.fields["tool_call_id"], view)
    if found:
        return found
    for event in view.source.events:
        if event.name in ("gen_ai.tool.message", "gen_ai.choice") and event.attributes.get("id"):
            return text_of(event.attributes["id"])
    return _answered_call(parsed(fields.output), 0)


def _answered_call(value: Any, depth: int) -> str:
    """`tool_call_id` of a serialised tool message, which wrappers may surround."""
    if type(value) is not dict or depth > 4:
        return ""
    if type(value.get("tool_call_id")) is str:
        return str(value["tool_call_id"])
    for key in ("output", "outputs", "kwargs", "data"):
        found = _answered_call(value.get(key), depth + 1)
        if found:
            return found
    return ""
