"""Parts of a message in one shape: text, reasoning, tool calls and results, media."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from pilothouse.spans.media import audio, document, genai_media, image, inline_data
from pilothouse.spans.parsing import blob_preview, dumps, is_blob, js, parsed, text_of

Part = dict[str, Any]


def parts(content: Any) -> list[Part]:
    """The parts of a message's content: text, one part or a list of them."""
    return list(each_part(content))


def each_part(content: Any) -> Iterator[Part]:
    if type(content) is str:
        yield from _string_parts(content)
    elif type(content) is list or type(content) is tuple:
        for item in content:
            if item is not None and item != "":
                yield part(item)
    elif content is not None:
        only = part(content)
        # Strands answers with a bare object where it was asked for a structure.
        yield text_part(dumps(only)) if only is content and "type" not in only else only


def _string_parts(content: str) -> Iterator[Part]:
    if content:
        yield text_part(content)


def part(raw: Any) -> Part:
    """One part in our shape; what is unknown stays as it came."""
    if type(raw) is str:
        return text_part(raw)
    if type(raw) is not dict:
        return text_part(text_of(raw))
    if "$blob" in raw:
        return {"type": "text", "text": blob_preview(raw), "blob": raw}
    if "blob" in raw and (
        type(raw.get("text")) is str or raw.get("type") in ("image", "audio", "file")
    ):
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


def text_part(text: str) -> Part:
    return {"type": "text", "text": text}


def _text_part(raw: Part) -> Part:
    text = raw.get("text")
    if text is None:
        text = raw.get("content")
    if is_blob(text):
        return part(text)
    return text_part(text_of(text))


def _reasoning(raw: Part) -> Part:
    text = raw.get("text") or raw.get("content") or raw.get("thinking") or raw.get("reasoning")
    if type(text) is str and text.startswith("[{"):  # Traceloop: the summaries as JSON text
        text = parsed(text)
    if not text:
        text = raw.get("summary")
    if type(text) is dict:
        text = text.get("text") or text.get("reasoning_text")
    if type(text) is list:
        texts = [t["text"] for t in text if type(t) is dict and type(t.get("text")) is str]
        text = "\n".join(texts) if texts or not text else text
    return {"type": "reasoning", "text": text_of(text)}


def call(raw: Part) -> Part:
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
    return {"type": "tool_result", "id": text_of(ident), "result": plain_result(found)}


def plain_result(found: Any) -> Any:
    """Text where a result is nothing but text blocks, be they JSON text."""
    if type(found) is str and found.startswith("[{"):
        blocks = parsed(found)
        found = blocks if type(blocks) is list and all(map(is_text_block, blocks)) else found
    if type(found) is list and found and all(is_text_block(p) for p in found):
        return "".join(p["text"] for p in found)
    if type(found) is dict and "value" in found and found.get("type") in _TYPED_RESULTS:
        value = found["value"]  # Vercel's typed tool output
        return plain_result(value) if found["type"] == "content" else value
    return found


_TYPED_RESULTS: Final = ("text", "json", "error-text", "error-json", "content")


def is_text_block(value: Any) -> bool:
    return (
        type(value) is dict and type(value.get("text")) is str and value.keys() <= {"text", "type"}
    )


def _bedrock_reasoning(raw: Part) -> Part:
    inner = raw.get("reasoningContent")
    text = inner.get("reasoningText", inner) if type(inner) is dict else inner
    return _reasoning({"text": text})


def _refusal(raw: Part) -> Part:
    return text_part(text_of(raw.get("refusal") or raw.get("content")))


_TEXT_ALIASES: Final = frozenset(("input_text", "output_text", "markdown", "summary_text"))
RESULT_TYPES: Final = frozenset(
    ("tool_result", "tool-result", "tool_call_response", "function_call_output")
)
RESULT_KEYS: Final = frozenset(
    ("toolResult", "tool_call_result", "function_response", "functionResponse")
)
_BY_TYPE: Final = {
    "text": _text_part,
    "reasoning": _reasoning,
    "thinking": _reasoning,
    "redacted_thinking": _reasoning,
    "tool_call": call,
    "tool_use": call,
    "function_call": call,
    "custom_tool_call": call,
    "server_tool_call": _server_call,
    "server_tool_use": _server_call,
    "tool_call_response": _result,
    "tool_result": _result,
    "function_call_output": _result,
    "custom_tool_call_output": _result,
    "server_tool_call_response": _server_result,
    "web_search_tool_result": _server_result,
    "code_execution_tool_result": _server_result,
    "image_url": image,
    "input_image": image,
    "image": image,
    "input_audio": audio,
    "audio": audio,
    "document": document,
    "blob": genai_media,
    "uri": genai_media,
    "file": genai_media,
    "input_file": genai_media,
    "refusal": _refusal,
}
_BY_KEY: Final = {
    "toolUse": call,
    "function_call": call,
    "functionCall": call,
    "tool_call": call,
    "toolResult": _result,
    "tool_call_result": _result,
    "function_response": _result,
    "functionResponse": _result,
    "inline_data": inline_data,
    "inlineData": inline_data,
    "file_data": inline_data,
    "fileData": inline_data,
    "reasoningContent": _bedrock_reasoning,
    "image": image,
    "text": _text_part,
}
