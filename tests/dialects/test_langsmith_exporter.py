"""LangSmith's OpenTelemetry exporter in scenarios that no capture holds."""

from __future__ import annotations

from dialects.spans import event, fields_of, read, span


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
