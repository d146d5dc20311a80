"""Guardrails and caches as the command line and Prometheus see them, and as a file sets them up."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from command_line import environment, run_command
from fakes.unruly_provider import Unruly
from gateway.guardrail_world import messages
from gateway_world import KEY, Desk
from servers import ServerProcess


def run(desk: Desk, *args: str) -> Any:
    arguments = ["gateway", *args, "--endpoint", desk.server.url]
    return run_command(arguments, "", environment())


def test_a_guardrail_is_set_tried_and_removed_on_the_command_line(desk: Desk) -> None:
    definition = '{"type": "words", "words": ["hal"], "on_violation": "mask"}'

    made = run(desk, "guardrails", "set", "told", definition)
    listed = run(desk, "guardrails", "list")
    masked = run(desk, "guardrails", "try", "I am HAL.", "-g", "told")
    blocked = run(desk, "guardrails", "try", "key sk-proj-Ab3dEf6hIj9kLm2nOp5q", "-g", "secrets")
    removed = run(desk, "guardrails", "remove", "told")
    gone = run(desk, "guardrails", "try", "x", "-g", "told")
    broken = run(desk, "guardrails", "set", "told", "{")

    assert "looks at input and output: mask" in made.stderr
    assert re.search(r"^told +words", listed.stdout, re.MULTILINE)
    assert "I am <WORDS_1>." in masked.stdout
    assert (blocked.returncode, "decision: block" in blocked.stderr) == (1, True)
    assert removed.returncode == 0
    assert "there is no guardrail 'told'" in gone.stderr
    assert "cannot be read as JSON" in broken.stderr
    assert "Traceback" not in gone.stderr + broken.stderr


def test_prometheus_reads_hits_of_caches_and_guardrails(desk: Desk) -> None:
    desk.route("metered", "metered", cache={})
    client = desk.client(default_headers={"x-pilothouse-project": "metered"})
    more: Any = {"extra_body": {"guardrails": ["pii"]}}
    for _ in range(2):
        client.chat.completions.create(
            model="metered", messages=messages("a@example.com"), temperature=0, **more
        )

    text = desk.server.get("/metrics").decode()
    status = run(desk, "status")

    hits = re.search(r'gateway_cache_total\{outcome="hit"\} (\d+)', text)
    assert hits
    assert int(hits[1]) >= 1
    assert re.search(
        r'gateway_guardrail_checks_total\{guardrail="pii",outcome="masked",stage="input"\} [1-9]',
        text,
    )
    assert re.search(r"^pii +input +\d", status.stdout, re.MULTILINE)
    assert "by meaning" in status.stderr


def test_a_key_may_name_only_guardrails_that_are_there(desk: Desk) -> None:
    body = {"name": "k", "guardrails": ["nonsense"]}

    status, said = desk.server.call("POST", "/api/v1/gateway/keys", body)

    assert status == 400
    assert "nonsense" in said["error"]["message"]


FILE = """
providers:
  acme: {base_url: "%s", api_key: "%s"}
guardrails:
  - {name: house, type: words, words: [hal], mode: pre_call, default_on: true}
models:
  - name: chat
    targets: [{provider: acme, model: gpt-4o}]
    cache: {mode: semantic, embedder: "hash:256", threshold: 0.9}
    guardrails: {input: [pii], output: [secrets]}
"""


def test_a_file_sets_up_guardrails_and_a_route_that_names_them(
    provider: Unruly, tmp_path: Path
) -> None:
    path = tmp_path / "gateway.yaml"
    path.write_text(FILE % (provider.base_url, KEY))
    server = ServerProcess(tmp_path / "data", environ={"PILOTHOUSE_GATEWAY_CONFIG": str(path)})
    server.start()
    try:
        desk = Desk(server, provider)
        client = desk.client()
        client.chat.completions.create(model="chat", messages=messages("hi a@example.com"))
        status, refused = server.call(
            "POST", "/v1/chat/completions", {"model": "chat", "messages": messages("hal")}
        )
        listed = server.get("/api/v1/gateway/guardrails")["items"]
        changed, _ = server.call("PUT", "/api/v1/gateway/guardrails/house", {"type": "pii"})
        client.close()
    finally:
        server.stop()

    assert provider.bodies("gpt-4o")[-1]["messages"][0]["content"] == "hi <EMAILS_1>"
    assert (status, refused["error"]["code"]) == (400, "guardrail_blocked")
    (house,) = [each for each in listed if each["name"] == "house"]
    assert (house["source"], house["default_on"]) == ("file", True)
    assert next(each for each in listed if each["name"] == "pii")["routes"] == ["chat"]
    assert changed == 409


@pytest.mark.parametrize(
    "wrong", ["{name: a, type: regex, patterns: {x: '('}}", "{name: '', type: pii}", "{type: x}"]
)
def test_a_wrong_guardrail_in_a_file_is_told_of(
    provider: Unruly, tmp_path: Path, wrong: str
) -> None:
    path = tmp_path / "gateway.yaml"
    path.write_text(f"guardrails:\n  - {wrong}\n")
    server = ServerProcess(tmp_path / "data", environ={"PILOTHOUSE_GATEWAY_CONFIG": str(path)})

    with pytest.raises(AssertionError, match="guardrail"):
        server.start()
