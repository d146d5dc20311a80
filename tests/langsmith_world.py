"""What the tests of reading read with LangSmith's own client: three conversations at a desk."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass
from typing import Any

from langsmith.run_helpers import traceable, tracing_context
from langsmith.schemas import Run

from langsmith import Client
from servers import ServerProcess

SPELLINGS = ("/langsmith", "/langsmith/api/v1")
QUESTIONS = ("where is my parcel?", "may I return shoes?", "is it open?")


@dataclass(frozen=True, slots=True)
class Written:
    """What was written."""

    project: str
    roots: tuple[str, ...]
    """Ids of the root runs, in the order of their start."""


def client_of(server: ServerProcess, spelling: str = SPELLINGS[0]) -> Client:
    return Client(api_url=server.url + spelling, api_key="none", auto_batch_tracing=True)


def write(server: ServerProcess) -> Written:
    """Three traces of a desk, one of them failed, and a run that waits."""
    client = client_of(server)
    roots: list[str] = []

    @traceable(
        run_type="llm",
        name="model",
        metadata={"ls_provider": "openai", "ls_model_name": "gpt-4o", "ls_temperature": 0.5},
    )
    def model(messages: list[dict[str, str]]) -> dict[str, Any]:
        return {
            "choices": [{"message": {"role": "assistant", "content": "Soon."}}],
            "usage_metadata": {
                "input_tokens": 5,
                "output_tokens": 3,
                "total_tokens": 8,
                "input_token_details": {"cache_read": 2, "priority": 1},
                "input_cost": 1e-06,
                "output_cost": 2e-06,
            },
        }

    @traceable(run_type="tool", name="lookup", tags=["slow"])
    def lookup(number: int) -> int:
        if number == 1:
            raise ValueError("no such parcel")
        return number

    @traceable(run_type="parser", name="parse")
    def parse(text: str) -> str:
        return text

    @traceable(name="desk", tags=["production"])
    def desk(question: str, number: int) -> dict[str, Any]:
        model([{"role": "user", "content": question}])
        parse("x")
        if number < 2:
            lookup(number)
        return {"answer": {"text": question.upper(), "steps": [{"kind": "look"}]}}

    with tracing_context(project_name="read", enabled=True, client=client):
        for number, question in enumerate(QUESTIONS):
            run_id = uuid.uuid4()
            about = {"tier": "gold" if number else "silver", "session_id": f"thread-{number % 2}"}
            try:
                desk(question, number, langsmith_extra={"run_id": run_id, "metadata": about})
            except ValueError:
                assert number == 1
            roots.append(str(run_id))
    client.flush()
    client.create_run(
        "waiting", {"q": 1}, "chain", project_name="read", id=(waiting := uuid.uuid4())
    )
    project = client.read_run(roots[0]).session_id
    assert client.read_run(waiting).status == "pending"
    return Written(str(project), tuple(roots))


def names(runs: list[Run]) -> list[str]:
    return sorted(run.name for run in runs)


def call(server: ServerProcess, path: str, body: Any) -> tuple[int, Any]:
    """Status and JSON of a POST."""
    sent = urllib.request.Request(
        f"{server.url}/langsmith{path}",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(sent, timeout=60) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as e:
        with e:
            return e.code, json.loads(e.read())
