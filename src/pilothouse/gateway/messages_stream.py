"""A stream of Anthropic's put together to the message that would have come whole, and back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from pilothouse.gateway.streams import written

Json = dict[str, Any]


def assembled_message(events: Sequence[Json]) -> Json:
    """The message that events tell of, as far as they came; {} where they tell nothing."""
    message: Json = {}
    blocks: dict[int, Json] = {}
    for said in events:
        kind, index = said.get("type"), said.get("index")
        index = index if type(index) is int else 0
        if kind == "message_start" and isinstance(said.get("message"), dict):
            message = {**said["message"]}
        elif kind == "content_block_start" and isinstance(said.get("content_block"), dict):
            blocks[index] = {**said["content_block"]}
        elif kind == "content_block_delta" and isinstance(said.get("delta"), dict):
            _add(blocks.setdefault(index, {"type": "text", "text": ""}), said["delta"])
        elif kind == "message_delta":
            delta, usage = said.get("delta"), said.get("usage")
            message |= delta if isinstance(delta, dict) else {}
            told = usage.items() if isinstance(usage, dict) else ()
            counts = {name: value for name, value in told if value is not None}
            before = message.get("usage")
            message["usage"] = {**(before if isinstance(before, dict) else {}), **counts}
    if blocks:
        message["content"] = [_closed(blocks[index]) for index in sorted(blocks)]
    return message


def _add(block: Json, delta: Json) -> None:
    for name, into in (
        ("text", "text"),
        ("thinking", "thinking"),
        ("signature", "signature"),
        ("partial_json", "partial_json"),
    ):
        if isinstance(delta.get(name), str):
            block[into] = str(block.get(into) or "") + delta[name]
    if isinstance(delta.get("citation"), dict):
        block["citations"] = [*(block.get("citations") or ()), delta["citation"]]


def _closed(block: Json) -> Json:
    text = block.pop("partial_json", None)
    if text:
        try:
            block["input"] = orjson.loads(text)
        except orjson.JSONDecodeError:  # it was cut off
            block["input"] = {"partial_json": text}
    return block


def replayed_message(message: Json) -> Iterator[bytes]:
    """A whole message as the events of a stream."""
    usage = message.get("usage") or {}
    begun = {**message, "content": [], "stop_reason": None, "stop_sequence": None}
    yield _event({"type": "message_start", "message": begun})
    content = message.get("content")
    blocks = [each for each in content if isinstance(each, dict)] if type(content) is list else []
    for index, block in enumerate(blocks):
        shown, deltas = _parted(block)
        yield _event({"type": "content_block_start", "index": index, "content_block": shown})
        for delta in deltas:
            yield _event({"type": "content_block_delta", "index": index, "delta": delta})
        yield _event({"type": "content_block_stop", "index": index})
    delta = {name: message.get(name) for name in ("stop_reason", "stop_sequence")}
    yield _event({"type": "message_delta", "delta": delta, "usage": usage})
    yield _event({"type": "message_stop"})


def _parted(block: Json) -> tuple[Json, list[Json]]:
    """A block as it begins, and what comes after."""
    kind = block.get("type")
    if kind == "text":
        cited = block.get("citations")
        citations: list[Json] = [
            {"type": "citations_delta", "citation": each}
            for each in (cited if type(cited) is list else ())
        ]
        told = {"type": "text_delta", "text": block.get("text") or ""}
        return {**block, "text": "", "citations": None}, [*citations, told]
    if kind == "thinking":
        told = {"type": "thinking_delta", "thinking": block.get("thinking") or ""}
        sealed = {"type": "signature_delta", "signature": block.get("signature") or ""}
        return {**block, "thinking": "", "signature": ""}, [told, sealed]
    if kind in ("tool_use", "server_tool_use"):
        text = orjson.dumps(block.get("input") or {}).decode()
        return {**block, "input": {}}, [{"type": "input_json_delta", "partial_json": text}]
    return block, []


def _event(said: Json) -> bytes:
    return b"event: " + str(said["type"]).encode() + b"\n" + written(said)
