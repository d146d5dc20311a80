"""The examples and the blocks of the page on Python, run as a reader would run them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.openai_server import ANSWER, WEATHER, OpenAI, openai_server
from fakes.receiver import Receiver, receiver

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/how-to/instrument-python.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)


@pytest.fixture
def inbox() -> Iterator[Receiver]:
    with receiver() as running:
        yield running


@pytest.fixture(scope="module")
def llm() -> Iterator[OpenAI]:
    with openai_server() as running:
        yield running


def run(program: list[str], inbox: Receiver, llm: OpenAI) -> str:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PILOTHOUSE", "OTEL"))}
    environment |= {
        "PYTHONPATH": str(ROOT / "src"),
        "PILOTHOUSE_ENDPOINT": inbox.url,
        "OPENAI_BASE_URL": llm.base_url,
        "OPENAI_API_KEY": "sk-test",
    }
    done = subprocess.run(
        [sys.executable, *program],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    assert "failed and was skipped" not in done.stderr
    return done.stdout


def test_the_support_agent_shows_a_retry_and_a_conversation(inbox: Receiver, llm: OpenAI) -> None:
    assert "R-90417" in run(["examples/support_agent.py"], inbox, llm)

    attempts = [span for span in inbox.spans if span.name == "create_replacement"]
    assert [span.status for span in attempts] == ["error", "ok"]
    assert len({span.trace_id for span in inbox.spans}) == 2
    assert {span.attributes["session.id"] for span in inbox.spans} == {"conv-7f21"}
    assert inbox.scores[0]["comment"] == "quick, thank you"


def test_rag_by_hand_masks_and_scores(inbox: Receiver, llm: OpenAI) -> None:
    assert "Ocean" in run(["examples/rag_by_hand.py"], inbox, llm)

    assert inbox.named("kb_answer").attributes["input.value"].endswith("[e-mail]")
    documents = inbox.named("search_pages").attributes
    assert documents["retrieval.documents.0.document.id"] == "plans"
    assert inbox.scores[0]["name"] == "groundedness"


def test_openai_chat_is_recorded_whole(inbox: Receiver, llm: OpenAI) -> None:
    assert run(["examples/openai_chat.py"], inbox, llm).split("\n") == [f"{ANSWER} ", WEATHER, ""]

    assert sum(span.name == "ChatCompletion" for span in inbox.spans) == 3


def test_the_page_has_its_blocks() -> None:
    assert len(BLOCKS) >= 8


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_each_block_of_the_page_runs(block: str, inbox: Receiver, llm: OpenAI) -> None:
    run(["-c", block], inbox, llm)

    assert inbox.spans
    assert all(span.status == "ok" for span in inbox.spans)
