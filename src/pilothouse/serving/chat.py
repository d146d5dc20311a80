"""A conversation in front of any target: messages to its input, its output to a message.

A mount takes messages in one of these shapes, found once, when the app is built:

    list         a list of messages
    state        {"messages": […]}
    text         the last user's text; the rest is the history
    key          the first free input key of a chain of langchain-classic
    input        whatever the app's own `to_input` makes of them
    property:P   an object whose one required text is P
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from pilothouse.serving.errors import InvalidInput
from pilothouse.serving.values import to_json

if TYPE_CHECKING:
    from pilothouse.serving.mounts import Mount
    from pilothouse.serving.targets import Target

Messages = list[dict[str, Any]]
ANSWERS: Final = ("output", "answer", "response", "result", "text")
"""Keys of an object of which the first that is there is what it says."""
BESIDE: Final = frozenset(
    ("input", "question", "query", "chat_history", "context", "source_documents", "documents")
)
"""Keys of an object that go with an answer and are none: streams give them apart."""
FINISHES: Final = {"end_turn": "stop", "max_tokens": "length", "tool_use": "tool_calls"}
"""What providers call the ends of an answer that OpenAI calls otherwise."""


def shape_of(target: Target) -> str | None:
    """How a target takes a conversation; None where only `to_input=` could say."""
    if target.messages is not None:
        return target.messages
    if target.kind == "embeddings":
        return None
    told = target.input.json_schema()
    schema = _resolved(told, told)
    if not schema or set(schema) <= {"title", "description"}:
        return "text"
    if "anyOf" in schema:
        kinds = {_resolved(each, schema).get("type") for each in schema["anyOf"]}
        return "list" if "array" in kinds else "text" if "string" in kinds else None
    if schema.get("type") == "string":
        return "text"
    if schema.get("type") == "array":
        item = _resolved(schema.get("items", {}), schema)
        return "list" if item.get("type") not in ("integer", "number", "boolean") else None
    return _property(schema)


def _property(schema: Mapping[str, Any]) -> str | None:
    properties: Mapping[str, Any] = schema.get("properties", {})
    if "messages" in properties:
        return "state"
    required = schema.get("required", [])
    if len(required) != 1:
        return None
    kind = _resolved(properties.get(required[0], {}), schema).get("type")
    return f"property:{required[0]}" if kind in ("string", None) else None


def _resolved(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    name = str(schema.get("$ref", "")).removeprefix("#/$defs/")
    found: Mapping[str, Any] = root.get("$defs", {}).get(name, schema) if name else schema
    return found


def input_of(mount: Mount, messages: Messages) -> Any:
    """The target's input, not validated yet; raises InvalidInput."""
    if mount.to_input is not None:
        return mount.to_input(messages)
    shape = mount.shape
    if shape is None:
        raise InvalidInput(f"{mount.name!r} takes no conversation; its app names no to_input")
    if shape == "list":
        return messages
    if shape == "state":
        return {"messages": messages}
    text = text_of_content(messages[-1].get("content")) if messages else ""
    if shape == "text":
        return text
    if shape == "key":
        return {mount.target.keys[0]: text}  # type: ignore[attr-defined] # a Chain has them
    return {shape.removeprefix("property:"): text}


def text_of_content(content: Any) -> str:
    """The text of a message's content, whatever parts it has."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        texts = [p if isinstance(p, str) else str(p.get("text") or "") for p in content]
        return "".join(texts)
    return "" if content is None else str(content)


@dataclass(slots=True)
class Said:
    """An answer as a message of the assistant."""

    text: str = ""
    tool_calls: list[dict[str, Any]] = field(default_factory=list)
    """{"id", "name", "arguments"}, arguments as JSON text."""
    refusal: str | None = None
    finish_reason: str = "stop"
    usage: dict[str, Any] | None = None
    """LangChain's names: input_tokens, output_tokens, …"""
    model: str | None = None

    def message(self) -> dict[str, Any]:
        """As OpenAI writes it, and as threads keep it."""
        message: dict[str, Any] = {"role": "assistant", "content": self.text}
        if self.tool_calls:
            message["tool_calls"] = [
                {
                    "id": each["id"],
                    "type": "function",
                    "function": {"name": each["name"], "arguments": each["arguments"]},
                }
                for each in self.tool_calls
            ]
        return message


def said(mount: Mount, output: Any) -> Said:
    """What a target's output says."""
    if mount.to_output is not None:
        output = mount.to_output(output)
    return _said(output)


def _said(output: Any) -> Said:
    if isinstance(output, str):
        return Said(output)
    if output is None:
        return Said()
    if _is_message(output):
        return _of_message(output)
    if isinstance(output, Mapping):
        messages = output.get("messages")
        if isinstance(messages, Sequence) and messages:
            whole = _said(messages[-1])
            whole.usage = summed([m for m in messages if _is_message(m)]) or whole.usage
            return whole
        if output.get("role") == "assistant" and "content" in output:
            return _of_dict(output)
        for key in ANSWERS:
            if key in output:
                return _said(output[key])
        if output and output.keys() <= BESIDE:
            return Said()
    return Said(to_json(output).decode())


def _is_message(value: Any) -> bool:
    return hasattr(value, "content") and hasattr(value, "response_metadata")


def _of_message(message: Any) -> Said:
    metadata = message.response_metadata or {}
    given = metadata.get("finish_reason") or metadata.get("stop_reason") or "stop"
    calls = [
        {"id": c.get("id") or "", "name": c["name"], "arguments": json.dumps(c["args"])}
        for c in getattr(message, "tool_calls", ()) or ()
    ]
    return Said(
        text_of_content(message.content),
        calls,
        message.additional_kwargs.get("refusal"),
        "tool_calls" if calls else FINISHES.get(given, given),
        dict(usage) if (usage := getattr(message, "usage_metadata", None)) else None,
        metadata.get("model_name"),
    )


def _of_dict(message: Mapping[str, Any]) -> Said:
    calls = [
        {"id": c.get("id", ""), "name": f["name"], "arguments": f.get("arguments", "")}
        for c in message.get("tool_calls") or ()
        if (f := c.get("function"))
    ]
    reason = "tool_calls" if calls else "stop"
    text = text_of_content(message["content"])
    return Said(text, calls, message.get("refusal"), reason, message.get("usage"))


def summed(messages: Sequence[Any]) -> dict[str, Any] | None:
    """The usage of several messages; None where none says its own."""
    total: dict[str, Any] = {}
    for message in messages:
        for name, count in (getattr(message, "usage_metadata", None) or {}).items():
            if isinstance(count, int):
                total[name] = total.get(name, 0) + count
            elif isinstance(count, Mapping):
                inner = total.setdefault(name, {})
                for part, number in count.items():
                    inner[part] = inner.get(part, 0) + (number or 0)
    return total or None


def delta_of(piece: Any) -> Said:
    """What one piece of a stream adds."""
    if isinstance(piece, str):
        return Said(piece)
    if _is_message(piece):
        chunks = [
            {
                "id": c.get("id"),
                "name": c.get("name"),
                "arguments": c.get("args") or "",
                "index": c.get("index"),
            }
            for c in getattr(piece, "tool_call_chunks", ()) or ()
        ]
        metadata = piece.response_metadata or {}
        given = metadata.get("finish_reason") or metadata.get("stop_reason") or ""
        usage = getattr(piece, "usage_metadata", None)
        return Said(
            text_of_content(piece.content),
            chunks,
            None,
            FINISHES.get(given, given),
            dict(usage) if usage else None,
            metadata.get("model_name"),
        )
    return _said(piece)
