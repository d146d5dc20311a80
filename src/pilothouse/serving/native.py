"""Our own routes of a mount, which are LangServe's: invoke, batch, stream, logs and schemas."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from typing import Any, Final

import orjson

from pilothouse.serving import dialects
from pilothouse.serving.call import Call
from pilothouse.serving.chat import Messages
from pilothouse.serving.context import Context
from pilothouse.serving.dialects import GENERIC
from pilothouse.serving.errors import InvalidInput, NotFound, Refusal, failure_of
from pilothouse.serving.lz import BadText, unpack
from pilothouse.serving.mounts import Mount
from pilothouse.serving.replies import Reply, Stream, event, json_answer, named_event
from pilothouse.serving.routing import Router
from pilothouse.serving.runs import Run
from pilothouse.serving.service import Service
from pilothouse.serving.talks import Talk
from pilothouse.serving.targets import joined
from pilothouse.serving.targets.runnables import Runnable
from pilothouse.serving.values import to_json

END: Final = b"event: end\n\n"
CHOSEN: Final = (
    "include_names", "include_types", "include_tags",
    "exclude_names", "exclude_types", "exclude_tags",
)  # fmt: skip
BATCH_AT_ONCE: Final = 16


class Native:
    """The routes of one mount."""

    def __init__(self, service: Service, mount: Mount) -> None:
        self.service = service
        self.mount = mount
        self.target = mount.target

    def add_to(self, router: Router) -> None:
        """At the mount's path, and below each packed configuration."""
        base = self.mount.path.rstrip("/")
        for prefix in (base, f"{base}/c/{{config_hash}}"):
            for name, handler in (
                ("invoke", self.invoke),
                ("batch", self.batch),
                ("stream", self.stream),
                ("stream_log", self.stream_log),
                ("stream_events", self.stream_events),
            ):
                router.add(
                    "POST",
                    f"{prefix}/{name}",
                    handler,
                    dialect=dialects.langserve,
                    mount=self.mount,
                )
            for name in ("input", "output", "config"):
                router.add(
                    "GET HEAD",
                    f"{prefix}/{name}_schema",
                    self._schema(name),
                    scope="read",
                    mount=self.mount,
                )

    # --- routes ---

    async def invoke(self, call: Call) -> Reply:
        """A whole answer."""
        self._refuse_if_full()
        body = await call.json()
        if self._thread(call, body) is not None:
            return await self._invoke_in_thread(call, body)
        run, value = await self._run(call, body)
        await run.begin(value)
        output = await run.result(lambda work: self.target.invoke(value, work), to_json)
        return json_answer({"output": orjson.Fragment(output), "metadata": metadata(run)})

    async def batch(self, call: Call) -> Reply:
        """Whole answers to several inputs, each a run of its own."""
        self._refuse_if_full()
        body = await call.json()
        inputs = _of(body, "inputs")
        if not isinstance(inputs, list):
            raise _wrong("list_type", ["inputs"], "Input should be a valid list", inputs)
        if len(inputs) > self.service.options.max_batch:
            raise _wrong("too_long", ["inputs"], "there are too many inputs", len(inputs))
        configs = body.get("config") or {}
        if not isinstance(configs, list):
            configs = [configs] * len(inputs)
        if len(configs) != len(inputs):
            raise _wrong("value_error", ["config"], "as many configs as inputs", len(configs))
        runs = []
        for given, config in zip(inputs, configs, strict=True):
            runs.append(await self._run(call, {"input": given, "config": config}, listens=False))
        outputs = await self._all(call, runs)
        told = [metadata(run) for run, _ in runs]
        about = {"responses": told, "run_ids": [run.id for run, _ in runs]}
        return json_answer({"output": outputs, "metadata": about})

    async def stream(self, call: Call) -> Reply:
        """The answer in pieces."""
        self._refuse_if_full()
        body = await call.json()
        if self._thread(call, body) is not None:
            talk = await self._talk(call, body)
            return Stream(_texts(talk.run, talk.deltas()), self._failed(talk.run))
        run, value = await self._run(call, body)
        await run.begin(value)
        source = self.target.stream(value, run.work)
        return Stream(_data(run, source), self._failed(run))

    async def stream_events(self, call: Call) -> Reply:
        """What happens inside a Runnable, as it happens."""
        body = await call.json()
        run, value = await self._run(call, body)
        await run.begin(value)
        if isinstance(self.target, Runnable):
            chosen = {name: body[name] for name in CHOSEN if body.get(name) is not None}
            source = _plain_events(self.target.events(value, run.work, **chosen))
        else:
            source = _own_events(run, self.target.stream(value, run.work), value)
        return Stream(_data(run, source, told=False), self._failed(run))

    async def stream_log(self, call: Call) -> Reply:
        """The same as patches of one log."""
        if not isinstance(self.target, Runnable):
            raise NotFound(f"{self.mount.name!r} is no Runnable and has no log")
        body = await call.json()
        run, value = await self._run(call, body)
        await run.begin(value)
        chosen = {name: body[name] for name in CHOSEN if body.get(name) is not None}
        source = _patches(self.target.log(value, run.work, **chosen))
        return Stream(_data(run, source, told=False), self._failed(run))

    def _schema(self, name: str) -> Any:
        async def schema(call: Call) -> Reply:
            target = self.target
            if name == "config":
                return json_answer(target.config_schema)
            side = target.input if name == "input" else target.output
            return json_answer(side.json_schema())

        return schema

    # --- requests ---

    def _refuse_if_full(self) -> None:
        """Before the body is read."""
        if self.mount.gate.full():
            self.service.metrics.rejected.labels("overloaded").inc()
            self.mount.gate.enter()

    async def _run(
        self, call: Call, body: Mapping[str, Any], *, listens: bool = True
    ) -> tuple[Run, Any]:
        """A run and its validated input."""
        value = self.target.input.read(_of(body, "input"))
        config = await self.config(call, body.get("config"))
        context = Context(
            headers=call.open_headers(),
            user=call.principal.name or None if call.principal else None,
            owner=call.principal.name if call.principal else "",
            config=config.get("configurable", {}),
        )
        run = Run(
            self.service, self.mount, call=call, context=context, config=config, listens=listens
        )
        return run, value

    async def config(self, call: Call, given: Any) -> dict[str, Any]:
        """The server's configuration over what the client may set; raises InvalidInput."""
        merged: dict[str, Any] = {}
        packed = call.params.get("config_hash")
        for asked in (_unpacked(packed) if packed else {}, given or {}):
            if not isinstance(asked, Mapping):
                raise _wrong("dict_type", ["config"], "Input should be a valid dictionary", asked)
            if asked.get("configurable") and "configurable" not in self.mount.config_keys:
                raise _wrong(
                    "value_error", ["config", "configurable"], "nothing is configurable here", None
                )
            for name in self.mount.config_keys:
                if name in asked:
                    merged[name] = _merged(merged.get(name), asked[name])
        for name, value in self.mount.config.items():
            merged[name] = _merged(merged.get(name), value)
        if self.mount.modifier is not None:
            from starlette.requests import Request

            changed = self.mount.modifier(merged, Request(call.scope, call.receive))
            merged = await changed if inspect.isawaitable(changed) else changed
        return merged

    async def _all(self, call: Call, runs: list[tuple[Run, Any]]) -> list[Any]:
        places = asyncio.Semaphore(min(BATCH_AT_ONCE, self.mount.gate.places))

        async def one(run: Run, value: Any) -> Any:
            async with places:
                await run.begin(value)
                output = await run.result(lambda work: self.target.invoke(value, work), to_json)
                return orjson.Fragment(output)

        async def gone() -> None:
            while (await call.receive())["type"] != "http.disconnect":
                pass
            for run, _ in runs:
                run.stop("disconnect")

        listener = asyncio.ensure_future(gone())
        tasks = [asyncio.ensure_future(one(run, value)) for run, value in runs]
        try:
            return list(await asyncio.gather(*tasks))
        finally:
            for task in (listener, *tasks):
                task.cancel()
            await asyncio.gather(listener, *tasks, return_exceptions=True)

    # --- threads ---

    def _thread(self, call: Call, body: Mapping[str, Any]) -> str | None:
        named = body.get("thread_id") or call.header("x-thread-id")
        if named is not None and not isinstance(named, str):
            raise _wrong("string_type", ["thread_id"], "Input should be a valid string", named)
        return named

    async def _talk(self, call: Call, body: Mapping[str, Any]) -> Talk:
        """A run of a kept conversation; its question is the input."""
        if self.mount.shape is None:
            raise InvalidInput(f"{self.mount.name!r} takes no conversation, so it has no threads")
        talk = Talk(
            self.service,
            self.mount,
            call=call,
            owner=call.principal.name if call.principal else "",
            thread_id=self._thread(call, body),
            config=await self.config(call, body.get("config")),
        )
        await talk.begin(messages_of(_of(body, "input")))
        return talk

    async def _invoke_in_thread(self, call: Call, body: Mapping[str, Any]) -> Reply:
        talk = await self._talk(call, body)
        await talk.whole()
        about = metadata(talk.run) | {"thread_id": talk.run.context.thread_id}
        return json_answer({"output": talk.output, "metadata": about})

    def _failed(self, run: Run) -> Any:
        expose = self.service.options.expose_errors

        def failed(error: BaseException) -> bytes:
            told = failure_of(error, expose=expose)
            message = told.message if told.status != 500 or expose else GENERIC
            data: dict[str, Any] = {"status_code": told.status, "message": message}
            if told.code != "target_error":
                data |= {"code": told.code, "retryable": told.retryable}
            return event("error", data)

        return failed


def metadata(run: Run) -> dict[str, Any]:
    """What an answer says of its run."""
    about: dict[str, Any] = {"run_id": run.id, "feedback_tokens": run.feedback_tokens()}
    if run.context.trace_id is not None:
        about["trace_id"] = run.context.trace_id
    return about


async def _data(
    run: Run, source: AsyncIterator[Any], *, told: bool = True
) -> AsyncGenerator[bytes]:
    """LangServe's stream: what the run is, its pieces, the end."""
    async with aclosing(run.pieces(source, to_json)) as pieces:
        async for piece in pieces:
            if told:
                told = False
                yield event("metadata", metadata(run))
            yield b"event: data\ndata: %b\n\n" % piece
    if told:
        yield event("metadata", metadata(run))
    yield END


async def _texts(run: Run, deltas: AsyncGenerator[Any]) -> AsyncGenerator[bytes]:
    """The same of a conversation: texts alone."""
    about = metadata(run) | {"thread_id": run.context.thread_id}
    yield event("metadata", about)
    async with aclosing(deltas) as pieces:
        async for delta in pieces:
            if delta.text:
                yield named_event("data", to_json(delta.text))
    yield END


async def _plain_events(source: AsyncIterator[Mapping[str, Any]]) -> AsyncIterator[dict[str, Any]]:
    """Events without what LangChain keeps for itself."""
    async for one in source:
        shown = {k: v for k, v in one.get("metadata", {}).items() if not k.startswith("__")}
        yield {**one, "metadata": shown}


async def _own_events(
    run: Run, source: AsyncIterator[Any], value: Any
) -> AsyncIterator[dict[str, Any]]:
    """The events that a Runnable of the same function would tell."""
    head = {
        "run_id": run.id,
        "name": run.mount.name,
        "tags": [],
        "metadata": {},
        "parent_ids": [],
    }
    yield {"event": "on_chain_start", "data": {"input": value}, **head}
    pieces = []
    async for piece in source:
        pieces.append(piece)
        yield {"event": "on_chain_stream", "data": {"chunk": piece}, **head}
    yield {"event": "on_chain_end", "data": {"output": joined(pieces)}, **head}


async def _patches(source: AsyncIterator[Any]) -> AsyncIterator[dict[str, Any]]:
    async for patch in source:
        yield {"ops": patch.ops}


def messages_of(value: Any) -> Messages:
    """An input of a client as messages of its user."""
    if isinstance(value, dict) and isinstance(value.get("messages"), list):
        value = value["messages"]
    if isinstance(value, list) and all(isinstance(m, dict) and "role" in m for m in value):
        return list(value)
    if isinstance(value, dict) and len(value) == 1:
        (value,) = value.values()
    text = value if isinstance(value, str) else to_json(value).decode()
    return [{"role": "user", "content": text}]


def _of(body: Mapping[str, Any], name: str) -> Any:
    if name not in body:
        raise _wrong("missing", [name], "Field required", dict(body))
    return body[name]


def _wrong(kind: str, where: list[Any], message: str, given: Any) -> InvalidInput:
    details = [{"type": kind, "loc": where, "msg": message, "input": given}]
    return InvalidInput(f"{'.'.join(map(str, where))}: {message}", details=details)


def _merged(before: Any, after: Any) -> Any:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return {**before, **after}
    return after


def _unpacked(packed: str) -> Any:
    try:
        return orjson.loads(unpack(packed))
    except (BadText, orjson.JSONDecodeError) as error:
        raise Refusal(f"the configuration in the path cannot be read: {error}") from None
