"""A provider of models that misbehaves as a test says: by model, one act a request.

What it says when it behaves is that of `openai_server`. A model without acts always behaves.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from fakes.anthropic_server import message, message_events
from fakes.openai_server import USAGE, WHOLE, chat_chunks

Body = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What is done with one request."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: Body | bytes | None = None
    """None for what a well-behaved provider says."""
    events: Sequence[Body | bytes] | None = None
    """What is streamed; bytes as they are."""
    ends: Literal["well", "half", "never", "raw"] = "well"
    """Whether the end comes; `raw` sends the body with no HTTP around it."""
    pause_s: float = 0.0
    """Before each event."""
    usage: bool = True
    """Whether a stream tells its counts."""


@dataclass(slots=True)
class Unruly:
    """Where it is, what it was asked, and how it behaves."""

    url: str = ""
    asked: list[tuple[str, Body, dict[str, str]]] = field(default_factory=list)
    acts: dict[str, list[Act]] = field(default_factory=dict)
    """By model; the last one stays."""
    open: int = 0
    """Connections."""
    cut: threading.Event = field(default_factory=threading.Event)
    """Set when a client left before the end of a stream."""

    @property
    def base_url(self) -> str:
        """What OpenAI's client calls `base_url`."""
        return f"{self.url}/v1"

    def bodies(self, model: str) -> list[Body]:
        """What a model was asked."""
        return [body for _, body, _ in self.asked if body.get("model") == model]


def response(body: Body) -> Body:
    """A whole answer of the responses API."""
    text = {"type": "output_text", "text": "Paris.", "annotations": []}
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1_790_000_000,
        "status": "completed",
        "model": f"{body['model']}-2026-08-07",
        "output": [
            {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed",
             "content": [text]}
        ],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": 25,
            "input_tokens_details": {"cached_tokens": 8},
            "output_tokens": 12,
            "output_tokens_details": {"reasoning_tokens": 4},
            "total_tokens": 37,
        },
    }  # fmt: skip


def response_events(body: Body) -> Iterator[bytes]:
    """The same as a stream."""
    whole = response(body)
    begun = {**whole, "status": "in_progress", "output": [], "usage": None}
    events: list[Body] = [
        {"type": "response.created", "response": begun},
        {"type": "response.output_text.delta", "item_id": "msg_1", "output_index": 0,
         "content_index": 0, "delta": "Paris.", "logprobs": []},
        {"type": "response.completed", "response": whole},
    ]  # fmt: skip
    for number, event in enumerate(events):
        data = json.dumps({**event, "sequence_number": number})
        yield f"event: {event['type']}\ndata: {data}\n\n".encode()


_WHOLE: dict[str, Callable[[Body], Body]] = {
    "/v1/responses": response,
    "/v1/messages": message,
    "/v1/messages/count_tokens": lambda _: {"input_tokens": 23},
    "/v1/moderations": lambda body: {
        "id": "modr-1",
        "model": body["model"],
        "results": [{"flagged": False, "categories": {}, "category_scores": {}}],
    },
}


async def _answer(
    state: Unruly, path: str, body: Body, act: Act, out: asyncio.StreamWriter
) -> None:
    if act.ends == "raw":
        out.write(act.body if isinstance(act.body, bytes) else b"\x00\x01 nonsense")
        out.close()
        return
    if body.get("stream") and act.status == 200 and act.body is None:
        await _stream(state, path, body, act, out)
        return
    if act.body is None and path in _WHOLE:
        said: Body | bytes = _WHOLE[path](body)
    else:
        said = WHOLE[path](body) if act.body is None else act.body
    data = said if isinstance(said, bytes) else json.dumps(said).encode()
    await asyncio.sleep(act.pause_s)
    length = len(data) + (10 if act.ends != "well" else 0)
    kind = "application/json"
    out.write(_head(act, [("Content-Type", kind), ("Content-Length", str(length))]) + data)
    await out.drain()
    if act.ends == "half":
        out.close()
    elif act.ends == "never":
        await asyncio.sleep(60)


async def _stream(
    state: Unruly, path: str, body: Body, act: Act, out: asyncio.StreamWriter
) -> None:
    kind = ("Content-Type", "text/event-stream")
    out.write(_head(act, [kind, ("Transfer-Encoding", "chunked")]))
    for event in _events(path, body, act):
        await asyncio.sleep(act.pause_s)
        data = event if isinstance(event, bytes) else f"data: {json.dumps(event)}\n\n".encode()
        out.write(b"%x\r\n%b\r\n" % (len(data), data))
        try:
            await out.drain()
        except ConnectionError:
            state.cut.set()
            return
    if act.ends == "half":
        out.close()
    elif act.ends == "never":
        await asyncio.sleep(60)
    else:
        out.write(b"0\r\n\r\n")


def _events(path: str, body: Body, act: Act) -> Iterator[Body | bytes]:
    if act.events is not None:
        yield from act.events
    elif path == "/v1/responses":
        yield from response_events(body)
    elif path == "/v1/messages":
        yield from message_events(body)
    else:
        asks = bool((body.get("stream_options") or {}).get("include_usage"))
        for chunk in chat_chunks({**body, "stream_options": None}):
            yield {**chunk, "usage": None} if asks and act.usage else chunk
        if asks and act.usage:
            yield {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1,
                   "model": f"{body['model']}-2026-08-07", "choices": [],
                   "usage": USAGE}  # fmt: skip
        if act.ends == "well":
            yield b"data: [DONE]\n\n"


def _head(act: Act, headers: list[tuple[str, str]]) -> bytes:
    lines = [f"{name}: {value}" for name, value in (*headers, *act.headers)]
    return "\r\n".join([f"HTTP/1.1 {act.status} Scripted", *lines, "", ""]).encode()


async def _serve(state: Unruly, source: asyncio.StreamReader, out: asyncio.StreamWriter) -> None:
    state.open += 1
    try:
        while True:
            head = (await source.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            path = head[0].split(" ")[1]
            pairs = [line.partition(": ") for line in head[1:] if line]
            headers = {name.lower(): value for name, _, value in pairs}
            length = int(headers.get("content-length", 0))
            body: Body = json.loads(await source.readexactly(length)) if length else {}
            state.asked.append((path, body, headers))
            acts = state.acts.get(str(body.get("model")), [])
            act = Act() if not acts else acts.pop(0) if len(acts) > 1 else acts[0]
            answering = asyncio.ensure_future(_answer(state, path, body, act, out))
            leaving = asyncio.ensure_future(source.read(1)) if act.ends == "never" else None
            if leaving is not None:
                await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
                answering.cancel()
                state.cut.set()
                return
            await answering
            if out.is_closing():
                return
    except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
        return
    finally:
        state.open -= 1
        out.close()


@contextmanager
def unruly_provider() -> Iterator[Unruly]:
    """The provider, running."""
    state = Unruly()
    loop = asyncio.new_event_loop()
    ready = threading.Event()
    stop: list[Callable[[], object]] = []

    async def run() -> None:
        done = asyncio.Event()
        stop.append(lambda: loop.call_soon_threadsafe(done.set))
        server = await asyncio.start_server(
            lambda source, out: _serve(state, source, out), "127.0.0.1", 0
        )
        state.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        ready.set()
        await done.wait()
        server.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    def work() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            loop.run_until_complete(run())
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()

    thread = threading.Thread(target=work)
    thread.start()
    ready.wait()
    try:
        yield state
    finally:
        stop[0]()
        thread.join()
