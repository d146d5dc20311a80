"""Questions as spans on a real server."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import httpx
import pytest

import pilothouse
from fakes.unruly_provider import unruly_provider
from pilothouse.search import Index, split
from pilothouse.search.answering import Answerer
from pilothouse.search.serving.app import search_app
from search_world import documents
from servers import ServerProcess, serving

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def spans_of(server: ServerProcess, project: str, count: int) -> dict[str, dict[str, Any]]:
    """The spans of a project by name, once there are so many."""
    end = time.monotonic() + 30
    while True:
        status, said = server.call("GET", f"/api/v1/spans?project={project}")
        if status == 200 and len(said["items"]) >= count:
            return {
                each["name"]: server.get(f"/api/v1/spans/{each['span_id']}?project={project}")
                for each in said["items"]
            }
        assert time.monotonic() < end, said
        time.sleep(0.05)


@pytest.mark.slow
def test_a_question_and_its_answer_are_one_trace_with_documents_and_tokens(
    server: ServerProcess, tmp_path: Path
) -> None:
    project = f"questions-{time.time_ns()}"
    Index.build(split(documents()), "hash:512").save(tmp_path / "ix")
    pilothouse.init(project=project, endpoint=server.url, instrument=False)
    try:
        with unruly_provider() as provider:
            app = search_app(tmp_path / "ix", answerer=Answerer("gpt-4o", provider.base_url))
            with serving(app) as url:
                asked = {"query": "When are refunds paid?", "k": 2, "stream": True}
                headers = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
                answer = httpx.post(f"{url}/v1/answer", json=asked, headers=headers)
                assert "event: end" in answer.text
            [(_, _, sent)] = provider.asked
        assert pilothouse.flush()
    finally:
        pilothouse.shutdown()

    spans = spans_of(server, project, 2)
    whole, search = spans["answer"], spans["search"]
    assert {whole["trace_id"], search["trace_id"]} == {TRACE}
    assert search["parent_span_id"] == whole["span_id"]
    assert sent["traceparent"] == f"00-{TRACE}-{whole['span_id']}-01"
    assert (whole["kind"], whole["usage"]["input_tokens"]) == ("llm", 25)
    assert whole["input"] == "When are refunds paid?"
    assert whole["time_to_first_token_ms"] is not None
    assert (search["kind"], search["metadata"]["mode"]) == ("retriever", "hybrid")
    found = search["documents"]
    assert [len(found), found[0]["content"][:7]] == [2, "Refunds"]
