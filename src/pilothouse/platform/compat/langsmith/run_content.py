"""The inputs, outputs, extra and events of a run that came by another protocol."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from pilothouse import dialects
from pilothouse.platform.ingest.langsmith.times import iso_of
from pilothouse.platform.query.detail import fields_of
from pilothouse.spans import Content, Source

Json = dict[str, Any]
_LLM: Final = "llm"


def content_of(row: Mapping[str, Any], source: Source) -> Content:
    """What the span's dialect reads out of it."""
    return dialects.content(source, fields_of(row))


def inputs(row: Mapping[str, Any], content: Content) -> Json:
    """A model's messages, else what went in."""
    if row["kind"] == _LLM and content.messages_in:
        return {"messages": [message for m in content.messages_in for message in _messages(m)]}
    if type(content.input) is dict:
        return content.input
    return {} if content.input in (None, "") else {"input": content.input}


def outputs(row: Mapping[str, Any], content: Content) -> Json | None:
    """A model's answers as OpenAI gives them, documents as LangChain does, else what came out."""
    if row["kind"] == _LLM and content.messages_out:
        return {
            "choices": [
                {
                    "index": index,
                    "message": next(iter(_messages(message)), {}),
                    "finish_reason": message.get("finish_reason"),
                }
                for index, message in enumerate(content.messages_out)
            ]
        }
    if type(content.output) is dict:
        return content.output
    if row["kind"] in ("retriever", "reranker") and content.documents:
        return {"documents": [_document(one) for one in content.documents]}
    return None if content.output in (None, "") else {"output": content.output}


def _document(said: Json) -> Json:
    about = said.get("metadata")
    metadata: Json = dict(about) if type(about) is dict else {}
    for key in ("id", "score"):
        if said.get(key) is not None:
            metadata.setdefault(key, said[key])
    return {"page_content": said.get("content") or "", "metadata": metadata, "type": "Document"}


def _messages(message: Json) -> list[Json]:
    """A message as OpenAI has it; results of tools are messages of their own there."""
    parts = [part for part in message.get("parts") or () if type(part) is dict]
    results = [part for part in parts if part.get("type") == "tool_result"]
    calls = [part for part in parts if part.get("type") == "tool_call"]
    rest = [part for part in parts if part.get("type") not in ("tool_result", "tool_call")]
    found: list[Json] = [
        {"role": "tool", "tool_call_id": part.get("id"), "content": _text(part.get("result"))}
        for part in results
    ]
    if rest or calls or not results:
        own: Json = {"role": message.get("role") or "user", "content": _said(rest)}
        if message.get("name"):
            own["name"] = message["name"]
        if calls:
            own["tool_calls"] = [
                {
                    "id": part.get("id"),
                    "type": "function",
                    "function": {
                        "name": part.get("name"),
                        "arguments": _text(part.get("arguments")),
                    },
                }
                for part in calls
            ]
        found.append(own)
    return found


def _said(parts: list[Json]) -> Any:
    if all(part.get("type") == "text" for part in parts):
        return "".join(str(part.get("text") or "") for part in parts)
    return [
        {"type": "image_url", "image_url": {"url": part.get("url")}}
        if part.get("type") == "image" and part.get("url")
        else part
        for part in parts
    ]


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if type(value) is str else orjson.dumps(value, default=str).decode()


def described(row: Mapping[str, Any], content: Content) -> Json:
    """`extra`: metadata as LangSmith's tracers write it, and how the model was called."""
    found: Json = {"metadata": _metadata(row, content), "runtime": {}}
    if content.parameters or content.tools:
        found["invocation_params"] = dict(content.parameters)
        if content.tools:
            found["invocation_params"]["tools"] = [
                {"type": "function", "function": tool} for tool in content.tools
            ]
    if content.tool_call_id:
        found["tool_call_id"] = content.tool_call_id
    return found


_ABOUT: Final = {
    "session_id": "session_id",
    "user_id": "user_id",
    "lc_hub_repo": "prompt_name",
    "environment": "environment",
    "release": "release",
    "ls_model_name": "model",
    "ls_provider": "provider",
}
"""Keys of LangSmith's metadata, and our columns that hold the same."""


def _metadata(row: Mapping[str, Any], content: Content) -> Json:
    metadata: Json = {key: row[column] for key, column in _ABOUT.items() if row[column]}
    metadata |= row["metadata"]
    if row["kind"] == _LLM:
        metadata.setdefault("ls_model_type", "chat" if content.messages_in else "llm")
    usage = usage_metadata(row)
    if usage and row["kind"] in (_LLM, "embedding"):
        metadata["usage_metadata"] = usage
    return metadata


def usage_metadata(row: Mapping[str, Any]) -> Json:
    """The token counts in LangChain's shape, {} where there are none."""
    if row["input_tokens"] is None and row["output_tokens"] is None:
        return {}
    found: Json = {
        "input_tokens": row["input_tokens"] or 0,
        "output_tokens": row["output_tokens"] or 0,
        "total_tokens": row["total_tokens"] or 0,
    }
    for name, details in (
        ("input_token_details", details_in(row)),
        ("output_token_details", details_out(row)),
    ):
        if details:
            found[name] = details
    return found


def details_in(row: Mapping[str, Any]) -> dict[str, int]:
    """Which of the prompt's tokens are special."""
    return _known(
        row,
        cache_read="cached_tokens",
        cache_creation="cache_write_tokens",
        ephemeral_1h_input_tokens="cache_write_1h_tokens",
        audio="input_audio_tokens",
    )


def details_out(row: Mapping[str, Any]) -> dict[str, int]:
    """Which of the answer's tokens are special."""
    return _known(row, reasoning="reasoning_tokens", audio="output_audio_tokens")


def _known(row: Mapping[str, Any], **columns: str) -> dict[str, int]:
    return {name: row[column] for name, column in columns.items() if row[column] is not None}


def events(row: Mapping[str, Any], source: Source) -> list[Json]:
    """What happened during the span, the first token as LangSmith names it."""
    found: list[Json] = [
        {"name": event.name, "time": iso_of(event.time_ns // 1000), "kwargs": event.attributes}
        for event in source.events
    ]
    if row["first_token_us"] is not None:
        time = iso_of(row["start_us"] + row["first_token_us"])
        found.append({"name": "new_token", "time": time})
    found.sort(key=lambda event: str(event["time"]))
    return found


def error(row: Mapping[str, Any], content: Content) -> str | None:
    """What went wrong, with its stack, as LangSmith's tracers write it."""
    if row["status"] != "error":
        return None
    said: str = row["status_message"]
    for exception in content.exceptions:
        kind, message = exception.get("type") or "", exception.get("message") or ""
        line = f"{kind}({message!r})" if kind else message
        stack = exception.get("stacktrace") or ""
        return "\n\n".join(part for part in (line or said, stack) if part) or "error"
    return said or row["error_type"] or "error"
