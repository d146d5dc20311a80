"""Agents, graphs and chains behind the chat page: steps, sources, memories of branches."""

from __future__ import annotations

import operator
from typing import Annotated, Any, TypedDict

import pytest
from langchain.agents import create_agent
from langchain_core.documents import Document
from langchain_core.messages import AIMessage, AnyMessage
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, StateGraph

import serving_world as world
from chat_world import Chat, chatting
from fakes.openai_server import WEATHER, OpenAI, openai_server


@pytest.fixture(scope="module")
def provider() -> Any:
    with openai_server() as server:
        yield server


@tool
def get_weather(city: str) -> str:
    """The weather of a city."""
    return f"18 degrees in {city}"


def of(found: list[tuple[str, Any]], name: str) -> list[Any]:
    return [told for each, told in found if each == name]


def test_the_tools_of_an_agent_are_steps(provider: OpenAI) -> None:
    agent = create_agent(world.chat_model(provider), [get_weather])
    with chatting(agent, name="agent") as chat:
        found = chat.ask("t", "What is the weather?")
        kept = chat.messages("t")

    begun, ended = of(found, "step")
    assert (begun["name"], begun["kind"], begun["status"]) == ("get_weather", "tool", "running")
    assert (ended["status"], ended["output"]) == ("done", "18 degrees in Paris")
    assert "".join(told["text"] for told in of(found, "text")).strip() == WEATHER
    assert kept[1]["text"].strip() == WEATHER


class Shelf(BaseRetriever):
    """Has one document."""

    def _get_relevant_documents(self, query: str, **_: Any) -> list[Document]:
        about = {"source": "https://example.com/a", "title": "Lids"}
        return [Document(page_content=f"About {query}.", metadata=about)]


def test_what_a_retriever_finds_is_a_step_and_a_source_told_once() -> None:
    def answer(found: list[Document]) -> dict[str, Any]:
        return {"answer": "Yes [1].", "context": found}

    with chatting(Shelf() | RunnableLambda(answer), name="rag") as chat:
        found = chat.ask("t", "lids")
        kept = chat.messages("t")

    assert of(found, "source") == [
        {"title": "Lids", "url": "https://example.com/a", "text": "About lids."}
    ]
    assert [step["kind"] for step in of(found, "step")] == ["retriever", "retriever"]
    assert kept[1]["text"] == "Yes [1]."


class Told(TypedDict):
    messages: Annotated[list[AnyMessage], operator.add]


def count(state: Told) -> dict[str, Any]:
    said = [str(message.content) for message in state["messages"]]
    return {"messages": [AIMessage(" | ".join(said))]}


def test_a_graph_that_remembers_has_a_memory_for_each_branch() -> None:
    graph = StateGraph(Told)
    graph.add_node("count", count)
    graph.add_edge(START, "count")
    with chatting(graph.compile(checkpointer=InMemorySaver()), name="graph") as chat:
        chat.ask("t", "a")
        chat.ask("t", "b")
        chat.ask("t", "B", parent=2)
        chat.ask("t", "c")
        branch = last(chat)
        chat.send("POST", "/threads/t/shown", {"seq": 3})
        chat.ask("t", "d")
        first = last(chat)
        chat.ask("t", "", key="again", again=9)
        again = last(chat)

    assert branch == "a | a | B | a | a | B | c"
    assert first == "a | a | b | a | a | b | d"
    assert again == first


def last(chat: Chat) -> str:
    return chat.texts("t")[-1]
