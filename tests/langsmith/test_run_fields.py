"""What is read out of a run: usage and its order, costs, errors, threads, documents, prompts."""

from __future__ import annotations

from typing import Any

import pytest

from pilothouse import dialects
from pilothouse.platform.ingest.langsmith.known import KnownRuns
from pilothouse.platform.ingest.langsmith.runs import half_of
from pilothouse.platform.ingest.langsmith.times import micros_of_segment, stamp_of
from pilothouse.spans import Content, Fields

RUN = "01a1ff06-ec26-7904-badf-5a033d768d3a"
COUNTS = {"input_tokens": 10, "output_tokens": 4, "total_tokens": 14}


def message(**more: Any) -> dict[str, Any]:
    inner = {"content": "Hi", "type": "ai", **more}
    return {"lc": 1, "type": "constructor", "id": ["langchain", "AIMessage"], "kwargs": inner}


def generations(*each: dict[str, Any]) -> list[list[dict[str, Any]]]:
    return [[{"text": "Hi", "message": one}] for one in each]


def read(**body: Any) -> tuple[Fields, Content]:
    given = {"run_type": "llm", "start_time": "2026-11-21T10:00:00", **body}
    runs = KnownRuns(iter(range(1, 9)).__next__)
    [source] = runs.merge([half_of("post", RUN, given)], lambda _: "p").sources
    fields = dialects.derive(source)
    return fields, dialects.content(source, fields)


@pytest.mark.parametrize(
    "body",
    [
        {
            "extra": {"metadata": {"usage_metadata": COUNTS}},
            "outputs": {"usage_metadata": {"input_tokens": 1}},
        },
        {"outputs": {"usage_metadata": COUNTS, "generations": generations(message())}},
        {"outputs": {"generations": generations(message(usage_metadata=COUNTS))}},
        {
            "outputs": {
                "generations": generations(
                    *(message(usage_metadata={k: v // 2 for k, v in COUNTS.items()}),) * 2
                )
            }
        },
        {
            "outputs": {
                "generations": generations(message()),
                "llm_output": {
                    "token_usage": {
                        "prompt_tokens": 10,
                        "completion_tokens": 4,
                        "total_tokens": 14,
                    }
                },
            }
        },
    ],
    ids=["metadata", "outputs", "message", "two prompts", "llm_output"],
)
def test_usage_is_found_in_the_order_of_the_protocol(body: dict[str, Any]) -> None:
    usage = read(**body)[0].usage
    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens, usage.total_tokens) == (10, 4, 14)


@pytest.mark.parametrize(
    ("details", "cached", "written"),
    [
        ({"cache_read": 6, "cache_creation": 2}, 6, 2),
        ({"priority_cache_read": 6, "priority": 4}, 6, None),
        ({"ephemeral_5m_input_tokens": 1, "ephemeral_1h_input_tokens": 2}, None, 3),
        (
            {"cache_read": 5, "cache_creation": 0, "ephemeral_5m_input_tokens": 3, "x": None},
            5,
            3,
        ),
    ],
)
def test_details_of_usage_are_parts_of_it(
    details: dict[str, Any], cached: int | None, written: int | None
) -> None:
    said = {**COUNTS, "input_token_details": details, "output_token_details": {"reasoning": 3}}
    usage = read(outputs={"usage_metadata": said})[0].usage
    assert usage is not None
    assert (usage.cached_tokens, usage.cache_write_tokens) == (cached, written)
    assert (usage.input_tokens, usage.reasoning_tokens) == (10, 3)


def test_costs_that_the_client_names_are_kept_for_a_tool_too() -> None:
    said = {"input_cost": 1e-06, "output_cost": 2e-06}
    cost = read(extra={"metadata": {"usage_metadata": {**COUNTS, **said}}})[0].cost
    assert cost is not None
    assert (cost.input, cost.output, cost.total) == (1e-06, 2e-06, 3e-06)
    paid = read(run_type="tool", extra={"metadata": {"usage_metadata": {"total_cost": 0.5}}})[0]
    assert paid.cost is not None
    assert (paid.cost.total, paid.usage) == (0.5, None)


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        ("ValueError('no')\n\nTraceback (most recent call last):\n x", "ValueError", None),
        ("ValueError('no')Traceback (most recent call last):\n x", "ValueError", None),
        ("openai.RateLimitError('no')", "openai.RateLimitError", "openai.RateLimitError('no')"),
        ("TypeError: x is undefined\n    at f", "TypeError", "TypeError: x is undefined"),
        ("it went wrong", "", "it went wrong"),
    ],
)
def test_an_error_says_its_type_its_first_line_and_its_stack(
    error: str, kind: str, message: str | None
) -> None:
    fields, content = read(error=error, run_type="chain")
    assert (fields.status, fields.error_type) == ("error", kind)
    assert fields.status_message == (message or "ValueError('no')")
    [thrown] = content.exceptions
    assert thrown["type"] == kind
    assert ("Traceback" in thrown["stacktrace"]) == ("Traceback" in error)


def test_a_graph_that_waits_for_a_person_has_not_failed() -> None:
    error = "GraphInterrupt((Interrupt(value='look', id='1'),))Traceback (most recent call last):"
    fields, content = read(error=error, run_type="chain")
    assert (fields.status, fields.status_message) == ("ok", "interrupted")
    assert content.exceptions == []


@pytest.mark.parametrize(
    ("metadata", "session", "is_session"),
    [
        ({"session_id": "s", "thread_id": "t"}, "s", True),
        ({"thread_id": "t", "conversation_id": "c"}, "t", False),
        ({"conversation_id": 7}, "7", False),
        ({"session_id": "", "conversation_id": "c"}, "c", False),
    ],
)
def test_the_first_name_of_a_thread_counts(
    metadata: dict[str, Any], session: str, is_session: bool
) -> None:
    fields = read(extra={"metadata": metadata})[0]
    assert (fields.session_id, fields.session_explicit) == (session, is_session)


def test_a_model_call_says_model_parameters_tools_prompt_and_first_token() -> None:
    tool = {"type": "function", "function": {"name": "search", "parameters": {}}}
    fields, content = read(
        extra={
            "metadata": {
                "ls_provider": "azure",
                "ls_model_name": "gpt-4o",
                "ls_temperature": 0.5,
                "ls_user_id": "u1",
                "lc_hub_owner": "-",
                "lc_hub_repo": "greeting",
                "lc_hub_commit_hash": "abc",
                "usage_metadata": COUNTS,
                "nested": {"a": [1]},
            },
            "invocation_params": {"top_p": 0.9, "tools": [tool], "_type": "x"},
        },
        events=[{"name": "start"}, {"name": "new_token", "time": "2026-11-21T10:00:00.250"}],
        inputs={"messages": [[message(type="human")]]},
        outputs={"generations": generations(message(response_metadata={"finish_reason": "stop"}))},
        tags=["a", "seq:step:1"],
    )
    assert (fields.model, fields.provider) == ("gpt-4o", "azure.ai.openai")
    assert (fields.prompt_name, fields.prompt_version) == ("greeting", "abc")
    assert (fields.user_id, fields.tags) == ("u1", ["a"])
    assert fields.metadata["nested.a"] == "[1]"
    assert "usage_metadata.input_tokens" not in fields.metadata
    assert fields.streaming is True
    assert (fields.first_token_ns or 0) % 10**9 == 250_000_000
    assert content.parameters == {"temperature": 0.5, "top_p": 0.9}
    assert [one["name"] for one in content.tools] == ["search"]
    assert content.messages_out[-1]["finish_reason"] == "stop"


def test_openai_requests_and_answers_are_conversations() -> None:
    calls = [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]
    answer = {"role": "assistant", "content": None, "tool_calls": calls}
    fields, content = read(
        inputs={"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]},
        outputs={"id": "chatcmpl-1", "model": "gpt-4o-x", "choices": [{"message": answer}]},
    )
    assert fields.input == '{"model":"gpt-4o","messages":[{"role":"user","content":"Hello"}]}'
    assert (fields.model, fields.response_id) == ("gpt-4o-x", "chatcmpl-1")
    assert [m["role"] for m in content.messages_in] == ["user"]
    assert [c["name"] for c in content.tool_calls] == ["f"]


def test_the_time_of_a_dotted_order_has_all_its_digits_in_any_year() -> None:
    for micros in (-62_135_596_800_000_000, -1, 0, 1_795_359_721_000_001):
        segment = stamp_of(micros) + "01a1ff06-ec26-7904-badf-5a033d768d3a"
        assert micros_of_segment(segment) == micros
