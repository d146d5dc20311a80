"""/v1/responses: answers that are kept, continued, and made in the background."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from typing import Any, Final

from pilothouse.serving.call import Call
from pilothouse.serving.chat import Messages
from pilothouse.serving.errors import Refusal, failure_of
from pilothouse.serving.openai.events import Events
from pilothouse.serving.openai.items import item_of, messages_of, new_id, output_of
from pilothouse.serving.openai.models import mount_for, owner_of, wrong
from pilothouse.serving.openai.usage import counted, of_response
from pilothouse.serving.replies import Answer, Reply, Stream, event, json_answer
from pilothouse.serving.service import Service
from pilothouse.serving.store.answers import AnswerStore
from pilothouse.serving.talks import Talk
from pilothouse.serving.values import to_json

OPEN: Final = ("queued", "in_progress")
KEPT_S: Final = 3600.0
"""How long the events of a background answer can be read again."""


class Making:
    """An answer that is being made: its events so far, for who reads them now or comes back."""

    def __init__(
        self, owner: str, talk: Talk, asked: Messages, given: dict[str, Any], body: dict[str, Any]
    ) -> None:
        self.owner = owner
        self.talk = talk
        self.asked = asked
        self.given = given
        """The request's body."""
        self.body = body
        """The response, as far as it is."""
        self.events: list[dict[str, Any]] = []
        self.task: asyncio.Task[None] | None = None
        self.ended = False
        """Whether nothing more will come."""
        self._news = asyncio.Condition()

    async def tell(self, one: dict[str, Any] | None) -> None:
        """One event more; None: there will be none."""
        async with self._news:
            if one is None:
                self.ended = True
            else:
                self.events.append(one)
            self._news.notify_all()

    async def from_(self, after: int) -> AsyncGenerator[dict[str, Any]]:
        """Those after a number, and all that come until the last."""
        at = after + 1
        while True:
            async with self._news:
                await self._news.wait_for(partial(self._has_more, at))
            if at >= len(self.events):
                return
            for one in self.events[at:]:
                at += 1
                yield one

    def _has_more(self, at: int) -> bool:
        return len(self.events) > at or self.ended


class Responses:
    """Their routes."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.kept = AnswerStore(service.store)
        self._making: dict[str, Making] = {}

    async def create(self, call: Call) -> Reply:
        """An answer: whole, as a stream, or later."""
        given = await call.json()
        mount = mount_for(self.service, call, given)
        asked = messages_of(given.get("input"))
        owner = owner_of(call)
        thread, history = await self._conversation(owner, given)
        if given.get("instructions"):
            history = [{"role": "system", "content": given["instructions"]}, *history]
        later = bool(given.get("background"))
        talk = Talk(
            self.service,
            mount,
            call=None if later else call,
            owner=owner,
            thread_id=thread,
            history=history,
        )
        making = Making(owner, talk, asked, given, _response(given, mount.name, thread))
        if later:
            return self._later(making)
        await talk.begin(asked)
        if given.get("stream"):
            return Stream((event(e["type"], e) async for e in self._made(making)), _failed)
        said = await talk.whole()
        return json_answer(await self._completed(making, output_of(said)))

    async def read(self, call: Call) -> Reply:
        """A kept answer, or the events of one that is being made."""
        owner, name = owner_of(call), call.params["id"]
        making = self._making.get(name)
        if making is not None and making.owner == owner:
            if call.query.get("stream") == "true":
                after = call.query.get("starting_after", "-1")
                if not after.lstrip("-").isdigit():
                    raise wrong("starting_after must be a number", "starting_after")
                source = making.from_(int(after))
                return Stream((event(e["type"], e) async for e in source), _failed)
            return json_answer(making.body)
        kept = await self.kept.read(owner, name)
        return json_answer(kept.body)

    async def delete(self, call: Call) -> Reply:
        """Forget an answer; its conversation stays."""
        await self.kept.delete(owner_of(call), call.params["id"])
        deleted = {"id": call.params["id"], "object": "response", "deleted": True}
        return json_answer(deleted)

    async def cancel(self, call: Call) -> Reply:
        """End one that is made in the background."""
        making = self._making.get(call.params["id"])
        if making is None or making.owner != owner_of(call) or making.task is None:
            raise wrong("only answers that are made in the background can be cancelled", None)
        making.body["status"] = "cancelled"
        making.task.cancel()
        await asyncio.wait([making.task])
        return json_answer(making.body)

    async def items(self, call: Call) -> Reply:
        """What the answer was asked with."""
        kept = await self.kept.read(owner_of(call), call.params["id"])
        return json_answer(
            {
                "object": "list",
                "data": kept.items,
                "first_id": kept.items[0]["id"] if kept.items else None,
                "last_id": kept.items[-1]["id"] if kept.items else None,
                "has_more": False,
            }
        )

    # --- making ---

    async def _conversation(self, owner: str, body: dict[str, Any]) -> tuple[str | None, Messages]:
        """The thread that the answer goes on, or the history where nothing is to be kept."""
        named, previous = body.get("conversation"), body.get("previous_response_id")
        if named is not None and previous is not None:
            raise wrong("conversation and previous_response_id exclude each other", "conversation")
        if named is not None:
            thread = named.get("id") if isinstance(named, dict) else named
            await self.service.store.thread(owner, str(thread))
            return str(thread), []
        keeps = body.get("store") is not False
        if previous is None:
            return (new_id("thread") if keeps else None), []
        before = await self.kept.read(owner, str(previous))
        if keeps:
            return await self.kept.thread_after(owner, before, new_id("thread")), []
        limit = self.service.options.history_messages
        earlier = await self.service.store.messages(
            owner, before.thread_id, before=before.last_seq + 1, limit=limit, complete=True
        )
        return None, [message.plain() for message in earlier]

    async def _made(self, making: Making) -> AsyncGenerator[dict[str, Any]]:
        """The events of an answer, from `created` to its end."""
        talk, response = making.talk, making.body
        response["status"] = "in_progress"
        events = Events()
        yield events.one("response.created", response=response)
        yield events.one("response.in_progress", response=response)
        try:
            async with aclosing(talk.deltas()) as deltas:
                async for said in deltas:
                    for one in events.delta(said):
                        yield one
        except Exception as error:  # noqa: BLE001 - the client is told, the run has recorded it
            told = failure_of(error, expose=self.service.options.expose_errors)
            _fail(response, told.code, told.message)
            response["output"] = events.items()
            yield events.one("response.failed", response=response)
            return
        for one in events.finished(talk.said):
            yield one
        done = await self._completed(making, events.items())
        kind = "response.incomplete" if done["incomplete_details"] else "response.completed"
        yield events.one(kind, response=done)

    async def _completed(self, making: Making, items: list[dict[str, Any]]) -> dict[str, Any]:
        talk, response = making.talk, making.body
        usage, _ = counted(talk.said, making.asked)
        short = talk.said.finish_reason == "length"
        response |= {
            "status": "incomplete" if short else "completed",
            "incomplete_details": {"reason": "max_output_tokens"} if short else None,
            "output": items,
            "usage": of_response(usage),
        }
        if response["store"]:
            thread = talk.run.context.thread_id or ""
            asked = [item_of(message, new_id("msg")) for message in making.asked]
            await self.kept.keep(making.owner, response, asked, thread, talk.last_seq)
        return response

    # --- in the background ---

    def _later(self, making: Making) -> Reply:
        making.body |= {"status": "queued", "background": True}
        first = to_json(making.body)
        making.task = self.service.beside(self._make(making))
        self._making[making.body["id"]] = making
        if making.given.get("stream"):
            return Stream((event(e["type"], e) async for e in making.from_(-1)), _failed)
        return Answer(first)

    async def _make(self, making: Making) -> None:
        response = making.body
        try:
            await making.talk.begin(making.asked)
            async with aclosing(self._made(making)) as events:
                async for one in events:
                    await making.tell(one)
        except Refusal as error:
            _fail(response, error.code, error.message)
        finally:
            if response["status"] in OPEN:
                response["status"] = "cancelled"
            await making.tell(None)
            # For an hour, those who come back can read its events again.
            loop = asyncio.get_running_loop()
            loop.call_later(KEPT_S, self._making.pop, response["id"], None)


def _fail(response: dict[str, Any], code: str, message: str) -> None:
    response |= {"status": "failed", "error": {"code": code, "message": message}}


def _failed(error: BaseException) -> bytes:
    told = failure_of(error, expose=False)
    data = {"type": "error", "code": told.code, "message": told.message, "param": None}
    return event("error", {**data, "sequence_number": 0})


def _response(body: dict[str, Any], model: str, thread: str | None) -> dict[str, Any]:
    """The object before anything has come of it."""
    reasoning = body.get("reasoning") or {}
    return {
        "id": new_id("resp"),
        "object": "response",
        "created_at": int(time.time()),
        "status": "in_progress",
        "error": None,
        "incomplete_details": None,
        "instructions": body.get("instructions"),
        "max_output_tokens": body.get("max_output_tokens"),
        "model": model,
        "output": [],
        "parallel_tool_calls": body.get("parallel_tool_calls", True),
        "previous_response_id": body.get("previous_response_id"),
        "conversation": {"id": thread} if body.get("conversation") else None,
        "reasoning": {"effort": reasoning.get("effort"), "summary": reasoning.get("summary")},
        "store": body.get("store") is not False,
        "temperature": body.get("temperature", 1.0),
        "text": body.get("text") or {"format": {"type": "text"}},
        "tool_choice": body.get("tool_choice", "auto"),
        "tools": body.get("tools") or [],
        "top_p": body.get("top_p", 1.0),
        "truncation": body.get("truncation", "disabled"),
        "usage": None,
        "user": body.get("user"),
        "metadata": body.get("metadata") or {},
    }
