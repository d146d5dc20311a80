"""A score that knows only the provider's answer id finds its span, before or after it came."""

from __future__ import annotations

from typing import Any

import pytest

from otlp import attributes, request, span, trace_id
from servers import ServerProcess

pytestmark = pytest.mark.slow


def evaluation(response_id: str) -> dict[str, Any]:
    """A log record as evaluators send it."""
    record = {
        "timeUnixNano": "1795000000000000000",
        "eventName": "gen_ai.evaluation.result",
        "attributes": attributes(
            {
                "gen_ai.evaluation.name": "correct",
                "gen_ai.evaluation.score.value": 1.0,
                "gen_ai.response.id": response_id,
            }
        ),
    }
    resource = {"attributes": attributes({"service.name": "scored"})}
    return {"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": [record]}]}]}


def call(trace: str, response_id: str) -> dict[str, Any]:
    given = {"gen_ai.operation.name": "chat", "gen_ai.response.id": response_id}
    return request(span(trace, attributes=attributes(given)), project="scored")


def scored(server: ServerProcess, trace: str) -> list[str]:
    return [s["name"] for s in server.get(f"/api/v1/traces/{trace}")["spans"][0]["scores"]]


@pytest.mark.parametrize("first", ["score", "span"])
def test_a_score_finds_its_span_by_the_answer_that_it_judges(
    server: ServerProcess, first: str
) -> None:
    trace = trace_id()
    messages = [
        ("/v1/logs", evaluation(f"answer-{first}")),
        ("/v1/traces", call(trace, f"answer-{first}")),
    ]
    for path, body in messages if first == "score" else reversed(messages):
        assert server.call("POST", path, body)[0] == 200

    assert scored(server, trace) == ["correct"]


def test_a_score_waits_through_a_restart(server_in: Any) -> None:
    server = server_in()
    trace = trace_id()
    assert server.call("POST", "/v1/logs", evaluation("answer"))[0] == 200
    server.stop()
    server.start()

    assert server.call("POST", "/v1/traces", call(trace, "answer"))[0] == 200

    assert scored(server, trace) == ["correct"]


def test_a_span_that_is_announced_shows_at_once_and_its_end_replaces_it(
    server: ServerProcess,
) -> None:
    trace = trace_id()
    announced = span(
        trace,
        "aa" * 8,
        "bb" * 8,
        attributes=attributes(
            {"logfire.span_type": "pending_span", "logfire.pending_parent_id": "0" * 16}
        ),
    )
    finished = span(trace, "bb" * 8, attributes=attributes({"logfire.span_type": "span"}))

    server.call("POST", "/v1/traces", request(announced))
    [shown] = server.get(f"/api/v1/traces/{trace}")["spans"]
    assert (shown["span_id"], shown["end_time"]) == ("bb" * 8, None)
    server.call("POST", "/v1/traces", request(finished))
    server.call("POST", "/v1/traces", request(announced))  # late once more

    [shown] = server.get(f"/api/v1/traces/{trace}")["spans"]
    assert shown["end_time"] is not None
