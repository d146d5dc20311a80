"""What is kept of threads, runs and assistants."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from pilothouse.serving.langgraph.names import time_of

RunStatus = Literal["pending", "running", "success", "error", "timeout", "interrupted"]
ThreadStatus = Literal["idle", "busy", "interrupted", "error"]
Strategy = Literal["reject", "interrupt", "rollback", "enqueue"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """A thread of one owner."""

    id: str
    graph_id: str | None = None
    status: ThreadStatus = "idle"
    metadata: dict[str, Any] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    values: Any = None
    """The state after the last run; of any shape that JSON has."""
    interrupts: dict[str, list[Any]] = field(default_factory=dict)
    error: str | None = None
    created: int = 0
    """Microseconds since 1970, as all times here."""
    updated: int = 0
    state_updated: int = 0

    def told(self) -> dict[str, Any]:
        """As clients get it."""
        return {
            "thread_id": self.id,
            "created_at": time_of(self.created),
            "updated_at": time_of(self.updated),
            "state_updated_at": time_of(self.state_updated),
            "metadata": self.metadata,
            "status": self.status,
            "config": self.config,
            "values": self.values,
            "interrupts": self.interrupts,
            "error": self.error,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRun:
    """A run of a thread."""

    id: str
    owner: str
    thread_id: str
    stateless: bool
    """Whether its thread was made for it alone."""
    assistant_id: str
    status: RunStatus
    metadata: dict[str, Any] = field(default_factory=dict)
    kwargs: dict[str, Any] = field(default_factory=dict)
    strategy: Strategy = "enqueue"
    output: Any = None
    """What `wait` and `join` answer."""
    created: int = 0
    updated: int = 0

    def told(self) -> dict[str, Any]:
        """As clients get it."""
        return {
            "run_id": self.id,
            "thread_id": self.thread_id,
            "assistant_id": self.assistant_id,
            "created_at": time_of(self.created),
            "updated_at": time_of(self.updated),
            "metadata": self.metadata,
            "status": self.status,
            "kwargs": self.kwargs,
            "multitask_strategy": self.strategy,
        }

    @property
    def path(self) -> str:
        """Where it can be asked for."""
        return f"/runs/{self.id}" if self.stateless else f"/threads/{self.thread_id}/runs/{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assistant:
    """A graph with a configuration."""

    id: str
    graph_id: str
    name: str
    description: str | None = None
    config: dict[str, Any] = field(default_factory=dict)
    context: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    version: int = 1
    created: int = 0
    updated: int = 0

    def told(self) -> dict[str, Any]:
        """As clients get it."""
        return {
            "assistant_id": self.id,
            "graph_id": self.graph_id,
            "name": self.name,
            "description": self.description,
            "config": self.config,
            "context": self.context,
            "metadata": self.metadata,
            "version": self.version,
            "created_at": time_of(self.created),
            "updated_at": time_of(self.updated),
        }
