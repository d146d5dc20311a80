"""The real langgraph_sdk client and RemoteGraph, against graphs and a plain function."""

from __future__ import annotations

import asyncio
import operator
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any

import pytest
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.pregel.remote import RemoteGraph
from langgraph.types import Command, StreamWriter, interrupt
from langgraph_sdk import get_client, get_sync_client
from langgraph_sdk.errors import ConflictError, NotFoundError, UnprocessableEntityError
from typing_extensions import TypedDict

from pilothouse.serving import App
from serving_world import Served, served

KEYS = {"key-of-the-first-reader-1": ("*",), "key-of-the-second-one-2": ("*",)}


class State(TypedDict, total=False):
    text: str
    steps: Annotated[list[str], operator.add]


def stepped() -> Any:
    """Two nodes, one of which writes something of its own; compiled without a checkpointer."""

    async def first(state: State, writer: StreamWriter) -> State:
        writer({"progress": 1})
        return {"steps": [f"first:{state['text']}"]}

    async def second(state: State) -> State:
        return {"steps": ["second"]}

    graph = StateGraph(State)
    graph.add_node("first", first)
    graph.add_node("second", second)
    graph.add_edge(START, "first")
    graph.add_edge("first", "second")
    graph.add_edge("second", END)
    return graph.compile()


def asking() -> Any:
    """A graph that asks a person."""

    async def ask(state: State) -> State:
        answer = interrupt({"question": "sure?"})
        return {"steps": [f"answered:{answer}"]}

    graph = StateGraph(State)
    graph.add_node("ask", ask)
    graph.add_edge(START, "ask")
    return graph.compile()


def talking() -> Any:
    """A graph with a model that streams."""

    def answers() -> Iterator[AIMessage]:
        while True:
            yield AIMessage("green is nice")

    model = GenericFakeChatModel(messages=answers())

    async def answer(state: MessagesState) -> Any:
        return {"messages": [await model.ainvoke(state["messages"])]}

    graph = StateGraph(MessagesState)
    graph.add_node("answer", answer)
    graph.add_edge(START, "answer")
    return graph.compile()


GATE: dict[str, asyncio.Event] = {}


def slow() -> Any:
    """A graph that waits for its gate."""

    async def wait(state: State) -> State:
        await GATE.setdefault(state["text"], asyncio.Event()).wait()
        return {"steps": [state["text"]]}

    graph = StateGraph(State)
    graph.add_node("wait", wait)
    graph.add_edge(START, "wait")
    return graph.compile()


def failing() -> Any:
    async def fail(state: State) -> State:
        raise ValueError("secret")

    graph = StateGraph(State)
    graph.add_node("fail", fail)
    graph.add_edge(START, "fail")
    return graph.compile()


async def words(text: str) -> AsyncIterator[str]:
    for word in text.split():
        yield word + " "


def plus(a: int, b: int = 2) -> int:
    return a + b


def made(**more: Any) -> App:
    app = App(**more)
    for name, target in {
        "stepped": stepped(),
        "asking": asking(),
        "talking": talking(),
        "slow": slow(),
        "failing": failing(),
        "words": words,
        "plus": plus,
    }.items():
        app.add(f"/{name}", target, name=name)
    return app


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    store = tmp_path_factory.mktemp("graphs") / "app.db"
    with served(made(store=f"sqlite:///{store}", keys=KEYS)) as one:
        yield one


@pytest.fixture
def client(app: Served) -> Iterator[Any]:
    with get_sync_client(url=app.url, api_key=next(iter(KEYS))) as one:
        yield one


@pytest.fixture
def other(app: Served) -> Iterator[Any]:
    """Somebody else's."""
    with get_sync_client(url=app.url, api_key=list(KEYS)[1]) as one:
        yield one


def everything(stream: Any) -> list[tuple[str, Any]]:
    return [(part.event, part.data) for part in stream]


# --- assistants ---


def test_each_target_is_an_assistant_with_schemas_and_a_drawing(client: Any) -> None:
    found = client.assistants.search(limit=100)
    (one,) = client.assistants.search(graph_id="stepped")

    assert {each["graph_id"] for each in found} >= {"stepped", "words", "plus"}
    assert client.assistants.get(one["assistant_id"]) == one
    assert client.assistants.count(graph_id="stepped") == 1
    drawn = client.assistants.get_graph(one["assistant_id"])
    assert {node["id"] for node in drawn["nodes"]} == {"__start__", "first", "second", "__end__"}
    assert {"source": "first", "target": "second"} in drawn["edges"]
    schemas = client.assistants.get_schemas(one["assistant_id"])
    assert schemas["graph_id"] == "stepped"
    assert "text" in schemas["input_schema"]["properties"]


def test_an_assistant_of_ones_own_has_versions(client: Any) -> None:
    made = client.assistants.create(
        "stepped", name="mine", metadata={"a": 1}, config={"tags": ["x"]}
    )
    changed = client.assistants.update(made["assistant_id"], metadata={"b": 2}, name="better")

    assert (made["version"], changed["version"], changed["name"]) == (1, 2, "better")
    assert changed["metadata"] == {"a": 1, "b": 2}
    versions = client.assistants.get_versions(made["assistant_id"])
    assert [each["version"] for each in versions] == [2, 1]
    assert client.assistants.set_latest(made["assistant_id"], 1)["name"] == "mine"
    with pytest.raises(ConflictError):
        client.assistants.create("stepped", assistant_id=made["assistant_id"])
    client.assistants.delete(made["assistant_id"])
    with pytest.raises(NotFoundError):
        client.assistants.get(made["assistant_id"])


def test_an_unknown_graph_is_told_with_the_nearest_name(client: Any) -> None:
    with pytest.raises(UnprocessableEntityError, match="did you mean 'stepped'"):
        client.runs.create(None, "steped", input={"text": "a"})


# --- runs ---


def test_a_run_on_a_thread_is_streamed_and_leaves_its_state(client: Any) -> None:
    thread = client.threads.create(metadata={"who": "me"})
    told = everything(
        client.runs.stream(
            thread["thread_id"],
            "stepped",
            input={"text": "a"},
            stream_mode=["values", "updates", "custom"],
        )
    )

    assert [name for name, _ in told] == [
        "metadata", "values", "custom", "updates", "values", "updates", "values", "end",
    ]  # fmt: skip
    assert told[1][1] == {"text": "a", "steps": []}
    assert ("custom", {"progress": 1}) in told
    assert ("updates", {"second": {"steps": ["second"]}}) in told
    state = client.threads.get_state(thread["thread_id"])
    assert state["values"] == {"text": "a", "steps": ["first:a", "second"]}
    assert state["next"] == []
    assert state["checkpoint"]["thread_id"] == thread["thread_id"]
    kept = client.threads.get(thread["thread_id"])
    assert (kept["status"], kept["values"]["text"]) == ("idle", "a")
    assert kept["metadata"]["graph_id"] == "stepped"
    (run,) = client.runs.list(thread["thread_id"])
    assert run["status"] == "success"


def test_earlier_states_are_told_and_can_be_gone_on_from(client: Any) -> None:
    thread = client.threads.create()["thread_id"]
    client.runs.wait(thread, "stepped", input={"text": "a"})

    history = client.threads.get_history(thread)
    after_first = next(each for each in history if each["next"] == ["second"])
    forked = client.runs.wait(
        thread, "stepped", input=None, checkpoint_id=after_first["checkpoint"]["checkpoint_id"]
    )

    assert len(history) == 4
    assert history[0]["parent_checkpoint"] == history[1]["checkpoint"]
    assert forked["steps"] == ["first:a", "second"]
    one = client.threads.get_state(thread, checkpoint_id=after_first["checkpoint"]["checkpoint_id"])
    assert one["values"]["steps"] == ["first:a"]


def test_a_state_is_changed_by_hand(client: Any) -> None:
    thread = client.threads.create()["thread_id"]
    client.runs.wait(thread, "stepped", input={"text": "a"})

    told = client.threads.update_state(thread, {"steps": ["by hand"]}, as_node="second")

    assert told["checkpoint"]["thread_id"] == thread
    values = client.threads.get_state(thread)["values"]
    assert values["steps"] == ["first:a", "second", "by hand"]
    with pytest.raises(UnprocessableEntityError):
        client.threads.update_state(thread, {"steps": []}, as_node="nowhere")


def test_an_interrupt_waits_for_a_command(client: Any) -> None:
    thread = client.threads.create()["thread_id"]
    asked = client.runs.wait(thread, "asking", input={"text": "a"})
    waiting = client.threads.get(thread)
    done = client.runs.wait(thread, "asking", command={"resume": "yes"})

    assert asked["__interrupt__"][0]["value"] == {"question": "sure?"}
    assert waiting["status"] == "interrupted"
    ((told,),) = waiting["interrupts"].values()
    assert told["value"] == {"question": "sure?"}
    assert done["steps"] == ["answered:yes"]
    assert client.threads.get(thread)["status"] == "idle"


def test_messages_are_told_in_both_ways(client: Any) -> None:
    given = {"messages": [{"role": "user", "content": "hi"}]}
    pairs = everything(
        client.runs.stream(None, "talking", input=given, stream_mode="messages-tuple")
    )
    grown = everything(client.runs.stream(None, "talking", input=given, stream_mode="messages"))

    texts = [data[0]["content"] for name, data in pairs if name == "messages"]
    assert "".join(texts) == "green is nice"
    assert pairs[1][1][1]["langgraph_node"] == "answer"
    assert grown[1][0] == "messages/metadata"
    partial = [data[0]["content"] for name, data in grown if name.startswith("messages/p")]
    assert partial[0] == "green"
    assert partial[-1] == "green is nice"
    assert [data[0]["type"] for name, data in grown if name == "messages/complete"] == ["ai"]


def test_a_target_that_raises_is_an_error_without_its_words(client: Any) -> None:
    thread = client.threads.create()["thread_id"]
    told = everything(client.runs.stream(thread, "failing", input={"text": "a"}))
    waited = client.runs.wait(thread, "failing", input={"text": "a"}, raise_error=False)

    assert told[-1] == ("error", {"error": "ValueError", "message": "Internal Server Error"})
    assert waited == {"__error__": told[-1][1]}
    assert client.threads.get(thread)["status"] == "error"
    assert {run["status"] for run in client.runs.list(thread)} == {"error"}


def test_a_run_goes_on_alone_and_is_joined(client: Any, app: Served) -> None:
    thread = client.threads.create()["thread_id"]
    run = client.runs.create(thread, "slow", input={"text": "joined"})
    app.wait(lambda: "joined" in GATE)

    assert run["status"] == "pending"
    assert client.threads.get(thread)["status"] == "busy"
    opened(app, "joined")
    assert client.runs.join(thread, run["run_id"])["steps"] == ["joined"]
    assert client.runs.get(thread, run["run_id"])["status"] == "success"


def opened(app: Served, name: str) -> None:
    """Let a waiting node go on; its event belongs to the server's loop."""
    GATE[name]._loop.call_soon_threadsafe(GATE[name].set)  # type: ignore[attr-defined] # private


def test_a_run_is_cancelled_and_another_rolled_back(client: Any, app: Served) -> None:
    thread = client.threads.create()["thread_id"]
    client.runs.wait(thread, "stepped", input={"text": "kept"})
    first = client.runs.create(thread, "slow", input={"text": "cancelled"})
    app.wait(lambda: "cancelled" in GATE)
    client.runs.cancel(thread, first["run_id"], wait=True)
    second = client.runs.create(thread, "slow", input={"text": "rolled"})
    app.wait(lambda: "rolled" in GATE)

    client.runs.cancel(thread, second["run_id"], wait=True, action="rollback")

    assert client.runs.get(thread, first["run_id"])["status"] == "interrupted"
    with pytest.raises(NotFoundError):
        client.runs.get(thread, second["run_id"])


@pytest.mark.parametrize("strategy", ["reject", "interrupt", "rollback", "enqueue"])
def test_a_second_run_of_a_thread_does_as_it_was_told(
    client: Any, app: Served, strategy: Any
) -> None:
    thread = client.threads.create()["thread_id"]
    name = f"busy-{strategy}"
    first = client.runs.create(thread, "slow", input={"text": name})
    app.wait(lambda: name in GATE)

    if strategy == "reject":
        with pytest.raises(ConflictError):
            client.runs.create(thread, "stepped", input={"text": "b"}, multitask_strategy=strategy)
        opened(app, name)
        assert client.runs.join(thread, first["run_id"])["steps"] == [name]
        return
    second = client.runs.create(thread, "stepped", input={"text": "b"}, multitask_strategy=strategy)
    if strategy == "enqueue":
        assert client.runs.get(thread, second["run_id"])["status"] == "pending"
        opened(app, name)
    told = client.runs.join(thread, second["run_id"])

    before = [name] if strategy == "enqueue" else []
    assert told["steps"] == [*before, "first:b", "second"]
    left = {run["run_id"]: run["status"] for run in client.runs.list(thread)}
    wanted = {"interrupt": "interrupted", "enqueue": "success", "rollback": None}
    assert left.get(first["run_id"]) == wanted[strategy]


def test_a_stream_is_resumed_after_the_event_that_was_heard(client: Any) -> None:
    thread = client.threads.create()["thread_id"]
    parts = list(
        client.runs.stream(
            thread, "stepped", input={"text": "a"}, stream_resumable=True, stream_mode="updates"
        )
    )
    (run,) = client.runs.list(thread)

    again = list(client.runs.join_stream(thread, run["run_id"], last_event_id=parts[1].id))

    assert [part.id for part in parts] == ["1", "2", "3", "4"]
    assert again == parts[2:]


def test_a_run_without_a_thread_leaves_nothing(client: Any, app: Served) -> None:
    assert client.runs.wait(None, "stepped", input={"text": "a"})["steps"] == ["first:a", "second"]

    kept = app.app.service.store.database
    count = asyncio.run(kept.run(lambda c: c.exec_driver_sql(LEFT).scalar()))
    assert count == 0


LEFT = """
    SELECT COUNT(*) FROM graph_checkpoints
    WHERE thread NOT IN (SELECT owner || ':' || id FROM graph_threads WHERE hidden = 0)
"""


# --- threads ---


def test_threads_are_found_copied_and_forgotten(client: Any) -> None:
    thread = client.threads.create(metadata={"topic": "ships"})["thread_id"]
    client.runs.wait(thread, "stepped", input={"text": "sail"})

    (found,) = client.threads.search(metadata={"topic": "ships"}, values={"text": "sail"})
    copy = client.threads.copy(thread)
    client.threads.delete(thread)

    assert found["thread_id"] == thread
    assert client.threads.get_state(copy["thread_id"])["values"]["text"] == "sail"
    with pytest.raises(NotFoundError):
        client.threads.get(thread)
    assert client.threads.count(metadata={"topic": "ships"}) == 1
    with pytest.raises(ConflictError):
        client.threads.create(thread_id=copy["thread_id"])
    same = client.threads.create(thread_id=copy["thread_id"], if_exists="do_nothing")
    assert same["thread_id"] == copy["thread_id"]


def test_nobody_sees_what_belongs_to_another_key(client: Any, other: Any) -> None:
    thread = client.threads.create()["thread_id"]
    client.runs.wait(thread, "stepped", input={"text": "mine"})
    (run,) = client.runs.list(thread)

    for ask in (
        lambda: other.threads.get(thread),
        lambda: other.threads.get_state(thread),
        lambda: other.runs.get(thread, run["run_id"]),
        lambda: other.runs.create(thread, "stepped", input={"text": "theirs"}),
        lambda: other.threads.delete(thread),
    ):
        with pytest.raises(NotFoundError):
            ask()
    stolen = other.runs.wait(
        None,
        "stepped",
        input={"text": "theirs"},
        config={"configurable": {"thread_id": thread, "checkpoint_ns": ""}},
    )
    assert stolen["steps"] == ["first:theirs", "second"]


def test_items_are_kept_by_namespace(client: Any, other: Any) -> None:
    store = client.store
    store.put_item(["people", "ada"], "diet", {"likes": "figs", "rank": 2})
    store.put_item(["people", "bob"], "diet", {"likes": "nuts", "rank": 1})

    assert store.get_item(["people", "ada"], "diet")["value"] == {"likes": "figs", "rank": 2}
    found = store.search_items(["people"], filter={"rank": {"$gt": 1}})
    assert [item["namespace"] for item in found["items"]] == [["people", "ada"]]
    assert len(store.search_items(["people"], query="nuts")["items"]) == 1
    assert store.list_namespaces(prefix=["people"])["namespaces"] == [
        ["people", "ada"],
        ["people", "bob"],
    ]
    store.delete_item(["people", "bob"], "diet")
    with pytest.raises(NotFoundError):
        store.get_item(["people", "bob"], "diet")
    with pytest.raises(NotFoundError):
        other.store.get_item(["people", "ada"], "diet")


# --- targets that are no graphs ---


def test_a_plain_function_has_threads_and_history(client: Any) -> None:
    thread = client.threads.create()["thread_id"]
    told = everything(
        client.runs.stream(
            thread,
            "words",
            input={"messages": [{"role": "user", "content": "a b"}]},
            stream_mode=["values", "messages-tuple"],
        )
    )

    names = [name for name, _ in told]
    assert names == ["metadata", "values", "messages", "messages", "values", "end"]
    assert [d[0]["content"] for n, d in told if n == "messages"] == ["a ", "b "]
    values = client.threads.get_state(thread)["values"]
    assert [m["content"] for m in values["messages"]] == ["a b", "a b "]
    assert values["output"] == "a b "
    assert client.runs.wait(None, "plus", input={"a": 1})["output"] == 3
    with pytest.raises(UnprocessableEntityError):
        client.runs.create(None, "plus", input={"a": "x"})
    with pytest.raises(UnprocessableEntityError, match="no interrupts"):
        client.runs.create(thread, "words", command={"resume": 1})


# --- RemoteGraph ---


def test_a_remote_graph_works_as_a_graph_of_its_own(client: Any) -> None:
    remote = RemoteGraph("asking", sync_client=client)
    config: Any = {"configurable": {"thread_id": "of-a-remote-graph"}}

    asked = remote.invoke({"text": "a"}, config)
    waiting = remote.get_state(config)
    done = remote.invoke(Command(resume="yes"), config)

    assert asked["__interrupt__"][0]["value"] == {"question": "sure?"}
    assert waiting.next == ("ask",)
    assert done["steps"] == ["answered:yes"]
    assert len(list(remote.get_state_history(config))) == 3


def test_a_remote_graph_is_a_node_of_another(client: Any) -> None:
    remote = RemoteGraph("stepped", sync_client=client, name="remote")
    graph = StateGraph(State)
    graph.add_node("remote", remote)
    graph.add_edge(START, "remote")

    told = graph.compile().invoke({"text": "a"})

    assert told["steps"] == ["first:a", "second"]


def test_the_async_client_works_as_well(app: Served) -> None:
    async def ask() -> Any:
        async with get_client(url=app.url, api_key=next(iter(KEYS))) as client:
            thread = await client.threads.create()
            parts = client.runs.stream(
                thread["thread_id"], "stepped", input={"text": "a"}, stream_mode="updates"
            )
            return [part.event async for part in parts]

    assert asyncio.run(ask()) == ["metadata", "updates", "updates", "end"]
