"""Settings of feedback keys and links over HTTP, against a server process."""

from __future__ import annotations

from typing import Any

import pytest

from servers import ServerProcess

STARS = {"type": "continuous", "min": 1, "max": 5}


def test_settings_are_entered_changed_and_forgotten(server: ServerProcess) -> None:
    new = {"name": "stars", "config": STARS, "is_enforced": True}
    status, made = server.call("POST", "/api/v1/feedback-configs", new)
    assert (status, made["config"]["max"]) == (201, 5)

    assert server.call("POST", "/api/v1/feedback-configs", new)[1] == made
    assert server.call("POST", "/api/v1/feedback-configs", new | {"is_enforced": False})[0] == 409
    path = "/api/v1/feedback-configs/stars"
    _, changed = server.call("PATCH", path, {"lower_is_better": False})
    assert (changed["lower_is_better"], changed["is_enforced"]) == (False, True)
    listed = server.get("/api/v1/feedback-configs?query=star")["items"]
    assert [config["name"] for config in listed] == ["stars"]
    assert server.call("DELETE", path)[0] == 204
    assert server.call("GET", path)[0] == 404


def test_feedback_by_a_link_waits_for_a_run_that_is_not_here(server: ServerProcess) -> None:
    body = {"run_id": "not here yet", "name": "thumb", "expires_in_s": 60}
    _, token = server.call("POST", "/api/v1/feedback-tokens", body)

    status, thanks = server.call("POST", token["path"], {"score": 1})

    assert status == 201
    assert thanks["id"]
    listed = server.get("/api/v1/feedback-tokens?run_id=not%20here%20yet")["items"]
    assert [one["id"] for one in listed] == [token["id"]]
    assert server.call("DELETE", f"/api/v1/feedback-tokens/{token['id']}")[0] == 204
    assert server.call("POST", token["path"], {"score": 1})[0] == 404


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/feedback-configs", {"name": "", "config": STARS}, 400),
        ("/feedback-configs", {"name": "x", "config": {"type": "stars"}}, 400),
        ("/feedback-configs", {"name": "x", "config": STARS | {"min": 9}}, 400),
        ("/feedback-tokens", {"run_id": "r"}, 400),
        ("/feedback-tokens", {"run_id": "r", "name": "k", "expires_in_s": -1}, 400),
        ("/feedback-tokens", {"run_id": "r", "name": "k", "expires_at": "1999-01-01"}, 400),
        ("/public/feedback/nothing", {"score": 1}, 404),
    ],
)
def test_bad_input_is_told(server: ServerProcess, path: str, body: Any, status: int) -> None:
    answer, told = server.call("POST", f"/api/v1{path}", body)

    assert answer == status, told
    assert told["error"]["message"]
