"""Langfuse's SDK in scenarios that no capture holds."""

from __future__ import annotations

import json

import pytest

from dialects.spans import Scenarios, content_of, fields_of, shown, span
from pilothouse.spans import Usage
from pilothouse.spans.messages import message_text

OFFERED = {"type": "function", "function": {"name": "get_weather", "description": "weather"}}


def test_langfuse_buckets_lie_beside_each_other() -> None:
    details = {
        "input": 10,
        "input_cached_tokens": 40,
        "input_cache_creation": 20,
        "output": 5,
        "output_reasoning_tokens": 7,
        "total": 82,
    }

    fields = fields_of(
        {
            "langfuse.observation.type": "generation",
            "langfuse.observation.usage_details": json.dumps(details),
        }
    )

    assert fields.usage == Usage(
        input_tokens=70,
        output_tokens=12,
        total_tokens=82,
        cached_tokens=40,
        cache_write_tokens=20,
        reasoning_tokens=7,
    )


def test_a_provider_usage_sent_through_langfuse_includes_its_parts() -> None:
    details = {
        "prompt_tokens": 25,
        "completion_tokens": 12,
        "total_tokens": 37,
        "prompt_tokens_details": {"cached_tokens": 8},
        "completion_tokens_details": {"reasoning_tokens": 4},
    }

    fields = fields_of({"langfuse.observation.usage_details": json.dumps(details)})

    assert fields.usage is not None
    assert (fields.usage.input_tokens, fields.usage.cached_tokens) == (25, 8)
    assert (fields.usage.output_tokens, fields.usage.reasoning_tokens) == (12, 4)


def test_langfuse_metadata_is_decoded_and_flattened() -> None:
    fields = fields_of(
        {
            "langfuse.observation.metadata.plan": '"pro"',
            "langfuse.observation.metadata.n": "5",
            "langfuse.observation.metadata.nested": '{"a": [1, null], "b": {"c": true}}',
            "langfuse.trace.metadata.region": "eu",
        }
    )

    assert fields.metadata == {
        "plan": "pro",
        "n": "5",
        "nested.a": "[1,null]",
        "nested.b.c": "true",
        "region": "eu",
    }


def test_a_langfuse_error_level_is_an_error_with_its_message() -> None:
    fields = fields_of(
        {"langfuse.observation.level": "ERROR", "langfuse.observation.status_message": "boom"}
    )

    assert (fields.status, fields.status_message) == ("error", "boom")


def test_a_langfuse_cost_is_in_buckets() -> None:
    fields = fields_of({"langfuse.observation.cost_details": '{"input": 0.1, "output": 0.2}'})

    assert fields.cost is not None
    assert fields.cost.total == pytest.approx(0.3)


def test_tools_among_langchain_s_messages_are_offered_to_the_model_not_said() -> None:
    given = [
        {"role": "user", "content": "weather?"},
        {"role": "tool", "content": OFFERED},
    ]

    content = content_of(
        {
            "langfuse.observation.type": "generation",
            "langfuse.observation.input": json.dumps(given),
        }
    )

    assert [m["role"] for m in content.messages_in] == ["user"]
    assert content.tools == [{"name": "get_weather", "description": "weather"}]


def test_tools_beside_the_messages_are_offered_to_the_model() -> None:
    given = {"tools": [OFFERED], "messages": [{"role": "user", "content": "weather?"}]}

    content = content_of(
        {
            "langfuse.observation.type": "generation",
            "langfuse.observation.input": json.dumps(given),
        }
    )

    assert [message_text(m) for m in content.messages_in] == ["weather?"]
    assert [tool["name"] for tool in content.tools] == ["get_weather"]


def test_input_and_output_of_a_trace_stand_on_the_root_that_has_none() -> None:
    said = {
        "langfuse.observation.type": "span",
        "langfuse.trace.input": '{"q": "whole"}',
        "langfuse.trace.output": '{"a": "out"}',
    }

    root, child = fields_of(said), fields_of(said, parent_span_id="00f067aa0ba902b7")
    own = fields_of({**said, "langfuse.observation.input": "its own"})

    assert (root.input_preview, root.output_preview) == ("whole", "out")
    assert (child.input, child.output) == ("", "")
    assert own.input == "its own"


def test_the_run_of_an_item_belongs_to_the_experiment_and_its_children_do_not() -> None:
    said = {
        "langfuse.observation.type": "span",
        "langfuse.experiment.id": "7648ab8ffefb75db",
        "langfuse.experiment.item.id": "ccfb6342be44aabd",
        "langfuse.experiment.item.root_observation_id": "6c8b08d4a46002ed",
    }

    run = fields_of(said, span_id="6c8b08d4a46002ed")
    child = fields_of(said, parent_span_id="6c8b08d4a46002ed")

    assert (run.experiment_id, run.example_id) == ("7648ab8ffefb75db", "ccfb6342be44aabd")
    assert (child.experiment_id, child.example_id) == ("", "")


GENERATION = {"langfuse.observation.type": "generation"}
AS_ROOT = {
    "langfuse.observation.type": "span",
    "langfuse.trace.name": "checkout",
    "langfuse.trace.input": '"whole"',
    "langfuse.trace.output": '"done"',
}
ELSEWHERE = "00f067aa0ba902b7"

SCENARIOS: Scenarios = {
    "a root below a span of another service": (
        span({**AS_ROOT, "langfuse.internal.as_root": True}, parent_span_id=ELSEWHERE),
        {"asked": "whole", "answered": "done"},
    ),
    "the first span of an application": (
        span({**AS_ROOT, "langfuse.internal.is_app_root": True}, parent_span_id=ELSEWHERE),
        {"asked": "whole", "answered": "done"},
    ),
    "a child that repeats what its trace is about": (
        span({**AS_ROOT, "langfuse.internal.is_app_root": False}, parent_span_id=ELSEWHERE),
        {"asked": "", "answered": ""},
    ),
    "a generation with all that can be told": (
        span(
            {
                **GENERATION,
                "langfuse.observation.input": '[{"role":"user","content":"capital?"}]',
                "langfuse.observation.output": '"Paris."',
                "langfuse.observation.model.name": "gpt-4o",
                "langfuse.observation.model.parameters": '{"max_tokens":"Infinity"}',
                "langfuse.observation.prompt.name": "p",
                "langfuse.observation.prompt.version": 2,
                "langfuse.observation.cost_details": '{"input":0.1,"output":0.2}',
                "langfuse.observation.usage_details": '{"input":10,"input_cached_tokens":4}',
                "langfuse.observation.metadata.finish_reason": '"tool_calls"',
                "user.id": "u-1",
                "session.id": "s-1",
                "langfuse.trace.tags": ["a", "b"],
            }
        ),
        {
            "kind": "llm",
            "asked": "capital?",
            "answered": "Paris.",
            "model": "gpt-4o",
            "parameters": {"max_tokens": "Infinity"},
            "prompt": ("p", "2"),
            "tokens": (14, None, 14),
            "finish": "tool_call",
            "user": "u-1",
            "session": "s-1",
            "tags": ["a", "b"],
        },
    ),
    "a tool by the name of its span": (
        span(
            {
                "langfuse.observation.type": "tool",
                "langfuse.observation.input": '{"args": ["q"], "kwargs": {}}',
                "langfuse.observation.output": '{"r": "x"}',
            },
            name="lookup",
        ),
        {"tool": ("lookup", ""), "asked": "q", "answered": "x"},
    ),
    "an embedding of two texts": (
        span(
            {
                "langfuse.observation.type": "embedding",
                "langfuse.observation.input": '["a", "b"]',
                "langfuse.observation.usage_details": '{"input": 9}',
            }
        ),
        {"embedded": ["a", "b"], "asked": "a, b", "tokens": (9, None, 9)},
    ),
    "a retriever with its documents": (
        span(
            {
                "langfuse.observation.type": "retriever",
                "langfuse.observation.input": '"q"',
                "langfuse.observation.output": '[{"page_content": "doc", "metadata": {"s": 1}}]',
            }
        ),
        {"asked": "q", "documents": [(None, "doc", None)]},
    ),
    "a warning is no error": (
        span(
            {
                "langfuse.observation.type": "guardrail",
                "langfuse.observation.level": "WARNING",
                "langfuse.observation.status_message": "hm",
            }
        ),
        {"kind": "guardrail", "status": "unset"},
    ),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_langfuse_says(name: str) -> None:
    source, want = SCENARIOS[name]

    assert shown(source, want) == want
