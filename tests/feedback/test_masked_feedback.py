"""What a project hides is hidden in feedback and scores too, whichever way they come."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from run_uploads import new_run, operation, part, sent
from servers import ServerProcess

RULES = [
    {"builtin": "emails"},
    {"builtin": "phones"},
    {"name": "word", "pattern": "open sesame", "replacement": "[word]"},
]
SAID = "ask joe@corp.example or +49 170 1234567, open sesame"
HIDDEN = "ask [emails] or [phones], [word]"


@pytest.fixture
def run(server: ServerProcess) -> dict[str, Any]:
    """A run in a project that hides things."""
    name = f"p{uuid.uuid4().hex[:8]}"
    assert server.call("POST", "/api/v1/projects", {"name": name})[0] == 201
    assert server.call("PATCH", f"/api/v1/projects/{name}", {"masking": RULES})[0] == 200
    made = new_run(session_name=name)
    sent(server, [operation("post", made)])
    return made


def given(run: dict[str, Any], **more: Any) -> dict[str, Any]:
    source = {"type": "model", "metadata": {"by": SAID, "__run": {"run_id": str(uuid.uuid4())}}}
    return {
        "id": str(uuid.uuid4()),
        "run_id": run["id"],
        "trace_id": run["trace_id"],
        "key": "quality",
        "comment": SAID,
        "value": SAID,
        "correction": {"better": SAID},
        "feedback_source": source,
        **more,
    }


def test_feedback_is_masked_and_its_ids_stay(server: ServerProcess, run: dict[str, Any]) -> None:
    body = given(run)
    assert server.call("POST", "/langsmith/feedback", body)[0] == 200
    again = given(run)
    sent(server, [part(f"feedback.{again['id']}", json.dumps(again).encode())])

    for one in (body, again):
        kept = server.get(f"/langsmith/feedback/{one['id']}")
        assert (kept["comment"], kept["value"]) == (HIDDEN, HIDDEN)
        assert kept["correction"] == {"better": HIDDEN}
        own = one["feedback_source"]["metadata"]["__run"]
        assert kept["feedback_source"]["metadata"] == {"by": HIDDEN, "__run": own}
        assert (kept["run_id"], kept["trace_id"]) == (run["id"], run["trace_id"])
    assert server.call("PATCH", f"/langsmith/feedback/{body['id']}", {"comment": SAID})[0] == 200
    assert server.get(f"/langsmith/feedback/{body['id']}")["comment"] == HIDDEN


def test_a_score_and_feedback_by_a_link_are_masked(
    server: ServerProcess, run: dict[str, Any]
) -> None:
    project = run["session_name"]
    score = {"name": "own", "label": SAID, "comment": SAID, "metadata": {"x": SAID}}
    place = {"project": project, "trace_id": run["id"], "identifier": "ann@corp.example"}
    status, answer = server.call("POST", "/api/v1/scores", score | place)
    assert status == 200, answer
    token = {"run_id": run["id"], "feedback_key": "thumb", "expires_in": {"hours": 1}}
    _, made = server.call("POST", "/langsmith/feedback/tokens", token)
    link = f"/langsmith/feedback/tokens/{made['id']}"
    assert server.call("POST", link, {"score": 1, "comment": SAID})[0] == 200

    [thumb, own] = server.get(f"/api/v1/scores?project={project}")["items"]

    assert answer["items"][0]["comment"] == HIDDEN
    assert (own["label"], own["comment"], own["metadata"]) == (HIDDEN, HIDDEN, {"x": HIDDEN})
    assert own["identifier"] == "ann@corp.example"  # else the scores of two people would be one's
    assert thumb["comment"] == HIDDEN


@pytest.mark.parametrize("knows_project", [True, False])
def test_feedback_that_came_before_its_run_is_masked(
    server: ServerProcess, run: dict[str, Any], *, knows_project: bool
) -> None:
    later = new_run(session_name=run["session_name"])
    [project] = server.get(f"/langsmith/sessions?name={run['session_name']}")
    body = given(later, trace_id=None)
    if knows_project:
        body["session_id"] = project["id"]
    assert server.call("POST", "/langsmith/feedback", body)[0] == 200
    waiting = server.get(f"/langsmith/feedback/{body['id']}")
    assert (waiting["comment"] == HIDDEN) is knows_project

    sent(server, [operation("post", later)])

    assert server.get(f"/langsmith/feedback/{body['id']}")["comment"] == HIDDEN
