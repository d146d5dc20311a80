"""A run's events as LangGraph's thread-centric protocol ("v3") tells them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

PLAIN: Final = ("values", "updates", "tasks", "checkpoints", "custom")
ENDS: Final = {"success": "completed", "interrupted": "interrupted"}
Told = tuple[str, list[str], dict[str, Any]]
"""Method, namespace, data."""


class Telling:
    """Translates the events of one run; messages come in blocks, of which one is open at a time."""

    def __init__(self, graph_name: str) -> None:
        self._graph = graph_name
        self._texts: dict[str, str] = {}
        """Of messages that are open, by id."""
        self._calls: dict[str, list[dict[str, Any]]] = {}
        self._ended: set[str] = set()
        self._asked: set[str] = set()
        """Interrupts that were told."""

    def of(self, name: str, data: bytes) -> Iterator[Told]:
        """What one event says."""
        mode, *namespace = name.split("|")
        value = orjson.loads(data)
        if mode == "metadata":
            yield "lifecycle", [], {"event": "running", "graph_name": self._graph}
        elif mode == "messages":
            named = str(value[0].get("id"))
            for said in self._message(named, *value):
                # Two messages may come at once; whose block it is, its event says.
                yield "messages", namespace, {**said, "message_id": named}
        elif mode in PLAIN:
            if isinstance(value, Mapping) and "__interrupt__" in value:
                yield from self._interrupts(value["__interrupt__"], namespace)
            yield mode, namespace, value
        elif mode == "error":
            yield "lifecycle", [], {"event": "failed", "error": value["message"]}
        elif mode == "end":
            yield "lifecycle", [], {"event": ENDS.get(value["status"], "failed")}

    def _interrupts(self, found: list[Any], namespace: list[str]) -> Iterator[Told]:
        for each in found:
            if each["id"] not in self._asked:
                self._asked.add(each["id"])
                asked = {"interrupt_id": each["id"], "value": each["value"]}
                yield "input.requested", namespace, {**asked, "payload": each["value"]}

    def _message(
        self, named: str, message: dict[str, Any], about: dict[str, Any]
    ) -> Iterator[dict[str, Any]]:
        if named in self._ended:
            return
        is_piece = message["type"].endswith("Chunk")
        text = _text(message)
        if named not in self._texts:
            self._texts[named] = ""
            yield {"event": "message-start", "role": "ai", "id": named, "metadata": _plain(about)}
            yield _block("start", 0, {"type": "text", "text": ""})
        if text:
            self._texts[named] += text
            delta = {"type": "text-delta", "text": text}
            yield {"event": "content-block-delta", "index": 0, "delta": delta}
        for call in message.get("tool_call_chunks") or ():
            self._add(named, call)
        if is_piece and message.get("chunk_position") != "last":
            return
        self._ended.add(named)
        yield _block("finish", 0, {"type": "text", "text": self._texts.pop(named)})
        calls = self._calls.pop(named, None) or message.get("tool_calls") or []
        for index, call in enumerate(calls, 1):
            block = {"type": "tool_call", "id": call.get("id"), "name": call.get("name") or ""}
            yield _block("start", index, {**block, "type": "tool_call_chunk", "args": ""})
            yield _block("finish", index, {**block, "args": _arguments(call.get("args"))})
        usage = message.get("usage_metadata")
        yield {"event": "message-finish", **({"usage": usage} if usage else {})}

    def _add(self, named: str, piece: Mapping[str, Any]) -> None:
        calls = self._calls.setdefault(named, [])
        index = piece.get("index")
        for known in calls:
            if index is not None and known.get("index") == index:
                known["args"] = (known.get("args") or "") + (piece.get("args") or "")
                return
        calls.append(dict(piece))


class Wanted:
    """What somebody subscribed to."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        channels = body.get("channels")
        self.channels = {str(each) for each in channels} if isinstance(channels, list) else set()
        spaces = body.get("namespaces")
        self._prefixes = [list(map(str, each)) for each in spaces] if spaces else None
        depth = body.get("depth")
        self._depth = depth if isinstance(depth, int) else None
        since = body.get("since")
        self.since = since if isinstance(since, int) else -1

    def takes(self, told: Told) -> bool:
        """Whether it was asked for."""
        method, namespace, data = told
        channel = method.partition(".")[0]
        if channel == "custom" and isinstance(data, Mapping) and "custom" not in self.channels:
            return f"custom:{data.get('name')}" in self.channels
        if channel not in self.channels:
            return False
        prefixes = self._prefixes if self._prefixes is not None else [[]]
        return any(
            namespace[: len(prefix)] == prefix
            and (self._depth is None or len(namespace) - len(prefix) <= self._depth)
            for prefix in prefixes
        )


def event_of(told: Told, seq: int) -> dict[str, Any]:
    """As it goes over the wire."""
    method, namespace, data = told
    at = time.time_ns() // 1_000_000
    return {
        "type": "event",
        "event_id": str(seq),
        "seq": seq,
        "method": method,
        "params": {"namespace": namespace, "timestamp": at, "data": data},
    }


def _block(which: str, index: int, content: dict[str, Any]) -> dict[str, Any]:
    return {"event": f"content-block-{which}", "index": index, "content": content}


def _text(message: Mapping[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "".join(str(p.get("text") or "") for p in parts if isinstance(p, Mapping))


def _arguments(given: Any) -> Any:
    if not isinstance(given, str):
        return given or {}
    try:
        return orjson.loads(given)
    except orjson.JSONDecodeError:
        return {}


def _plain(about: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in about.items() if isinstance(v, (str, int, float, bool))}
