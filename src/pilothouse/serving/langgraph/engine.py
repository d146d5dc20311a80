"""Runs of graphs: one at a time has a thread, and goes on whether or not its client listens.

What a run tells goes to its journal. Whoever asked for the run, joins it later or lost the
connection follows the journal, in this process or another.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Final, Literal

from pilothouse.serving.context import Context
from pilothouse.serving.errors import NotFound, Refusal, Stopped, failure_of
from pilothouse.serving.ids import new_uuid
from pilothouse.serving.langgraph.events import Events
from pilothouse.serving.langgraph.implicit import WORK
from pilothouse.serving.langgraph.models import KeptRun, RunStatus, Thread, ThreadStatus
from pilothouse.serving.langgraph.names import keyed
from pilothouse.serving.langgraph.states import interrupts_of, plain
from pilothouse.serving.runs import Run
from pilothouse.serving.store.leases import now
from pilothouse.serving.targets import Whole
from pilothouse.serving.values import to_json

if TYPE_CHECKING:
    from pilothouse.serving.call import Call
    from pilothouse.serving.journals import Journal
    from pilothouse.serving.langgraph.asked import Asked
    from pilothouse.serving.langgraph.assistants import Assistants
    from pilothouse.serving.langgraph.graphs import Graphs
    from pilothouse.serving.langgraph.records import Records
    from pilothouse.serving.service import Service

log = logging.getLogger("pilothouse.serving")
LOOK_S: Final = 0.25
"""How often a run that waits looks for the end of one in another process."""
PING_S: Final = 15.0
"""After how long without an event the stream of a thread shows that it lives."""
TIMES: Final = frozenset(("timeout", "first_token_timeout", "idle_timeout", "queue_timeout"))
Action = Literal["interrupt", "rollback"]


class Going:
    """A run of this process that has not ended."""

    def __init__(self, run: KeptRun, asked: Asked, call: Call, journal: Journal | None) -> None:
        self.run = run
        self.asked = asked
        self.call = call
        self.journal = journal
        self.inner: Run | None = None
        self.stopping = asyncio.Event()
        self.ended = asyncio.Event()

    def stop(self) -> None:
        """End it, wherever it stands."""
        self.stopping.set()
        if self.inner is not None:
            self.inner.stop("cancelled")

    def tell(self, name: str, data: Any) -> None:
        """An event of its stream."""
        assert self.journal is not None, "it has begun"
        mode = name.partition("|")[0]
        self.journal.add(mode, name.encode() + b"\n" + to_json(data))


class Engine:
    """Takes runs and does them."""

    def __init__(
        self, service: Service, graphs: Graphs, records: Records, assistants: Assistants
    ) -> None:
        self.service = service
        self.assistants = assistants
        self.graphs = graphs
        self.records = records
        self._going: dict[str, Going] = {}
        self._moved = asyncio.Event()

    # --- asked for ---

    async def begin(self, call: Call, owner: str, thread_id: str | None, asked: Asked) -> KeptRun:
        """A run that is kept and will be done; raises Refusal 404, 409."""
        self.service.refuse_when_draining()
        stateless = thread_id is None
        thread = await self._thread(owner, thread_id or new_uuid(), asked, stateless=stateless)
        await self._make_room(owner, thread.id, asked)
        run = KeptRun(
            id=new_uuid(),
            owner=owner,
            thread_id=thread.id,
            stateless=stateless,
            assistant_id=asked.assistant.id,
            status="pending",
            metadata={"created_by": "system", **asked.assistant.metadata, **asked.metadata},
            kwargs=asked.kwargs,
            strategy=asked.strategy,
            created=now(),
            updated=now(),
        )
        going = Going(run, asked, call, None)
        going.journal = await self.service.journals.begin(
            run_id=run.id,
            owner=owner,
            thread_id=thread.id,
            mount=asked.mount.name,
            stop=going.stop,
            metadata={"resumable": asked.resumable, "modes": asked.modes},
        )
        await self.records.add_run(run)
        about = {"graph_id": asked.mount.name, "assistant_id": asked.assistant.id}
        metadata = {**thread.metadata, **about}
        await self.records.begin_on(owner, thread.id, asked.mount.name, metadata, thread.config)
        going.tell("metadata", {"run_id": run.id, "attempt": 1})
        self._going[run.id] = going
        self.service.detach(self._go(going))
        return run

    async def _thread(self, owner: str, thread_id: str, asked: Asked, *, stateless: bool) -> Thread:
        if stateless:
            await self.records.add_thread(owner, thread_id, asked.metadata, hidden=not asked.keeps)
        elif asked.create:
            await self.records.add_thread(owner, thread_id, {})
        return await self.records.thread(owner, thread_id)

    async def _make_room(self, owner: str, thread_id: str, asked: Asked) -> None:
        if asked.strategy == "enqueue":
            return
        active = [
            run for run in await self.records.active(owner, thread_id) if await self._lives(run)
        ]
        if not active:
            return
        if asked.strategy == "reject":
            raise Refusal(
                f"thread {thread_id!r} is busy with run {active[0].id}", status=409, code="busy"
            )
        action: Action = "rollback" if asked.strategy == "rollback" else "interrupt"
        for run in active:
            await self.cancel(run, action, wait=True)

    # --- looked after ---

    async def cancel(self, run: KeptRun, action: Action, *, wait: bool) -> None:
        """End a run, in whichever process it is; with `rollback` as if it had never been."""
        await self.service.journals.stop(run.owner, run.id)
        if action == "rollback" or wait:
            await self.ended(run)
        if action == "rollback":
            await self._undo(run)

    async def ended(self, run: KeptRun) -> KeptRun:
        """The run once it has ended."""
        going = self._going.get(run.id)
        if going is not None:
            await going.ended.wait()
        while True:
            found = await self.records.run(run.owner, run.id)
            if found.status not in ("pending", "running") or not await self._lives(found):
                return await self.records.run(run.owner, run.id)
            await asyncio.sleep(LOOK_S)

    async def look_after(self, owner: str, thread_id: str) -> None:
        """End the runs of a thread that their processes left behind."""
        for run in await self.records.active(owner, thread_id):
            await self._lives(run)

    async def follow(
        self, run: KeptRun, after: int | None
    ) -> AsyncGenerator[tuple[int, str, bytes] | None]:
        """(place, name, JSON) of its events after a place; None: of those that are still to come.

        Gives None now and then where the run is silent.
        """
        if after is None:
            going = self._going.get(run.id)
            if going is None or going.journal is None:
                after = 0 if run.status in ("pending", "running") else 2**62
            else:
                after = going.journal.last
        async for event in self.service.journals.follow(run.owner, run.id, after):
            if event is None:
                yield None
                continue
            name, _, data = event.data.partition(b"\n")
            yield event.seq, name.decode(), data

    async def moved(self) -> None:
        """Until a run of this process has ended, or a moment has gone by."""
        moved = self._moved
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(moved.wait(), LOOK_S)

    async def _lives(self, run: KeptRun) -> bool:
        """Whether its process does; a run that was left behind is ended as an error."""
        try:
            told = await self.service.journals.run(run.owner, run.id)
        except NotFound:
            told = None
        if told is not None and told.status == "running":
            return True
        if await self.records.set_run(run, "error"):
            log.warning("run %s was left behind by its process", run.id)
            await self._settle(run)
        return False

    # --- done ---

    async def _go(self, going: Going) -> None:
        run = going.run
        status: RunStatus = "error"
        output: Any = None
        failed: BaseException | None = None
        try:
            if await self._turn(going):
                await self.records.set_run(run, "running")
                output, status = await self._done(going)
            else:
                status = "interrupted"
        except Stopped as error:
            failed = error
            status = "timeout" if error.reason in TIMES else "interrupted"
        except Exception as error:  # noqa: BLE001 - the edge of a run: its clients are told
            failed = error
        try:
            await self._finish(going, status, output, failed)
        finally:
            self._going.pop(run.id, None)
            going.ended.set()
            moved, self._moved = self._moved, asyncio.Event()
            moved.set()

    async def _turn(self, going: Going) -> bool:
        """Wait for it; False for one that is not wanted any more."""
        if going.asked.delay_s:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(going.stopping.wait(), going.asked.delay_s)
        while not going.stopping.is_set() and not self.service.refusing:
            earlier = await self.records.before(going.run)
            if not [each for each in earlier if await self._lives(each)]:
                return True
            await self.moved()
        return False

    async def _done(self, going: Going) -> tuple[Any, RunStatus]:
        run, asked = going.run, going.asked
        inner_id = keyed(run.owner, run.thread_id)
        graph = self.graphs.of(asked.mount, run.owner)
        context = Context(
            thread_id=run.thread_id,
            owner=run.owner,
            user=run.owner or None,
            headers=going.call.open_headers(),
            config=asked.config.get("configurable", {}),
        )
        inner = Run(self.service, asked.mount, context=context, config=asked.config, run_id=run.id)
        inner.call = going.call  # for its `traceparent`; nobody's answer is this run's
        going.inner = inner
        if going.stopping.is_set():
            raise Stopped("cancelled")
        await inner.begin(asked.shown)
        WORK.set(inner.work)
        events = Events(
            asked.modes, subgraphs=asked.subgraphs, implicit=self.graphs.is_implicit(asked.mount)
        )
        config = self._config(run, asked, inner_id)
        how: dict[str, Any] = {
            "interrupt_before": asked.before,
            "interrupt_after": asked.after,
            "durability": asked.durability,
            "context": asked.context,
        }
        how = {name: value for name, value in how.items() if value is not None}

        def encoded(piece: Any) -> Any:
            if isinstance(piece, Whole):
                return None
            name, data = piece
            return name, data if inner_id == run.thread_id else plain(data, inner_id, run.thread_id)

        source = _with_whole(events.of(graph, asked.given, config, **how), events)
        async with aclosing(inner.pieces(source, encoded)) as pieces:
            async for piece in pieces:
                if piece is not None:
                    going.tell(*piece)
        return await self._after(run, graph, inner_id, events.values)

    def _config(self, run: KeptRun, asked: Asked, inner_id: str) -> dict[str, Any]:
        about = {
            **asked.config.get("metadata", {}),
            **asked.metadata,
            "run_id": run.id,
            "thread_id": run.thread_id,
            "graph_id": asked.mount.name,
            "assistant_id": asked.assistant.id,
        }
        given = asked.config.get("configurable", {})
        return {
            **asked.config,
            "run_id": uuid.UUID(run.id),
            "metadata": about,
            "configurable": {**given, "thread_id": inner_id, **asked.checkpoint},
        }

    async def _after(
        self, run: KeptRun, graph: Any, inner_id: str, values: Any
    ) -> tuple[Any, RunStatus]:
        snapshot = await graph.aget_state({"configurable": {"thread_id": inner_id}})
        waits = bool(snapshot.next)
        state = plain(snapshot.values, inner_id, run.thread_id)
        interrupts = plain(interrupts_of(snapshot), inner_id, run.thread_id)
        status: ThreadStatus = "interrupted" if waits else "idle"
        await self.records.set_state(
            run.owner, run.thread_id, status=status, values=state, interrupts=interrupts
        )
        output = state if values is None else plain(values, inner_id, run.thread_id)
        return output, "interrupted" if waits else "success"

    async def _finish(
        self, going: Going, status: RunStatus, output: Any, failed: BaseException | None
    ) -> None:
        run = going.run
        journal = going.journal
        assert journal is not None, "begun with it"
        if failed is not None:
            told = self.failure(failed)
            output = {"__error__": told}
            going.tell("error", told)
        else:
            going.tell("end", {"run_id": run.id, "status": status})
        try:
            await self.records.set_run(run, status, output)
            if failed is not None or (status == "interrupted" and output is None):
                await self._settle(run, None if failed is None else told["message"])
            else:
                await self._still_busy(run)
            if run.stateless and not going.asked.keeps:
                await self._forget(run)
        finally:
            kept: Any = status if status in ("success", "error") else "interrupted"
            await journal.end(kept)

    def failure(self, error: BaseException) -> dict[str, str]:
        """What a client may know of it."""
        failure = failure_of(error, expose=self.service.options.expose_errors)
        own = type(error).__module__.partition(".")[0] == "langgraph"
        message = str(error) if own else failure.message
        return {"error": type(error).__name__, "message": message}

    async def _settle(self, run: KeptRun, error: str | None = None) -> None:
        """The thread of a run that did not end by itself."""
        if await self._still_busy(run):
            return
        with contextlib.suppress(NotFound):
            thread = await self.records.thread(run.owner, run.thread_id)
            status: ThreadStatus = "error" if error is not None else "idle"
            await self.records.set_state(
                run.owner,
                run.thread_id,
                status=status,
                values=thread.values,
                interrupts=thread.interrupts,
                error=error,
            )

    async def _still_busy(self, run: KeptRun) -> bool:
        if not await self.records.active(run.owner, run.thread_id):
            return False
        await self.records.set_status(run.owner, run.thread_id, "busy")
        return True

    async def _forget(self, run: KeptRun) -> None:
        """The checkpoints of a thread that was made for one run."""
        graph = await self._graph(run)
        await forget(graph, keyed(run.owner, run.thread_id))

    async def _undo(self, run: KeptRun) -> None:
        graph = await self._graph(run)
        with contextlib.suppress(NotImplementedError):  # a checkpointer that cannot go back
            await graph.checkpointer.adelete_for_runs([run.id])
        await self.records.delete_run(run.owner, run.id)
        inner_id = keyed(run.owner, run.thread_id)
        with contextlib.suppress(NotFound):
            await self._after(run, graph, inner_id, None)
            await self._still_busy(run)

    async def _graph(self, run: KeptRun) -> Any:
        """The graph that a run is one of."""
        assistant = await self.assistants.one(run.owner, run.assistant_id)
        return self.graphs.of(self.assistants.mount_of(assistant.graph_id), run.owner)


async def forget(graph: Any, inner_id: str) -> None:
    """All checkpoints of a thread, where the checkpointer can."""
    with contextlib.suppress(NotImplementedError):
        await graph.checkpointer.adelete_thread(inner_id)


async def _with_whole(source: AsyncIterator[Any], events: Events) -> AsyncIterator[Any]:
    """The events, and at last the state, which is what the run's span shows."""
    async for piece in source:
        yield piece
    yield Whole(events.values)
