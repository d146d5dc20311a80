"""The agent protocol: agents, runs with the thread in the body, and what waiting answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from serving.test_langgraph import made
from serving_world import Served, served


@pytest.fixture(scope="module")
def app() -> Iterator[Served]:
    with served(made()) as one:
        yield one


def agent(app: Served, name: str) -> Any:
    (found,) = [
        each for each in app.post("/agents/search", {"name": name}).json() if each["name"] == name
    ]
    return found


def test_agents_say_what_they_can_and_take(app: Served) -> None:
    words = agent(app, "words")

    schemas = app.http.get(f"/agents/{words['agent_id']}/schemas").json()

    assert words["capabilities"] == {"ap.io.streaming": True, "ap.io.messages": True}
    assert app.http.get(f"/agents/{words['agent_id']}").json() == words
    assert schemas["agent_id"] == words["agent_id"]
    assert "messages" in schemas["state_schema"]["properties"]


def test_a_run_is_asked_by_messages_and_waited_for(app: Served) -> None:
    asked = {
        "agent_id": agent(app, "words")["agent_id"],
        "thread_id": "of-the-protocol",
        "messages": [{"role": "user", "content": "a b"}],
    }

    told = app.post("/runs/wait", asked).json()
    (found,) = app.post("/runs/search", {"thread_id": "of-the-protocol"}).json()

    assert told["run"]["status"] == "success"
    assert [m["content"] for m in told["messages"]] == ["a b", "a b "]
    assert found["run_id"] == told["run"]["run_id"]
    assert found["agent_id"] == asked["agent_id"]
    again = app.http.get(f"/runs/{found['run_id']}/wait").json()
    assert again == told


def test_a_run_is_made_streamed_and_deleted(app: Served) -> None:
    named = agent(app, "stepped")["agent_id"]
    asked = {"agent_id": named, "input": {"text": "a"}, "stream_mode": "updates"}

    run = app.post("/runs", asked).json()
    app.http.get(f"/runs/{run['run_id']}/wait")
    text = app.post("/runs/stream", asked).text

    assert run["status"] == "pending"
    assert run["input"] == {"text": "a"}
    assert text.count("event: updates") == 2
    assert app.http.delete(f"/runs/{run['run_id']}").status_code == 204
    assert app.http.get(f"/runs/{run['run_id']}").status_code == 404
