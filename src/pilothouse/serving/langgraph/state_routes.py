"""States of threads: the newest, earlier ones, and changes by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pilothouse.serving.errors import NotFound, Refusal
from pilothouse.serving.langgraph.asked import checkpoint_of
from pilothouse.serving.langgraph.bodies import (
    body_of,
    chosen,
    number,
    object_of,
    owner_of,
    text_of,
    truth,
)
from pilothouse.serving.langgraph.models import Thread
from pilothouse.serving.langgraph.names import keyed
from pilothouse.serving.langgraph.states import interrupts_of, invalid_update, plain, state_told
from pilothouse.serving.replies import Reply, json_answer
from pilothouse.serving.values import from_json

if TYPE_CHECKING:
    from pilothouse.serving.call import Call
    from pilothouse.serving.langgraph.assistants import Assistants
    from pilothouse.serving.langgraph.graphs import Graphs
    from pilothouse.serving.langgraph.records import Records


class StateRoutes:
    """`/threads/{id}/state` and `/history`."""

    def __init__(self, assistants: Assistants, graphs: Graphs, records: Records) -> None:
        self.assistants = assistants
        self.graphs = graphs
        self.records = records

    async def get(self, call: Call) -> Reply:
        """The newest, or that of a checkpoint."""
        asked: dict[str, Any] = {}
        if "checkpoint_id" in call.params:
            asked["checkpoint_id"] = call.params["checkpoint_id"]
        return await self._told(call, asked, call.query)

    async def at(self, call: Call) -> Reply:
        """That of a checkpoint, also one of a subgraph."""
        body = await body_of(call)
        return await self._told(call, checkpoint_of(body), body)

    async def _told(
        self, call: Call, checkpoint: dict[str, Any], given: Mapping[str, Any]
    ) -> Reply:
        owner = owner_of(call)
        thread = await self.records.thread(owner, call.params["thread_id"])
        graph = self.graph_of(owner, thread)
        if graph is None:
            return json_answer(_nothing(thread))
        inner = keyed(owner, thread.id)
        config = {"configurable": {"thread_id": inner, **checkpoint}}
        snapshot = await graph.aget_state(config, subgraphs=truth(given, "subgraphs"))
        if checkpoint.get("checkpoint_id") and snapshot.created_at is None:
            raise NotFound(f"there is no checkpoint {checkpoint['checkpoint_id']!r}")
        return json_answer(chosen(state_told(snapshot, inner, thread.id), given.get("select")))

    async def update(self, call: Call) -> Reply:
        """Another state, as if a node had written it."""
        owner, body = owner_of(call), await body_of(call)
        thread = await self.records.thread(owner, call.params["thread_id"])
        graph = self.graph_of(owner, thread)
        if graph is None:
            raise Refusal("the thread has no graph yet: run one on it first", status=409)
        inner = keyed(owner, thread.id)
        config = {"configurable": {"thread_id": inner, **checkpoint_of(body)}}
        values = body.get("values")
        many = values if isinstance(values, list) else [values]
        node = text_of(body, "as_node")
        try:
            for each in many:
                given = None if each is None else from_json(each)
                config = await graph.aupdate_state(config, given, as_node=node)
        except invalid_update() as error:
            raise Refusal(str(error), status=422) from None
        await self.keep(owner, thread.id, graph)
        named = config["configurable"]
        told = {
            "thread_id": thread.id,
            "checkpoint_ns": named.get("checkpoint_ns", ""),
            "checkpoint_id": named.get("checkpoint_id"),
        }
        return json_answer(
            {"checkpoint": told, "configurable": told, "checkpoint_id": told["checkpoint_id"]}
        )

    async def history(self, call: Call) -> Reply:
        """Earlier states, the newest first."""
        owner = owner_of(call)
        given: Mapping[str, Any] = await body_of(call) if call.method == "POST" else call.query
        thread = await self.records.thread(owner, call.params["thread_id"])
        graph = self.graph_of(owner, thread)
        if graph is None:
            return json_answer([])
        inner = keyed(owner, thread.id)
        config = {"configurable": {"thread_id": inner, **checkpoint_of(given)}}
        before = _before(given.get("before"), inner)
        found = graph.aget_state_history(
            config,
            filter=object_of(given, "metadata") or None,
            before=before,
            limit=number(given, "limit", 10),
        )
        told = [state_told(snapshot, inner, thread.id) async for snapshot in found]
        return json_answer([chosen(each, given.get("select")) for each in told])

    def graph_of(self, owner: str, thread: Thread) -> Any:
        """The graph that ran on a thread, else the only one there is; None where none is meant."""
        mounts = list(self.graphs.service.mounts.values())
        if thread.graph_id is not None:
            return self.graphs.of(self.assistants.mount_of(thread.graph_id), owner)
        return self.graphs.of(mounts[0], owner) if len(mounts) == 1 else None

    async def keep(self, owner: str, thread_id: str, graph: Any) -> None:
        """Note in the thread what its graph says of it now."""
        inner = keyed(owner, thread_id)
        snapshot = await graph.aget_state({"configurable": {"thread_id": inner}})
        await self.records.set_state(
            owner,
            thread_id,
            status="interrupted" if snapshot.next else "idle",
            values=plain(snapshot.values, inner, thread_id),
            interrupts=plain(interrupts_of(snapshot), inner, thread_id),
        )


def _before(given: Any, inner: str) -> dict[str, Any] | None:
    if not given:
        return None
    named = object_of({"before": given}, "before") if not isinstance(given, str) else {}
    named = object_of(named, "configurable") or named
    checkpoint = given if isinstance(given, str) else text_of(named, "checkpoint_id")
    return {"configurable": {"thread_id": inner, "checkpoint_id": checkpoint}}


def _nothing(thread: Thread) -> dict[str, Any]:
    """The state of a thread on which nothing ran."""
    checkpoint = {"thread_id": thread.id, "checkpoint_ns": "", "checkpoint_id": None}
    return {
        "values": {},
        "next": [],
        "tasks": [],
        "metadata": {},
        "created_at": None,
        "checkpoint": checkpoint,
        "parent_checkpoint": None,
        "interrupts": [],
        "checkpoint_id": None,
        "parent_checkpoint_id": None,
    }
