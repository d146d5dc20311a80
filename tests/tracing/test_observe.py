"""What a decorated function records, whatever kind of function it is."""

from __future__ import annotations

import asyncio
import functools
import inspect
import json
from collections.abc import AsyncIterator, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest

import pilothouse as ph
from fakes.receiver import Receiver


def test_a_function_records_its_name_input_and_output(traced: Receiver) -> None:
    @ph.observe
    def greet(name: str, times: int = 1) -> str:
        return f"hello {name} " * times

    assert greet("Ada", times=2) == "hello Ada hello Ada "
    ph.flush()

    span = traced.named("greet")
    assert span.status == "ok"
    assert span.attributes["openinference.span.kind"] == "CHAIN"
    assert json.loads(span.attributes["input.value"]) == {"name": "Ada", "times": 2}
    assert span.attributes["input.mime_type"] == "application/json"
    assert span.attributes["output.value"] == "hello Ada hello Ada "


def test_a_single_argument_is_the_input_itself(traced: Receiver) -> None:
    @ph.observe
    def answer(question: str) -> str:
        return question.upper()

    answer("why?")
    ph.flush()

    assert traced.named("answer").attributes["input.value"] == "why?"


def test_a_tool_keeps_its_argument_as_an_object(traced: Receiver) -> None:
    @ph.observe(kind="tool", name="get_order")
    def look_up(order_id: str) -> dict[str, str]:
        return {"id": order_id}

    look_up("48213")
    ph.flush()

    span = traced.named("get_order")
    assert span.attributes["openinference.span.kind"] == "TOOL"
    assert json.loads(span.attributes["input.value"]) == {"order_id": "48213"}
    assert json.loads(span.attributes["output.value"]) == {"id": "48213"}


def test_without_arguments_there_is_no_input_save_for_a_tool(traced: Receiver) -> None:
    @ph.observe
    def step() -> None: ...

    @ph.observe(kind="tool")
    def today() -> str:
        return "Saturday"

    step()
    today()
    ph.flush()

    assert "input.value" not in traced.named("step").attributes
    assert traced.named("today").attributes["input.value"] == "{}"


def test_calls_inside_calls_are_children(traced: Receiver) -> None:
    @ph.observe
    def inner() -> None: ...

    @ph.observe
    def outer() -> None:
        inner()

    outer()
    ph.flush()

    assert traced.named("inner").parent_span_id == traced.named("outer").span_id
    assert traced.named("inner").trace_id == traced.named("outer").trace_id
    assert traced.named("outer").parent_span_id == ""


def test_an_exception_is_recorded_and_reaches_the_caller(traced: Receiver) -> None:
    @ph.observe
    def fail() -> None:
        raise LookupError("no such order")

    with pytest.raises(LookupError, match="no such order"):
        fail()
    ph.flush()

    span = traced.named("fail")
    assert span.status == "error"
    assert span.status_message == "LookupError: no such order"
    name, event = span.events[0]
    assert name == "exception"
    assert event["exception.type"] == "LookupError"
    assert 'raise LookupError("no such order")' in event["exception.stacktrace"]


def test_methods_of_every_kind_leave_self_out(traced: Receiver) -> None:
    class Desk:
        @ph.observe
        def plain(self, x: int) -> int:
            return x

        @ph.observe
        @classmethod
        def of_class(cls, x: int) -> int:
            return x

        @staticmethod
        @ph.observe
        def static(x: int) -> int:
            return x

    assert (Desk().plain(1), Desk.of_class(2), Desk.static(3)) == (1, 2, 3)
    ph.flush()

    inputs = {span.name: span.attributes["input.value"] for span in traced.spans}
    assert inputs == {"plain": "1", "of_class": "2", "static": "3"}


def test_a_class_has_its_public_methods_recorded(traced: Receiver) -> None:
    @ph.observe(kind="agent")
    class Agent:
        def run(self, task: str) -> str:
            return self._think(task)

        def _think(self, task: str) -> str:
            return task

    Agent().run("go")
    ph.flush()

    assert [span.name for span in traced.spans] == ["Agent.run"]


def test_a_coroutine_is_still_one_and_tasks_do_not_mix(traced: Receiver) -> None:
    @ph.observe
    async def child(n: int) -> int:
        await asyncio.sleep(0.01)
        return n

    @ph.observe
    async def parent(n: int) -> int:
        return await child(n)

    async def main() -> list[int]:
        return await asyncio.gather(*(parent(n) for n in range(5)))

    assert inspect.iscoroutinefunction(child)
    assert asyncio.run(main()) == [0, 1, 2, 3, 4]
    ph.flush()

    by_id = {span.span_id: span for span in traced.spans}
    children = [span for span in traced.spans if span.name == "child"]
    assert len({span.trace_id for span in traced.spans}) == 5
    for span in children:
        assert (
            by_id[span.parent_span_id].attributes["input.value"] == span.attributes["input.value"]
        )


def test_a_cancelled_task_says_so(traced: Receiver) -> None:
    @ph.observe
    async def long() -> None:
        await asyncio.sleep(60)

    async def main() -> None:
        async with asyncio.timeout(0.02):
            await long()

    with pytest.raises(TimeoutError):
        asyncio.run(main())
    ph.flush()

    assert traced.named("long").status_message == "CancelledError"


def test_a_generator_is_one_span_that_ends_with_it(traced: Receiver) -> None:
    @ph.observe
    def step() -> None: ...

    @ph.observe(kind="llm")
    def words() -> Iterator[str]:
        for word in ("one ", "two ", "three"):
            step()
            yield word

    with ph.span("consumer"):
        for _ in words():
            with ph.span("work"):
                pass
    ph.flush()

    span = traced.named("words")
    assert span.attributes["output.value"] == "one two three"
    assert [name for name, _ in span.events] == ["First Token Stream Event"]
    assert span.parent_span_id == traced.named("consumer").span_id
    assert {s.parent_span_id for s in traced.spans if s.name == "step"} == {span.span_id}
    consumer = traced.named("consumer").span_id
    assert {s.parent_span_id for s in traced.spans if s.name == "work"} == {consumer}


def test_a_generator_left_early_is_no_error(traced: Receiver) -> None:
    @ph.observe
    def numbers() -> Generator[int, None, None]:
        yield from range(1000)

    stream = numbers()
    assert [next(stream), next(stream)] == [0, 1]
    stream.close()
    ph.flush()

    span = traced.named("numbers")
    assert span.status == "ok"
    assert json.loads(span.attributes["output.value"]) == [0, 1]


def test_a_generator_takes_what_is_sent_and_thrown(traced: Receiver) -> None:
    @ph.observe
    def echo() -> Generator[str, str, None]:
        heard = "start"
        while True:
            try:
                heard = yield heard
            except KeyError:
                heard = "caught"

    stream = echo()
    assert next(stream) == "start"
    assert stream.send("hi") == "hi"
    assert stream.throw(KeyError()) == "caught"
    stream.close()
    ph.flush()

    assert json.loads(f'["{traced.named("echo").attributes["output.value"]}"]') == ["starthicaught"]


def test_a_failing_generator_keeps_what_came_before(traced: Receiver) -> None:
    @ph.observe
    def broken() -> Iterator[str]:
        yield "so far"
        raise OSError("connection lost")

    with pytest.raises(OSError, match="connection lost"):
        list(broken())
    ph.flush()

    span = traced.named("broken")
    assert span.status == "error"
    assert span.attributes["output.value"] == "so far"


def test_an_async_generator_is_one_span_too(traced: Receiver) -> None:
    @ph.observe(kind="llm")
    async def words() -> AsyncIterator[str]:
        for word in ("a", "b"):
            await asyncio.sleep(0)
            yield word

    async def main() -> list[str]:
        with ph.span("consumer"):
            return [word async for word in words()]

    assert asyncio.run(main()) == ["a", "b"]
    ph.flush()

    span = traced.named("words")
    assert span.attributes["output.value"] == "ab"
    assert span.parent_span_id == traced.named("consumer").span_id


def test_a_function_that_gives_back_a_generator_ends_with_it(traced: Receiver) -> None:
    @ph.observe
    def stream() -> Iterator[int]:
        return (n * n for n in range(3))

    squares = stream()
    ph.flush()
    assert traced.spans == []
    assert list(squares) == [0, 1, 4]
    ph.flush()

    assert json.loads(traced.named("stream").attributes["output.value"]) == [0, 1, 4]


def test_a_function_that_gives_back_a_coroutine_ends_with_it(traced: Receiver) -> None:
    async def later() -> str:
        await asyncio.sleep(0.01)
        return "done"

    observed = ph.observe(name="later")(functools.partial(later))

    assert asyncio.run(observed()) == "done"
    ph.flush()

    assert traced.named("later").attributes["output.value"] == "done"
    assert traced.named("later").duration_ms >= 9


def test_a_thread_given_the_context_continues_the_trace(traced: Receiver) -> None:
    @ph.observe
    def job(n: int) -> int:
        return n

    with ph.span("parent"), ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(copy_context().run, job, n) for n in range(8)]
        assert sum(future.result() for future in futures) == 28
    ph.flush()

    parent = traced.named("parent").span_id
    assert {s.parent_span_id for s in traced.spans if s.name == "job"} == {parent}


def test_input_and_output_can_be_left_out(traced: Receiver) -> None:
    @ph.observe(capture_input=False, capture_output=False)
    def secret(x: str) -> str:
        return x

    secret("hush")
    ph.flush()

    assert "hush" not in str(traced.named("secret").attributes)


def test_without_init_a_decorated_function_only_runs() -> None:
    @ph.observe
    def plain(x: int) -> int:
        return x + 1

    assert plain(1) == 2
    with ph.span("nothing") as span:
        span.set_output("x").set_usage(input_tokens=1).set_tags(["a"])
    assert span.trace_id is None
    assert ph.flush() is True


def test_an_argument_that_cannot_be_shown_breaks_nothing(traced: Receiver) -> None:
    class Odd:
        def __repr__(self) -> str:
            raise RuntimeError("no repr")

    @ph.observe
    def take(x: Odd) -> Odd:
        return x

    odd = Odd()
    assert take(odd) is odd
    ph.flush()

    assert "cannot be shown" in traced.named("take").attributes["input.value"]
