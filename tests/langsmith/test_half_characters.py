"""Half a character, as JavaScript leaves it where it cuts an emoji: it costs nothing but itself."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from run_uploads import headers, multipart, new_run, operation, part, spans_of
from servers import ServerProcess

pytestmark = pytest.mark.slow

CUT = "so glad 😀 \ud83d"
KEPT = "so glad 😀 \ufffd"
VALUES: dict[str, Any] = {
    "name": CUT,
    "error": CUT,
    "tags": [CUT],
    "inputs": {"messages": [{"role": "user", "content": CUT}]},
    "outputs": {"answer": CUT},
    "extra": {"metadata": {"k": CUT, CUT: 1}},
    "events": [{"name": "new_token", "time": "2026-11-21T00:00:00", "kwargs": {"t": CUT}}],
    "serialized": {"repr": CUT, "long": 10**30},
}


def sent_json(server: ServerProcess, path: str, body: Any) -> tuple[int, Any]:
    """The body with its halves as escapes: no UTF-8 has them."""
    said = {"Content-Type": "application/json"}
    return server.call("POST", path, json.dumps(body).encode(), said)


@pytest.mark.parametrize("way", ["multipart", "batch", "single"])
def test_a_run_with_half_a_character_is_kept_and_so_are_those_beside_it(
    server: ServerProcess, way: str
) -> None:
    project = f"p{uuid.uuid4().hex[:8]}"
    run = {**new_run(session_name=project), **VALUES}
    other = new_run("whole", session_name=project)
    if way == "multipart":
        body = multipart(operation("post", run), operation("post", other))
        answer = server.call("POST", "/langsmith/runs/multipart", body, headers())
    elif way == "batch":
        answer = sent_json(server, "/langsmith/runs/batch", {"post": [run, other]})
    else:
        assert sent_json(server, "/langsmith/runs", other)[0] == 202
        answer = sent_json(server, "/langsmith/runs", run)

    assert answer[0] == 202, answer
    read = server.get(f"/langsmith/runs/{run['id']}")
    whole = json.loads(json.dumps(VALUES, ensure_ascii=False).replace(CUT, KEPT))
    told = {name: read[name] for name in ("name", "error", "tags", "inputs", "outputs", "events")}
    assert told == {name: whole[name] for name in told}
    assert read["extra"]["metadata"] == {"k": KEPT, KEPT: 1}
    assert read["serialized"]["repr"] == KEPT
    assert [span["name"] for span in spans_of(server, project)] == [KEPT, "whole"]


def test_feedback_and_scores_with_half_a_character_are_kept(server: ServerProcess) -> None:
    project = f"p{uuid.uuid4().hex[:8]}"
    run = new_run(session_name=project)
    body = {"run_id": run["id"], "trace_id": run["id"], "key": "good", "value": CUT}
    parts = [operation("post", run)]
    parts.append(part(f"feedback.{uuid.uuid4()}", json.dumps({**body, "comment": CUT}).encode()))
    assert server.call("POST", "/langsmith/runs/multipart", multipart(*parts), headers())[0] == 202
    for path, more in (
        ("/langsmith/feedback", body),
        ("/api/v1/scores", {"trace_id": run["id"], "project": project, "name": "good"}),
    ):
        status, answer = sent_json(server, path, {**more, "comment": CUT})
        assert status == 200, answer

    scores = server.get(f"/api/v1/scores?project={project}")["items"]
    assert [score["comment"] for score in scores] == [KEPT] * 3
