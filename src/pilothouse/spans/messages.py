"""Messages and their parts in one shape, whatever SDK or framework wrote them.

`messages()` reads OpenAI (chat and responses), Anthropic, Bedrock, Google, LangChain (three
serialisations), LlamaIndex, Haystack, Vercel and the GenAI conventions' own form. A message is
`{"role", "parts", "name"?, "finish_reason"?}`; `docs/reference/span.md` lists the parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from pilothouse.spans.media import audio, media
from pilothouse.spans.parsing import dumps, is_blob, js, parsed, text_of
from pilothouse.spans.parts import (
    RESULT_KEYS,
    RESULT_TYPES,
    Part,
    call,
    each_part,
    is_text_block,
    part,
    plain_result,
    text_part,
)

Message = dict[str, Any]

_DEPTH: Final = 12
"""Wrappers within wrappers that we look through; deeper is somebody's joke."""

ROLES: Final = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "ai": "assistant",
    "model": "assistant",
    "bot": "assistant",
    "chatbot": "assistant",
    "tool": "tool",
    "function": "tool",
    "ipython": "tool",
    "systemmessage": "system",
    "humanmessage": "user",
    "aimessage": "assistant",
    "toolmessage": "tool",
    "functionmessage": "tool",
    "systemmessagechunk": "system",
    "humanmessagechunk": "user",
    "aimessagechunk": "assistant",
    "toolmessagechunk": "tool",
}
FINISH_REASONS: Final = {
    "tool_calls": "tool_call",
    "tool-calls": "tool_call",
    "tool_use": "tool_call",
    "function_call": "tool_call",
    "end_turn": "stop",
    "max_tokens": "length",
    "content-filter": "content_filter",
}


def role_of(value: Any, default: str) -> str:
    """One of our four roles for any spelling of it; an unknown one is kept in lower case."""
    if type(value) is not str or not value:
        return default
    role = value.lower()
    if "." in role:  # `MessageRole.USER`
        role = role.rpartition(".")[2]
    if role == "unknown":  # Traceloop, of the pieces of a streamed answer
        return default
    return ROLES.get(role, role)


def finish_reason(value: Any) -> str:
    """Why the model stopped, in the one spelling; "" if it is not said."""
    if type(value) is not str or not value:
        return ""
    reason = value.lower()
    return FINISH_REASONS.get(reason, reason)


# ------------------------------------------------------------------------------------- messages


def messages(value: Any, default: str = "user", *, loose: bool = True) -> list[Message]:
    """The messages in `value`, which may be wrapped, nested or JSON text.

    With `loose` a value that is no message at all becomes the text of one of role `default`;
    without it only what is shaped like messages counts.
    """
    return [message(raw, default) for raw in raw_messages(value, default, loose=loose)]


def raw_messages(value: Any, default: str = "user", *, loose: bool = True) -> list[Any]:
    """The messages in `value` in order, each still as its sender wrote it."""
    value = parsed(value)
    found = _unwrap(value, default, 0)
    if found is not None:
        return found
    if not loose or value is None or value in ("", [], {}):
        return []
    if type(value) is dict and value.keys() == {"args"}:  # LlamaIndex, of a plain completion
        value = value["args"]
    if type(value) is list and all(type(one) is str for one in value):
        return value
    return [value] if type(value) is str or is_blob(value) else [{"content": dumps(value)}]


def message(raw: Any, default: str = "user") -> Message:
    """One message in our shape."""
    if type(raw) is str or is_blob(raw):
        return {"role": default, "parts": list(each_part(raw))}
    if type(raw) is not dict:
        return {"role": default, "parts": [text_part(text_of(raw))]}
    raw, role = _inner(raw, default)
    kind = _type(raw)
    if kind in _ITEM_ROLES and "role" not in raw:  # an item of the OpenAI responses API
        return {"role": _ITEM_ROLES[kind], "parts": [part(raw)]}
    parts = list(_message_parts(raw, role))
    if role == "user" and parts and all(p.get("type") == "tool_result" for p in parts):
        role = "tool"  # Anthropic and Pydantic AI answer a tool call in the name of the user
    out: Message = {"role": role, "parts": parts}
    name = raw.get("name")
    if type(name) is str and name and role != "tool":
        out["name"] = name
    reason = finish_reason(raw.get("finish_reason") or raw.get("stop_reason"))
    if reason:
        out["finish_reason"] = reason
    return out


_ITEM_ROLES: Final = {
    "function_call": "assistant",
    "custom_tool_call": "assistant",
    "reasoning": "assistant",
    "tool_call": "assistant",
    "function_call_output": "tool",
    "custom_tool_call_output": "tool",
}
_LISTS: Final = ("messages", "replies", "choices", "generations", "contents", "prompts", "outputs")
_INNER: Final = ("inputs", "outputs", "output", "input", "update", "data", "raw", "result")
_ASKED: Final = ("model", "instructions", "contents")
_CONTENT_KEYS: Final = frozenset(
    ("content", "parts", "tool_calls", "tool_call_id", "blocks", "data", "text", "_content")
)


def _type(raw: dict[str, Any]) -> str:
    kind = raw.get("type")
    return kind if type(kind) is str else ""


def _looks_like_message(value: Any) -> bool:
    if type(value) is not dict:
        return False
    kind = _type(value)
    if value.get("lc") == 1 or kind in _ITEM_ROLES or type(value.get("message")) is dict:
        return True
    has_content = bool(_CONTENT_KEYS & value.keys())
    role = value.get("role") or value.get("_role")
    if type(role) is str:
        return has_content or role.lower() in ROLES
    return has_content and kind.lower() in ROLES


def _unwrap(value: Any, default: str, depth: int) -> list[Any] | None:
    """The raw messages inside wrappers, or None where there are none."""
    if depth > _DEPTH:
        return None
    if type(value) is list or type(value) is tuple:
        return _unwrap_list(value, default, depth)
    if type(value) is not dict or "$blob" in value:
        return None
    return _unwrap_dict(value, default, depth)


def _unwrap_dict(value: dict[str, Any], default: str, depth: int) -> list[Any] | None:
    if value.get("lc") == 1 and type(value.get("kwargs")) is dict:
        return _unwrap_constructor(value, default, depth)
    for key in _LISTS:
        if type(value.get(key)) is list:
            found = _unwrap_list(value[key], default, depth + 1, anything=key in _LISTS[:4])
            if found is not None:
                return _with_system(value, found)
    if "system" in value and type(value.get("prompt")) is str:  # Vercel's outer prompt
        return _with_system(value, [{"role": "user", "content": value["prompt"]}])
    if _looks_like_message(value):
        return [value]
    for key in _INNER:
        if isinstance(value.get(key), dict | list):
            found = _unwrap(value[key], default, depth + 1)
            if found is not None:
                return found
    return _asked_for(value) or _drawn(value)


def _drawn(value: dict[str, Any]) -> list[Any] | None:
    """What OpenAI's image API drew."""
    drawn = value.get("data")
    if type(drawn) is not list or "created" not in value:
        return None
    images = [
        media("image", blob=d.get("b64_json"), url=d.get("url")) for d in drawn if type(d) is dict
    ]
    return [{"role": "assistant", "content": images}] if images else None


def _unwrap_constructor(value: dict[str, Any], default: str, depth: int) -> list[Any] | None:
    """LangChain's serialisation of a prompt's messages or of one message."""
    inner = value["kwargs"].get("messages")
    if type(inner) is list:
        return _unwrap_list(inner, default, depth + 1, anything=True)
    return [value] if "content" in value["kwargs"] else None


def _asked_for(value: dict[str, Any]) -> list[Any] | None:
    """A request whose prompt is one text."""
    for key in ("contents", "prompt", "input"):
        if type(value.get(key)) is str and (key != "input" or any(k in value for k in _ASKED)):
            return _with_system(value, [{"role": "user", "content": value[key]}])
    return None


def _unwrap_list(
    values: list[Any] | tuple[Any, ...], default: str, depth: int, *, anything: bool = False
) -> list[Any] | None:
    if not values:
        return None
    first = values[0]
    if type(first) is list:  # LangChain batches: one list of messages a prompt
        return _unwrap_list(first, default, depth + 1, anything=True)
    if type(first) is dict and not _looks_like_message(first) and len(values) == 1:
        found = _unwrap(first, default, depth + 1)
        if found is not None:
            return found
    if any(_looks_like_message(v) for v in values):
        return [v for v in values if v is not None]
    if anything and all(type(v) is str or _has_text(v) for v in values):
        return list(values)
    return None


def _has_text(value: Any) -> bool:
    return type(value) is dict and ("content" in value or "text" in value)


def _with_system(wrapper: dict[str, Any], found: list[Any]) -> list[Any]:
    """Anthropic, Google and the responses API keep the system prompt beside the messages."""
    for key in ("system", "system_instruction", "systemInstruction", "instructions"):
        system = wrapper.get(key)
        if system and isinstance(system, str | list | dict):
            content = system.get("parts", system) if type(system) is dict else system
            return [{"role": "system", "content": content}, *found]
    return found


def _inner(raw: dict[str, Any], default: str) -> tuple[dict[str, Any], str]:
    """The dictionary that holds a message's content, and its role."""
    role: Any = None
    outer = raw
    for _ in range(_DEPTH):
        inner = raw.get("message")
        if type(inner) is dict:  # a choice or a generation
            raw = {"finish_reason": raw.get("finish_reason"), **inner}
            continue
        if raw.get("lc") == 1 and type(raw.get("kwargs")) is dict:
            ident = raw.get("id")
            role = ident[-1] if type(ident) is list and ident else role
            raw = raw["kwargs"]
            continue
        inner = raw.get("data")
        if type(inner) is dict and type(raw.get("type")) is str:  # {"type": "human", "data": …}
            role = raw["type"]
            raw = inner
            continue
        break
    if raw is not outer and "finish_reason" not in raw:
        raw = {**raw, "finish_reason": _finish_in_metadata(raw)}
    kind = raw.get("type")
    if role is None and type(kind) is str and kind.lower() in ROLES:
        role = kind
    found = role_of(raw.get("role") or raw.get("_role") or role, default)
    return raw, found


def _finish_in_metadata(raw: dict[str, Any]) -> Any:
    metadata = raw.get("response_metadata")
    return metadata.get("finish_reason") if type(metadata) is dict else None


def _message_parts(raw: dict[str, Any], role: str) -> Iterator[Part]:
    reasoning = raw.get("reasoning_content") or raw.get("reasoning")
    if type(reasoning) is str:
        yield {"type": "reasoning", "text": reasoning}
    content: Any = None
    for key in ("parts", "content", "_content", "blocks", "text"):
        content = raw.get(key)
        if content not in (None, "", [], {}):
            break
    call_id = raw.get("tool_call_id") or (raw.get("id") if role == "tool" else None)
    if role == "tool" and ("parts" not in raw or call_id):
        yield from _tool_answer(content, call_id)
    elif content is not None:
        yield from each_part(content)
    if type(raw.get("refusal")) is str and raw["refusal"]:
        yield text_part(raw["refusal"])
    if type(raw.get("audio")) is dict:  # what OpenAI's models say aloud
        yield audio(raw)
    yield from _calls(raw)


def _tool_answer(content: Any, call_id: Any) -> Iterator[Part]:
    """A tool message holds one result, unless its content says so itself."""
    found = js(content) if type(content) is str and content[:2] in ("[{", "[ ") else content
    if type(found) is list and any(_is_result(p) for p in found):
        yield from each_part(found)
        return
    if type(found) is list:
        texts = [p["text"] for p in found if is_text_block(p)]
        content = "".join(texts) if texts and len(texts) == len(found) else content
    yield {"type": "tool_result", "id": text_of(call_id), "result": plain_result(content)}


def _is_result(value: Any) -> bool:
    return type(value) is dict and (
        _type(value) in RESULT_TYPES or bool(RESULT_KEYS & value.keys())
    )


def _calls(raw: dict[str, Any]) -> Iterator[Part]:
    calls = raw.get("tool_calls")
    if type(calls) is list:
        yield from (call(c) for c in calls if type(c) is dict)
    else:
        extra = raw.get("additional_kwargs")
        calls = extra.get("tool_calls") if type(extra) is dict else None
        if type(calls) is list:
            yield from (call(c) for c in calls if type(c) is dict)
    function = raw.get("function_call")
    if type(function) is dict:
        yield call(function)


# ------------------------------------------------------------------------------- what they say


def message_text(found: Message) -> str:
    """The text parts of a message together; reasoning is not text."""
    return "".join(p["text"] for p in found["parts"] if p.get("type") == "text" and p.get("text"))


def last_user_text(found: Iterable[Message]) -> str:
    """The text of the last user message that has any; `found` comes last message first."""
    for one in found:
        if one["role"] == "user":
            text = message_text(one)
            if text:
                return text
    return ""


def tool_calls(found: Iterable[Message]) -> list[dict[str, Any]]:
    """The calls that a model asked for: {"id", "name", "arguments"}."""
    return [
        {"id": p["id"], "name": p["name"], "arguments": p["arguments"]}
        for one in found
        for p in one["parts"]
        if p.get("type") == "tool_call" and "name" in p and not p.get("provider_executed")
    ]


def results_as_text(found: Message) -> str:
    """What the tools answered, in a message that holds nothing else."""
    return "".join(
        text_of(p.get("result")) for p in found["parts"] if p.get("type") == "tool_result"
    )


def spoken_as_text(found: Message) -> str:
    """What was said aloud, where the sender wrote it down."""
    said = (p.get("transcript") for p in found["parts"] if p.get("type") == "audio")
    return "".join(text for text in said if type(text) is str)


def calls_as_text(found: Message) -> str:
    """A message that only calls tools, as a person would write it: `get_weather({"city": …})`."""
    return ", ".join(
        f"{c['name']}({'' if c['arguments'] is None else text_of(c['arguments'])})"
        for c in tool_calls([found])
    )
