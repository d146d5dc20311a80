"""Questions that make no sense are refused in words, once: a 500 would be asked twelve times."""

from __future__ import annotations

import base64
import json
import uuid
from typing import Any

import pytest

from langsmith_world import Written
from servers import ServerProcess

EDGES = (
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59.999999Z",
    "9999-12-31T23:59:59.999999-14:00",
)


def cursor(name: str, place: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps([name, place]).encode()).decode()


@pytest.mark.parametrize("edge", EDGES)
def test_a_time_at_the_edge_of_the_calendar_is_a_time(
    server: ServerProcess, written: Written, edge: str
) -> None:
    project = written.project
    questions: list[tuple[str, dict[str, Any]]] = [
        ("/runs/query", {"session": [project], "start_time": edge}),
        ("/runs/query", {"session": [project], "end_time": edge}),
        ("/runs/stats", {"session": [project], "end_time": edge}),
        ("/api/v2/runs/query", {"project_ids": [project], "min_start_time": edge}),
        ("/api/v2/traces/query", {"project_id": project, "max_start_time": edge}),
        ("/api/v2/threads/query", {"project_id": project, "min_start_time": edge}),
    ]
    assert [server.call("POST", f"/langsmith{path}", body)[0] for path, body in questions] == (
        [200] * len(questions)
    )


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v2/threads/query", {"cursor": cursor("threads", ["a"])}),
        ("/api/v2/threads/query", {"cursor": "!!!"}),
        ("/api/v2/threads/query", {"filter": "eq(nam, 1)"}),
        ("/runs/query", {"cursor": cursor("runs:desc", ["a", "b"])}),
        ("/runs/query", {"filter": "and()"}),
    ],
)
def test_a_cursor_or_a_filter_of_nothing_is_refused(
    server: ServerProcess, written: Written, path: str, body: dict[str, Any]
) -> None:
    about = {"project_id": written.project, "session": [written.project]}

    status, told = server.call("POST", f"/langsmith{path}", {**about, **body})

    assert (status, "detail" in told) == (400, True)


@pytest.mark.parametrize(
    "path", ["threads/thread-0/traces?project_id={project}&cursor={turns}", "sessions?cursor=W10"]
)
def test_a_cursor_of_another_list_is_refused(
    server: ServerProcess, written: Written, path: str
) -> None:
    asked = path.format(project=written.project, turns=cursor("turns", ["a"]))

    assert server.call("GET", f"/langsmith/api/v2/{asked}")[0] == 400


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("/feedback", {"session_id": "UNKNOWN", "key": "k"}, 422),
        ("/feedback", {"run_id": "no-uuid", "key": "k"}, 422),
        ("/feedback/tokens", {"run_id": "UNKNOWN", "feedback_key": "k"}, 422),
        ("/examples", {"dataset_id": "UNKNOWN", "inputs": {}}, 404),
        ("/sessions", {"name": "e", "reference_dataset_id": "UNKNOWN"}, 404),
        ("/datasets/comparative", {"experiment_ids": ["UNKNOWN"]}, 404),
        ("/annotation-queues/UNKNOWN/runs", [], 404),
        ("/annotation-queues/populate", {"queue_id": "UNKNOWN", "session_ids": []}, 404),
        ("/annotation-queues/status/UNKNOWN", {"status": "completed"}, 404),
        ("/runs/query", {"id": ["no-uuid"]}, 422),
    ],
)
def test_what_is_named_but_not_there_is_told(
    server: ServerProcess, path: str, body: Any, expected: int
) -> None:
    unknown = str(uuid.uuid4())
    body = json.loads(json.dumps(body).replace("UNKNOWN", unknown))
    if path.endswith("/tokens"):
        body["expires_in"] = {"days": 10**9}

    status, told = server.call("POST", f"/langsmith{path.replace('UNKNOWN', unknown)}", body)

    assert status == expected, told
    assert told["detail"]


def test_a_split_that_is_no_name_is_refused(server: ServerProcess) -> None:
    _, dataset = server.call("POST", "/langsmith/datasets", {"name": f"d{uuid.uuid4().hex[:8]}"})
    body = {"dataset_id": dataset["id"], "inputs": {}, "metadata": {"dataset_split": 5}}

    assert server.call("POST", "/langsmith/examples", body)[0] == 400
