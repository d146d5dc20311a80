"""`init`, `flush` and `shutdown` more than once in one process, as test suites and notebooks do."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import pilothouse as ph
from fakes.openai_server import OpenAI
from fakes.receiver import Receiver, receiver
from servers import free_port

Script = Callable[..., Any]
ROUNDS = 20


@pytest.mark.slow
def test_each_of_many_rounds_arrives_and_leaves_no_thread_behind(inbox: Receiver) -> None:
    before = threading.active_count()
    for n in range(ROUNDS):
        ph.init(
            project=f"round {n}",
            endpoint="http://127.0.0.1:9" if n % 5 == 4 else inbox.url,
            instrument=False,
            capture_content=n % 2 == 0,
            flush_timeout_s=0.05,
        )
        with ph.session(f"s{n}"), ph.span("step", input="text") as span:
            span.score("ok", n)
        if n % 5 != 4:
            assert ph.flush(20)
        if n % 3:
            ph.shutdown(0.05)
    ph.shutdown(0.05)

    arrived = {span.resource["pilothouse.project"] for span in inbox.spans}
    assert arrived == {f"round {n}" for n in range(ROUNDS) if n % 5 != 4}
    assert len(inbox.scores) == len(inbox.spans) == ROUNDS * 4 // 5
    for thread in threading.enumerate():
        if thread.name.startswith("pilothouse-"):
            thread.join(30)
    assert threading.active_count() <= before


def test_a_later_init_replaces_every_setting_of_the_earlier(inbox: Receiver) -> None:
    ph.init(
        project="one", endpoint=inbox.url, instrument=False, release="1.0", environment="staging",
        sample_rate=0.0, capture_content=False, mask=lambda _: "hidden",
    )  # fmt: skip
    with ph.span("never", input="secret"):
        pass
    ph.init(project="two", endpoint=inbox.url, instrument=False, release="2.0")
    with ph.span("always", input="plain"):
        pass
    ph.shutdown()

    (span,) = inbox.spans
    assert span.name == "always"
    assert span.attributes["input.value"] == "plain"
    assert span.resource["pilothouse.project"] == span.resource["service.name"] == "two"
    assert span.resource["service.version"] == "2.0"
    assert "deployment.environment.name" not in span.resource


def test_a_flush_takes_the_time_it_was_granted_for_a_server_that_is_just_starting() -> None:
    port = free_port()
    ph.init(project="early", endpoint=f"http://127.0.0.1:{port}", instrument=False)
    try:
        with ph.span("waits") as span:
            span.score("ok", 1)
        assert not ph.flush(0.5)
        with ThreadPoolExecutor() as pool:
            flushed = pool.submit(ph.flush, 60)
            with receiver(port) as inbox:
                assert flushed.result()
                assert inbox.named("waits").span_id == inbox.scores[0]["span_id"]
    finally:
        ph.shutdown()


@pytest.mark.slow
def test_instrumentors_follow_the_latest_init_and_shutdown_takes_them_off(
    script: Script, inbox: Receiver, llm: OpenAI
) -> None:
    run = script(
        f"""
        import json, openai
        import pilothouse as ph
        plain = openai.OpenAI.request
        client = openai.OpenAI(base_url="{llm.base_url}")

        def ask(text):
            client.chat.completions.create(
                model="gpt-5-mini", messages=[{{"role": "user", "content": text}}]
            )

        ph.init(project="first", capture_content=False)
        ask("not to be kept")
        ph.init(project="second")
        ask("to be kept")
        ph.init(project="third", instrument=False)
        ask("not recorded")
        ph.init(project="fourth", instrument=["anthropic"])
        ask("not recorded either")
        ph.init(project="fifth")
        ph.shutdown()
        ask("after the end")
        print(json.dumps(openai.OpenAI.request is plain))
        """,
        inbox.url,
        OPENAI_API_KEY="sk-test",
    )

    first, second = inbox.spans
    assert first.resource["pilothouse.project"] == "first"
    assert "not to be kept" not in str(first.attributes)
    assert second.resource["pilothouse.project"] == "second"
    assert second.attributes["llm.input_messages.0.message.content"] == "to be kept"
    assert json.loads(run.stdout) is True
