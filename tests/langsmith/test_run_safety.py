"""Whose runs may be written by whom, and what of them is never stored."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from run_stories import Story, tell
from run_uploads import ending, headers, multipart, new_run, operation, part, sent, spans_of
from servers import ServerProcess

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server that asks for keys."""
    folder = tmp_path_factory.mktemp("guarded")
    secret = folder / "password"
    secret.write_text("correct horse battery")
    said = {"PILOTHOUSE_ADMIN_EMAIL": "a@b.c", "PILOTHOUSE_ADMIN_PASSWORD_FILE": str(secret)}
    started = ServerProcess(folder / "data", "--host", "0.0.0.0", environ=said).start()
    yield started
    started.stop()


def key_of(server: ServerProcess, *arguments: str) -> str:
    """A new key."""
    command = [str(Path(sys.executable).parent / "pilothouse"), "keys", "create", "--json"]
    made = subprocess.run(
        [*command, "--data", str(server.data), *arguments], capture_output=True, check=True
    )
    return str(json.loads(made.stdout)["key"])


@pytest.fixture(scope="module")
def admin(guarded: ServerProcess) -> dict[str, str]:
    scopes = [word for scope in ("admin", "ingest", "read") for word in ("--scope", scope)]
    return {"x-api-key": key_of(guarded, "all", *scopes)}


def post(server: ServerProcess, key: str, *parts: bytes) -> tuple[int, Any]:
    said = headers(key=key)
    return server.call("POST", "/langsmith/runs/multipart", multipart(*parts), said)


def names(server: ServerProcess, admin: dict[str, str], project: str) -> list[str]:
    status, found = server.call("GET", f"/api/v1/spans?project={project}", headers=admin)
    assert status == 200, found
    return sorted(span["name"] for span in found["items"])


def test_what_is_public_needs_no_key_and_everything_else_does(guarded: ServerProcess) -> None:
    for prefix in ("", "/api", "/api/v1"):
        for wrong in ({}, {"x-api-key": "wrong"}):
            assert guarded.call("GET", f"/langsmith{prefix}/info", headers=wrong)[0] == 200
            path = f"/langsmith{prefix}/attachments/{'0' * 64}?project=1&type=a&expires=1&sig=2"
            status, answer = guarded.call("GET", path, headers=wrong)
            assert (status, "link" in answer["detail"]) == (403, True)
            body = multipart(operation("post", new_run()))
            path = f"/langsmith{prefix}/runs/multipart"
            assert guarded.call("POST", path, body, headers() | wrong)[0] == 401
            assert guarded.call("POST", f"/langsmith{prefix}/runs/query", {})[0] == 401


def test_a_key_that_may_only_send_reads_nothing(guarded: ServerProcess) -> None:
    key = key_of(guarded, "sender")
    assert post(guarded, key, operation("post", new_run()))[0] == 202
    asked = {"x-api-key": key}
    assert guarded.call("POST", "/langsmith/runs/query", {}, asked)[0] == 403
    assert guarded.call("GET", "/langsmith/sessions", headers=asked)[0] == 403
    assert guarded.call("POST", "/langsmith/datasets", {"name": "x"}, asked)[0] == 403
    reads = key_of(guarded, "reader", "--scope", "read")
    assert post(guarded, reads, operation("post", new_run()))[0] == 403


def a_key_of_a_project_writes_into_that_project_whatever_the_run_names(
    guarded: ServerProcess, admin: dict[str, str]
) -> Story:
    own, other = (f"p{uuid.uuid4().hex[:8]}" for _ in range(2))
    for project in (own, other):
        assert guarded.call("POST", "/api/v1/projects", {"name": project}, admin)[0] in (200, 201)
    key = key_of(guarded, "own", "--project", own)
    run = new_run("mine", session_name=other)
    assert post(guarded, key, operation("post", run))[0] == 202
    assert (names(guarded, admin, own), names(guarded, admin, other)) == (["mine"], [])

    theirs = new_run("theirs", session_name=other)
    assert post(guarded, admin["x-api-key"], operation("post", theirs))[0] == 202
    change = {**ending(theirs), "name": "stolen", "session_name": other}
    feedback = {"key": "k", "score": 1, "run_id": theirs["id"], "trace_id": theirs["trace_id"]}
    given = part(f"feedback.{uuid.uuid4()}", json.dumps(feedback).encode())

    def try_to_steal() -> None:
        assert post(guarded, key, operation("patch", change), given)[0] == 202
        one = {"name": "stolen", "session_name": other}
        path = f"/langsmith/runs/{theirs['id']}"
        assert guarded.call("PATCH", path, one, {"x-api-key": key})[0] == 202
        assert names(guarded, admin, other) == ["theirs"]
        assert names(guarded, admin, own) == ["mine", "stolen"]
        status, scores = guarded.call("GET", f"/api/v1/scores?project={other}", headers=admin)
        assert (status, scores["items"]) == (200, [])

    try_to_steal()  # while it is known in memory
    yield
    try_to_steal()  # read back


def a_key_of_a_project_that_posts_an_id_first_takes_nobodys_run(
    guarded: ServerProcess, admin: dict[str, str]
) -> Story:
    thief, robbed, shared = (f"p{uuid.uuid4().hex[:8]}" for _ in range(3))
    for project in (thief, robbed, shared):
        assert guarded.call("POST", "/api/v1/projects", {"name": project}, admin)[0] in (200, 201)
    forging = key_of(guarded, "thief", "--project", thief)
    senders = {robbed: key_of(guarded, "robbed", "--project", robbed), shared: admin["x-api-key"]}
    runs = {project: new_run("real", session_name=project) for project in senders}
    for project, key in senders.items():
        run = runs[project]
        assert post(guarded, forging, operation("post", {**run, "name": "forged"}))[0] == 202
        feedback = {"key": "k", "score": 1, "run_id": run["id"], "trace_id": run["trace_id"]}
        given = part(f"feedback.{uuid.uuid4()}", json.dumps(feedback).encode())
        assert post(guarded, key, given)[0] == 202
        assert post(guarded, key, operation("post", run))[0] == 202
    yield
    for project, key in senders.items():
        end = ending(runs[project], outputs={"secret": 1})
        assert post(guarded, key, operation("patch", end))[0] == 202
        assert post(guarded, forging, operation("patch", {**end, "outputs": None}))[0] == 202
        status, found = guarded.call("GET", f"/api/v1/spans?project={project}", headers=admin)
        assert status == 200
        assert [(span["name"], span["output_preview"]) for span in found["items"]] == [
            ("real", '{"secret": 1}')
        ]
    # Whoever sees both is shown the run that no key confined to its project, and every reader of
    # runs by id alone means the same one.
    path = f"/langsmith/runs/{runs[shared]['id']}"
    assert guarded.call("GET", path, headers=admin)[1]["name"] == "real"
    asked = {"id": [runs[shared]["id"]]}
    status, found = guarded.call("POST", "/langsmith/runs/query", asked, admin)
    assert [run["name"] for run in found["runs"]] == ["real"]
    status, queue = guarded.call("POST", "/langsmith/annotation-queues", {"name": "q"}, admin)
    path = f"/langsmith/annotation-queues/{queue['id']}/runs"
    assert guarded.call("POST", path, [runs[shared]["id"]], admin)[0] == 200
    assert [run["name"] for run in guarded.call("GET", path, headers=admin)[1]] == ["real"]
    status, found = guarded.call("GET", f"/api/v1/spans?project={thief}", headers=admin)
    assert [(span["name"], span["output_preview"]) for span in found["items"]] == [
        ("forged", None),
        ("forged", None),
    ]


def test_keys_of_projects_reach_nobody_elses_runs_also_after_a_restart(
    guarded: ServerProcess, admin: dict[str, str]
) -> None:
    stories = (
        a_key_of_a_project_writes_into_that_project_whatever_the_run_names,
        a_key_of_a_project_that_posts_an_id_first_takes_nobodys_run,
    )

    def restart() -> None:
        guarded.stop()
        guarded.start()

    tell([story(guarded, admin) for story in stories], restart)


@pytest.mark.parametrize("order", ["before", "after", "with"])
def test_feedback_in_the_stream_finds_its_run_in_whichever_order_they_come(
    server: ServerProcess, order: str
) -> None:
    project = f"p{uuid.uuid4().hex[:8]}"
    run = new_run(session_name=project)
    body = {
        "run_id": run["id"],
        "trace_id": run["trace_id"],
        "key": "correctness",
        "score": 0.75,
        "comment": "fine",
        "created_at": run["start_time"],
        "modified_at": run["start_time"],
        "value": None,
        "correction": None,
        "feedback_source": {"type": "model", "metadata": {}},
    }
    given = part(f"feedback.{uuid.uuid4()}", json.dumps(body).encode())
    told = operation("post", run)
    if order == "with":
        sent(server, [given, told])
    else:
        for one in (given, told) if order == "before" else (told, given):
            sent(server, [one])
    sent(server, [given])
    [span] = spans_of(server, project)
    assert [(s["name"], s["value"], s["comment"]) for s in span["scores"]] == [
        ("correctness", 0.75, "fine")
    ]


def test_deleting_a_user_deletes_the_files_of_their_runs(server: ServerProcess) -> None:
    project = f"p{uuid.uuid4().hex[:8]}"
    run = new_run(session_name=project, extra={"metadata": {"user_id": "u7"}})
    data = uuid.uuid4().bytes
    sent(server, [operation("post", run), part(f"attachment.{run['id']}.f", data, "text/plain")])
    [span] = spans_of(server, project)
    [file] = json.loads(span["attributes"]["langsmith.run.attachments"]).values()
    path = f"/api/v1/blobs/{file['$blob']}?project={project}"
    assert server.call("GET", path) == (200, data)
    status, job = server.call("DELETE", f"/api/v1/users/u7?project={project}")
    assert status == 202, job
    while server.get(f"/api/v1/jobs/{job['id']}")["status"] in ("queued", "running"):
        time.sleep(0.05)
    assert server.call("GET", path)[0] == 404
