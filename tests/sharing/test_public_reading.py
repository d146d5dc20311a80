"""What whoever has a token reads from a server that asks everybody else for a key."""

from __future__ import annotations

import json
import secrets
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from otlp import JSON, attributes, request, span, trace_id
from servers import ServerProcess

pytestmark = pytest.mark.slow

PASSWORD = "correct horse battery"


class Closed:
    """A server on every address, with a key for all and one for the project `shop`."""

    def __init__(self, server: ServerProcess) -> None:
        self.server = server
        login = {"email": "anna@example.com", "password": PASSWORD}
        self._cookie = self._signed_in(login)
        self.key = self._key(None)
        assert self.call("POST", "/api/v1/projects", {"name": "shop"}, self.key)[0] == 201
        self.shop = self._key("shop")

    def _signed_in(self, login: dict[str, str]) -> str:
        asked = urllib.request.Request(
            f"{self.server.url}/api/v1/login", json.dumps(login).encode(), JSON
        )
        with urllib.request.urlopen(asked) as answer:
            return str(answer.headers["set-cookie"]).partition(";")[0]

    def _key(self, project: str | None) -> str:
        scopes = ["admin"] if project is None else ["ingest", "read"]
        body = {"name": "k", "scopes": scopes, "project": project}
        status, made = self.server.call("POST", "/api/v1/keys", body, {"cookie": self._cookie})
        assert status == 201, made
        return str(made["key"])

    def call(self, method: str, path: str, body: Any = None, key: str = "") -> tuple[int, Any]:
        """An answer, with a key or without."""
        return self.server.call(method, path, body, {"x-api-key": key} if key else {})


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Closed]:
    folder: Path = tmp_path_factory.mktemp("closed")
    (folder / "password").write_text(PASSWORD)
    environ = {
        "PILOTHOUSE_ADMIN_EMAIL": "anna@example.com",
        "PILOTHOUSE_ADMIN_PASSWORD_FILE": str(folder / "password"),
    }
    server = ServerProcess(folder / "data", "--host", "0.0.0.0", environ=environ).start()
    try:
        yield Closed(server)
    finally:
        server.stop()


@pytest.fixture(scope="module")
def trace(closed: Closed) -> str:
    """A trace of a session in `shop`."""
    trace = trace_id()
    said = attributes({"session.id": "conv-1", "input.value": "hello"})
    body = request(span(trace, attributes=said), project="shop")
    status, _ = closed.call("POST", "/v1/traces", body, closed.key)
    assert status == 200
    return trace


def test_a_shared_trace_is_read_without_a_key_or_with_a_wrong_one(
    closed: Closed, trace: str
) -> None:
    body = {"trace_id": trace, "project": "shop"}
    assert closed.call("POST", "/api/v1/shares", body)[0] == 401
    status, share = closed.call("POST", "/api/v1/shares", body, closed.key)
    assert status == 201, share
    _, again = closed.call("POST", "/api/v1/shares", body, closed.key)
    assert again["token"] == share["token"]

    for key in ("", "ph_nonsense"):
        status, opened = closed.call("GET", share["path"], key=key)
        assert (status, opened["trace"]["trace_id"]) == (200, trace)
        status, told = closed.call("GET", f"/api/v1/public/{share['token']}", key=key)
        assert (status, told["kind"], told["created_by"]) == (200, "trace", None)

    assert closed.call("GET", f"/api/v1/traces/{trace}")[0] == 401
    assert closed.call("GET", f"/api/v1/public/{share['token']}/session")[0] == 404
    assert closed.call("DELETE", f"/api/v1/shares/{share['token']}")[0] == 401
    assert closed.call("DELETE", f"/api/v1/shares/{share['token']}", key=closed.key)[0] == 204
    assert closed.call("GET", share["path"])[0] == 404


def test_a_shared_session_opens_its_own_traces_only(closed: Closed, trace: str) -> None:
    other = trace_id()
    sent = closed.call("POST", "/v1/traces", request(span(other), project="shop"), closed.key)
    assert sent[0] == 200
    body = {"session_id": "conv-1", "project": "shop"}
    _, share = closed.call("POST", "/api/v1/shares", body, closed.key)

    status, session = closed.call("GET", share["path"])

    assert (status, [turn["trace_id"] for turn in session["turns"]]) == (200, [trace])
    base = f"/api/v1/public/{share['token']}/traces"
    assert closed.call("GET", f"{base}/{trace}")[0] == 200
    assert closed.call("GET", f"{base}/{other}")[0] == 404


def test_large_values_of_a_shared_trace_are_read_and_those_of_no_other(closed: Closed) -> None:
    traces, blobs = [trace_id(), trace_id()], []
    for number, trace in enumerate(traces):
        said = attributes({"input.value": f"{number} " * 200_000})
        body = request(span(trace, attributes=said), project="shop")
        assert closed.call("POST", "/v1/traces", body, closed.key)[0] == 200
        path = f"/api/v1/traces/{trace}?project=shop&payloads=true"
        _, opened = closed.call("GET", path, key=closed.key)
        blobs.append(opened["spans"][0]["input"]["$blob"])
    _, share = closed.call("POST", "/api/v1/shares", {"trace_id": traces[0]}, closed.key)

    below = f"/api/v1/public/{share['token']}/blobs"
    with urllib.request.urlopen(f"{closed.server.url}{below}/{blobs[0]}") as answer:
        assert answer.read().startswith(b"0 0 0")
        assert "sandbox" in answer.headers["content-security-policy"]
    assert closed.call("GET", f"{below}/{blobs[1]}")[0] == 404


def test_a_link_that_a_client_printed_leads_strangers_to_what_is_shared(
    closed: Closed, trace: str
) -> None:
    _, share = closed.call("POST", "/api/v1/shares", {"trace_id": trace}, closed.key)

    for below in ("", "/langsmith"):
        link = f"{closed.server.url}{below}/public/{share['token']}/r"
        with urllib.request.urlopen(link) as answer:
            assert answer.url == closed.server.url + share["page"]


def test_a_shared_dataset_shows_its_examples(closed: Closed) -> None:
    _, dataset = closed.call("POST", "/api/v1/datasets", {"name": "d"}, closed.key)
    closed.call(
        "POST", f"/api/v1/datasets/{dataset['id']}/examples", {"inputs": {"q": 1}}, closed.key
    )
    _, share = closed.call("POST", "/api/v1/shares", {"dataset_id": dataset["id"]}, closed.key)

    status, shown = closed.call("GET", share["path"])
    _, page = closed.call("GET", f"/api/v1/public/{share['token']}/examples")

    assert (status, shown["name"]) == (200, "d")
    assert len(page["items"]) == 1


def test_a_feedback_link_asks_nobody_for_a_key(closed: Closed, trace: str) -> None:
    _, opened = closed.call("GET", f"/api/v1/traces/{trace}?project=shop", key=closed.key)
    run = opened["spans"][0]["span_id"]
    body = {"run_id": run, "name": "thumb", "config": {"type": "continuous", "min": 0, "max": 1}}
    status, token = closed.call("POST", "/api/v1/feedback-tokens", body, closed.key)
    assert status == 201, token

    given = closed.call("POST", token["path"], {"score": 1, "comment": "thanks"})
    visited = closed.call("GET", token["path"] + "?score=0")

    assert (given[0], visited[0]) == (201, 200)
    path = f"/api/v1/scores?trace_id={trace}&name=thumb"
    _, scores = closed.call("GET", path, key=closed.key)
    assert sorted(score["value"] for score in scores["items"]) == [0, 1]
    assert (
        closed.call("POST", "/api/v1/public/feedback/" + secrets.token_hex(16), {"score": 1})[0]
        == 404
    )
    assert closed.call("GET", "/api/v1/feedback-tokens")[0] == 401


def test_a_link_that_nobody_signed_opens_nothing(closed: Closed) -> None:
    path = "/api/v1/public/attachments/abc?project=1&type=text/html&expires=99999999999&sig=00"

    assert closed.call("GET", path)[0] == 403


@pytest.mark.parametrize(
    ("path", "is_public"),
    [
        ("/langsmith/public/token/run", True),
        ("/langsmith/api/v1/public/token/datasets", True),
        ("/langsmith/api/v2/public/token/run/x", True),
        ("/langsmith/attachments/abc", True),
        ("/langsmith/api/v1/feedback/tokens/abc", True),
        ("/langsmith/info", True),
        ("/langsmith/feedback/tokens", False),
        ("/langsmith/public", False),
        ("/langsmith/datasets", False),
        ("/langsmith/sessions/public/x", False),
        ("/api/v1/public", False),
        ("/api/v1/traces/public/x", False),
    ],
)
def test_what_needs_no_key_is_named_exactly(closed: Closed, path: str, is_public: bool) -> None:
    status, _ = closed.call("GET", path)

    assert (status != 401) is is_public


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/api/v1/prompts", None, 200),
        ("GET", "/api/v1/annotation-queues", None, 200),
        ("GET", "/api/v1/feedback-configs", None, 200),
        ("POST", "/api/v1/prompts", {"name": "mine"}, 403),
        ("POST", "/api/v1/annotation-queues", {"name": "mine"}, 403),
        ("POST", "/api/v1/feedback-configs", {"name": "k", "config": {"type": "freeform"}}, 403),
        ("GET", "/api/v1/prompts/secret", None, 404),
        ("GET", "/api/v1/prompts/secret/versions", None, 404),
        ("GET", "/api/v1/annotation-queues/any", None, 404),
    ],
)
def test_a_key_of_one_project_sees_nothing_of_the_workspace(
    closed: Closed, method: str, path: str, body: Any, status: int
) -> None:
    closed.call("POST", "/api/v1/prompts", {"name": "secret"}, closed.key)
    closed.call("POST", "/api/v1/annotation-queues", {"name": "secret"}, closed.key)

    answer, told = closed.call(method, path, body, closed.shop)

    assert answer == status, told
    assert status != 200 or told["items"] == []


def test_a_key_of_one_project_sees_the_shares_of_that_project_only(
    closed: Closed, trace: str
) -> None:
    other = trace_id()
    sent = closed.call("POST", "/v1/traces", request(span(other), project="desk"), closed.key)
    assert sent[0] == 200
    for shared in (trace, other):
        assert closed.call("POST", "/api/v1/shares", {"trace_id": shared}, closed.key)[0] == 201

    _, listed = closed.call("GET", "/api/v1/shares", key=closed.shop)

    assert {share["project"] for share in listed["items"]} == {"shop"}
    assert closed.call("POST", "/api/v1/shares", {"trace_id": trace}, closed.shop)[0] == 403


@pytest.mark.parametrize("target", ["run_id", "trace_id", "session_id"])
def test_a_key_of_one_project_says_nothing_of_another_by_langsmiths_protocol(
    closed: Closed, target: str
) -> None:
    run = str(uuid.uuid4())
    about = {"id": run, "name": "r", "run_type": "chain", "session_name": "desk"}
    assert closed.call("POST", "/langsmith/runs", about, closed.key)[0] < 300
    _, [desk] = closed.call("GET", "/langsmith/sessions?name=desk", key=closed.key)
    named = {"run_id": run, "trace_id": run, "session_id": desk["id"]}
    body = {target: named[target], "key": "verdict", "score": 1}

    assert closed.call("POST", "/langsmith/feedback", body, closed.shop)[0] == 403
    early = {"run_id": str(uuid.uuid4()), "key": "verdict", "score": 1}
    status, kept = closed.call("POST", "/langsmith/feedback", early, closed.shop)
    _, [shop] = closed.call("GET", "/langsmith/sessions?name=shop", key=closed.key)
    assert (status, kept["session_id"]) == (200, shop["id"])
    _, seen = closed.call("POST", "/langsmith/runs/query", {"id": [run]}, closed.shop)
    assert seen["runs"] == []
