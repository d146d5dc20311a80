"""Which path is answered by what. LangGraph itself is imported when one of them is first asked."""

from __future__ import annotations

import asyncio
import importlib
from typing import TYPE_CHECKING, Any, Final

from pilothouse.serving import dialects
from pilothouse.serving.errors import Refusal

if TYPE_CHECKING:
    from pilothouse.serving.call import Call
    from pilothouse.serving.replies import Reply
    from pilothouse.serving.routing import Handler, Router
    from pilothouse.serving.service import Service

A, T, R = "/assistants/{assistant_id}", "/threads/{thread_id}", "/threads/{thread_id}/runs"
ROUTES: Final = (
    ("POST", "/assistants/search", "assistants.search"),
    ("POST", "/assistants/count", "assistants.count"),
    ("POST", "/assistants", "assistants.create"),
    ("GET", A, "assistants.get"),
    ("PATCH", A, "assistants.change"),
    ("DELETE", A, "assistants.delete"),
    ("GET", A + "/graph", "assistants.graph"),
    ("GET", A + "/schemas", "assistants.schemas"),
    ("GET", A + "/subgraphs", "assistants.subgraphs"),
    ("GET", A + "/subgraphs/{namespace}", "assistants.subgraphs"),
    ("POST", A + "/versions", "assistants.versions"),
    ("POST", A + "/latest", "assistants.choose"),
    ("POST", "/threads", "threads.create"),
    ("POST", "/threads/search", "threads.search"),
    ("POST", "/threads/count", "threads.count"),
    ("POST", "/threads/prune", "threads.prune"),
    ("GET", T, "threads.get"),
    ("PATCH", T, "threads.change"),
    ("DELETE", T, "threads.delete"),
    ("POST", T + "/copy", "threads.copy"),
    ("GET", T + "/state", "states.get"),
    ("POST", T + "/state", "states.update"),
    ("POST", T + "/state/checkpoint", "states.at"),
    ("GET", T + "/state/{checkpoint_id}", "states.get"),
    ("GET", T + "/history", "states.history"),
    ("POST", T + "/history", "states.history"),
    ("GET", T + "/stream", "runs.of_thread"),
    ("POST", T + "/commands", "protocol.command"),
    ("POST", T + "/stream", "protocol.events"),
    ("POST", T + "/stream/events", "protocol.events"),
    ("POST", R, "runs.create"),
    ("GET", R, "runs.all"),
    ("POST", R + "/stream", "runs.stream"),
    ("POST", R + "/wait", "runs.wait"),
    ("GET", R + "/{run_id}", "runs.get"),
    ("DELETE", R + "/{run_id}", "runs.delete"),
    ("GET", R + "/{run_id}/join", "runs.join"),
    ("GET", R + "/{run_id}/stream", "runs.rejoin"),
    ("POST", R + "/{run_id}/cancel", "runs.cancel"),
    ("POST", "/runs", "runs.create"),
    ("POST", "/runs/stream", "runs.stream"),
    ("POST", "/runs/wait", "runs.wait"),
    ("POST", "/runs/batch", "runs.batch"),
    ("POST", "/runs/cancel", "runs.cancel_many"),
    ("POST", "/runs/search", "agents.runs"),
    ("GET", "/runs/{run_id}", "runs.get"),
    ("DELETE", "/runs/{run_id}", "runs.delete"),
    ("GET", "/runs/{run_id}/wait", "agents.wait"),
    ("GET", "/runs/{run_id}/join", "runs.join"),
    ("GET", "/runs/{run_id}/stream", "runs.rejoin"),
    ("POST", "/runs/{run_id}/cancel", "runs.cancel"),
    ("POST", "/agents/search", "agents.search"),
    ("GET", "/agents/{agent_id}", "agents.get"),
    ("GET", "/agents/{agent_id}/schemas", "agents.schemas"),
    ("PUT", "/store/items", "items.put"),
    ("GET", "/store/items", "items.get"),
    ("DELETE", "/store/items", "items.delete"),
    ("POST", "/store/items/search", "items.search"),
    ("POST", "/store/namespaces", "items.namespaces"),
)


class LangGraphRoutes:
    """Theirs."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._surface: Any = None
        self._building = asyncio.Lock()

    def add_to(self, router: Router) -> None:
        """At the root, where their clients look for them."""
        for methods, template, handler in ROUTES:
            router.add(
                methods, template, self._later(handler), dialect=dialects.langgraph, scope=""
            )

    def _later(self, handler: str) -> Handler:
        group, _, name = handler.partition(".")

        async def answer(call: Call) -> Reply:
            if self._surface is None:
                await self._build()
            reply: Reply = await getattr(getattr(self._surface, group), name)(call)
            return reply

        return answer

    async def _build(self) -> None:
        async with self._building:
            if self._surface is not None:
                return
            name = "pilothouse.serving.langgraph.surface"
            try:
                module = await asyncio.to_thread(importlib.import_module, name)
            except ModuleNotFoundError as error:
                if (error.name or "").partition(".")[0] not in ("langgraph", "langchain_core"):
                    raise
                raise Refusal(
                    "these routes need LangGraph: pip install 'pilothouse[langgraph]'",
                    status=501, code="not_installed",
                ) from None  # fmt: skip
            self._surface = module.Surface(self.service)
