"""Feedback that visitors of other pages give by a link, against a server process."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

from otlp import JSON, request, span, trace_id
from pilothouse.platform.feedback.pace import OF_TOKEN
from servers import ServerProcess

PAGE = {"origin": "https://shop.example", "content-type": "application/json"}
MOST_BYTES = 1_024


@pytest.fixture
def place(server: ServerProcess) -> tuple[str, str]:
    """The ids of a trace and of its span."""
    trace, one = trace_id(), trace_id()[:16]
    body = json.dumps(request(span(trace, one), project="shop")).encode()
    assert server.call("POST", "/v1/traces", body, JSON)[0] == 200
    return trace, one


@pytest.fixture
def link(server: ServerProcess, place: tuple[str, str]) -> Iterator[str]:
    _, made = server.call("POST", "/api/v1/feedback-tokens", {"run_id": place[1], "name": "thumb"})
    return made["path"]


def ask(
    server: ServerProcess, method: str, path: str, body: Any = None, headers: Any = PAGE
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of what a page asks."""
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(server.url + path, data, headers, method=method)
    try:
        with urllib.request.urlopen(asked) as answer:
            return answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read()
    except HTTPError as error:
        return error.code, {k.lower(): v for k, v in error.headers.items()}, error.read()


def scores(server: ServerProcess, trace: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = server.get(f"/api/v1/scores?trace_id={trace}")["items"]
    return found


def test_a_page_of_another_origin_gives_feedback_as_an_end_user(
    server: ServerProcess, place: tuple[str, str], link: str
) -> None:
    preflight = {
        "origin": PAGE["origin"],
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type",
    }
    status, told, _ = ask(server, "OPTIONS", link, headers=preflight)
    assert (status, told["access-control-allow-origin"]) == (204, "*")
    assert told["access-control-allow-headers"] == "content-type"
    assert "access-control-allow-credentials" not in told

    said = {"score": 0, "comment": "wrong size", "correction": {"size": "M"}, "id": "visit 1"}
    status, told, _ = ask(server, "POST", link, said)

    assert (status, told["access-control-allow-origin"]) == (201, "*")
    [score] = scores(server, place[0])
    assert (score["name"], score["value"], score["comment"]) == ("thumb", 0, "wrong size")
    assert (score["source"], score["span_id"]) == ("end_user", place[1])


def test_a_change_of_mind_is_one_verdict_and_of_two_visitors_two(
    server: ServerProcess, place: tuple[str, str], link: str
) -> None:
    for score, visit in ((0, "ada"), (1, "ada"), (0, "bob")):
        assert ask(server, "POST", link, {"score": score, "id": visit})[0] == 201

    assert sorted(one["value"] for one in scores(server, place[0])) == [0, 1]


def test_only_this_route_takes_what_pages_of_other_origins_write(
    server: ServerProcess, place: tuple[str, str], link: str
) -> None:
    score = {"trace_id": place[0], "name": "thumb", "value": 1}
    for path, body in (
        ("/api/v1/scores", score),
        ("/api/v1/feedback-tokens", {"run_id": "r", "name": "k"}),
        (f"{link}/more", {"score": 1}),
    ):
        status, told, _ = ask(server, "POST", path, body)
        assert (status, told.get("access-control-allow-origin")) == (403, None), path
    assert "access-control-allow-origin" not in ask(server, "GET", "/api/v1/scores")[1]


def test_a_link_takes_no_more_than_people_say(server: ServerProcess, link: str) -> None:
    answers = [ask(server, "POST", link, {"score": 1, "id": "x"}) for _ in range(OF_TOKEN + 3)]

    codes = [status for status, _, _ in answers]
    assert codes[: OF_TOKEN - 1] == [201] * (OF_TOKEN - 1)
    status, told, body = answers[-1]
    assert (status, told["access-control-allow-origin"]) == (429, "*")
    assert json.loads(body)["error"]["code"] == "too_much_feedback"


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({}, 422),
        ({"score": "many"}, 400),
        ({"correction": "x" * 200_000}, 400),
        ({"comment": "x" * 200_000}, 400),
        ({"score": 1, "metadata": {"k": "x" * 200_000}}, 400),
        ({"score": 1, "id": ""}, 400),
    ],
)
def test_what_says_nothing_or_too_much_is_refused(
    server: ServerProcess, link: str, said: dict[str, Any], status: int
) -> None:
    answer, told, body = ask(server, "POST", link, said)

    assert (answer, told["access-control-allow-origin"]) == (status, "*")
    assert json.loads(body)["error"]["message"]


def test_the_script_is_small_and_holds_no_secret(server: ServerProcess) -> None:
    status, told, script = ask(server, "GET", "/feedback.js")

    assert (status, told["content-type"]) == (200, "text/javascript; charset=utf-8")
    assert told["access-control-allow-origin"] == "*"
    assert 500 < len(script) <= MOST_BYTES
    source = Path("src/pilothouse/platform/feedback/feedback.js").read_text()
    assert script.decode().splitlines()[0] in source
    assert b"cookie" not in script


def test_who_opens_a_link_in_a_browser_sees_a_page_and_a_program_json(
    server: ServerProcess, place: tuple[str, str], link: str
) -> None:
    browser = {"accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}

    status, headers, body = ask(server, "GET", f"{link}?score=1", headers=browser)
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert b"Thank you" in body
    assert "default-src 'none'" in headers["content-security-policy"]
    status, headers, body = ask(server, "GET", f"{link}?score=0", headers={"accept": "*/*"})
    assert (status, headers["content-type"]) == (200, "application/json")
    assert {score["value"] for score in scores(server, place[0])} == {0, 1}

    empty = ask(server, "GET", link, headers=browser)
    gone = ask(server, "GET", "/api/v1/public/feedback/%3Cb%3Enobody?score=1", headers=browser)
    assert (empty[0], gone[0]) == (422, 404)
    for _, headers, body in (empty, gone):
        assert headers["content-type"] == "text/html; charset=utf-8"
        assert b"This did not work" in body
        assert b"<b>" not in body
