"""What a well-behaved provider that speaks Anthropic's HTTP says, written from its documents."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

Body = dict[str, Any]
MESSAGE_USAGE = {
    "input_tokens": 9,
    "cache_read_input_tokens": 8,
    "cache_creation_input_tokens": 6,
    "cache_creation": {"ephemeral_5m_input_tokens": 4, "ephemeral_1h_input_tokens": 2},
    "output_tokens": 12,
    "service_tier": "standard",
}
"""23 tokens went in, 8 of them from a cache and 6 into one."""


def blocks(body: Body) -> list[Body]:
    """Thoughts if they were asked for, a tool call if there are tools, JSON if a form is asked."""
    found: list[Body] = []
    thinking = body.get("thinking") or {}
    if thinking.get("type") in ("enabled", "adaptive"):
        found.append({"type": "thinking", "thinking": "It is Paris.", "signature": "c2ln"})
    wanted = (body.get("output_config") or {}).get("format")
    results = [
        part
        for turn in body["messages"]
        if isinstance(turn["content"], list)
        for part in turn["content"]
        if part["type"] == "tool_result"
    ]
    if wanted is not None:
        found.append({"type": "text", "text": '{"capital": "Paris"}', "citations": None})
    elif body.get("tools") and not results:
        found.append({"type": "text", "text": "Let me see.", "citations": None})
        for number, tool in enumerate(body["tools"]):
            found.append(
                {"type": "tool_use", "id": f"toolu_{number}", "name": tool["name"],
                 "input": {"city": "Paris"}}
            )  # fmt: skip
    else:
        found.append({"type": "text", "text": "Paris.", "citations": None})
    return found


def message(body: Body) -> Body:
    """The whole answer."""
    content = blocks(body)
    is_calling = any(block["type"] == "tool_use" for block in content)
    return {
        "id": "msg_01",
        "type": "message",
        "role": "assistant",
        "model": f"{body['model']}-20260807",
        "content": content,
        "stop_reason": "tool_use" if is_calling else "end_turn",
        "stop_sequence": None,
        "usage": MESSAGE_USAGE,
    }


def message_events(body: Body) -> Iterator[bytes]:
    """The same as a stream, with a ping, in more pieces than needed."""
    whole = message(body)
    begun = {**whole, "content": [], "stop_reason": None}
    begun["usage"] = {**MESSAGE_USAGE, "output_tokens": 1}
    yield event({"type": "message_start", "message": begun})
    yield event({"type": "ping"})
    for index, block in enumerate(whole["content"]):
        at: Body = {"index": index}
        empty = {"text": "", "thinking": "", "signature": "", "input": {}}
        shown = {name: empty.get(name, value) for name, value in block.items()}
        yield event({"type": "content_block_start", **at, "content_block": shown})
        for delta in _deltas(block):
            yield event({"type": "content_block_delta", **at, "delta": delta})
        yield event({"type": "content_block_stop", **at})
    delta = {"stop_reason": whole["stop_reason"], "stop_sequence": None}
    usage = {"output_tokens": MESSAGE_USAGE["output_tokens"]}
    yield event({"type": "message_delta", "delta": delta, "usage": usage})
    yield event({"type": "message_stop"})


def _deltas(block: Body) -> Iterator[Body]:
    if block["type"] == "text":
        text = block["text"]
        yield {"type": "text_delta", "text": text[:3]}
        yield {"type": "text_delta", "text": text[3:]}
    elif block["type"] == "thinking":
        yield {"type": "thinking_delta", "thinking": block["thinking"]}
        yield {"type": "signature_delta", "signature": block["signature"]}
    else:
        text = json.dumps(block["input"])
        yield {"type": "input_json_delta", "partial_json": ""}
        yield {"type": "input_json_delta", "partial_json": text[:5]}
        yield {"type": "input_json_delta", "partial_json": text[5:]}


def event(said: Body) -> bytes:
    """One event."""
    return f"event: {said['type']}\ndata: {json.dumps(said)}\n\n".encode()


def error(type: str, text: str) -> Body:
    """A refusal."""
    return {"type": "error", "error": {"type": type, "message": text}, "request_id": "req_x"}
