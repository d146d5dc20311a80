"""What was deleted of runs stays deleted, also of those whose end is still to come."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from run_uploads import ending, new_run, operation, sent, spans_of
from servers import ServerProcess

pytestmark = pytest.mark.slow

Run = dict[str, Any]


def finished(server: ServerProcess, answer: tuple[int, Any]) -> None:
    """Return once the job of the answer is done."""
    status, job = answer
    assert status == 202, job
    while (now := server.get(f"/api/v1/jobs/{job['id']}"))["status"] in ("queued", "running"):
        time.sleep(0.02)
    assert now["status"] == "done", now


def delete_trace(server: ServerProcess, run: Run) -> None:
    asked = {"project": run["session_name"], "trace_ids": [run["trace_id"]]}
    finished(server, server.call("POST", "/api/v1/traces/delete", asked))


def delete_user(server: ServerProcess, run: Run) -> None:
    path = f"/api/v1/users/u7?project={run['session_name']}"
    finished(server, server.call("DELETE", path))


def delete_project(server: ServerProcess, run: Run) -> None:
    [project] = server.get(f"/langsmith/sessions?name={run['session_name']}")
    assert server.call("DELETE", f"/langsmith/sessions/{project['id']}")[0] == 202


@pytest.mark.parametrize("delete", [delete_trace, delete_user, delete_project])
def test_the_end_of_a_deleted_run_does_not_bring_back_its_beginning(
    server: ServerProcess, delete: Callable[[ServerProcess, Run], None]
) -> None:
    project = f"p{uuid.uuid4().hex[:8]}"
    run = new_run("private", session_name=project, extra={"metadata": {"user_id": "u7"}})
    child = new_run("inner", run, session_name=project)
    other = new_run("theirs", session_name=f"{project}-other")
    sent(server, [operation("post", one) for one in (run, child, other)])
    assert len(spans_of(server, project)) == 2

    delete(server, run)
    sent(server, [operation("patch", ending(one)) for one in (run, child, other)])

    ends = spans_of(server, project)
    assert [(end["name"], end["input"], end["user_id"]) for end in ends] == [("", None, None)] * 2
    [whole] = spans_of(server, f"{project}-other")
    assert (whole["name"], whole["input"]) == ("theirs", {"q": "theirs"})
