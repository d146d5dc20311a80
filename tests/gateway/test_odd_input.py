"""What clients, providers and administrators send that nobody expects."""

from __future__ import annotations

import gc
import warnings
from asyncio import run, sleep
from pathlib import Path
from typing import Any

import httpx
import pytest

from fakes.unruly_provider import Act
from gateway.conftest import Desk
from pilothouse.gateway.cache import is_storable
from pilothouse.gateway.config import ConfigError, read
from pilothouse.gateway.watch import Watch


def ask(desk: Desk, model: str, **more: Any) -> httpx.Response:
    body = {"model": model, "messages": [{"role": "user", "content": "hi"}], **more}
    headers = {"x-pilothouse-project": model}
    return httpx.post(
        f"{desk.server.url}/v1/chat/completions", json=body, headers=headers, timeout=20
    )


def test_an_odd_answer_of_a_provider_is_no_fault_of_the_client(desk: Desk) -> None:
    odd = {"choices": [{"index": 0, "finish_reason": {}, "message": {"content": "x"}}]}
    desk.acts("odd", Act(body=odd))
    desk.route("odd", "odd", cache={"any_temperature": True})

    answer = ask(desk, "odd")

    assert (answer.status_code, answer.json()) == (200, odd)
    assert desk.spans("odd")[0]["status"] == "ok"
    assert not is_storable({"choices": [{"finish_reason": []}]})


def test_a_body_that_cannot_be_passed_on_is_told_and_recorded(desk: Desk) -> None:
    desk.route("nested", "nested")
    deep: Any = []
    for _ in range(400):
        deep = [deep]

    answer = ask(desk, "nested", extra=deep)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_json")
    assert desk.spans("nested")[0]["error_type"] == "invalid_json"


def test_a_huge_number_does_not_keep_a_question_from_a_route_that_caches(desk: Desk) -> None:
    desk.route("huge", "huge", cache={"any_temperature": True})

    assert [ask(desk, "huge", seed=1e300).headers["x-cache"] for _ in range(2)] == ["miss", "hit"]


def test_half_a_character_in_the_models_of_a_key_does_not_spoil_the_list(desk: Desk) -> None:
    half = b'{"name": "half", "models": ["\\ud800"]}'
    address = f"{desk.server.url}/api/v1/gateway/keys"

    made = httpx.post(address, content=half, headers={"content-type": "application/json"})

    assert made.status_code == 400, made.text
    assert httpx.get(address).status_code == 200


@pytest.mark.parametrize("name", ["", "%00", "a%09b", "x" * 501])
def test_a_route_needs_a_name_that_can_be_read(desk: Desk, name: str) -> None:
    body = {"targets": [{"provider": "acme", "model": "m"}]}

    status, said = desk.server.call("PUT", f"/api/v1/gateway/routes/{name}", body)

    assert status == 400, said
    assert "needs a name" in str(said)


@pytest.mark.parametrize("line", ["api_key: @sk-secret", 'api_key: "sk-secret', "sk-secret: [}"])
def test_a_file_that_is_no_yaml_does_not_tell_its_keys(tmp_path: Path, line: str) -> None:
    path = tmp_path / "gateway.yaml"
    path.write_text(f"providers:\n  a:\n    {line}\n")

    with pytest.raises(ConfigError, match=r"is no YAML: .*, line \d, column \d+$") as told:
        read(path)

    assert "sk-secret" not in str(told.value)


def test_an_answer_that_comes_at_once_leaves_nothing_behind() -> None:
    async def gone() -> None:
        await sleep(60)

    async def answer() -> None:
        async with Watch(gone, 60.0):
            pass
        await sleep(0)
        gc.collect()

    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a coroutine that nobody awaited is told as a warning
        with pytest.MonkeyPatch.context() as patch:
            unraised: list[Any] = []
            patch.setattr("sys.unraisablehook", unraised.append)
            run(answer())
    assert unraised == []
