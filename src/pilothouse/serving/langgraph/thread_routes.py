"""Threads: made, found, changed, copied and forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pilothouse.serving.errors import NotFound, Refusal
from pilothouse.serving.ids import new_uuid
from pilothouse.serving.langgraph.bodies import (
    body_of,
    chosen,
    includes,
    object_of,
    ordered,
    owner_of,
    page,
    text_of,
    texts_of,
)
from pilothouse.serving.langgraph.engine import Engine, forget
from pilothouse.serving.langgraph.models import Thread
from pilothouse.serving.langgraph.names import keyed
from pilothouse.serving.langgraph.states import invalid_update
from pilothouse.serving.replies import Answer, Reply, json_answer
from pilothouse.serving.values import from_json

if TYPE_CHECKING:
    from pilothouse.serving.call import Call
    from pilothouse.serving.langgraph.records import Records
    from pilothouse.serving.langgraph.state_routes import StateRoutes

SORTED = {
    "thread_id": "id",
    "status": "status",
    "created_at": "created",
    "updated_at": "updated",
    "state_updated_at": "state_updated",
}


class ThreadRoutes:
    """`/threads`."""

    def __init__(self, states: StateRoutes, engine: Engine, records: Records) -> None:
        self.states = states
        self.engine = engine
        self.records = records

    async def create(self, call: Call) -> Reply:
        """A new one; 409 where it is there, unless `if_exists` is `do_nothing`."""
        owner, body = owner_of(call), await body_of(call)
        named = str(body.get("thread_id") or new_uuid())
        steps = _steps(body)
        made = await self.records.add_thread(owner, named, object_of(body, "metadata"))
        if not made and body.get("if_exists") != "do_nothing":
            raise Refusal(f"there is a thread {named!r} already", status=409, code="conflict")
        if made and steps:
            try:
                await self._replay(owner, named, body, steps)
            except Exception as error:
                await self.records.delete_thread(owner, named)
                if isinstance(error, invalid_update()):
                    raise Refusal(str(error), status=422) from None
                raise
        return json_answer((await self.records.thread(owner, named)).told())

    async def _replay(
        self, owner: str, named: str, body: Mapping[str, Any], steps: list[list[Any]]
    ) -> None:
        """The states of a thread that was elsewhere."""
        metadata = object_of(body, "metadata")
        graph_id = metadata.get("graph_id") or body.get("graph_id")
        if graph_id:
            await self.records.begin_on(owner, named, str(graph_id), metadata, {})
        graph = self.states.graph_of(owner, await self.records.thread(owner, named))
        if graph is None:
            raise Refusal("supersteps need metadata.graph_id", status=422)
        config = {"configurable": {"thread_id": keyed(owner, named)}}
        try:
            await graph.abulk_update_state(config, steps)
        except Exception:
            await forget(graph, keyed(owner, named))
            raise
        await self.states.keep(owner, named, graph)

    async def get(self, call: Call) -> Reply:
        """One, with the state that it has."""
        owner, named = owner_of(call), call.params["thread_id"]
        thread = await self.records.thread(owner, named)
        if thread.status == "busy":
            await self.engine.look_after(owner, named)
            thread = await self.records.thread(owner, named)
        return json_answer(thread.told())

    async def change(self, call: Call) -> Reply:
        """More metadata."""
        body = await body_of(call)
        named = call.params["thread_id"]
        thread = await self.records.change_thread(
            owner_of(call), named, object_of(body, "metadata")
        )
        return json_answer(thread.told())

    async def delete(self, call: Call) -> Reply:
        """With its runs and checkpoints."""
        await self.remove(owner_of(call), call.params["thread_id"])
        return Answer(b"", status=204)

    async def remove(self, owner: str, named: str) -> None:
        """The same by name."""
        thread = await self.records.thread(owner, named)
        await self.engine.look_after(owner, named)
        if await self.records.active(owner, named):
            raise Refusal(f"thread {named!r} is busy: cancel its run first", status=409)
        graph = self.states.graph_of(owner, thread)
        await self.records.delete_thread(owner, named)
        if graph is not None:
            await forget(graph, keyed(owner, named))

    async def search(self, call: Call) -> Reply:
        """By metadata, state or status; the last changed first."""
        body = await body_of(call)
        found = ordered(await self._found(call, body), body, SORTED)
        part, head = page(found, body)
        told = [chosen(each.told(), body.get("select")) for each in part]
        wanted = body.get("extract")
        if isinstance(wanted, Mapping):
            for each, thread in zip(told, part, strict=True):
                whole = thread.told()
                each["extracted"] = {k: _within(whole, str(v)) for k, v in wanted.items()}
        return json_answer(told, headers=head)

    async def count(self, call: Call) -> Reply:
        """How many such a search finds."""
        return json_answer(len(await self._found(call, await body_of(call))))

    async def _found(self, call: Call, body: Mapping[str, Any]) -> list[Thread]:
        status, ids = text_of(body, "status"), texts_of(body, "ids")
        found = await self.records.threads(owner_of(call), status, ids)
        wanted, values = body.get("metadata") or {}, body.get("values") or {}
        return [
            each
            for each in found
            if includes(each.metadata, wanted) and (not values or includes(each.values, values))
        ]

    async def copy(self, call: Call) -> Reply:
        """Another thread with the same checkpoints."""
        owner = owner_of(call)
        thread = await self.records.thread(owner, call.params["thread_id"])
        graph = self.states.graph_of(owner, thread)
        named = new_uuid()
        await self.records.add_thread(owner, named, thread.metadata)
        if thread.graph_id is not None:
            await self.records.begin_on(
                owner, named, thread.graph_id, thread.metadata, thread.config
            )
        if graph is not None:
            try:
                await graph.checkpointer.acopy_thread(keyed(owner, thread.id), keyed(owner, named))
            except NotImplementedError:
                await self.records.delete_thread(owner, named)
                raise Refusal(
                    "the graph's own checkpointer cannot copy threads", status=422
                ) from None
            await self.states.keep(owner, named, graph)
        return json_answer((await self.records.thread(owner, named)).told())

    async def prune(self, call: Call) -> Reply:
        """Forget threads, or all of their checkpoints but the newest."""
        owner, body = owner_of(call), await body_of(call)
        strategy, ids = body.get("strategy") or "delete", body.get("thread_ids")
        if strategy not in ("delete", "keep_latest") or not isinstance(ids, list):
            raise Refusal("thread_ids: a list; strategy: delete or keep_latest", status=422)
        done = 0
        for named in map(str, ids):
            try:
                thread = await self.records.thread(owner, named)
            except NotFound:
                continue
            if strategy == "delete":
                await self.remove(owner, named)
            elif (graph := self.states.graph_of(owner, thread)) is not None:
                await graph.checkpointer.aprune([keyed(owner, named)], strategy=strategy)
            done += 1
        return json_answer({"pruned_count": done})


def _steps(body: Mapping[str, Any]) -> list[list[Any]]:
    """What `supersteps` says, as LangGraph takes it; raises Refusal."""
    from langgraph.types import StateUpdate

    given = body.get("supersteps") or []
    steps = []
    for step in given if isinstance(given, list) else [None]:
        updates = step.get("updates") if isinstance(step, dict) else None
        if not isinstance(updates, list) or not all(isinstance(each, dict) for each in updates):
            raise Refusal("supersteps: a list of objects with a list updates", status=422)
        steps.append(
            [StateUpdate(from_json(u.get("values")), text_of(u, "as_node")) for u in updates]
        )
    return [step for step in steps if step]


def _within(value: Any, path: str) -> Any:
    """What stands at a place like `values.messages[-1].content`; None where nothing does."""
    for part in path.replace("[", ".").replace("]", "").split("."):
        if isinstance(value, Mapping):
            value = value.get(part)
        elif isinstance(value, list) and part.lstrip("-").isdigit():
            place = int(part)
            value = value[place] if -len(value) <= place < len(value) else None
        else:
            return None
    return value
