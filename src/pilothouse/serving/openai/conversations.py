"""/v1/conversations: threads in OpenAI's words."""

from __future__ import annotations

from typing import Any

from pilothouse.serving.call import Call
from pilothouse.serving.openai.items import item_of, messages_of, new_id
from pilothouse.serving.openai.models import owner_of, wrong
from pilothouse.serving.replies import Reply, json_answer
from pilothouse.serving.service import Service
from pilothouse.serving.store import Message, Thread

MOST = 100


class Conversations:
    """Their routes."""

    def __init__(self, service: Service) -> None:
        self.store = service.store

    async def create(self, call: Call) -> Reply:
        """A new one, with what was said before."""
        body = await call.json()
        owner = owner_of(call)
        made = await self.store.create_thread(
            owner, new_id("conv"), metadata=_metadata(body.get("metadata"))
        )
        if body.get("items"):
            await self.store.add(owner, made.id, messages_of(body["items"]))
        return json_answer(_told(made))

    async def read(self, call: Call) -> Reply:
        """One."""
        return json_answer(_told(await self.store.thread(owner_of(call), call.params["id"])))

    async def change(self, call: Call) -> Reply:
        """Other metadata."""
        metadata = _metadata((await call.json()).get("metadata"))
        changed = await self.store.change_thread(
            owner_of(call), call.params["id"], title=None, metadata=metadata
        )
        return json_answer(_told(changed))

    async def delete(self, call: Call) -> Reply:
        """With all that was said."""
        name = call.params["id"]
        await self.store.delete_thread(owner_of(call), name)
        return json_answer({"id": name, "object": "conversation.deleted", "deleted": True})

    async def items(self, call: Call) -> Reply:
        """What was said, newest first unless `order=asc`."""
        owner, name = owner_of(call), call.params["id"]
        await self.store.thread(owner, name)
        given = call.query.get("limit", "20")
        if not given.isdigit() or not 1 <= int(given) <= MOST:
            raise wrong(f"limit must be between 1 and {MOST}", "limit")
        limit = int(given)
        kept = await self.store.messages(owner, name, limit=10_000)
        ordered = kept if call.query.get("order") == "asc" else kept[::-1]
        after = call.query.get("after")
        if after is not None:
            places = [place for place, message in enumerate(ordered) if message.id == after]
            ordered = ordered[places[0] + 1 :] if places else []
        return json_answer(_listed(ordered[:limit], more=len(ordered) > limit))

    async def add_items(self, call: Call) -> Reply:
        """More that was said."""
        owner, name = owner_of(call), call.params["id"]
        await self.store.thread(owner, name)
        messages = messages_of((await call.json()).get("items"))
        await self.store.add(owner, name, messages)
        added = await self.store.messages(owner, name, limit=len(messages))
        return json_answer(_listed(added, more=False))


def _metadata(given: Any) -> dict[str, Any]:
    if given is not None and not isinstance(given, dict):
        raise wrong("metadata must be an object", "metadata")
    return given or {}


def _told(thread: Thread) -> dict[str, Any]:
    return {
        "id": thread.id,
        "object": "conversation",
        "created_at": thread.created // 1_000_000,
        "metadata": thread.metadata,
    }


def _listed(messages: list[Message], *, more: bool) -> dict[str, Any]:
    data = [item_of(message.plain(), message.id) for message in messages]
    return {
        "object": "list",
        "data": data,
        "first_id": data[0]["id"] if data else None,
        "last_id": data[-1]["id"] if data else None,
        "has_more": more,
    }
