"""The agent protocol, where it is not the same as LangGraph's own routes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilothouse.serving.langgraph.assistant_routes import schemas_of
from pilothouse.serving.langgraph.bodies import body_of, includes, number, owner_of, page, text_of
from pilothouse.serving.langgraph.models import Assistant
from pilothouse.serving.langgraph.protocol import run_told, waited
from pilothouse.serving.replies import Reply, json_answer

if TYPE_CHECKING:
    from pilothouse.serving.call import Call
    from pilothouse.serving.langgraph.assistants import Assistants
    from pilothouse.serving.langgraph.graphs import Graphs
    from pilothouse.serving.langgraph.records import Records
    from pilothouse.serving.langgraph.run_routes import RunRoutes


class AgentRoutes:
    """`/agents`, and what it says of runs."""

    def __init__(
        self, runs: RunRoutes, assistants: Assistants, graphs: Graphs, records: Records
    ) -> None:
        self.of_runs = runs
        self.assistants = assistants
        self.graphs = graphs
        self.records = records

    async def search(self, call: Call) -> Reply:
        """By name and metadata."""
        body = await body_of(call)
        name, metadata = str(body.get("name") or "").lower(), body.get("metadata") or {}
        found = [
            each
            for each in await self.assistants.all(owner_of(call))
            if name in each.name.lower() and includes(each.metadata, metadata)
        ]
        part, head = page(found, body)
        return json_answer([self._told(each) for each in part], headers=head)

    async def get(self, call: Call) -> Reply:
        """One."""
        return json_answer(self._told(await self._one(call)))

    async def schemas(self, call: Call) -> Reply:
        """What it takes, gives and keeps."""
        assistant = await self._one(call)
        mount = self.assistants.mount_of(assistant.graph_id)
        schemas = schemas_of(self.graphs.of(mount, owner_of(call)))
        del schemas["context_schema"]
        return json_answer({"agent_id": assistant.id, **schemas})

    async def runs(self, call: Call) -> Reply:
        """Runs by thread, agent, status and metadata."""
        body = await body_of(call)
        found = await self.records.runs(
            owner_of(call),
            text_of(body, "thread_id"),
            status=text_of(body, "status"),
            limit=1_000,
            offset=0,
        )
        wanted, agent = body.get("metadata") or {}, body.get("agent_id")
        kept = [
            run
            for run in found
            if includes(run.metadata, wanted) and agent in (None, run.assistant_id)
        ]
        part, head = page(kept, {"limit": number(body, "limit", 10), "offset": body.get("offset")})
        return json_answer([run_told(run) for run in part], headers=head)

    async def wait(self, call: Call) -> Reply:
        """A run once it has ended, with the state that it left."""
        run = await self.records.run(owner_of(call), call.params["run_id"])
        ended = await self.of_runs.engine.ended(run)
        return json_answer(waited(ended))

    def _told(self, assistant: Assistant) -> dict[str, Any]:
        mount = self.assistants.mount_of(assistant.graph_id)
        capabilities = {"ap.io.streaming": True, "ap.io.messages": mount.shape is not None}
        return {
            "agent_id": assistant.id,
            "name": assistant.name,
            "description": assistant.description or "",
            "metadata": assistant.metadata,
            "capabilities": capabilities,
        }

    async def _one(self, call: Call) -> Assistant:
        return await self.assistants.one(owner_of(call), call.params["agent_id"])
