"""States of threads as clients get them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from pilothouse.serving.langgraph.names import with_names_of
from pilothouse.serving.values import to_json


def plain(value: Any, inner: str, outer: str) -> Any:
    """Any payload of a graph as JSON, with the thread's name as its client knows it."""
    return with_names_of(orjson.loads(to_json(value)), inner, outer)


def state_told(snapshot: Any, inner: str, outer: str) -> dict[str, Any]:
    """A StateSnapshot."""
    checkpoint = _checkpoint(snapshot.config, outer)
    parent = _checkpoint(snapshot.parent_config, outer)
    told = {
        "values": snapshot.values,
        "next": list(snapshot.next),
        "tasks": [_task(task, inner, outer) for task in snapshot.tasks],
        "metadata": snapshot.metadata or {},
        "created_at": snapshot.created_at,
        "checkpoint": checkpoint,
        "parent_checkpoint": parent,
        "interrupts": list(snapshot.interrupts),
        "checkpoint_id": checkpoint["checkpoint_id"] if checkpoint else None,
        "parent_checkpoint_id": parent["checkpoint_id"] if parent else None,
    }
    shown: dict[str, Any] = plain(told, inner, outer)
    return shown


def interrupts_of(snapshot: Any) -> dict[str, list[Any]]:
    """By task."""
    return {task.id: list(task.interrupts) for task in snapshot.tasks if task.interrupts}


def _task(task: Any, inner: str, outer: str) -> dict[str, Any]:
    state = task.state
    below = None if state is None or isinstance(state, Mapping) else state
    config = state if isinstance(state, Mapping) else None
    return {
        "id": task.id,
        "name": task.name,
        "path": list(task.path),
        "error": None if task.error is None else str(task.error),
        "interrupts": list(task.interrupts),
        "checkpoint": _checkpoint(config, outer),
        "state": None if below is None else state_told(below, inner, outer),
        "result": task.result,
    }


def _checkpoint(config: Mapping[str, Any] | None, thread: str) -> dict[str, Any] | None:
    if config is None:
        return None
    given = config.get("configurable", {})
    return {
        "thread_id": thread,
        "checkpoint_ns": given.get("checkpoint_ns", ""),
        "checkpoint_id": given.get("checkpoint_id"),
        "checkpoint_map": given.get("checkpoint_map"),
    }


def invalid_update() -> type[Exception]:
    """What a graph raises of a state that it cannot take."""
    from langgraph.errors import InvalidUpdateError

    return InvalidUpdateError
