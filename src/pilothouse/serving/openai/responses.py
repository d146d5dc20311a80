"""/v1/responses: answers that are kept, continued, and made in the background."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Final

from pilothouse.serving.call import Call
from pilothouse.serving.chat import Messages
from pilothouse.serving.errors import NotFound, Refusal, Stopped, failure_of
from pilothouse.serving.journals import Journal
from pilothouse.serving.openai.events import Events
from pilothouse.serving.openai.items import item_of, messages_of, new_id, output_of
from pilothouse.serving.openai.models import mount_for, owner_of, wrong
from pilothouse.serving.openai.usage import counted, of_response
from pilothouse.serving.replies import PING, Answer, Reply, Stream, event, json_answer, named_event
from pilothouse.serving.service import Service
from pilothouse.serving.store.answers import AnswerStore
from pilothouse.serving.talks import Talk
from pilothouse.serving.values import to_json

OPEN: Final = ("queued", "in_progress")


class Making:
    """An answer that is being made."""

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
        self.later = False
        """Whether it is made in the background: then it is kept before it is there."""

    def items(self) -> list[dict[str, Any]]:
        """What it was asked with."""
        return [item_of(message, new_id("msg")) for message in self.asked]


class Responses:
    """Their routes."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.kept = AnswerStore(service.store)

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
            return await self._later(making)
        await talk.begin(asked)
        if given.get("stream"):
            return Stream((event(e["type"], e) async for e in self._made(making)), _failed)
        said = await talk.whole()
        return json_answer(await self._completed(making, output_of(said)))

    async def read(self, call: Call) -> Reply:
        """A kept answer, or the events of one that is being made."""
        owner, name = owner_of(call), call.params["id"]
        kept = await self.kept.read(owner, name)
        if call.query.get("stream") != "true":
            return json_answer(await self._as_it_is(owner, kept.body))
        after = call.query.get("starting_after", "-1")
        if not after.lstrip("-").isdigit():
            raise wrong("starting_after must be a number", "starting_after")
        await self.service.journals.run(owner, name)  # whose events are kept for a while
        return Stream(self._again(owner, name, int(after) + 1), _failed)

    async def _again(self, owner: str, name: str, after: int) -> AsyncGenerator[bytes]:
        """The events after so many, to the last; also those of another worker's answer."""
        async with aclosing(self.service.journals.follow(owner, name, after)) as events:
            async for one in events:
                yield PING if one is None else named_event(one.name, one.data)

    async def _as_it_is(self, owner: str, body: dict[str, Any]) -> dict[str, Any]:
        """The body; of an answer whose process has gone it says so."""
        if body["status"] not in OPEN:
            return body
        try:
            lost = (await self.service.journals.run(owner, body["id"])).status == "lost"
        except NotFound:
            lost = True
        if lost:
            kept = await self.kept.read(owner, body["id"])  # it may have ended meanwhile
            body = kept.body
            if body["status"] in OPEN:
                _fail(body, "server_error", "the server that made the answer is gone")
                await self.kept.change(owner, body, kept.thread_id, kept.last_seq)
        return body

    async def delete(self, call: Call) -> Reply:
        """Forget an answer; its conversation stays."""
        await self.kept.delete(owner_of(call), call.params["id"])
        deleted = {"id": call.params["id"], "object": "response", "deleted": True}
        return json_answer(deleted)

    async def cancel(self, call: Call) -> Reply:
        """End one that is made in the background, in whichever worker."""
        owner, name = owner_of(call), call.params["id"]
        body = (await self.kept.read(owner, name)).body
        if not body.get("background"):
            raise wrong("only answers that are made in the background can be cancelled", None)
        if body["status"] in OPEN:
            await self.service.journals.stop(owner, name)
            async with aclosing(self.service.journals.follow(owner, name)) as events:
                async for _ in events:
                    pass
            body = (await self.kept.read(owner, name)).body
        return json_answer(body)

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
            if making.later and isinstance(error, Stopped) and error.reason == "cancelled":
                response["status"] = "cancelled"
                return
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
        thread = talk.run.context.thread_id or ""
        if response["store"] and not making.later:
            await self.kept.keep(making.owner, response, making.items(), thread, talk.last_seq)
        return response

    # --- in the background ---

    async def _later(self, making: Making) -> Reply:
        making.later = True
        making.body |= {"status": "queued", "background": True}
        first = to_json(making.body)
        run, name = making.talk.run, making.body["id"]
        thread = run.context.thread_id or ""
        journal = await self.service.journals.begin(
            run_id=name,
            owner=making.owner,
            thread_id=thread,
            mount=making.talk.mount.name,
            stop=lambda: run.stop("cancelled"),
        )
        await self.kept.keep(making.owner, making.body, making.items(), thread, 0)
        self.service.detach(self._make(making, journal))
        if making.given.get("stream"):
            return Stream(self._again(making.owner, name, 0), _failed)
        return Answer(first)

    async def _make(self, making: Making, journal: Journal) -> None:
        response, talk = making.body, making.talk
        try:
            await talk.begin(making.asked)
            async with aclosing(self._made(making)) as events:
                async for one in events:
                    journal.add(one["type"], to_json(one))
                    if one["type"] == "response.in_progress":
                        await self._note(making)
        except Refusal as error:
            if isinstance(error, Stopped) and error.reason == "cancelled":
                response["status"] = "cancelled"
            else:
                _fail(response, error.code, error.message)
        finally:
            if response["status"] in OPEN:
                response["status"] = "cancelled"
            await self._note(making)
            await journal.end("interrupted" if response["status"] == "cancelled" else "success")

    async def _note(self, making: Making) -> None:
        thread = making.talk.run.context.thread_id or ""
        await self.kept.change(making.owner, making.body, thread, making.talk.last_seq)


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
