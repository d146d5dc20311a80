"""Runs that LangSmith's own package sends: traceable, RunTree, clients, LangChain and LangGraph."""

from __future__ import annotations

import asyncio
import contextlib
import json
import uuid
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from langsmith.run_trees import RunTree
from langsmith.schemas import Attachment

from langsmith import AsyncClient, Client, trace, traceable, tracing_context
from run_uploads import spans_of
from servers import ServerProcess

langchain = pytest.importorskip("langchain_core")


@contextlib.contextmanager
def tracing(client: Client, project: str) -> Iterator[None]:
    with tracing_context(enabled=True, client=client, project_name=project):
        yield
    client.flush()


def by_name(server: ServerProcess, project: str) -> dict[str, dict[str, Any]]:
    return {span["name"]: span for span in spans_of(server, project)}


def test_traceable_functions_make_a_tree_with_what_they_took_and_gave(
    client: Client, server: ServerProcess, project: str
) -> None:
    @traceable(run_type="tool")
    def look_up(word: str) -> str:
        return word.upper()

    @traceable(run_type="llm", metadata={"ls_provider": "openai", "ls_model_name": "gpt-4o"})
    def ask(messages: list[dict[str, str]]) -> dict[str, Any]:
        details = {"cache_read": 2}
        usage = {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}
        return {
            "role": "assistant",
            "content": "Hi!",
            "usage_metadata": {**usage, "input_token_details": details},
        }

    @traceable(tags=["fine"], metadata={"session_id": "s1", "user_id": "u1", "deep": {"a": 1}})
    def work(question: str) -> str:
        look_up(question)
        return str(ask([{"role": "user", "content": question}])["content"])

    with tracing(client, project):
        assert work("hello") == "Hi!"
    spans = by_name(server, project)
    top, tool, llm = spans["work"], spans["look_up"], spans["ask"]
    assert (top["kind"], tool["kind"], llm["kind"]) == ("chain", "tool", "llm")
    assert top["input"] == {"question": "hello"}
    assert top["output"] == {"output": "Hi!"}
    assert {tool["parent_span_id"], llm["parent_span_id"]} == {top["span_id"]}
    assert (tool["input"], tool["output"]) == ({"word": "hello"}, {"output": "HELLO"})
    assert top["tags"] == ["fine"]
    assert top["metadata"]["deep.a"] == "1"
    assert (top["session_id"], top["user_id"]) == ("s1", "u1")
    assert (llm["model"], llm["provider"]) == ("gpt-4o", "openai")
    assert llm["usage"]["input_tokens"] == 10
    assert llm["usage"]["cached_tokens"] == 2
    assert llm["cost"]["total"] is not None
    assert [m["role"] for m in llm["messages_in"] + llm["messages_out"]] == ["user", "assistant"]
    [listed] = server.get(f"/api/v1/traces?project={project}")["items"]
    assert listed["span_count"] == 3
    assert listed["usage"]["total_tokens"] == 15


def test_errors_are_told_with_their_type_and_stack(
    client: Client, server: ServerProcess, project: str
) -> None:
    @traceable
    def fail(number: int) -> None:
        raise KeyError(f"number {number}")

    with tracing(client, project), pytest.raises(KeyError):
        fail(3)
    span = by_name(server, project)["fail"]
    assert (span["status"], span["error_type"]) == ("error", "KeyError")
    assert span["status_message"] == "KeyError('number 3')"
    [thrown] = span["exceptions"]
    assert thrown["stacktrace"].startswith("Traceback (most recent call last):\n")
    assert "KeyError: 'number 3'" in thrown["stacktrace"]
    assert span["output"] is None


def test_generators_and_coroutines_are_recorded_to_their_end(
    client: Client, server: ServerProcess, project: str
) -> None:
    @traceable(run_type="llm")
    def count(to: int) -> Iterator[int]:
        yield from range(to)

    @traceable
    async def later(word: str) -> str:
        await asyncio.sleep(0)
        return word

    @traceable
    async def pieces(words: list[str]) -> AsyncIterator[str]:
        for word in words:
            yield word

    async def both() -> None:
        assert await later("x") == "x"
        assert [one async for one in pieces(["a", "b"])] == ["a", "b"]

    with tracing(client, project):
        assert list(count(3)) == [0, 1, 2]
        asyncio.run(both())
    spans = by_name(server, project)
    assert spans["count"]["output"] == {"output": [0, 1, 2]}
    assert spans["count"]["streaming"] is True
    assert spans["count"]["first_token_time"] is not None
    assert spans["later"]["output"] == {"output": "x"}
    assert spans["pieces"]["output"] == {"output": ["a", "b"]}


def test_attachments_of_traceable_functions_are_kept(
    client: Client, server: ServerProcess, project: str
) -> None:
    @traceable(dangerously_allow_filesystem=False)
    def see(picture: Attachment) -> str:
        return "seen"

    data = b"\x89PNG\r\n\x1a\n" + bytes(200)
    with tracing(client, project):
        see(Attachment(mime_type="image/png", data=data))
    said = by_name(server, project)["see"]["attributes"]["langsmith.run.attachments"]
    [(name, file)] = json.loads(said).items()
    assert (name, file["mime_type"], file["size"]) == ("picture", "image/png", len(data))
    assert server.get(f"/api/v1/blobs/{file['$blob']}?project={project}") == data


def test_run_trees_and_blocks_are_recorded(
    client: Client, server: ServerProcess, project: str
) -> None:
    root = RunTree(name="root", inputs={"a": 1}, ls_client=client, project_name=project)
    root.post()
    child = root.create_child(name="child", run_type="retriever", inputs={"query": "q"})
    child.post()
    documents = [{"page_content": "text", "metadata": {"n": 1}, "type": "Document"}]
    child.end(outputs={"documents": documents})
    child.patch()
    root.end(outputs={"b": 2})
    root.patch()
    with tracing(client, project), trace("block", inputs={"x": 1}, run_type="chain") as run:
        run.end(outputs={"y": 2})
    client.flush()
    spans = by_name(server, project)
    assert set(spans) == {"root", "child", "block"}
    assert spans["child"]["parent_span_id"] == spans["root"]["span_id"]
    assert [d["content"] for d in spans["child"]["documents"]] == ["text"]
    assert [spans[n]["output"] for n in ("root", "block")] == [{"b": 2}, {"y": 2}]


def test_a_client_without_batches_writes_each_half_at_once(
    server: ServerProcess, project: str
) -> None:
    client = Client(api_url=f"{server.url}/langsmith", api_key="x", auto_batch_tracing=False)
    run_id = uuid.uuid4()
    client.create_run("one", {"a": 1}, "chain", id=run_id, project_name=project)
    client.update_run(run_id, outputs={"b": 2}, end_time=None)
    [span] = spans_of(server, project)
    assert (span["input"], span["output"], span["span_id"]) == ({"a": 1}, {"b": 2}, str(run_id))


def test_a_client_that_is_told_not_to_use_multipart_sends_batches(
    server: ServerProcess, project: str
) -> None:
    info = server.get("/langsmith/info")
    info["batch_ingest_config"]["use_multipart_endpoint"] = False
    client = Client(api_url=f"{server.url}/langsmith", api_key="x", info=info)

    @traceable
    def work(a: int) -> int:
        return a + 1

    with tracing(client, project):
        work(1)
    client.close()
    assert by_name(server, project)["work"]["output"] == {"output": 2}


def test_the_async_client_writes_runs_without_times(server: ServerProcess, project: str) -> None:
    run_id = uuid.uuid4()

    async def write() -> None:
        url = f"{server.url}/langsmith/api/v1"
        async with AsyncClient(api_url=url, api_key="x") as client:
            await client.create_run("later", {"a": 1}, "tool", id=run_id, project_name=project)
            await client.update_run(run_id, outputs={"b": 2})

    asyncio.run(write())
    [span] = spans_of(server, project)
    assert (span["kind"], span["input"], span["output"]) == ("tool", {"a": 1}, {"b": 2})


def test_langchain_chains_show_prompts_models_tools_and_retrievers(
    client: Client, server: ServerProcess, project: str
) -> None:
    from langchain_core.callbacks import CallbackManagerForRetrieverRun
    from langchain_core.documents import Document
    from langchain_core.language_models import GenericFakeChatModel
    from langchain_core.messages import AIMessage, HumanMessage
    from langchain_core.output_parsers import StrOutputParser
    from langchain_core.prompts import ChatPromptTemplate
    from langchain_core.retrievers import BaseRetriever
    from langchain_core.tools import tool

    class Fixed(BaseRetriever):
        def _get_relevant_documents(
            self, query: str, *, run_manager: CallbackManagerForRetrieverRun
        ) -> list[Document]:
            return [Document(page_content=f"about {query}", metadata={"n": 1})]

    @tool
    def weather(city: str) -> str:
        """The weather in a city."""
        return f"rain in {city}"

    usage = {"input_tokens": 11, "output_tokens": 7, "total_tokens": 18}
    said = AIMessage(content="An answer.", usage_metadata=usage)
    calls = [{"name": "weather", "args": {"city": "Oslo"}, "id": "c1", "type": "tool_call"}]
    model = GenericFakeChatModel(
        messages=iter([said, AIMessage(content="", tool_calls=calls)]), disable_streaming=True
    )
    prompt = ChatPromptTemplate([("system", "Be brief."), ("human", "{q}")])
    chain = prompt | model | StrOutputParser()
    config: Any = {"metadata": {"thread_id": "t9"}, "tags": ["mine"]}
    with tracing(client, project):
        assert chain.invoke({"q": "why?"}, config) == "An answer."
        model.invoke([HumanMessage("weather?")])
        weather.invoke(
            {"type": "tool_call", "name": "weather", "args": {"city": "Oslo"}, "id": "c1"}
        )
        Fixed().invoke("cats")
    spans = spans_of(server, project)
    kinds = {(span["name"], span["kind"]) for span in spans}
    assert {
        ("RunnableSequence", "chain"),
        ("ChatPromptTemplate", "prompt"),
        ("GenericFakeChatModel", "llm"),
        ("StrOutputParser", "chain"),
        ("weather", "tool"),
        ("Fixed", "retriever"),
    } <= kinds
    first, second = sorted(
        (s for s in spans if s["kind"] == "llm"), key=lambda s: str(s["start_time"])
    )
    assert [m["role"] for m in first["messages_in"]] == ["system", "user"]
    assert first["input_preview"] == "why?"
    assert first["output_preview"] == "An answer."
    assert first["usage"]["total_tokens"] == 18
    assert first["session_id"] == "t9"
    assert second["tool_calls"][0]["name"] == "weather"
    [used] = [s for s in spans if s["kind"] == "tool"]
    assert used["tool_call_id"] == "c1"
    assert "rain in Oslo" in used["output_preview"]
    [found] = [s for s in spans if s["kind"] == "retriever"]
    assert [d["content"] for d in found["documents"]] == ["about cats"]
    traces = server.get(f"/api/v1/traces?project={project}")["items"]
    assert sum(t["usage"]["total_tokens"] or 0 for t in traces) == 18


def test_langgraph_shows_nodes_and_an_interrupt_is_no_failure(
    client: Client, server: ServerProcess, project: str
) -> None:
    pytest.importorskip("langgraph")
    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.graph import END, START, StateGraph
    from langgraph.types import interrupt
    from typing_extensions import TypedDict

    class State(TypedDict):
        value: int

    def add(state: State) -> State:
        return {"value": state["value"] + 1}

    def wait(state: State) -> State:
        interrupt("a person has to look")
        return state

    graph = StateGraph(State)
    graph.add_node("add", add)
    graph.add_node("wait", wait)
    graph.add_edge(START, "add")
    graph.add_edge("add", "wait")
    graph.add_edge("wait", END)
    app = graph.compile(checkpointer=InMemorySaver())
    with tracing(client, project):
        app.invoke({"value": 1}, {"configurable": {"thread_id": "th"}})
    spans = by_name(server, project)
    assert spans["LangGraph"]["status"] == "ok"
    assert spans["add"]["output"] == {"value": 2}
    assert spans["add"]["parent_span_id"] == spans["LangGraph"]["span_id"]
    assert spans["add"]["metadata"]["langgraph_node"] == "add"
    assert spans["wait"]["status"] == "ok"
    assert spans["wait"]["status_message"] == "interrupted"
    assert spans["LangGraph"]["session_id"] == "th"
