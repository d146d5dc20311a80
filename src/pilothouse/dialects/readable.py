"""The text that a person would call an input or output, looked for inside wrappers."""

from __future__ import annotations

from typing import Any, Final

from pilothouse.spans.messages import (
    calls_as_text,
    last_user_text,
    message,
    message_text,
    raw_messages,
    results_as_text,
    spoken_as_text,
)
from pilothouse.spans.parsing import blob_preview, clip, dumps, is_blob, literal, parsed
from pilothouse.spans.parts import is_text_block

_DEPTH: Final = 6
_WRAPPERS: Final = ("inputs", "outputs", "input", "output", "query")
_HINTS: Final = frozenset(
    (
        *_WRAPPERS,
        *("input_str", "args", "kwargs", "task", "page_content", "role", "_role", "parts"),
        *("content", "blocks", "messages", "replies", "choices", "generations", "contents"),
        *(
            "prompts",
            "prompt",
            "lc",
            "message",
            "tool_calls",
            "tool_name",
            "type",
            "update",
            "data",
            "raw",
        ),
        *("result", "text"),
    )
)
"""Keys without one of which an object is no wrapper and no message."""
_CALLED_WITH: Final = frozenset(("args", "kwargs", "sanitize_inputs_outputs"))
"""What a function was called with, and what smolagents keeps beside it."""
_TOOL_CALL: Final = frozenset(("tool_name", "arguments"))
"""How Traceloop writes a call over MCP."""
_NAMED: Final = (("raw", "json_dict"), ("task", "additional_args"))
"""The text among an object's entries, and the entry that tells whose object it is: the result of a
crew, the task of one of smolagents' agents."""
_BESIDE: Final = frozenset(("tags", "metadata", "kwargs"))
"""What Traceloop keeps beside the wrapped value."""


def last_said(raws: Any) -> str | None:
    """The last user text among raw messages, else what the last says; None if there are none."""
    found = raw_messages(raws, "user")
    if not found:
        return None
    # Of many messages only as many are normalised as needed.
    return last_user_text(message(raw) for raw in reversed(found)) or _answer(found[-1])


def answered(raws: Any) -> str | None:
    """The text of the last of some raw output messages, or the tools it calls; None as above."""
    found = raw_messages(raws, "assistant")
    return _answer(found[-1]) if found else None


def _answer(raw: Any) -> str:
    last = message(raw, "assistant")
    return (
        message_text(last) or calls_as_text(last) or results_as_text(last) or spoken_as_text(last)
    )


def readable(value: Any, text: str, *, output: bool) -> str:
    """At most 256 characters of what `value` says; `text` is what it was decoded from."""
    return clip(text if value is text else _inside(value, output, 0, text))


def _text(value: Any, output: bool, depth: int) -> str:
    if type(value) is not str:
        return "" if value is None else _inside(value, output, depth, "")
    found = parsed(value)
    return value if found is value else _inside(found, output, depth, value)


def _inside(value: Any, output: bool, depth: int, text: str) -> str:
    """The text in a decoded value; `text` is what it was decoded from."""
    if type(value) is str:
        return value
    if is_blob(value):
        return blob_preview(value)
    if depth <= _DEPTH:
        found = _unwrapped(value, output, depth + 1)
        if found:
            return found
    return text or dumps(value)


def _unwrapped(value: Any, output: bool, depth: int) -> str:
    if type(value) is list and value and type(value[0]) is dict:
        if all(map(is_text_block, value)):
            return "".join(block["text"] for block in value)
        if all(map(_is_text, value)):
            return "".join(block["content"] for block in value)
        return _said(value, output) if not _HINTS.isdisjoint(value[0]) else ""
    if type(value) is not dict or not value:
        return ""
    if len(value) == 1:
        (only,) = value.values()
        if type(only) is str:
            return only
    if _HINTS.isdisjoint(value):
        return ""
    return _wrapped(value, output, depth) or _said(value, output)


def _is_text(value: Any) -> bool:
    """Whether a value is a text part of the GenAI conventions."""
    return type(value) is dict and value.get("type") == "text" and type(value.get("content")) is str


def _wrapped(value: dict[str, Any], output: bool, depth: int) -> str:
    """The text in one of the wrappers that decorators and callbacks put around it."""
    given = value.get("input_str")
    if type(given) is str:  # Traceloop: a Python literal
        found = literal(given)
        return given if found is given else dumps(found)
    for key in _WRAPPERS:
        if key in value and value.keys() - {key} <= _BESIDE:
            return _text(value[key], output, depth)
    for key, beside in _NAMED:
        if beside in value and type(value.get(key)) is str:
            return str(value[key])
    if value.keys() == _TOOL_CALL:
        return _text(value["arguments"], output, depth)
    if value.keys() <= _CALLED_WITH:
        return _arguments(value.get("args"), value.get("kwargs"), output, depth)
    blocks = value.get("blocks")
    if type(blocks) is list and "role" not in value and all(map(is_text_block, blocks)):
        return "".join(block["text"] for block in blocks)  # what LlamaIndex's tools give back
    content = value.get("page_content")
    return content if type(content) is str else ""


def _said(value: Any, output: bool) -> str:
    found = raw_messages(value, "assistant" if output else "user", loose=False)
    return (answered(found) if output else last_said(found)) or ""


def _arguments(args: Any, kwargs: Any, output: bool, depth: int) -> str:
    if type(args) is list and len(args) == 1 and not kwargs:
        return _text(args[0], output, depth)
    if not args and type(kwargs) is dict and len(kwargs) == 1:
        return _text(next(iter(kwargs.values())), output, depth)
    return ""
