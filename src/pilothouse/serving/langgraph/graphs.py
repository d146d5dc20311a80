"""The graph of each mount, with our own checkpoints and items where it brings none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilothouse.serving.langgraph.implicit import implicit_graph
from pilothouse.serving.langgraph.items import Items
from pilothouse.serving.langgraph.saver import Saver
from pilothouse.serving.targets.runnables import Graph

if TYPE_CHECKING:
    from pilothouse.serving.mounts import Mount
    from pilothouse.serving.service import Service

KNOWN = 1_000
"""Owners whose copies of graphs are kept."""


class Graphs:
    """Built when they are first asked for."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.saver = Saver(service.store.database)
        self._bare: dict[str, Any] = {}
        self._owned: dict[tuple[str, str], Any] = {}

    def of(self, mount: Mount, owner: str) -> Any:  # Any: a Pregel, of which not all types are told
        """The mount's graph for an owner."""
        known = self._owned.get((mount.name, owner))
        if known is None:
            if len(self._owned) >= KNOWN:
                self._owned.clear()
            known = self._owned[mount.name, owner] = self._made(mount, owner)
        return known

    def is_implicit(self, mount: Mount) -> bool:
        """Whether the target is no graph itself."""
        return not isinstance(mount.target, Graph)

    def items(self, owner: str) -> Items:
        """What an owner's graphs and clients keep."""
        return Items(self.service.store.database, owner)

    def _made(self, mount: Mount, owner: str) -> Any:
        graph = self._bare.get(mount.name)
        if graph is None:
            target = mount.target
            if isinstance(target, Graph):
                graph = target.runnable
            else:
                graph = implicit_graph(mount).compile(checkpointer=self.saver, name=mount.name)
            self._bare[mount.name] = graph
        ours: dict[str, Any] = {}
        if graph.checkpointer in (None, False):
            ours["checkpointer"] = self.saver
        if graph.store is None:
            ours["store"] = self.items(owner)
        return graph.copy(update=ours) if ours else graph
