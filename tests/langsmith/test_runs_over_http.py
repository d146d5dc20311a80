"""Runs that arrive over HTTP: in halves, twice, in any order, and wrong."""

from __future__ import annotations

import itertools
import json
import urllib.request
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from run_uploads import (
    BOUNDARY,
    assert_whole,
    ending,
    headers,
    multipart,
    new_run,
    one_of,
    operation,
    packed,
    part,
    sent,
    spans_of,
)
from servers import ServerProcess


def project() -> str:
    return f"p{uuid.uuid4().hex[:8]}"


@pytest.mark.parametrize("order", itertools.permutations(range(3)))
@pytest.mark.parametrize("together", [True, False], ids=["one request", "several requests"])
def test_halves_make_one_run_in_whichever_order_they_come(
    server: ServerProcess, order: tuple[int, ...], together: bool
) -> None:
    name = project()
    run = new_run(session_name=name)
    halves = [
        operation("post", run),
        operation("patch", ending(run)),
        operation("patch", {**ending(run), "end_time": None, "outputs": None, "tags": ["x"]}),
    ]
    parts = [halves[at] for at in order]
    for some in [parts] if together else [[one] for one in parts]:
        sent(server, some)
    span = one_of(server, name)
    assert_whole(span)
    assert span["tags"] == ["x"]


def test_a_repeated_request_changes_nothing(server: ServerProcess) -> None:
    name = project()
    run = new_run(session_name=name)
    for _ in range(2):
        sent(server, [operation("post", run), operation("patch", ending(run))])
    sent(server, [operation("post", run)])
    assert_whole(one_of(server, name))
    assert server.get(f"/api/v1/traces?project={name}")["items"][0]["span_count"] == 1


@pytest.mark.parametrize("wrong", ["trace", "start", "project", "nothing"])
def test_a_run_whose_first_half_told_its_place_wrong_is_one_row_in_the_right_one(
    server: ServerProcess, wrong: str
) -> None:
    name = project()
    root = new_run("root", session_name=name, at=datetime.now(UTC) - timedelta(hours=5))
    run = new_run(parent=root, session_name=name, at=datetime.now(UTC) - timedelta(hours=5))
    first = {k: v for k, v in ending(run).items() if k != "parent_run_id"}
    if wrong == "trace":
        first |= {"trace_id": run["id"], "dotted_order": run["dotted_order"].rpartition(".")[2]}
    elif wrong == "start":
        later = new_run(session_name=name)["dotted_order"][:22]
        head, _, tail = run["dotted_order"].rpartition(".")
        first |= {"dotted_order": f"{head}.{later}{tail[22:]}"}
    elif wrong == "project":
        first |= {"session_name": f"{name}-other"}
    else:
        first = {k: first[k] for k in ("end_time", "outputs")}
    if wrong == "nothing":
        assert server.call("PATCH", f"/langsmith/runs/{run['id']}", first)[0] == 202
    else:
        sent(server, [operation("patch", {**first, "id": run["id"]})])
    for place in ("default", f"{name}-other"):  # it is stored there now
        server.call("GET", f"/api/v1/spans?project={place}")
    sent(server, [operation("post", root), operation("post", run)])
    spans = spans_of(server, name)
    assert [span["name"] for span in spans] == ["root", "step"]
    assert_whole(spans[1])
    assert spans[1]["trace_id"] == root["trace_id"]
    [trace] = server.get(f"/api/v1/traces?project={name}")["items"]
    assert (trace["trace_id"], trace["span_count"]) == (root["trace_id"], 2)
    for place in ("default", f"{name}-other"):
        status, left = server.call("GET", f"/api/v1/traces?project={place}")
        if status == 200:
            assert run["id"] not in json.dumps(left)


def test_a_change_does_not_move_a_run_that_stands(server: ServerProcess) -> None:
    name = project()
    run = new_run(session_name=name)
    sent(server, [operation("post", run)])
    other = new_run("other", session_name=name)
    moved = f"{other['dotted_order']}.{run['dotted_order']}"
    change = {**ending(run), "dotted_order": moved, "trace_id": other["id"]}
    sent(server, [operation("patch", {**change, "session_name": f"{name}-other"})])
    span = one_of(server, name)
    assert_whole(span)
    assert span["trace_id"] == run["id"]


def test_a_run_whose_start_nobody_told_keeps_the_time_at_which_it_came(
    server: ServerProcess,
) -> None:
    name = project()
    run_id = str(uuid.uuid4())
    body = {"id": run_id, "name": "n", "run_type": "llm", "inputs": {}, "session_name": name}
    assert server.call("POST", "/langsmith/runs", body)[0] == 202
    first = one_of(server, name)["start_time"]
    assert server.call("PATCH", f"/langsmith/runs/{run_id}", {"outputs": {"a": 1}})[0] == 202
    span = one_of(server, name)
    assert (span["start_time"], span["output"]) == (first, {"a": 1})


def test_the_server_says_all_that_clients_batch_by(server: ServerProcess) -> None:
    config = server.get("/langsmith/info")["batch_ingest_config"]
    # A key that is missing ends the thread that sends, and flush() waits for ever.
    for key in (
        "size_limit",
        "size_limit_bytes",
        "scale_up_nthreads_limit",
        "scale_up_qsize_trigger",
        "scale_down_nempty_trigger",
    ):
        assert type(config[key]) is int, key
    assert config["use_multipart_endpoint"] is True


@pytest.mark.parametrize("prefix", ["", "/api", "/api/v1"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_every_spelling_of_the_address_takes_runs(
    server: ServerProcess, prefix: str, slash: str
) -> None:
    name = project()
    run = new_run(session_name=name)
    body = multipart(operation("post", run), operation("patch", ending(run)))
    for zstd in (True, False):
        status, _ = server.call(
            "POST",
            f"/langsmith{prefix}/runs/multipart{slash}",
            packed(body) if zstd else body,
            headers(zstd=zstd),
        )
        assert status == 202
    batch = {"post": [new_run("b", session_name=name)], "patch": [ending(run)]}
    assert server.call("POST", f"/langsmith{prefix}/runs/batch{slash}", batch)[0] == 202
    assert server.get(f"/langsmith{prefix}/info{slash}")["batch_ingest_config"]["size_limit"] == 100
    assert [span["name"] for span in spans_of(server, name)] == ["b", "step"]


@pytest.mark.parametrize("prefix", ["", "/api", "/api/v1"])
def test_spans_of_opentelemetry_are_taken_below_the_same_address(
    server: ServerProcess, prefix: str
) -> None:
    name = project()
    spans = [{"traceId": uuid.uuid4().hex, "spanId": "0" * 15 + "1", "name": "otel"}]
    spans[0] |= {
        "startTimeUnixNano": "1790000000000000000",
        "endTimeUnixNano": "1790000001000000000",
    }
    body = {"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}
    status, _ = server.call(
        "POST", f"/langsmith{prefix}/otel/v1/traces", body, {"Langsmith-Project": name}
    )
    assert status == 200
    assert one_of(server, name)["name"] == "otel"


def test_what_large_texts_and_numbers_say_comes_back_as_it_was(server: ServerProcess) -> None:
    name = project()
    text = '{"n": 123456789012345678901234567890, "f": 1e-06, "u": "\\u00e9é", "s": [1,  2]}'
    run = new_run(session_name=name)
    del run["inputs"]
    body = operation("post", run) + part(f"post.{run['id']}.inputs", text.encode())
    sent(server, [body])
    span = one_of(server, name)
    assert span["attributes"]["langsmith.run.inputs"] == text


@pytest.mark.parametrize("path", ["/runs", "/runs/batch"])
def test_whole_numbers_beyond_64_bits_stay_exact(server: ServerProcess, path: str) -> None:
    name = project()
    inputs = {"n": 123456789012345678901234567890, "least": -(2**63) - 1, "f": 0.5}
    run = new_run(session_name=name, inputs=inputs)
    body = run if path == "/runs" else {"post": [run], "patch": []}
    assert server.call("POST", f"/langsmith{path}", body)[0] == 202
    status, found = server.call("GET", f"/langsmith/runs/{run['id']}")
    assert (status, found["inputs"]) == (200, inputs)


# ---- files


def test_an_attachment_is_stored_apart_and_opened_by_a_signed_link_without_a_key(
    server_in: Callable[..., ServerProcess],
) -> None:
    server = server_in()
    run = new_run()
    data = bytes(range(256)) * 50
    sent(
        server,
        [
            operation("post", run),
            part(f"attachment.{run['id']}.picture", data, "image/png"),
            part(
                f"attachment.{run['id']}.file",
                data,
                f"text/html; length={len(data)}",
                length="X-File: 1\r\n",
            ),
        ],
    )
    span = one_of(server, "uploads")
    files = json.loads(span["attributes"]["langsmith.run.attachments"])
    assert {name: (f["mime_type"], f["size"]) for name, f in files.items()} == {
        "picture": ("image/png", len(data)),
        "file": ("text/html", len(data)),
    }
    path = f"/langsmith/attachments/{files['file']['$blob']}?project=1"
    assert server.call("GET", path)[0] == 422
    assert server.call("GET", f"{path}&type=text/html&expires=99999999999&sig=0")[0] == 403
    stored = server.get(f"/api/v1/blobs/{files['file']['$blob']}?project=uploads")
    assert stored == data
    links = server.get(f"/langsmith/runs/{run['id']}")["s3_urls"]
    link = links["attachment.file"]["presigned_url"].partition("/attachments/")[2]
    with urllib.request.urlopen(f"{server.url}/langsmith/attachments/{link}") as answer:
        assert answer.read() == data
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-disposition"] == "attachment"
        assert answer.headers["content-type"].startswith("text/html")


def test_files_of_a_run_are_those_of_all_its_halves(server: ServerProcess) -> None:
    name = project()
    run = new_run(session_name=name)
    sent(server, [operation("post", run), part(f"attachment.{run['id']}.a", b"1", "text/plain")])
    sent(server, [part(f"attachment.{run['id']}.b", b"2", "text/plain")])
    sent(server, [operation("patch", ending(run))])
    span = one_of(server, name)
    assert_whole(span)
    assert set(json.loads(span["attributes"]["langsmith.run.attachments"])) == {"a", "b"}


# ---- what is wrong


def test_wrong_requests_are_refused_once_and_nothing_of_them_is_kept(
    server: ServerProcess,
) -> None:
    name = project()
    good = operation("post", new_run(session_name=name))
    run = new_run(session_name=name)
    body = multipart(good)
    plain = headers()
    cases: list[tuple[str, bytes, dict[str, str], int]] = [
        ("truncated zstd", packed(body)[:-9], headers(zstd=True), 400),
        ("no zstd at all", b"hello there", headers(zstd=True), 400),
        ("unknown encoding", body, {**plain, "Content-Encoding": "lzma"}, 400),
        ("truncated body", body[:-20], plain, 400),
        ("no boundary", body, {"Content-Type": "multipart/form-data"}, 400),
        (
            "two boundaries",
            body,
            {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}; boundary=x"},
            400,
        ),
        ("no multipart", body, {"Content-Type": "application/json"}, 400),
        (
            "wrong length",
            multipart(good, part(f"post.{run['id']}", b"{}", length="Content-Length: 9\r\n")),
            plain,
            400,
        ),
        ("no JSON", multipart(good, part(f"post.{run['id']}", b"{")), plain, 400),
        ("no object", multipart(good, part(f"post.{run['id']}", b"[]")), plain, 422),
        ("a wrong id", multipart(good, part("post.42", b"{}")), plain, 422),
        ("a path as id", multipart(good, part("post.../../etc", b"{}")), plain, 422),
        ("an unknown part", multipart(good, part(f"put.{run['id']}", b"{}")), plain, 422),
        ("no trace", multipart(good, operation("post", {**run, "trace_id": None})), plain, 422),
        ("no order", multipart(good, operation("post", {**run, "dotted_order": ""})), plain, 422),
        (
            "another's order",
            multipart(good, operation("post", {**run, "dotted_order": new_run()["dotted_order"]})),
            plain,
            422,
        ),
        ("unknown type", multipart(good, operation("post", {**run, "run_type": "x"})), plain, 422),
        ("no time", multipart(good, operation("post", {**run, "end_time": "soon"})), plain, 422),
        (
            "an unknown project",
            multipart(
                good,
                operation("post", {**run, "session_name": None, "session_id": str(uuid.uuid4())}),
            ),
            plain,
            422,
        ),
    ]
    for what, data, said, expected in cases:
        status, answer = server.call("POST", "/langsmith/runs/multipart", data, said)
        assert (what, status) == (what, expected)
        assert answer["detail"], what
    assert server.call("POST", "/langsmith/runs", {"id": "x"})[0] == 422
    assert server.call("POST", "/langsmith/runs", b"nope")[0] == 400
    assert server.call("POST", "/langsmith/runs/batch", [])[0] == 422
    assert server.call("PATCH", "/langsmith/runs/no-uuid", {})[0] == 422
    status, projects = server.call("GET", "/api/v1/projects")
    assert status == 200
    assert name not in json.dumps(projects)


def test_a_body_that_inflates_beyond_the_limit_is_refused_before_it_is_inflated(
    server_in: Callable[..., ServerProcess],
) -> None:
    server = server_in(environ={"PILOTHOUSE_MAX_REQUEST_BYTES": "1000000"})
    bomb = packed(b"\0" * 300_000_000)
    assert len(bomb) < 1_000_000
    status, answer = server.call("POST", "/langsmith/runs/multipart", bomb, headers(zstd=True))
    assert (status, "larger than" in answer["detail"]) == (413, True)
    body = multipart(operation("post", new_run(inputs={"q": "x" * 2_000_000})))
    assert server.call("POST", "/langsmith/runs/multipart", body, headers())[0] == 413


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "..", "%2e%2e%2f", "x\x7fy", "é"])
def test_names_of_attachments_are_only_names(server: ServerProcess, name: str) -> None:
    where = project()
    run = new_run(session_name=where)
    data = part(f"attachment.{run['id']}.{name}", b"data", "text/plain")
    body = multipart(operation("post", run), data)
    status, answer = server.call("POST", "/langsmith/runs/multipart", body, headers())
    assert status == 202, answer
    files = json.loads(one_of(server, where)["attributes"]["langsmith.run.attachments"])
    assert list(files) == [name]


def test_a_path_that_does_not_exist_is_not_found(server: ServerProcess) -> None:
    status, answer = server.call("GET", "/langsmith/nothing/here")
    assert (status, answer) == (404, {"detail": "Not Found"})
