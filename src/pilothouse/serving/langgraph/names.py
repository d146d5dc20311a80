"""What clients of LangGraph's platform call things."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final
from uuid import UUID, uuid5

GRAPH_NAMESPACE: Final = UUID("6ba7b821-9dad-11d1-80b4-00c04fd430c8")
"""Of the id that a graph's own assistant has, derived from the graph's name."""


def assistant_of_graph(graph_id: str) -> str:
    """The id of the assistant that a graph has by itself."""
    return str(uuid5(GRAPH_NAMESPACE, graph_id))


def keyed(owner: str, thread_id: str) -> str:
    """What a graph calls a thread: one of each owner, whatever clients call it."""
    return f"{owner}:{thread_id}" if owner else thread_id


def time_of(microseconds: int) -> str:
    """RFC 3339, with its offset."""
    return dt.datetime.fromtimestamp(microseconds / 1e6, dt.UTC).isoformat()


def with_names_of(value: Any, inner: str, outer: str) -> Any:
    """A payload in which a thread has the name that its client knows."""
    if inner == outer:
        return value
    if isinstance(value, dict):
        return {
            key: outer
            if key == "thread_id" and each == inner
            else with_names_of(each, inner, outer)
            for key, each in value.items()
        }
    if isinstance(value, list):
        return [with_names_of(each, inner, outer) for each in value]
    return value
