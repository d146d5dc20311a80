"""Assistants, and what their graphs look like."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pilothouse.serving.langgraph.bodies import (
    body_of,
    chosen,
    includes,
    number,
    ordered,
    owner_of,
    page,
    truth,
)
from pilothouse.serving.langgraph.models import Assistant
from pilothouse.serving.replies import Answer, Reply, json_answer

if TYPE_CHECKING:
    from pilothouse.serving.call import Call
    from pilothouse.serving.langgraph.assistants import Assistants
    from pilothouse.serving.langgraph.graphs import Graphs

SORTED = {
    "assistant_id": "id",
    "graph_id": "graph_id",
    "name": "name",
    "created_at": "created",
    "updated_at": "updated",
}
SCHEMAS = {
    "input_schema": "get_input_jsonschema",
    "output_schema": "get_output_jsonschema",
    "config_schema": "get_config_jsonschema",
    "context_schema": "get_context_jsonschema",
}


class AssistantRoutes:
    """`/assistants`."""

    def __init__(self, assistants: Assistants, graphs: Graphs) -> None:
        self.assistants = assistants
        self.graphs = graphs

    async def search(self, call: Call) -> Reply:
        """By metadata, graph or name."""
        body = await body_of(call)
        found = ordered(await self._found(call, body), body, SORTED)
        part, head = page(found, body)
        return json_answer([chosen(a.told(), body.get("select")) for a in part], headers=head)

    async def count(self, call: Call) -> Reply:
        """How many such a search finds."""
        return json_answer(len(await self._found(call, await body_of(call))))

    async def _found(self, call: Call, body: Mapping[str, Any]) -> list[Assistant]:
        graph, name = body.get("graph_id"), str(body.get("name") or "").lower()
        return [
            each
            for each in await self.assistants.all(owner_of(call))
            if (graph is None or each.graph_id == graph)
            and name in each.name.lower()
            and includes(each.metadata, body.get("metadata") or {})
        ]

    async def create(self, call: Call) -> Reply:
        """One of the owner's."""
        return json_answer((await self.assistants.add(owner_of(call), await body_of(call))).told())

    async def get(self, call: Call) -> Reply:
        """One."""
        return json_answer((await self._one(call)).told())

    async def change(self, call: Call) -> Reply:
        """A new version."""
        named, body = call.params["assistant_id"], await body_of(call)
        return json_answer((await self.assistants.change(owner_of(call), named, body)).told())

    async def delete(self, call: Call) -> Reply:
        """One of the owner's."""
        await self.assistants.delete(owner_of(call), call.params["assistant_id"])
        return Answer(b"", status=204)

    async def versions(self, call: Call) -> Reply:
        """The newest first."""
        body = await body_of(call)
        found = await self.assistants.versions(owner_of(call), call.params["assistant_id"])
        wanted = body.get("metadata") or {}
        part, head = page([a for a in found if includes(a.metadata, wanted)], body)
        return json_answer([each.told() for each in part], headers=head)

    async def choose(self, call: Call) -> Reply:
        """Another version as the latest."""
        version = number(await body_of(call), "version", 0, 10**9)
        named = call.params["assistant_id"]
        return json_answer((await self.assistants.choose(owner_of(call), named, version)).told())

    # --- what their graphs look like ---

    async def graph(self, call: Call) -> Reply:
        """Nodes and edges."""
        asked = call.query.get("xray", "")
        xray: Any = int(asked) if asked.isdigit() else asked.lower() == "true"
        graph = await self._graph(call)
        drawn = (await graph.aget_graph(xray=xray)).to_json()
        for node in drawn["nodes"]:
            data = node.get("data")
            if isinstance(data, dict) and "id" in data:  # a class: its path says nothing to others
                node["data"] = {"name": data.get("name") or data["id"][-1]}
        return json_answer(drawn)

    async def schemas(self, call: Call) -> Reply:
        """What the graph takes, gives and keeps."""
        assistant = await self._one(call)
        return json_answer({"graph_id": assistant.graph_id, **schemas_of(await self._graph(call))})

    async def subgraphs(self, call: Call) -> Reply:
        """The same of graphs inside of it, by their place."""
        namespace = call.params.get("namespace")
        graph = await self._graph(call)
        deep = truth(call.query, "recurse")
        found = {
            name: schemas_of(inner)
            async for name, inner in graph.aget_subgraphs(namespace=namespace, recurse=deep)
        }
        return json_answer(found)

    async def _one(self, call: Call) -> Assistant:
        return await self.assistants.one(owner_of(call), call.params["assistant_id"])

    async def _graph(self, call: Call) -> Any:
        assistant = await self._one(call)
        return self.graphs.of(self.assistants.mount_of(assistant.graph_id), owner_of(call))


def schemas_of(graph: Any) -> dict[str, Any]:
    """JSON Schemas; None for one that the graph's types cannot tell."""
    found: dict[str, Any] = {}
    for name, method in SCHEMAS.items():
        try:
            with warnings.catch_warnings(action="ignore"):  # the one of config is deprecated
                found[name] = getattr(graph, method)()
        except Exception:  # noqa: BLE001 - whatever somebody's types do, the others can be told
            found[name] = None
    found["state_schema"] = found["output_schema"]
    return found
