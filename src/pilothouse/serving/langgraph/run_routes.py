"""Runs: asked for, streamed, waited for, joined and ended."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Final

import orjson

from pilothouse.serving.errors import NotFound, Refusal, Stopped
from pilothouse.serving.keys import require
from pilothouse.serving.langgraph.asked import Asked, asked_of, client_config, plain_config
from pilothouse.serving.langgraph.bodies import (
    body_of,
    chosen,
    number,
    owner_of,
    text_of,
    texts_of,
    truth,
)
from pilothouse.serving.langgraph.engine import LOOK_S, PING_S
from pilothouse.serving.langgraph.feed import Feed, with_client
from pilothouse.serving.langgraph.protocol import as_langgraph, is_its_own, run_told, waited
from pilothouse.serving.native import Native
from pilothouse.serving.replies import Answer, Head, Reply, json_answer, named_event
from pilothouse.serving.values import to_json

if TYPE_CHECKING:
    from pilothouse.serving.call import Call
    from pilothouse.serving.langgraph.assistants import Assistants
    from pilothouse.serving.langgraph.engine import Action, Engine
    from pilothouse.serving.langgraph.graphs import Graphs
    from pilothouse.serving.langgraph.models import KeptRun
    from pilothouse.serving.langgraph.records import Records
    from pilothouse.serving.service import Service

MOST_IN_A_BATCH: Final = 100
BEGINNING: Final = ("-1", "0")
"""As Last-Event-ID: everything that was told."""
ALWAYS: Final = frozenset(("metadata", "error", "end"))


class RunRoutes:
    """`/runs`, and the same below a thread."""

    def __init__(
        self,
        service: Service,
        engine: Engine,
        assistants: Assistants,
        graphs: Graphs,
        records: Records,
    ) -> None:
        self.service = service
        self.engine = engine
        self.assistants = assistants
        self.graphs = graphs
        self.records = records

    # --- asked for ---

    async def create(self, call: Call) -> Reply:
        """One that goes on by itself."""
        body = await body_of(call)
        run, _ = await self.begin(call, body)
        told = run_told(run) if is_its_own(body) else run.told()
        return json_answer(told, headers=_located(run))

    async def stream(self, call: Call) -> Reply:
        """One whose events are told as they come."""
        run, asked = await self.begin(call, await body_of(call))
        return self.feed(call, run, 0, ids=asked.resumable, goes_on=asked.goes_on)

    async def wait(self, call: Call) -> Reply:
        """One whose last state is the answer; `__error__` where it failed."""
        body = await body_of(call)
        run, asked = await self.begin(call, body)
        return await self.output(call, run, goes_on=asked.goes_on, whole=is_its_own(body))

    async def batch(self, call: Call) -> Reply:
        """Several without threads."""
        try:
            bodies = orjson.loads(await call.body())
        except orjson.JSONDecodeError as error:
            raise Refusal(f"the body is no JSON: {error.msg}", status=422) from None
        if not isinstance(bodies, list) or len(bodies) > MOST_IN_A_BATCH:
            raise Refusal(f"a list of at most {MOST_IN_A_BATCH} runs", status=422)
        asked = [(body, await self.asked(call, body)) for body in bodies]
        named = [text_of(body, "thread_id") for body, _ in asked]
        runs = []
        for thread_id, (_, each) in zip(named, asked, strict=True):
            runs.append(await self.engine.begin(call, owner_of(call), thread_id, each))
        return json_answer([run.told() for run in runs])

    async def begin(self, call: Call, body: Mapping[str, Any]) -> tuple[KeptRun, Asked]:
        """A run as the body asks for it."""
        if is_its_own(body):
            body = as_langgraph(body)
        thread_id = call.params.get("thread_id") or text_of(body, "thread_id")
        asked = await self.asked(call, body)
        return await self.engine.begin(call, owner_of(call), thread_id, asked), asked

    async def asked(self, call: Call, body: Any) -> Asked:
        """What a body asks for; raises Refusal."""
        if not isinstance(body, Mapping):
            raise Refusal("a run must be an object", status=422)
        named = body.get("assistant_id")
        if not isinstance(named, str):
            raise Refusal("assistant_id: Field required", status=422)
        owner = owner_of(call)
        assistant = await self.assistants.one(owner, named)
        mount = self.assistants.mount_of(assistant.graph_id)
        require(call.principal, "invoke", mount.name)
        given = client_config(body, assistant)
        settable = {k: v for k, v in given.items() if k in mount.config_keys}
        if "configurable" in given:
            settable["configurable"] = given["configurable"]
        config = await Native(self.service, mount).config(call, settable)
        merged = {**plain_config(given), **config}
        return asked_of(body, assistant, mount, merged, implicit=self.graphs.is_implicit(mount))

    # --- looked at ---

    async def all(self, call: Call) -> Reply:
        """Those of a thread, the newest first."""
        owner, query = owner_of(call), call.query
        await self.records.thread(owner, call.params["thread_id"])
        await self.engine.look_after(owner, call.params["thread_id"])
        found = await self.records.runs(
            owner,
            call.params["thread_id"],
            status=query.get("status"),
            limit=number(query, "limit", 10),
            offset=number(query, "offset", 0, 10**9),
        )
        select = [v for k, v in call.query_pairs if k == "select"]
        return json_answer([chosen(run.told(), select) for run in found])

    async def get(self, call: Call) -> Reply:
        """One."""
        return json_answer((await self._run(call)).told())

    async def delete(self, call: Call) -> Reply:
        """One that has ended."""
        run = await self._run(call)
        if run.status in ("pending", "running"):
            raise Refusal(f"run {run.id} is at work: cancel it first", status=409)
        await self.records.delete_run(run.owner, run.id)
        return Answer(b"", status=204)

    async def join(self, call: Call) -> Reply:
        """What `wait` would have answered."""
        run = await self._run(call)
        return await self.output(call, run, goes_on=not truth(call.query, "cancel_on_disconnect"))

    async def rejoin(self, call: Call) -> Reply:
        """Its events from here on, or after the one that the client heard last."""
        run = await self._run(call)
        told = await self.service.journals.run(run.owner, run.id)
        last = call.header("last-event-id")
        modes = [v for k, v in call.query_pairs if k == "stream_mode"]
        goes_on = not truth(call.query, "cancel_on_disconnect")
        resumable = bool(told.metadata.get("resumable"))
        after = _after(last) if last is not None and resumable else None
        return self.feed(call, run, after, ids=resumable, goes_on=goes_on, modes=modes)

    async def of_thread(self, call: Call) -> Reply:
        """The runs of a thread, one after the other, as long as the client listens."""
        owner, thread_id = owner_of(call), call.params["thread_id"]
        await self.records.thread(owner, thread_id)
        events = self._thread_events(owner, thread_id)
        slow_s = self.service.options.slow_client_timeout
        return Feed(events, [], slow_s=slow_s, gone=lambda: None)

    # --- ended ---

    async def cancel(self, call: Call) -> Reply:
        """One; with `wait` only when it has ended, with `rollback` as if it had not been."""
        run = await self._run(call)
        if run.status not in ("pending", "running"):
            raise Refusal(f"run {run.id} has ended: {run.status}", status=409)
        await self.engine.cancel(run, _action(call), wait=truth(call.query, "wait"))
        return Answer(b"", status=204)

    async def cancel_many(self, call: Call) -> Reply:
        """Several, by their ids or by how far they are."""
        owner, body = owner_of(call), await body_of(call)
        status, thread_id = text_of(body, "status"), text_of(body, "thread_id")
        ids = texts_of(body, "run_ids")
        if status not in (None, "pending", "running", "all"):
            raise Refusal("status: pending, running or all", status=422)
        if status is None and not (thread_id and ids is not None):
            raise Refusal("thread_id and run_ids, or status", status=422)
        found = []
        for each in ("pending", "running"):
            found += await self.records.runs(owner, thread_id, status=each, limit=1_000, offset=0)
        wanted = [
            run
            for run in found
            if (ids is None or run.id in ids) and status in (None, "all", run.status)
        ]
        if ids is not None and not wanted:
            raise NotFound("none of these runs is at work")
        for run in wanted:
            await self.engine.cancel(run, _action(call), wait=False)
        return Answer(b"", status=204)

    # --- answers ---

    async def output(
        self, call: Call, run: KeptRun, *, goes_on: bool, whole: bool = False
    ) -> Reply:
        """What came of a run, once it has ended; with the run itself where that is asked for."""

        def gone() -> None:
            if not goes_on:
                self.service.beside(self.engine.cancel(run, "interrupt", wait=False))

        ended = await with_client(call, self.engine.ended(run), gone)
        if ended is None:
            raise Stopped("disconnect")
        headers = [*_located(run), (b"location", f"{run.path}/join".encode())]
        return json_answer(waited(ended) if whole else ended.output, headers=headers)

    def feed(
        self,
        call: Call,
        run: KeptRun,
        after: int | None,
        *,
        ids: bool,
        goes_on: bool,
        modes: list[str] | None = None,
    ) -> Reply:
        """Its events as they come."""

        def gone() -> None:
            if not goes_on:
                self.service.beside(self.engine.cancel(run, "interrupt", wait=False))

        headers = [*_located(run), (b"location", f"{run.path}/stream".encode())]
        events = self._events(run, after, ids=ids, modes=set(modes or ()))
        slow_s = self.service.options.slow_client_timeout
        return Feed(events, headers, slow_s=slow_s, gone=gone)

    async def _events(
        self, run: KeptRun, after: int | None, *, ids: bool, modes: set[str]
    ) -> AsyncGenerator[bytes | None]:
        if after is None:
            yield named_event("metadata", to_json({"run_id": run.id, "attempt": 1}))
        async with aclosing(self.engine.follow(run, after)) as events:
            async for told in events:
                if told is None:
                    yield None
                    continue
                place, name, data = told
                mode = name.partition("|")[0].partition("/")[0]
                if modes and mode not in modes | ALWAYS:
                    continue
                line = named_event(name, data)
                yield b"id: %d\n%b" % (place, line) if ids else line

    async def _thread_events(self, owner: str, thread_id: str) -> AsyncGenerator[bytes | None]:
        seen: set[str] = {
            run.id
            for run in await self.records.runs(owner, thread_id, status=None, limit=1, offset=0)
            if run.status not in ("pending", "running")
        }
        silent_s = 0.0
        while True:
            new = []
            for named in await self.records.run_ids(owner, thread_id, limit=20):
                if named in seen:
                    break
                new.append(named)
            for named in reversed(new):
                seen.add(named)
                run = await self.records.run(owner, named)
                async with aclosing(self._events(run, 0, ids=False, modes=set())) as events:
                    async for piece in events:
                        yield piece
                yield named_event("run_done", to_json({"run_id": run.id}))
            if new:
                silent_s = 0.0
                continue
            await self.engine.moved()
            silent_s += LOOK_S
            if silent_s >= PING_S:
                silent_s = 0.0
                yield None

    async def _run(self, call: Call) -> KeptRun:
        owner, named = owner_of(call), call.params["run_id"]
        run = await self.records.run(owner, named, call.params.get("thread_id"))
        if run.status not in ("pending", "running"):
            return run
        await self.engine.look_after(owner, run.thread_id)
        return await self.records.run(owner, named)


def _located(run: KeptRun) -> Head:
    return [(b"content-location", run.path.encode())]


def _after(last: str) -> int:
    if last in BEGINNING:
        return 0
    if not last.isascii() or not last.isdigit() or len(last) > 18:
        raise Refusal(f"last-event-id {last!r} is none of ours", status=422)
    return int(last)


def _action(call: Call) -> Action:
    action = call.query.get("action") or "interrupt"
    if action == "rollback":
        return "rollback"
    if action != "interrupt":
        raise Refusal("action: interrupt or rollback", status=422)
    return "interrupt"
