"""Runs over restarts of their server: ended, killed, and killed while it moves one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from run_stories import Story, tell
from run_uploads import (
    assert_whole,
    ending,
    multipart,
    new_run,
    one_of,
    operation,
    part,
    sent,
    spans_of,
)
from servers import ServerProcess

MAIL, CARD = "jane.doe@example.com", "4111 1111 1111 1111"
KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from run_uploads import headers
from pilothouse.platform.app import open_platform
from pilothouse.platform.ingest.langsmith.upload import read_multipart
from pilothouse.platform.settings import load
from pilothouse.platform.store.langsmith_runs import StoredRuns

async def killed(*_):
    os.kill(os.getpid(), signal.SIGKILL)

async def send():
    for name in ("first", "second"):
        body = (folder / name).read_bytes()
        await platform.runs.take(
            lambda: read_multipart(body, headers()["Content-Type"]), len(body)
        )
        await platform.store.visible()

StoredRuns.remove = killed
folder = Path(sys.argv[1])
platform = open_platform(load({"data": sys.argv[2]}, environ={}).settings)
asyncio.run(send())
"""
"""A server that is killed after a run was written to its new place, before it left the old one."""


def a_run_that_began_before_a_restart_ends_after_it(server: ServerProcess) -> Story:
    large = "x" * 400_000
    first, second = "began-before-an-end", "began-before-a-kill"

    def begin(project: str) -> list[dict[str, Any]]:
        runs = [
            new_run(session_name=project),
            new_run(session_name=project, inputs={"q": "step", "large": large}),
        ]
        file = part(f"attachment.{runs[0]['id']}.note", b"hello", "text/plain")
        sent(server, [*(operation("post", run) for run in runs), file])
        return runs

    def end(runs: list[dict[str, Any]]) -> None:
        for run in runs:
            sent(server, [operation("patch", ending(run))])
        spans = spans_of(server, runs[0]["session_name"])
        assert [span["output"] for span in spans] == [{"a": "step"}] * 2
        assert {"q": "step"} in [span["input"] for span in spans]

    def change(runs: list[dict[str, Any]]) -> None:
        sent(server, [operation("patch", {**ending(run), "tags": ["late"]}) for run in runs])
        project = runs[0]["session_name"]
        spans = spans_of(server, project)
        assert [span["tags"] for span in spans] == [["late"]] * 2
        files = [s["attributes"].get("langsmith.run.attachments", "") for s in spans]
        assert sum("note" in said for said in files) == 1
        [whole] = [s for s in spans if s["input"] != {"q": "step"}]
        blob = whole["input"]["large"]["$blob"]
        status, data = server.call("GET", f"/api/v1/blobs/{blob}?project={project}")
        assert (status, data) == (200, large.encode())

    ended, whole = begin(first), begin("ended-before-an-end")
    end(whole)
    yield
    end(ended)
    change(whole)
    killed = begin(second)
    yield
    change(ended)
    end(killed)


def an_old_run_is_changed_and_not_doubled(server: ServerProcess) -> Story:
    run = new_run(session_name="old", at=datetime.now(UTC) - timedelta(days=3))
    sent(server, [operation("patch", ending(run))])
    yield
    sent(server, [operation("post", run)])
    assert_whole(one_of(server, "old"))
    yield
    assert_whole(one_of(server, "old"))


def a_change_that_names_nothing_but_the_run_finds_it(server: ServerProcess) -> Story:
    run = new_run(session_name="unnamed", at=datetime.now(UTC) - timedelta(days=2))
    sent(server, [operation("post", run)])
    yield
    end = {k: ending(run)[k] for k in ("end_time", "outputs")}
    status, _ = server.call("PATCH", f"/langsmith/runs/{run['id']}", end)
    assert status == 202
    assert_whole(one_of(server, "unnamed"))
    yield
    assert_whole(one_of(server, "unnamed"))


def a_run_that_was_moving_when_the_server_was_killed_is_one_row(server: ServerProcess) -> Story:
    root = new_run("root", session_name="right")
    run = new_run(parent=root, session_name="right")
    requests = {
        "first": multipart(operation("patch", {**ending(run), "session_name": "wrong"})),
        "second": multipart(operation("post", root), operation("post", run)),
    }
    for name, body in requests.items():
        (server.data.parent / name).write_bytes(body)
    yield
    spans = spans_of(server, "right")
    assert [span["name"] for span in spans] == ["root", "step"]
    assert_whole(spans[1])
    assert spans_of(server, "wrong") == []
    assert server.get("/api/v1/traces?project=wrong")["items"] == []
    sent(server, [operation("patch", ending(run, 2))])
    yield
    assert [span["duration_ms"] for span in spans_of(server, "right")] == [None, 2000]


def what_is_to_be_masked_is_never_stored_and_ids_stay(server: ServerProcess) -> Story:
    builtins = [one["name"] for one in server.get("/api/v1/masking/builtins")["items"]]
    body = {"name": "masked", "masking": [{"builtin": name} for name in builtins]}
    assert server.call("POST", "/api/v1/projects", body)[0] in (200, 201)
    run = new_run(
        f"call {MAIL}",
        session_name="masked",
        inputs={"q": f"{MAIL} pays with {CARD}", "large": f"{MAIL} " * 20_000},
        extra={"metadata": {"who": MAIL}},
        tags=[MAIL],
    )
    file = part(f"attachment.{run['id']}.of {MAIL}", b"data", "text/plain")
    sent(server, [operation("post", run), file])
    end = ending(run, outputs={"a": f"Dear {MAIL}"}, error=f"ValueError('{MAIL}')\nat {MAIL}")
    sent(server, [operation("patch", end)])
    span = one_of(server, "masked")
    text = json.dumps(span)
    assert MAIL not in text
    assert CARD not in text
    assert span["span_id"] == run["id"]
    assert span["status"] == "error"
    said = span["attributes"]
    assert said["langsmith.run.dotted_order"] == run["dotted_order"]
    assert "end_us" in said["langsmith.run.patched"]
    [file_said] = json.loads(said["langsmith.run.attachments"]).values()
    assert len(file_said["$blob"]) == 64
    yield
    sent(server, [operation("patch", {**end, "error": None, "tags": ["late", MAIL]})])
    span = one_of(server, "masked")
    assert "late" in span["tags"]
    assert MAIL not in json.dumps(span)
    yield


STORIES: tuple[Callable[[ServerProcess], Story], ...] = (
    a_run_that_began_before_a_restart_ends_after_it,
    an_old_run_is_changed_and_not_doubled,
    a_change_that_names_nothing_but_the_run_finds_it,
    a_run_that_was_moving_when_the_server_was_killed_is_one_row,
    what_is_to_be_masked_is_never_stored_and_ids_stay,
)


@pytest.mark.slow
def test_runs_are_whole_over_restarts(server_in: Callable[..., ServerProcess]) -> None:
    server = server_in()

    def end() -> None:
        server.stop()
        kill_while_a_run_moves(server)
        server.start()

    def kill() -> None:
        server.stop(signal.SIGKILL)
        server.start()

    tell([story(server) for story in STORIES], end, kill)
    server.stop()
    held = [p for p in server.data.rglob("*") if p.is_file()]
    assert held
    assert not [p for p in held if MAIL.encode() in p.read_bytes()]


def kill_while_a_run_moves(server: ServerProcess) -> None:
    """Another server on the same folder, which takes two requests and dies of the second."""
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(server.data.parent), str(server.data)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
