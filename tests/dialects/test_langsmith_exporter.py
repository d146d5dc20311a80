"""LangSmith's OpenTelemetry exporter in scenarios that no capture holds."""

from __future__ import annotations

import pytest

from dialects.spans import Scenarios, event, fields_of, read, shown, span


def test_a_handled_exception_is_shown_and_flags_nothing_but_in_langsmith() -> None:
    thrown = [event("exception", exception__type="E", exception__message="m")] * 2

    handled = read(span(status_code=1, events=thrown))
    unset = read(span(events=thrown))
    langsmith = read(span(status_code=1, events=thrown, scope_name="langsmith"))

    assert handled[0].status == "ok"
    assert handled[1].exceptions == [{"type": "E", "message": "m", "stacktrace": ""}]
    assert (unset[0].status, unset[0].error_type, unset[0].status_message) == ("error", "E", "m")
    assert langsmith[0].status == "error"


def test_leaked_environment_and_consumed_counts_are_not_metadata() -> None:
    fields = fields_of(
        {
            "langsmith.metadata.LANGSMITH_API_KEY": "secret",
            "langsmith.metadata.usage_metadata": "{}",
            "langsmith.metadata.customer": "acme",
            "traceloop.association.properties.plan": "pro",
        }
    )

    assert fields.metadata == {"customer": "acme", "plan": "pro"}


def test_a_langsmith_call_that_failed_has_no_output() -> None:
    fields, content = read(
        span({"langsmith.span.kind": "llm", "gen_ai.completion": '{"output":null}'})
    )

    assert (fields.output, content.output, content.messages_out) == ("", None, [])


STACK = 'Traceback (most recent call last):\n  File "a.py", line 1\nValueError: boom'
RUN = {"langsmith.span.kind": "llm"}

SCENARIOS: Scenarios = {
    "the tools in a wrapped client's request": (
        span(
            {
                **RUN,
                "gen_ai.prompt": '{"messages":[{"role":"user","content":"weather?"}],'
                '"tools":[{"type":"function","function":{"name":"f"}}]}',
            }
        ),
        {"asked": "weather?", "tools": ["f"]},
    ),
    "a stack in the exception's message": (
        span(
            RUN,
            scope_name="langsmith",
            status_code=1,
            events=[
                event(
                    "exception",
                    exception__type="Exception",
                    exception__message=f"ValueError('boom')\n\n{STACK}",
                )
            ],
        ),
        {
            "status": "error",
            "message": "ValueError('boom')",
            "thrown": [("Exception", "ValueError('boom')")],
        },
    ),
    "the names of the run": (
        span(
            {
                "langsmith.span.kind": "retriever",
                "langsmith.trace.name": "ret",
                "langsmith.trace.session_name": "a project, no session",
                "langsmith.metadata.session_id": "s-1",
                "langsmith.metadata.user_id": "u-1",
                "gen_ai.operation.name": "embeddings",
                "gen_ai.completion": '{"output":[{"page_content":"Refunds","type":"Document"}]}',
            }
        ),
        {
            "kind": "retriever",
            "name": "ret",
            "session": "s-1",
            "user": "u-1",
            "documents": [(None, "Refunds", None)],
        },
    ),
    "details as a Python literal": (
        span(
            {
                **RUN,
                "gen_ai.usage.input_tokens": 25,
                "gen_ai.usage.output_tokens": 12,
                "gen_ai.usage.input_token_details": "{'audio': 3, 'cache_read': 8}",
                "gen_ai.usage.output_token_details": "{'reasoning': 4}",
            }
        ),
        {"tokens": (25, 12, 37), "parts": (8, None, 4), "audio": (3, None)},
    ),
    "a framework is no provider": (
        span({**RUN, "gen_ai.system": "langchain", "langsmith.metadata.ls_provider": "anthropic"}),
        {"provider": "anthropic"},
    ),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_langsmith_s_exporter_says(name: str) -> None:
    source, want = SCENARIOS[name]

    assert shown(source, want) == want
