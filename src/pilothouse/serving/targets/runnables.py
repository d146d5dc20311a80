"""LangChain Runnables, models, chains, and LangGraph graphs; told by their methods alone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from pilothouse.serving.schemas import Schema, invalid
from pilothouse.serving.targets.target import Target, Whole, Work
from pilothouse.serving.values import from_json


class Given(Schema):
    """A Runnable's input: checked by its own model, handed over as it was understood."""

    def __init__(self, runnable: Any) -> None:
        super().__init__(schema=_json_schema(runnable, "get_input_jsonschema"))
        self._model = _input_model(runnable)

    def read(self, value: Any) -> Any:
        value = from_json(value)
        if self._model is not None:
            try:
                self._model.model_validate(value)
            except ValidationError as error:
                raise invalid(error) from None
        return value


class Runnable(Target):
    """Anything with `ainvoke` and `astream`."""

    kind = "runnable"

    def __init__(self, name: str, runnable: Any) -> None:
        gives = Schema(schema=_json_schema(runnable, "get_output_jsonschema"))
        super().__init__(name, Given(runnable), gives)
        self.runnable = runnable
        self.messages = _conversation(runnable)

    @property
    def config_schema(self) -> dict[str, Any]:
        return config_schema(self.runnable)

    async def invoke(self, value: Any, work: Work) -> Any:
        return await self.runnable.ainvoke(value, _config(work))

    async def stream(self, value: Any, work: Work) -> AsyncIterator[Any]:
        async for piece in self.runnable.astream(value, _config(work)):
            yield piece

    def events(self, value: Any, work: Work, **chosen: Any) -> AsyncIterator[Mapping[str, Any]]:
        """Those of `astream_events(version="v2")`."""
        events: AsyncIterator[Mapping[str, Any]] = self.runnable.astream_events(
            value, _config(work), version="v2", **chosen
        )
        return events

    def log(self, value: Any, work: Work, **chosen: Any) -> AsyncIterator[Any]:
        """The patches of `astream_log`."""
        patches: AsyncIterator[Any] = self.runnable.astream_log(value, _config(work), **chosen)
        return patches


class Chain(Runnable):
    """A chain of langchain-classic: its tokens come by callbacks, its memory is an attribute.

    Each thread talks to a copy of it whose memory holds that thread's messages.
    """

    kind = "chain"
    messages = "key"

    def __init__(self, name: str, runnable: Any) -> None:
        super().__init__(name, runnable)
        memory = getattr(runnable, "memory", None)
        remembered = set(getattr(memory, "memory_variables", ()) or ())
        self.keys = [key for key in runnable.input_keys if key not in remembered]
        self.output_keys: list[str] = list(runnable.output_keys)
        self.messages = "key"

    def of_thread(self, history: list[dict[str, Any]]) -> Any:
        """A copy whose memory is the given history alone."""
        memory = getattr(self.runnable, "memory", None)
        if memory is None or not hasattr(memory, "chat_memory"):
            return self.runnable
        from langchain_core.chat_history import InMemoryChatMessageHistory
        from langchain_core.messages import convert_to_messages

        messages = InMemoryChatMessageHistory(messages=convert_to_messages(history))
        fresh = memory.model_copy(update={"chat_memory": messages})
        return self.runnable.model_copy(update={"memory": fresh})

    def _of(self, work: Work) -> Any:
        return self.runnable if self.shared_memory else self.of_thread(work.context.history)

    async def answer(self, value: Any, work: Work) -> Any:
        return await self._of(work).ainvoke(value, _config(work))

    async def talk(self, value: Any, work: Work) -> AsyncIterator[Any]:
        chain = self._of(work)
        whole: Any = None
        async for event in chain.astream_events(value, _config(work), version="v2"):
            kind = event["event"]
            if kind == "on_chat_model_stream":
                yield event["data"]["chunk"]
            elif kind == "on_llm_stream":
                chunk = event["data"]["chunk"]
                yield chunk if isinstance(chunk, str) else chunk.text
            elif kind == "on_chain_end" and not event["parent_ids"]:
                whole = event["data"]["output"]
        yield Whole(whole)


class Graph(Runnable):
    """A compiled LangGraph graph."""

    kind = "graph"
    span_kind = "agent"

    def __init__(self, name: str, runnable: Any) -> None:
        super().__init__(name, runnable)
        # Types of which no schema can be made are those of its channels all the same.
        named = self.input.json_schema().get("properties") or getattr(runnable, "channels", {})
        self.messages = "state" if "messages" in named else None
        self.keeps_threads = getattr(runnable, "checkpointer", None) not in (None, False)
        """Whether it has a checkpointer, so that it is given the new message alone."""

    async def talk(self, value: Any, work: Work) -> AsyncIterator[Any]:
        whole: Any = None
        modes = ["messages", "values"]
        async for mode, data in self.runnable.astream(value, _config(work), stream_mode=modes):
            if mode == "values":
                whole = data
            elif type(data[0]).__name__ == "AIMessageChunk":
                yield data[0]
        yield Whole(whole)

    async def stream(self, value: Any, work: Work) -> AsyncIterator[Any]:
        async for piece in self.runnable.astream(value, _config(work)):
            yield piece


def _config(work: Work) -> dict[str, Any]:
    """The configuration of a run, with its thread; one of each owner, whatever clients call it."""
    config = work.config
    if work.context.tell is not None:
        from pilothouse.serving.targets.told import Telling

        callbacks = [*(config.get("callbacks") or ()), Telling(work.context.tell)]
        config = {**config, "callbacks": callbacks}
    given = config.get("configurable") or {}
    thread = work.context.thread_id or given.get("thread_id")
    if thread is None:
        return config
    if work.context.branch:
        thread = f"{thread}~{work.context.branch}"
    if work.context.owner:
        thread = f"{work.context.owner}:{thread}"
    return {**config, "configurable": {**given, "thread_id": thread}}


def config_schema(runnable: Any) -> dict[str, Any]:
    """JSON Schema of what can be configured."""
    schema: dict[str, Any] = runnable.config_schema(include=["configurable"]).model_json_schema()
    return schema


def _conversation(runnable: Any) -> str | None:
    kind = getattr(runnable, "InputType", None)
    told = str(kind)
    if "BaseMessage" in told or hasattr(runnable, "_llm_type"):
        return "list" if hasattr(runnable, "_llm_type") or "list" in told.lower() else None
    return None


def _json_schema(runnable: Any, name: str) -> dict[str, Any]:
    try:
        schema: dict[str, Any] = getattr(runnable, name)()
    except Exception:  # noqa: BLE001 - whatever somebody's types do, the rest of it can be served
        return {}
    return schema


def _input_model(runnable: Any) -> type[BaseModel] | None:
    """None where anything goes, or where its parts say more than the JSON of a client can."""
    try:
        model = runnable.get_input_schema()
    except Exception:  # noqa: BLE001 - as above
        return None
    if not isinstance(model, type) or not issubclass(model, BaseModel):
        return None
    root = model.model_fields.get("root")
    if hasattr(runnable, "_llm_type") or (root is not None and root.annotation is Any):
        return None
    checked: type[BaseModel] = model
    return checked
