"""LangGraph's thread-centric streaming, with the SDK's own client."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from langgraph_sdk import get_client

from serving.test_langgraph import made
from serving_world import Served, served


@pytest.fixture(scope="module")
def app() -> Iterator[Served]:
    with served(made()) as one:
        yield one


def test_values_and_the_output_of_a_thread(app: Served) -> None:
    async def act() -> Any:
        async with (
            get_client(url=app.url) as client,
            client.threads.stream(assistant_id="stepped") as thread,
        ):
            await thread.run.start(input={"text": "a"})
            seen = [value async for value in thread.values]
            return seen, await thread.output

    seen, output = asyncio.run(asyncio.wait_for(act(), 20))

    steps = [value["steps"] for value in seen if value]  # the first is what the thread has now
    assert steps[-3:] == [[], ["first:a"], ["first:a", "second"]]
    assert output["steps"] == ["first:a", "second"]


def test_messages_are_told_in_blocks(app: Served) -> None:
    async def act() -> Any:
        async with (
            get_client(url=app.url) as client,
            client.threads.stream(assistant_id="talking") as thread,
        ):
            await thread.run.start(input={"messages": [{"role": "user", "content": "hi"}]})
            messages = [message async for message in thread.messages]
            return [await message.text for message in messages]

    assert asyncio.run(asyncio.wait_for(act(), 20)) == ["green is nice"]


def test_an_interrupt_is_answered(app: Served) -> None:
    async def act() -> Any:
        async with (
            get_client(url=app.url) as client,
            client.threads.stream(assistant_id="asking") as thread,
        ):
            await thread.run.start(input={"text": "a"})
            async for _ in thread.values:
                pass
            asked = list(thread.interrupts)
            await thread.run.respond("yes")
            return asked, await thread.output

    asked, output = asyncio.run(asyncio.wait_for(act(), 20))

    assert asked[0]["value"] == {"question": "sure?"}
    assert output["steps"] == ["answered:yes"]


def test_a_run_that_fails_says_so(app: Served) -> None:
    async def act() -> Any:
        async with (
            get_client(url=app.url) as client,
            client.threads.stream(assistant_id="failing") as thread,
        ):
            await thread.run.start(input={"text": "a"})
            return await thread.output

    with pytest.raises(RuntimeError, match="Internal Server Error"):
        asyncio.run(asyncio.wait_for(act(), 20))


def test_what_cannot_be_done_is_an_error_with_a_code(app: Served) -> None:
    thread = app.post("/threads", {}).json()["thread_id"]

    def told(method: str, params: Any) -> Any:
        frame = {"id": 7, "method": method, "params": params}
        return app.post(f"/threads/{thread}/commands", frame).json()

    unknown = told("state.dance", {})
    nobody = told("input.respond", {"interrupt_id": "x", "response": 1})
    graph = told("run.start", {"assistant_id": "nothing", "input": {}})

    assert (unknown["id"], unknown["type"], unknown["error"]) == (7, "error", "unknown_command")
    assert nobody["error"] == "no_such_interrupt"
    assert graph["error"] == "invalid_argument"
    assert app.post(f"/threads/{thread}/stream/events", {}).status_code == 422
