"""Frameworks that keep all in payloads, or have little of their own beside the conventions."""

from __future__ import annotations

import json

from dialects.spans import fields_of, read, span, texts
from pilothouse.spans import Usage


def test_claude_code_counts_the_cache_beside_the_input() -> None:
    fields, content = read(
        span(
            {
                "span.type": "llm_request",
                "model": "claude-sonnet-4-5",
                "input_tokens": 10,
                "output_tokens": 12,
                "cache_read_tokens": 40,
                "cache_creation_tokens": 20,
                "new_context": "Fix the test",
                "response.model_output": "Done",
            }
        )
    )

    assert fields.usage is not None
    assert (fields.usage.input_tokens, fields.usage.total_tokens) == (70, 82)
    assert fields.model == "claude-sonnet-4-5"
    assert texts(content.messages_in) == [("user", "Fix the test")]
    assert texts(content.messages_out) == [("assistant", "Done")]


def test_gemini_cli_operations_are_known() -> None:
    kinds = [
        fields_of({"gen_ai.operation.name": name}).kind
        for name in ("llm_call", "tool_call", "agent_call")
    ]

    assert kinds == ["llm", "tool", "agent"]


def test_a_crew_is_a_chain_whose_usage_is_unknown() -> None:
    fields = fields_of({"openinference.span.kind": "CHAIN", "input.value": '{"topic": "AI"}'})

    assert (fields.kind, fields.usage, fields.input_preview) == ("chain", None, "AI")


def test_genkit_keeps_everything_in_its_input_and_output() -> None:
    fields, content = read(
        span(
            {
                "genkit:metadata:subtype": "model",
                "genkit:name": "googleai/gemini-2.5-flash",
                "genkit:input": json.dumps(
                    {"messages": [{"role": "user", "content": [{"text": "Hi"}]}]}
                ),
                "genkit:output": json.dumps(
                    {
                        "message": {"role": "model", "content": [{"text": "Hello"}]},
                        "usage": {"inputTokens": 4, "outputTokens": 2},
                    }
                ),
            }
        )
    )

    assert fields.model == "googleai/gemini-2.5-flash"
    assert (fields.input_preview, fields.output_preview) == ("Hi", "Hello")
    assert fields.usage == Usage(input_tokens=4, output_tokens=2, total_tokens=6)
    assert texts(content.messages_out) == [("assistant", "Hello")]


def test_laminar_spans_show_input_and_output() -> None:
    fields = fields_of(
        {
            "lmnr.span.type": "LLM",
            "lmnr.span.input": '[{"role":"user","content":"Hi"}]',
            "lmnr.span.output": '[{"role":"assistant","content":"Hello"}]',
        }
    )

    assert (fields.kind, fields.input_preview, fields.output_preview) == ("llm", "Hi", "Hello")


def test_livekit_nodes_are_known_by_their_names() -> None:
    fields = fields_of(
        {"lk.response.text": "Hello", "lk.user_input": "Hi"},
        name="llm_node",
        scope_name="livekit-agents",
    )

    assert (fields.kind, fields.input_preview, fields.output_preview) == ("llm", "Hi", "Hello")


def test_haystack_generators_of_plain_text_are_model_calls() -> None:
    fields, content = read(
        span(
            {
                "haystack.component.type": "OpenAIGenerator",
                "haystack.component.input": '{"prompt": "Hi"}',
                "haystack.component.output": json.dumps(
                    {
                        "replies": ["Hello"],
                        "meta": [
                            {
                                "model": "gpt-x",
                                "usage": {"prompt_tokens": 2, "completion_tokens": 1},
                            }
                        ],
                    }
                ),
            }
        )
    )

    assert (fields.kind, fields.model, fields.input_preview) == ("llm", "gpt-x", "Hi")
    assert fields.usage == Usage(input_tokens=2, output_tokens=1, total_tokens=3)
    assert texts(content.messages_out) == [("assistant", "Hello")]


def test_an_mlflow_span_of_langchain_holds_messages_in_two_lists() -> None:
    fields, content = read(
        span(
            {
                "mlflow.spanType": '"CHAT_MODEL"',
                "mlflow.spanInputs": '[[{"content": "Hi", "type": "human", "id": null}]]',
                "mlflow.spanOutputs": json.dumps(
                    {
                        "generations": [
                            [{"text": "Hello", "message": {"content": "Hello", "type": "ai"}}]
                        ]
                    }
                ),
                "mlflow.trace.session": '"s-1"',
                "mlflow.trace.user": '"u-1"',
            }
        )
    )

    assert (fields.input_preview, fields.output_preview) == ("Hi", "Hello")
    assert (fields.session_id, fields.user_id) == ("s-1", "u-1")
    assert texts(content.messages_in) == [("user", "Hi")]
