"""LangGraph's thread-centric protocol ("v3"): commands to a thread, and all that happens on it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Final

from pilothouse.serving.errors import NotFound, Refusal
from pilothouse.serving.langgraph.bodies import body_of, owner_of
from pilothouse.serving.langgraph.engine import LOOK_S, PING_S
from pilothouse.serving.langgraph.feed import Feed
from pilothouse.serving.langgraph.protocol_events import Telling, Wanted, event_of
from pilothouse.serving.replies import Reply, json_answer, named_event
from pilothouse.serving.values import to_json

if TYPE_CHECKING:
    from pilothouse.serving.call import Call
    from pilothouse.serving.langgraph.models import KeptRun, Thread
    from pilothouse.serving.langgraph.records import Records
    from pilothouse.serving.langgraph.run_routes import RunRoutes

MODES: Final = ["values", "updates", "messages-tuple", "tasks", "checkpoints", "custom"]
EACH_RUN: Final = 1 << 24
"""Numbers of events that a run of a thread has for itself, and each event told eight of them."""
RUNS: Final = 1_000
SETTLED_S: Final = 5.0
CODES: Final = {403: "permission_denied", 404: "no_such_run"}


class ProtocolRoutes:
    """`/threads/{id}/commands` and `/stream/events`."""

    def __init__(self, runs: RunRoutes, records: Records) -> None:
        self.runs = runs
        self.records = records

    async def command(self, call: Call) -> Reply:
        """Begin a run, or answer an interrupt."""
        body = await body_of(call)
        named, method = body.get("id"), body.get("method")
        params = body.get("params") or {}
        if not isinstance(params, Mapping):
            return _failed(named, "invalid_argument", "params: must be an object")
        try:
            if method == "run.start":
                run = await self._start(call, params)
            elif method == "input.respond":
                run = await self._respond(call, params)
            else:
                return _failed(named, "unknown_command", f"there is no command {method!r}")
        except _NoInterrupt as error:
            return _failed(named, "no_such_interrupt", str(error))
        except Refusal as error:
            return _failed(named, CODES.get(error.status, "invalid_argument"), error.message)
        applied = await self._first(run)
        told = {"type": "success", "id": named, "result": {"run_id": run.id}}
        return json_answer({**told, "meta": {"applied_through_seq": applied}})

    async def _start(self, call: Call, params: Mapping[str, Any]) -> KeptRun:
        asked = {k: params.get(k) for k in ("assistant_id", "input", "config", "metadata")}
        strategy = params.get("multitask_strategy") or params.get("multitaskStrategy")
        return await self._begin(call, {**asked, "multitask_strategy": strategy})

    async def _respond(self, call: Call, params: Mapping[str, Any]) -> KeptRun:
        owner, thread_id = owner_of(call), call.params["thread_id"]
        named = params.get("interrupt_id") or params.get("interruptId")
        thread = await self.records.thread(owner, thread_id)
        if not _waits(thread, named):
            # The run has told of it, and may still be at its end.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._settled(owner, thread_id), SETTLED_S)
            thread = await self.records.thread(owner, thread_id)
        if not _waits(thread, named):
            raise _NoInterrupt(f"no interrupt {named!r} waits on this thread")
        command = {"resume": {named: params.get("response")}}
        for part in ("update", "goto"):
            if params.get(part) is not None:
                command[part] = params[part]
        assistant = thread.metadata.get("assistant_id") or thread.graph_id
        return await self._begin(call, {"assistant_id": assistant, "command": command})

    async def _settled(self, owner: str, thread_id: str) -> None:
        for run in await self.records.active(owner, thread_id):
            await self.runs.engine.ended(run)

    async def _begin(self, call: Call, body: dict[str, Any]) -> KeptRun:
        how = {"stream_mode": MODES, "stream_subgraphs": True, "stream_resumable": True}
        run, _ = await self.runs.begin(call, {**body, **how, "if_not_exists": "create"})
        return run

    async def events(self, call: Call) -> Reply:
        """What happens on the thread from here on, and before where that is asked for."""
        wanted = Wanted(await body_of(call))
        if not wanted.channels:
            raise Refusal("channels: a list of what is to be told", status=422)
        source = self._events(owner_of(call), call.params["thread_id"], wanted)
        slow_s = self.runs.service.options.slow_client_timeout
        return Feed(source, [], slow_s=slow_s, gone=lambda: None)

    async def _events(
        self, owner: str, thread_id: str, wanted: Wanted
    ) -> AsyncGenerator[bytes | None]:
        done: set[str] = set()
        silent_s = 0.0
        while True:
            found = await self._runs(owner, thread_id)
            new = [(place, named) for place, named in enumerate(found) if named not in done]
            for place, named in new:
                done.add(named)
                if (place + 1) * EACH_RUN <= wanted.since:
                    continue
                async with aclosing(self._of_run(owner, named, place, wanted)) as events:
                    async for piece in events:
                        yield piece
            if new:
                silent_s = 0.0
                continue
            await self.runs.engine.moved()
            silent_s += LOOK_S
            if silent_s >= PING_S:
                silent_s = 0.0
                yield None

    async def _of_run(
        self, owner: str, named: str, place: int, wanted: Wanted
    ) -> AsyncGenerator[bytes | None]:
        try:
            run = await self.records.run(owner, named)
            assistant = await self.runs.assistants.one(run.owner, run.assistant_id)
            telling = Telling(assistant.graph_id)
            async with aclosing(self.runs.engine.follow(run, 0)) as events:
                async for heard in events:
                    if heard is None:
                        yield None
                        continue
                    at, name, data = heard
                    for part, told in enumerate(telling.of(name, data)):
                        seq = place * EACH_RUN + at * 8 + min(part, 7)
                        if seq > wanted.since and wanted.takes(told):
                            line = named_event(told[0], to_json(event_of(told, seq)))
                            yield b"id: %d\n%b" % (seq, line)
        except (NotFound, Refusal):  # of a run of long ago nothing is kept but its state
            return

    async def _runs(self, owner: str, thread_id: str) -> list[str]:
        """The ids of the thread's, oldest first; none of one that is not there yet."""
        return (await self.records.run_ids(owner, thread_id, limit=RUNS))[::-1]

    async def _first(self, run: KeptRun) -> int:
        """The number before those of a run's events."""
        found = await self._runs(run.owner, run.thread_id)
        return found.index(run.id) * EACH_RUN


def _waits(thread: Thread, named: Any) -> bool:
    return any(each["id"] == named for found in thread.interrupts.values() for each in found)


class _NoInterrupt(Exception):
    """Nothing waits under that name."""


def _failed(named: Any, code: str, message: str) -> Reply:
    return json_answer({"type": "error", "id": named, "error": code, "message": message})
