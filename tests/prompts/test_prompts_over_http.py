"""Prompts over HTTP, against a server process."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from servers import ServerProcess

_NUMBERS = itertools.count(1)


@pytest.fixture
def name(server: ServerProcess) -> str:
    """A prompt without versions."""
    name = f"prompt-{next(_NUMBERS)}"
    status, _ = server.call("POST", "/api/v1/prompts", {"name": name, "tags": ["t"]})
    assert status == 201
    return name


def commit(server: ServerProcess, name: str, text: str, **more: Any) -> dict[str, Any]:
    prompt = {
        "messages": [{"role": "user", "content": text}],
        "model": {"provider": "openai", "name": "gpt-4o"},
        "parameters": {"temperature": 0},
    }
    status, body = server.call(
        "POST", f"/api/v1/prompts/{name}/versions", {"prompt": prompt, **more}
    )
    assert status == 201, body
    return dict(body)


def test_a_version_is_written_plainly_and_read_in_both_forms(
    server: ServerProcess, name: str
) -> None:
    made = commit(server, name, "Hi {who}", description="first", labels=["staging"])

    read = server.get(f"/api/v1/prompts/{name}/versions/staging")
    kept = server.get(f"/api/v1/prompts/{name}")

    assert read == made
    assert (made["version"], made["description"], made["labels"]) == (1, "first", ["staging"])
    assert made["prompt"]["variables"] == ["who"]
    assert made["prompt"]["model"] == {"provider": "openai", "name": "gpt-4o"}
    assert made["manifest"]["id"][-1] == "RunnableSequence"
    assert (kept["versions"], kept["latest_hash"], kept["created_by"]) == (1, made["hash"], "local")


def test_a_manifest_is_taken_as_it_is(server: ServerProcess, name: str) -> None:
    made = commit(server, name, "Hi {who}")
    other = f"{name}-copy"
    server.call("POST", "/api/v1/prompts", {"name": other})

    status, copy = server.call(
        "POST", f"/api/v1/prompts/{other}/versions", {"manifest": made["manifest"]}
    )

    assert status == 201
    assert (copy["manifest"], copy["prompt"]) == (made["manifest"], made["prompt"])


def test_a_version_is_filled_in(server: ServerProcess, name: str) -> None:
    commit(server, name, "Hi {who}")
    path = f"/api/v1/prompts/{name}/versions/latest/render"

    status, filled = server.call("POST", path, {"variables": {"who": "Ann"}})

    assert status == 200
    assert filled["messages"] == [{"role": "user", "content": "Hi Ann"}]
    assert filled["parameters"] == {"temperature": 0}
    status, refused = server.call("POST", path, {"variables": {}})
    assert status == 400
    assert refused["error"]["details"] == {"variable": "who"}


def test_a_label_tells_where_it_was_moved_from(server: ServerProcess, name: str) -> None:
    commit(server, name, "A")
    commit(server, name, "B")
    path = f"/api/v1/prompts/{name}/labels/production"
    server.call("PUT", path, {"version": 1})

    _, moved = server.call("PUT", path, {"version": "latest"})
    _, undone = server.call("PUT", path, {"version": moved["previous"]["version"]})

    assert (moved["version"], moved["previous"]["version"]) == (2, 1)
    assert undone["version"] == 1
    assert server.get(path)["version"] == 1
    assert server.call("DELETE", path)[0] == 204
    assert server.call("GET", path)[0] == 404


def test_versions_are_paged_and_compared(server: ServerProcess, name: str) -> None:
    for text in "ABCDE":
        commit(server, name, text)

    first = server.get(f"/api/v1/prompts/{name}/versions?limit=2")
    rest = server.get(f"/api/v1/prompts/{name}/versions?cursor={first['next_cursor']}")
    diff = server.get(f"/api/v1/prompts/{name}/diff?from=1&to=latest")

    assert [v["version"] for v in first["items"]] == [5, 4]
    assert [v["version"] for v in rest["items"]] == [3, 2, 1]
    assert rest["next_cursor"] is None
    assert diff["changes"] == [
        {"path": "messages.0.content", "kind": "changed", "before": "A", "after": "E"}
    ]


def test_prompts_are_paged(server: ServerProcess) -> None:
    names = [f"paged-{number}" for number in range(5)]
    for name in names:
        server.call("POST", "/api/v1/prompts", {"name": name, "tags": ["paged"]})

    found: list[str] = []
    cursor = ""
    while cursor is not None:
        page = server.get(
            "/api/v1/prompts?tag=paged&order_by=name&limit=2"
            + (f"&cursor={cursor}" if cursor else "")
        )
        found += [prompt["name"] for prompt in page["items"]]
        cursor = page["next_cursor"]

    assert found == names


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "", {"name": "a/b"}, 400),
        ("POST", "", {"name": "x", "typo": 1}, 400),
        ("GET", "?order_by=nothing", None, 400),
        ("GET", "?cursor=nonsense", None, 400),
        ("GET", "/nowhere", None, 404),
        ("GET", "/nowhere/versions", None, 404),
        ("GET", "/{name}/versions/latest", None, 404),
        ("POST", "/{name}/versions", {}, 400),
        ("POST", "/{name}/versions", {"manifest": {"hi": 1}}, 400),
        ("POST", "/{name}/versions", {"files": {"a": {"type": "file", "content": "x"}}}, 400),
        ("POST", "/{name}/versions", {"prompt": {"messages": []}}, 400),
        ("PUT", "/{name}/labels/production", {"version": 7}, 404),
        ("PUT", "/{name}/labels/latest", {"version": 1}, 400),
        ("GET", "/{name}/diff?from=1", None, 404),
    ],
)
def test_bad_input_is_told(
    server: ServerProcess, name: str, method: str, path: str, body: Any, status: int
) -> None:
    answer, told = server.call(method, "/api/v1/prompts" + path.format(name=name), body)

    assert answer == status, told
    assert told["error"]["message"]
