"""Releases on a server with a gateway, and users that ask through it."""

from __future__ import annotations

from typing import Any

from gateway_world import Desk

QUESTION: list[Any] = [{"role": "user", "content": "Which way?"}]


def make(desk: Desk, name: str, **body: Any) -> dict[str, Any]:
    """A release."""
    status, said = desk.server.call("POST", "/api/v1/releases", {"name": name, **body})
    assert status == 201, said
    made: dict[str, Any] = said
    return made


def split(desk: Desk, name: str, route: str, **more: Any) -> dict[str, Any]:
    """A split of a route between the old model and the new one."""
    arms = [{"name": "a"}, {"name": "b", "model": "acme/new"}]
    return make(desk, name, **{"kind": "ab", "route": route, "arms": arms, **more})


def ask(desk: Desk, route: str, user: str | None, **more: Any) -> str:
    """The arm that a call of a user got, "" for none."""
    extra: dict[str, Any] = {} if user is None else {"user": user}
    raw = desk.client().chat.completions.with_raw_response.create(
        model=route, messages=QUESTION, **extra, **more
    )
    return str(raw.headers.get("x-experiment", ""))


QUICK = {"units": 10, "calls": 20, "seconds": 0}
LOOSE = [{"metric": "errors", "margin": 0.9}, {"metric": "latency", "margin": 50}]


def staged(desk: Desk, name: str, model: str, **more: Any) -> dict[str, Any]:
    """A challenger of a route of its own."""
    desk.route(name, "old")
    given = {"minimum": QUICK, "criteria": LOOSE, "ramp": [0.5], **more}
    return make(desk, name, route=name, challenger={"model": f"acme/{model}"}, **given)


def act(desk: Desk, name: str, verb: str, **body: Any) -> dict[str, Any]:
    status, said = desk.server.call("POST", f"/api/v1/releases/{name}/{verb}", body)
    assert status == 200, said
    found: dict[str, Any] = said
    return found


def look(desk: Desk, name: str) -> dict[str, Any]:
    status, said = desk.server.call("POST", f"/api/v1/releases/{name}/look")
    assert status == 200, said
    found: dict[str, Any] = said
    return found


def trail(desk: Desk, name: str) -> list[dict[str, Any]]:
    """Its audit trail, the oldest first."""
    found: list[dict[str, Any]] = desk.server.get(f"/api/v1/releases/{name}/events")["items"]
    return found[::-1]


def until(desk: Desk, name: str, status: str) -> dict[str, Any]:
    """The release once it has come so far; it is looked at meanwhile."""

    def come() -> dict[str, Any] | None:
        found = look(desk, name)
        return found if found["status"] == status else None

    found: dict[str, Any] = desk.until(come)
    return found
