"""What a graph streams, as the events that clients of LangGraph's platform expect."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

from pilothouse.serving.langgraph.implicit import NODE, PIECE

MODES: Final = (
    "values", "messages", "messages-tuple", "updates", "events", "debug", "custom", "tasks",
    "checkpoints", "tools", "lifecycle",
)  # fmt: skip
NOT_OURS: Final = frozenset(("tools", "lifecycle", "events"))
"""What no graph streams by itself: `events` are asked of it otherwise."""
Told = tuple[str, Any]


class Events:
    """One run's."""

    def __init__(self, modes: Sequence[str], *, subgraphs: bool, implicit: bool) -> None:
        self._modes = set(modes)
        self._subgraphs = subgraphs
        self._implicit = implicit
        self._whole: dict[str, Any] = {}
        """Messages of which pieces have come."""
        self.values: Any = None
        """The last state that was told."""

    @property
    def of_graph(self) -> list[str]:
        """The modes that the graph itself is asked for."""
        asked = {"values", *(self._modes - NOT_OURS)}
        if "messages-tuple" in asked:
            asked = (asked - {"messages-tuple"}) | {"messages"}
        if self._implicit and "messages" in asked:
            asked = (asked - {"messages"}) | {"custom"}
        return sorted(asked)

    async def of(
        self, graph: Any, given: Any, config: dict[str, Any], **how: Any
    ) -> AsyncIterator[Told]:
        """From the first to the last, not serialized yet."""
        if "events" in self._modes:
            async for told in self._with_events(graph, given, config, **how):
                yield told
            return
        how |= {"stream_mode": self.of_graph, "subgraphs": self._subgraphs}
        async for piece in graph.astream(given, config, **how):
            for told in self._translated(piece):
                yield told

    async def _with_events(
        self, graph: Any, given: Any, config: dict[str, Any], **how: Any
    ) -> AsyncIterator[Told]:
        how |= {"stream_mode": self.of_graph, "subgraphs": self._subgraphs, "version": "v2"}
        root = None
        async for event in graph.astream_events(given, config, **how):
            root = root or event["run_id"]
            if event["event"] == "on_chain_stream" and event["run_id"] == root:
                chunk = event["data"]["chunk"]
                if isinstance(chunk, tuple):
                    for told in self._translated(chunk):
                        yield told
                    continue
            shown = {k: v for k, v in event.get("metadata", {}).items() if not k.startswith("__")}
            yield "events", {**event, "metadata": shown}

    def _translated(self, piece: Any) -> list[Told]:
        *spaces, mode, data = piece
        path = "|".join(spaces[0]) if spaces else ""
        after = f"|{path}" if path else ""
        if mode == "values":
            if not path:
                self.values = data
            return [(f"values{after}", data)] if "values" in self._modes else []
        if mode == "custom" and self._implicit and isinstance(data, dict) and PIECE in data:
            mode, data = "messages", (data[PIECE], {"langgraph_node": NODE, "tags": []})
        elif mode == "custom" and "custom" not in self._modes:
            return []
        if mode == "messages":
            return self._message(data, after)
        return [(f"{mode}{after}", data)]

    def _message(self, data: Any, after: str) -> list[Told]:
        message, about = data
        shown = {k: v for k, v in about.items() if not k.startswith("__")}
        told: list[Told] = []
        if "messages-tuple" in self._modes:
            told.append((f"messages{after}", [message, shown]))
        if "messages" not in self._modes:
            return told
        known = self._whole.get(message.id)
        is_piece = type(message).__name__.endswith("Chunk")
        if known is None:
            told.append((f"messages/metadata{after}", {str(message.id): {"metadata": shown}}))
        whole = known + message if known is not None and is_piece else message
        self._whole[message.id] = whole
        if is_piece:
            told.append((f"messages/partial{after}", [_unpieced(whole)]))
        if not is_piece or getattr(message, "chunk_position", None) == "last":
            told.append((f"messages/complete{after}", [_unpieced(whole)]))
        return told


def _unpieced(message: Any) -> Any:
    """What has grown so far, as a message of its own."""
    from langchain_core.messages import BaseMessageChunk, message_chunk_to_message

    return message_chunk_to_message(message) if isinstance(message, BaseMessageChunk) else message
