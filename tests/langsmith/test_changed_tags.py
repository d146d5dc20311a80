"""Tags that people give to runs which go on still."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from run_uploads import ending, new_run, operation, sent
from servers import ServerProcess

pytestmark = pytest.mark.slow


def retag(server: ServerProcess, run: dict[str, Any], **change: list[str]) -> None:
    asked = {"project": run["session_name"], "trace_ids": [run["trace_id"]], **change}
    status, answer = server.call("POST", "/api/v1/traces/tags", asked)
    assert (status, answer["changed"]) == (200, 1), answer


def tags_of(server: ServerProcess, run: dict[str, Any]) -> list[list[str]]:
    """As our own API has them, and as LangSmith's clients read them."""
    path = f"/api/v1/traces/{run['trace_id']}?project={run['session_name']}"
    read = server.get(f"/langsmith/runs/{run['id']}")
    assert read["outputs"] is not None
    return [sorted(server.get(path)["trace"]["tags"]), sorted(read["tags"])]


@pytest.mark.parametrize("said", [["web", "beta"], None], ids=["said again", "not said again"])
def test_tags_given_to_an_open_run_outlive_its_end(
    server: ServerProcess, said: list[str] | None
) -> None:
    run = new_run("open", session_name=f"p{uuid.uuid4().hex[:8]}", tags=["web", "beta"])
    sent(server, [operation("post", run)])

    retag(server, run, add=["looked at"], remove=["beta"])
    sent(server, [operation("patch", {**ending(run), "tags": said})])

    assert tags_of(server, run) == [["looked at", "web"]] * 2


def test_a_tag_that_is_given_back_stays_and_one_taken_back_goes(server: ServerProcess) -> None:
    run = new_run("open", session_name=f"p{uuid.uuid4().hex[:8]}", tags=["web", "beta"])
    sent(server, [operation("post", run)])

    retag(server, run, add=["mine"], remove=["beta"])
    retag(server, run, add=["beta"], remove=["mine"])
    sent(server, [operation("patch", {**ending(run), "tags": ["web", "beta", "late"]})])

    assert tags_of(server, run) == [["beta", "late", "web"]] * 2
