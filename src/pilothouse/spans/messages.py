"""Messages and their parts in one shape, whatever SDK or framework wrote them.

`messages()` reads OpenAI (chat and responses), Anthropic, Bedrock, Google, LangChain (three
serialisations), LlamaIndex, Haystack, Vercel and the GenAI conventions' own form. A message is
`{"role", "parts", "name"?, "finish_reason"?}`; `docs/reference/span.md` lists the parts.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from typing import Any, Final

from pilothouse.spans.parsing import (
    blob_preview,
    dumps,
    is_blob,
    js,
    parsed,
    text_of,
)

Message = dict[str, Any]
Part = dict[str, Any]

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
    if type(value) is list and all(type(one) is str for one in value):
        return value
    return [value] if type(value) is str or is_blob(value) else [{"content": dumps(value)}]


def message(raw: Any, default: str = "user") -> Message:
    """One message in our shape."""
    if type(raw) is str or is_blob(raw):
        return {"role": default, "parts": list(_parts(raw))}
    if type(raw) is not dict:
        return {"role": default, "parts": [_text(text_of(raw))]}
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
    return _asked_for(value)


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
        yield from _parts(content)
    yield from _calls(raw)


def _tool_answer(content: Any, call_id: Any) -> Iterator[Part]:
    """A tool message holds one result, unless its content says so itself."""
    found = js(content) if type(content) is str and content[:2] in ("[{", "[ ") else content
    if type(found) is list and any(_is_result(p) for p in found):
        yield from _parts(found)
        return
    if type(found) is list:
        texts = [p["text"] for p in found if _is_text_block(p)]
        content = "".join(texts) if texts and len(texts) == len(found) else content
    yield {"type": "tool_result", "id": text_of(call_id), "result": content}


def _is_result(value: Any) -> bool:
    return type(value) is dict and (
        _type(value) in _RESULT_TYPES or bool(_RESULT_KEYS & value.keys())
    )


def _calls(raw: dict[str, Any]) -> Iterator[Part]:
    calls = raw.get("tool_calls")
    if type(calls) is list:
        yield from (_call(c) for c in calls if type(c) is dict)
    else:
        extra = raw.get("additional_kwargs")
        calls = extra.get("tool_calls") if type(extra) is dict else None
        if type(calls) is list:
            yield from (_call(c) for c in calls if type(c) is dict)
    function = raw.get("function_call")
    if type(function) is dict:
        yield _call(function)


# ---------------------------------------------------------------------------------------- parts


def parts(content: Any) -> list[Part]:
    """The parts of a message's content: text, one part or a list of them."""
    return list(_parts(content))


def _parts(content: Any) -> Iterator[Part]:
    if type(content) is str:
        yield from _string_parts(content)
    elif type(content) is list or type(content) is tuple:
        for item in content:
            if item is not None and item != "":
                yield part(item)
    elif content is not None:
        yield part(content)


def _string_parts(content: str) -> Iterator[Part]:
    if content:
        yield _text(content)


def part(raw: Any) -> Part:
    """One part in our shape; what is unknown stays as it came."""
    if type(raw) is str:
        return _text(raw)
    if type(raw) is not dict:
        return _text(text_of(raw))
    if "$blob" in raw:
        return {"type": "text", "text": blob_preview(raw), "blob": raw}
    if "blob" in raw and (type(raw.get("text")) is str or _type(raw) in ("image", "audio", "file")):
        return raw  # ours already
    kind = raw.get("type") or raw.get("block_type") or raw.get("kind")
    if type(kind) is str:
        read = _BY_TYPE.get(kind.replace("-", "_"))
        if read is not None:
            return read(raw)
        if kind in _TEXT_ALIASES:
            return _text_part(raw)
    for key, shape in _BY_KEY.items():
        if key in raw and raw[key] is not None:
            return shape(raw)
    return raw


def _text(text: str) -> Part:
    return {"type": "text", "text": text}


def _text_part(raw: Part) -> Part:
    text = raw.get("text")
    if text is None:
        text = raw.get("content")
    if is_blob(text):
        return part(text)
    return _text(text_of(text))


def _reasoning(raw: Part) -> Part:
    text = raw.get("text") or raw.get("content") or raw.get("thinking") or raw.get("reasoning")
    summary = raw.get("summary")
    if not text and type(summary) is list:
        text = "\n".join(
            s["text"] for s in summary if type(s) is dict and type(s.get("text")) is str
        )
    if type(text) is dict:
        text = text.get("text") or text.get("reasoning_text")
    if type(text) is list:
        text = "".join(t["text"] for t in text if type(t) is dict and type(t.get("text")) is str)
    return {"type": "reasoning", "text": text_of(text)}


def _call(raw: Part) -> Part:
    """A tool call: OpenAI nests it under `function`, the others write it flat."""
    for key in ("tool_call", "toolUse", "function_call", "functionCall"):
        if type(raw.get(key)) is dict:
            raw = {"id": raw.get("id"), **raw[key]}
            break
    function = raw.get("function")
    inner = function if type(function) is dict else raw
    name = inner.get("name") or raw.get("toolName") or raw.get("tool_name") or raw.get("name")
    ident = raw.get("call_id") or raw.get("id") or raw.get("toolCallId") or raw.get("toolUseId")
    arguments: Any = None
    for key in ("arguments", "args", "input", "params"):
        arguments = inner.get(key)
        if arguments is not None:
            break
    return {
        "type": "tool_call",
        "id": text_of(ident),
        "name": text_of(name),
        "arguments": js(arguments) if type(arguments) is str else arguments,
    }


def _server_call(raw: Part) -> Part:
    nested = raw.get("server_tool_call")
    arguments = nested if nested is not None else raw.get("input")
    return {
        "type": "tool_call",
        "id": text_of(raw.get("id")),
        "name": text_of(raw.get("name")),
        "arguments": js(arguments),
        "provider_executed": True,
    }


def _server_result(raw: Part) -> Part:
    found = raw.get("server_tool_call_response")
    if found is None:
        found = raw.get("content", raw.get("output"))
    ident = raw.get("id") or raw.get("tool_use_id")
    return {
        "type": "tool_result",
        "id": text_of(ident),
        "result": found,
        "provider_executed": True,
    }


def _result(raw: Part) -> Part:
    for key in ("toolResult", "tool_call_result", "function_response", "functionResponse"):
        if type(raw.get(key)) is dict:
            raw = {"id": raw.get("id"), **raw[key]}
            break
    origin = raw.get("origin")  # Haystack keeps the call that a result answers
    ident = (
        raw.get("tool_call_id")
        or raw.get("tool_use_id")
        or raw.get("call_id")
        or raw.get("toolCallId")
        or raw.get("toolUseId")
        or raw.get("id")
        or (origin.get("id") if type(origin) is dict else None)
    )
    found: Any = None
    for key in ("response", "result", "output", "content"):
        found = raw.get(key)
        if found is not None:
            break
    return {"type": "tool_result", "id": text_of(ident), "result": _plain_result(found)}


def _plain_result(found: Any) -> Any:
    """Text where a result is nothing but text blocks."""
    if type(found) is list and found and all(_is_text_block(p) for p in found):
        return "".join(p["text"] for p in found)
    if type(found) is dict and found.get("type") == "text" and type(found.get("value")) is str:
        return found["value"]  # Vercel's typed tool output
    if type(found) is dict and found.get("type") == "json" and "value" in found:
        return found["value"]
    return found


def _is_text_block(value: Any) -> bool:
    return (
        type(value) is dict and type(value.get("text")) is str and value.keys() <= {"text", "type"}
    )


# --------------------------------------------------------------------------------------- media

_MEDIA: Final = {"image": "image", "audio": "audio", "video": "file", "document": "file"}


def media(kind: str, *, url: Any = None, blob: Any = None, mime_type: Any = None) -> Part:
    """An image, audio or file part; a `data:` URL is taken apart."""
    out: Part = {"type": kind}
    if is_blob(url):  # put apart at ingest; the marker says how a data URL began
        mime_type = mime_type or _data_type(blob_preview(url)) or url.get("mime_type")
        blob, url = url, None
    if type(url) is str and url.startswith("data:"):
        mime_type = mime_type or _data_type(url)
        blob, url = url.partition(",")[2], None
    if isinstance(blob, bytes):
        blob = base64.b64encode(blob).decode()
    if blob is not None:
        out["blob"] = blob
    else:
        out["url"] = url if type(url) is str else ""
    out["mime_type"] = mime_type if type(mime_type) is str else ""
    return out


def _data_type(url: str) -> str:
    """The MIME type that a `data:` URL names."""
    return url[5:].partition(",")[0].partition(";")[0] if url.startswith("data:") else ""


def _genai_media(raw: Part) -> Part:
    """`blob`, `file` and `uri` parts of the GenAI conventions; OpenAI's `file` is another."""
    nested = raw.get("file")
    if type(nested) is dict:
        found = media("file", url=nested.get("file_data") or nested.get("url"))
        return _with_file_id(found, nested.get("file_id"))
    modality = raw.get("modality")
    kind = _MEDIA.get(modality, "file") if type(modality) is str else "file"
    mime = raw.get("mime_type") or raw.get("mediaType") or raw.get("mimeType")
    if raw.get("type") == "blob":
        out = media(kind, blob=raw.get("content", raw.get("data", "")), mime_type=mime)
        if type(raw.get("transcript")) is str:
            out["transcript"] = raw["transcript"]
        return out
    data = raw.get("data")
    url = raw.get("uri") or raw.get("url") or (data if type(data) is str else None)
    return _with_file_id(media(kind, url=url, mime_type=mime), raw.get("file_id"))


def _with_file_id(found: Part, file_id: Any) -> Part:
    return {**found, "file_id": file_id} if type(file_id) is str and file_id else found


def _image(raw: Part) -> Part:
    inner = raw.get("image_url") or raw.get("image")
    if is_blob(inner):
        return media("image", url=inner)
    if type(inner) is dict and "source" in inner:  # Bedrock: {"format", "source": {"bytes"}}
        source = inner["source"]
        data = source.get("bytes") if type(source) is dict else None
        return media("image", blob=data, mime_type=f"image/{text_of(inner.get('format'))}")
    url = inner.get("url") if type(inner) is dict else inner
    source = raw.get("source")
    if type(source) is dict:  # Anthropic
        mime = source.get("media_type")
        if source.get("data") is not None:
            return media("image", blob=source["data"], mime_type=mime)
        return media("image", url=source.get("url"), mime_type=mime)
    mime = raw.get("mime_type") or raw.get("mediaType") or raw.get("mimeType")
    if type(raw.get("base64")) is str:
        return media("image", blob=raw["base64"], mime_type=mime)
    found = media("image", url=url or raw.get("url"), mime_type=mime)
    return _with_file_id(found, raw.get("file_id"))


def _audio(raw: Part) -> Part:
    inner = raw.get("input_audio") or raw.get("audio")
    if type(inner) is dict:
        mime = f"audio/{inner['format']}" if type(inner.get("format")) is str else None
        return media("audio", blob=inner.get("data"), url=inner.get("url"), mime_type=mime)
    return media("audio", url=raw.get("url"), blob=raw.get("data"), mime_type=raw.get("mime_type"))


def _document(raw: Part) -> Part:
    source = raw.get("source")
    if type(source) is dict:
        if source.get("data") is not None:
            return media("file", blob=source["data"], mime_type=source.get("media_type"))
        return media("file", url=source.get("url"), mime_type=source.get("media_type"))
    return _genai_media(raw)


def _inline_data(raw: Part) -> Part:
    """Google's media: `inline_data` holds bytes, `file_data` an address."""
    for key in ("inline_data", "inlineData", "file_data", "fileData"):
        inner = raw.get(key)
        if type(inner) is dict:
            mime = inner.get("mime_type") or inner.get("mimeType")
            kind = text_of(mime).partition("/")[0]
            kind = kind if kind in ("image", "audio") else "file"
            url = inner.get("file_uri") or inner.get("fileUri")
            return media(kind, blob=inner.get("data"), url=url, mime_type=mime)
    return raw


def _bedrock_reasoning(raw: Part) -> Part:
    inner = raw.get("reasoningContent")
    text = inner.get("reasoningText", inner) if type(inner) is dict else inner
    return _reasoning({"text": text})


def _refusal(raw: Part) -> Part:
    return _text(text_of(raw.get("refusal")))


_TEXT_ALIASES: Final = frozenset(("input_text", "output_text", "markdown", "summary_text"))
_RESULT_TYPES: Final = frozenset(
    ("tool_result", "tool-result", "tool_call_response", "function_call_output")
)
_RESULT_KEYS: Final = frozenset(
    ("toolResult", "tool_call_result", "function_response", "functionResponse")
)
_BY_TYPE: Final = {
    "text": _text_part,
    "reasoning": _reasoning,
    "thinking": _reasoning,
    "redacted_thinking": _reasoning,
    "tool_call": _call,
    "tool_use": _call,
    "function_call": _call,
    "custom_tool_call": _call,
    "server_tool_call": _server_call,
    "server_tool_use": _server_call,
    "tool_call_response": _result,
    "tool_result": _result,
    "function_call_output": _result,
    "custom_tool_call_output": _result,
    "server_tool_call_response": _server_result,
    "web_search_tool_result": _server_result,
    "code_execution_tool_result": _server_result,
    "image_url": _image,
    "input_image": _image,
    "image": _image,
    "input_audio": _audio,
    "audio": _audio,
    "document": _document,
    "blob": _genai_media,
    "uri": _genai_media,
    "file": _genai_media,
    "input_file": _genai_media,
    "refusal": _refusal,
}
_BY_KEY: Final = {
    "toolUse": _call,
    "function_call": _call,
    "functionCall": _call,
    "tool_call": _call,
    "toolResult": _result,
    "tool_call_result": _result,
    "function_response": _result,
    "functionResponse": _result,
    "inline_data": _inline_data,
    "inlineData": _inline_data,
    "file_data": _inline_data,
    "fileData": _inline_data,
    "reasoningContent": _bedrock_reasoning,
    "image": _image,
    "text": _text_part,
}


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


def calls_as_text(found: Message) -> str:
    """A message that only calls tools, as a person would write it: `get_weather({"city": …})`."""
    return ", ".join(
        f"{c['name']}({'' if c['arguments'] is None else text_of(c['arguments'])})"
        for c in tool_calls([found])
    )
