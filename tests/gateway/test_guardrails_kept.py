"""Guardrails that name evaluators and guards of the server, and code that a package offers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import openai
import pytest

from fakes.unruly_provider import Unruly
from gateway.guardrail_world import answering, messages, put
from gateway_world import KEY, Desk
from servers import ServerProcess

SOURCE = "def evaluate(outputs):\n    return 0.0 if 'tabu' in outputs else 1.0"
PACKAGE = """
import time

def numbers(prefix="ORD"):
    def find(text):
        at = text.find(prefix)
        return [] if at < 0 else [(at, at + 10, "order")]
    return find

def slow():
    def judge(text, question):
        time.sleep(30)
        return True
    return judge

async def _odd(text, question):
    return (len(text) < 20, len(text) / 20, "too long")

def short():
    return _odd

def broken():
    def find(text):
        raise ValueError("no luck")
    return find
"""
METADATA = """Metadata-Version: 2.1
Name: guards-of-a-test
Version: 1
"""
ENTRY_POINTS = """[pilothouse.guardrails]
numbers = guards_of_a_test:numbers
slow = guards_of_a_test:slow
short = guards_of_a_test:short
broken = guards_of_a_test:broken
"""


@pytest.fixture
def project(request: pytest.FixtureRequest) -> str:
    return str(request.node.name)[:90]


def ask(desk: Desk, project: str, text: str, guardrail: str, **more: Any) -> Any:
    client = desk.client(default_headers={"x-pilothouse-project": project})
    return client.chat.completions.create(
        model=f"acme/{project}",
        messages=messages(text),
        extra_body={"guardrails": [guardrail]},
        **more,
    )


def evaluator(desk: Desk, name: str, project: str = "") -> str:
    body = {"name": name, "definition": {"source": SOURCE}}
    status, made = desk.server.call("POST", "/api/v1/evaluators", body)
    assert status == 201, made
    return str(made["id"])


def test_an_evaluator_of_the_server_stops_an_answer(desk: Desk, project: str) -> None:
    evaluator(desk, "no tabu")
    put(desk, "kept", type="evaluator", evaluator="no tabu", timeout_ms=20_000)
    desk.acts(project, *answering("fine", "this is tabu"))

    answered = ask(desk, project, "hi", "kept")
    with pytest.raises(openai.BadRequestError) as refused:
        ask(desk, project, "hi", "kept")

    assert answered.choices[0].message.content == "fine"
    assert refused.value.code == "guardrail_blocked"


def test_a_guard_of_online_evaluation_is_asked_by_its_name(desk: Desk, project: str) -> None:
    number = evaluator(desk, "for a guard")
    ask(desk, project, "hello", "secrets")  # the project is there from now on
    desk.spans(project, 1)
    guard = {"on_failure": "closed", "latency_ms": 20_000}
    body = {"project": project, "name": "no-tabu", "evaluator_id": number, "guard": guard}
    status, rule = desk.server.call("POST", "/api/v1/rules", body)
    assert status == 201, rule
    put(desk, "by-rule", type="rule", rule="no-tabu", mode="pre_call", timeout_ms=20_000)

    answered = ask(desk, project, "all fine", "by-rule")
    with pytest.raises(openai.BadRequestError) as refused:
        ask(desk, project, "tabu!", "by-rule")

    assert answered.choices
    assert refused.value.code == "guardrail_blocked"


def test_one_that_is_gone_fails_closed(desk: Desk, project: str) -> None:
    put(desk, "gone", type="evaluator", evaluator="nobody knows it", mode="pre_call")

    with pytest.raises(openai.InternalServerError) as refused:
        ask(desk, project, "hi", "gone")

    assert refused.value.status_code == 503
    assert "nobody knows it" in refused.value.message


def test_code_of_a_package_finds_judges_hangs_and_fails(
    provider: Unruly, tmp_path: Path, project: str
) -> None:
    packages = tmp_path / "packages"
    info = packages / "guards_of_a_test-1.dist-info"
    info.mkdir(parents=True)
    (packages / "guards_of_a_test.py").write_text(PACKAGE)
    (info / "METADATA").write_text(METADATA)
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    path = os.pathsep.join([str(packages), os.environ.get("PYTHONPATH", "")])
    server = ServerProcess(tmp_path / "data", environ={"PYTHONPATH": path}).start()
    desk = Desk(server, provider)
    try:
        body = {"base_url": provider.base_url, "api_key": KEY, "models": []}
        server.call("PUT", "/api/v1/providers/acme", body)
        put(desk, "numbers", type="python", entry_point="numbers", on_violation="mask",
            restore=True, options={"prefix": "NUM"})  # fmt: skip
        put(desk, "slow", type="python", entry_point="slow", timeout_ms=100, mode="pre_call")
        put(desk, "short", type="python", entry_point="short", mode="pre_call")
        put(desk, "broken", type="python", entry_point="broken", mode="pre_call")
        missing, said = server.call(
            "PUT", "/api/v1/gateway/guardrails/none", {"type": "python", "entry_point": "nomen"}
        )
        desk.acts(project, *answering("<ORDER_1> is on its way"))

        masked = ask(desk, project, "where is NUM-123456?", "numbers")
        streamed = "".join(
            chunk.choices[0].delta.content or ""
            for chunk in ask(desk, project, "where is NUM-123456?", "numbers", stream=True)
            if chunk.choices
        )
        with pytest.raises(openai.InternalServerError) as slow:
            ask(desk, project, "hi", "slow")
        with pytest.raises(openai.BadRequestError) as long:
            ask(desk, project, "a" * 30, "short")
        with pytest.raises(openai.InternalServerError) as broken:
            ask(desk, project, "hi", "broken")
        for client in desk.clients:
            client.close()
    finally:
        server.stop()

    sent = provider.bodies(project)[-1]["messages"][0]["content"]
    assert sent == "where is <ORDER_1>?"
    assert masked.choices[0].message.content == streamed == "NUM-123456 is on its way"
    assert "no verdict within 100 ms" in slow.value.message
    assert "too long" in long.value.message
    assert "no luck" in broken.value.message
    assert missing == 400
    assert "numbers" in said["error"]["message"]
