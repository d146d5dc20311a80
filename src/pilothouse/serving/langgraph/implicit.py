"""A graph around any target: one node, and a state of messages and the last output.

So a plain function has threads, checkpoints, history and streams like a graph of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from contextvars import ContextVar
from typing import TYPE_CHECKING, Annotated, Any, Final

from langchain_core.messages import AIMessage, AIMessageChunk, convert_to_messages
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.messages.utils import convert_to_openai_messages
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.types import StreamWriter
from typing_extensions import TypedDict  # the one of `typing` has no schema before Python 3.12

from pilothouse.serving.chat import Said, delta_of, input_of, said
from pilothouse.serving.ids import new_uuid
from pilothouse.serving.targets import Whole, Work, joined
from pilothouse.serving.values import to_json

if TYPE_CHECKING:
    from pilothouse.serving.mounts import Mount

WORK: ContextVar[Work] = ContextVar("work")
"""Of the run that the node answers in."""
PIECE: Final = "__pilothouse_message__"
"""Key of what the node writes for the `messages` stream."""
NODE: Final = "answer"


class Talked(TypedDict, total=False):
    """The implicit state."""

    messages: Annotated[list[Any], add_messages]
    input: Any
    output: Any


def implicit_graph(mount: Mount) -> Any:
    """The graph of a target that is none, not compiled yet."""
    target = mount.target

    async def answer(state: Talked, writer: StreamWriter) -> dict[str, Any]:
        work = WORK.get()
        plain: list[dict[str, Any]] = convert_to_openai_messages(state.get("messages") or [])
        work.context.history = plain[:-1]
        given = state.get("input")
        value = target.input.read(input_of(mount, plain) if given is None else given)
        pieces: list[Any] = []
        whole: Whole | None = None
        message_id = f"run-{new_uuid()}"
        async with aclosing(
            target.talk(value, work)  # type: ignore[type-var] # each target's is a generator
        ) as source:
            async for piece in source:
                if isinstance(piece, Whole):
                    whole = piece
                    continue
                pieces.append(piece)
                chunk = _chunk(delta_of(piece), message_id)
                if chunk is not None:
                    writer({PIECE: chunk})
                # Nobody's reading holds this back: let others run, whatever the target does.
                await asyncio.sleep(0)
        output = joined(pieces) if whole is None else whole.value
        return {"messages": [_message(said(mount, output), message_id)], "output": _plain(output)}

    graph = StateGraph(Talked)
    graph.add_node(NODE, answer)
    graph.add_edge(START, NODE)
    graph.add_edge(NODE, END)
    return graph


def state_of(mount: Mount, given: Any) -> dict[str, Any]:
    """A client's input as a change of the implicit state; raises InvalidInput."""
    if isinstance(given, Mapping) and isinstance(given.get("messages"), list) and mount.shape:
        return {"messages": convert_to_messages(given["messages"]), "input": None}
    mount.target.input.read(given)
    text = given if isinstance(given, str) else to_json(given).decode()
    return {"messages": convert_to_messages([("user", text)]), "input": given}


def _chunk(said_now: Said, message_id: str) -> AIMessageChunk | None:
    if not said_now.text and not said_now.tool_calls:
        return None
    calls = [
        tool_call_chunk(
            name=c.get("name"), args=c["arguments"], id=c.get("id"), index=c.get("index")
        )
        for c in said_now.tool_calls
    ]
    return AIMessageChunk(content=said_now.text, id=message_id, tool_call_chunks=calls)


def _message(whole: Said, message_id: str) -> AIMessage:
    made: AIMessage = convert_to_messages([whole.message()])[0]  # type: ignore[assignment] # an assistant's message becomes one of these
    made.id = message_id
    return made


def _plain(value: Any) -> Any:
    """The output as the state keeps it: what JSON can say of it."""
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    import orjson

    return orjson.loads(to_json(value))
