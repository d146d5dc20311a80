"""A turn of a conversation on the page: it goes on without its client, who may come back to it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any, Final

from pilothouse.serving.attachments import PART, part_of
from pilothouse.serving.call import Call
from pilothouse.serving.chat import Messages, text_of_content
from pilothouse.serving.errors import InvalidInput, NotFound, Refusal, failure_of
from pilothouse.serving.journals import Journal
from pilothouse.serving.keys import require
from pilothouse.serving.mounts import Mount
from pilothouse.serving.native import Native
from pilothouse.serving.page.access import Access
from pilothouse.serving.page.conversations import PAGE, SETTINGS, T
from pilothouse.serving.page.turn import Turn
from pilothouse.serving.replies import EVENTS, PING, Reply, head_of, json_answer
from pilothouse.serving.routing import Router
from pilothouse.serving.service import Service
from pilothouse.serving.store.files import FileStore
from pilothouse.serving.store.runs import Event, StoredRun
from pilothouse.serving.talks import Talk
from pilothouse.serving.values import to_json

log = logging.getLogger("pilothouse.serving")
KEY_CHARS: Final = 100
TEXT_CHARS: Final = 1_000_000
TITLE_CHARS: Final = 80
MOST_FILES: Final = 20


class Talking:
    """Routes for runs of the page."""

    def __init__(self, service: Service, access: Access) -> None:
        self.service = service
        self._access = access
        self._files = FileStore(service.store)
        self._beginning: dict[tuple[str, str, str], asyncio.Future[StoredRun]] = {}

    def add_to(self, router: Router) -> None:
        """Below /ui/api."""
        router.add("POST", T + "/runs", self.begin, scope="")
        router.add("GET", T + "/runs/{run}/events", self.events, scope="")
        router.add("POST", T + "/runs/{run}/cancel", self.cancel, scope="")
        router.add("POST", "/ui/api/form/{act}", self.form, scope="")

    async def begin(self, call: Call) -> Reply:
        """Ask; the same `key` again is the same question, so that it may be sent twice."""
        owner, thread = self._access.owner(call), call.params["thread"]
        body = await call.json()
        mount = self._mount(call, body.get("mount"))
        key = body.get("key")
        if not isinstance(key, str) or not 0 < len(key) <= KEY_CHARS:
            raise InvalidInput("key must be a text that the page chooses for each question")
        named = (owner, thread, key)
        run = await self.service.journals.by_key(owner, thread, key)
        if run is None:
            begun = self._beginning.get(named)
            if begun is None:
                begun = self._beginning[named] = asyncio.get_running_loop().create_future()
                begun.add_done_callback(lambda _: self._beginning.pop(named, None))
                self.service.detach(self._whole(begun, call, owner, thread, mount, body))
            run = await asyncio.shield(begun)
            call.run = None  # the run is its own master; this client only listens
        return Followed(self.service, owner, run.id, _after(call))

    async def events(self, call: Call) -> Reply:
        """What a run tells, after `Last-Event-ID`."""
        owner = self._access.owner(call)
        run = await self._run(call, owner)
        return Followed(self.service, owner, run.id, _after(call))

    async def cancel(self, call: Call) -> Reply:
        """End a run; what it said so far is kept."""
        owner = self._access.owner(call)
        run = await self._run(call, owner)
        stopped = await self.service.journals.stop(owner, run.id)
        return json_answer({"run_id": stopped.id, "status": stopped.status})

    async def form(self, call: Call) -> Reply:
        """A target's own routes, for who signed in on the page."""
        self._access.owner(call)
        native = Native(self.service, self._mount(call, call.query.get("mount")))
        acts = {"invoke": native.invoke, "stream": native.stream}
        act = acts.get(call.params["act"])
        if act is None:
            raise NotFound(f"there is no {call.path}")
        return await act(call)

    async def _run(self, call: Call, owner: str) -> StoredRun:
        run = await self.service.journals.run(owner, call.params["run"])
        if run.thread_id != call.params["thread"]:
            raise NotFound(f"the conversation has no run {run.id!r}")
        return run

    def _mount(self, call: Call, name: Any) -> Mount:
        mount = self.service.mount(name) if isinstance(name, str) else None
        if mount is None:
            raise InvalidInput("mount is none of the app's targets")
        require(call.principal, "invoke", mount.name)
        return mount

    # --- a turn ---

    async def _whole(
        self,
        begun: asyncio.Future[StoredRun],
        call: Call,
        owner: str,
        thread: str,
        mount: Mount,
        body: Mapping[str, Any],
    ) -> None:
        """From the question to the end, in one task: a span is left where it was entered."""
        try:
            turn, journal = await self._begun(call, owner, thread, mount, body)
        except asyncio.CancelledError:
            begun.cancel()
            raise
        except Exception as error:  # noqa: BLE001 - raised again by whoever waits for it
            begun.set_exception(error)
            return
        begun.set_result(journal.run)
        await turn.tell(journal)

    async def _begun(
        self, call: Call, owner: str, thread: str, mount: Mount, body: Mapping[str, Any]
    ) -> tuple[Turn, Journal]:
        if mount.shape is None:
            raise InvalidInput(f"{mount.name!r} takes no conversation")
        again, parent = _place(body, "again"), _place(body, "parent")
        question: Messages = []
        if again is None:
            question = await self._question(owner, thread, body)
        await self._named(owner, thread, mount, question)
        talk = Talk(
            self.service,
            mount,
            call=call,
            owner=owner,
            thread_id=thread,
            config=await self._config(call, owner, thread, mount),
            listens=False,
            keeps_failures=True,
        )
        turn = Turn(talk, expose=self.service.options.expose_errors)
        if again is None:
            await talk.begin(question, parent=parent)
        else:
            await talk.begin_again(again)
        return turn, await self._journal(talk, owner, thread, str(body["key"]))

    async def _journal(self, talk: Talk, owner: str, thread: str, key: str) -> Journal:
        run = talk.run
        try:
            return await self.service.journals.begin(
                run_id=run.id,
                owner=owner,
                thread_id=thread,
                mount=talk.mount.name,
                stop=lambda: run.stop("cancelled"),
                request_key=key,
                trace_id=run.context.trace_id,
            )
        except BaseException:
            await talk.give_up()
            raise

    async def _question(self, owner: str, thread: str, body: Mapping[str, Any]) -> Messages:
        text, files = body.get("text"), body.get("files") or []
        if not isinstance(text, str) or len(text) > TEXT_CHARS:
            raise InvalidInput(f"text must be a text of at most {TEXT_CHARS:,} characters")
        if not isinstance(files, list) or len(files) > MOST_FILES:
            raise InvalidInput(f"files must be a list of at most {MOST_FILES} ids")
        if not text.strip() and not files:
            raise InvalidInput("text says nothing")
        if not files:
            return [{"role": "user", "content": text}]
        kept = [await self._files.read(owner, thread, str(file_id)) for file_id in files]
        parts = [{"type": "text", "text": text}, *map(part_of, kept)]
        return [{"role": "user", "content": parts}]

    async def _named(self, owner: str, thread: str, mount: Mount, question: Messages) -> None:
        """A conversation is called as its first question."""
        store = self.service.store
        known = await store.create_thread(owner, thread, metadata={PAGE: mount.name})
        if not known.title and question:
            await store.change_thread(owner, thread, title=_title(question), metadata=None)

    async def _config(self, call: Call, owner: str, thread: str, mount: Mount) -> dict[str, Any]:
        known = await self.service.store.thread(owner, thread)
        settings = known.metadata.get(SETTINGS) or {}
        given = {"configurable": settings} if settings else {}
        return await Native(self.service, mount).config(call, given)


class Followed(Reply):
    """A run's events as they come; who goes away leaves the run alone."""

    __slots__ = ("_after", "_owner", "_run", "_service", "status")

    def __init__(self, service: Service, owner: str, run_id: str, after: int) -> None:
        self.status = 200
        self._service = service
        self._owner = owner
        self._run = run_id
        self._after = after

    async def send(self, call: Call) -> None:
        call.run = None
        head = [*EVENTS, (b"x-run-id", self._run.encode()), *head_of(call)]
        gone = asyncio.ensure_future(_left(call))
        patience = self._service.options.slow_client_timeout or None
        try:
            await call.send({"type": "http.response.start", "status": 200, "headers": head})
            async with aclosing(self._pieces()) as pieces:
                async for piece in pieces:
                    if gone.done():
                        return
                    message = {"type": "http.response.body", "body": piece, "more_body": True}
                    await asyncio.wait_for(call.send(message), patience)
        except TimeoutError:
            log.info("a client of run %s takes nothing", self._run)
            return
        finally:
            gone.cancel()
        await call.send({"type": "http.response.body", "body": b""})

    async def _pieces(self) -> AsyncGenerator[bytes]:
        journals = self._service.journals
        try:
            async for event in journals.follow(self._owner, self._run, self._after):
                yield PING if event is None else _frame(event)
        except Refusal as refusal:
            failure = failure_of(refusal, expose=False)
            told = {"code": failure.code, "message": failure.message, "retryable": True}
            yield b"event: error\ndata: %b\n\n" % to_json(told)


def _title(question: Messages) -> str:
    """Its first words, else its first file's name."""
    content = question[0]["content"]
    words = " ".join(text_of_content(content).split())
    if words:
        return words[:TITLE_CHARS]
    return next((part["name"][:TITLE_CHARS] for part in content if part["type"] == PART), "")


def _frame(event: Event) -> bytes:
    return b"id: %d\nevent: %b\ndata: %b\n\n" % (event.seq, event.name.encode(), event.data)


async def _left(call: Call) -> None:
    while (await call.receive())["type"] != "http.disconnect":
        pass


def _after(call: Call) -> int:
    given = call.header("last-event-id") or "0"
    if not given.isascii() or not given.isdigit() or len(given) > 18:
        raise InvalidInput("last-event-id must be the id of an event")
    return int(given)


def _place(body: Mapping[str, Any], name: str) -> int | None:
    given = body.get(name)
    if given is None:
        return None
    if not isinstance(given, int) or isinstance(given, bool) or not 0 <= given < 2**62:
        raise InvalidInput(f"{name} must be the place of a message")
    return given
