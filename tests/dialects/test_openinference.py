"""OpenInference in scenarios that no capture holds."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dialects.spans import LLM, Scenarios, content_of, event, fields_of, read, shown, span
from pilothouse.spans.messages import message_text

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"


def openai_answer(**message: Any) -> str:
    return json.dumps(
        {
            "id": "chatcmpl-7",
            "choices": [
                {"finish_reason": "stop", "index": 0, "message": {"role": "assistant", **message}}
            ],
        }
    )


def test_tool_definitions_come_nested_and_flat() -> None:
    nested = content_of(
        {"llm.tools.0.tool.json_schema": '{"type":"function","function":{"name":"f"}}'}
    )
    vercel = content_of({"ai.prompt.tools": ['{"type":"function","name":"g","inputSchema":{}}']})
    names = content_of({"gen_ai.agent.tools": '["h"]'})

    assert [c.tools for c in (nested, vercel, names)] == [
        [{"name": "f"}],
        [{"name": "g", "parameters": {}}],
        [{"name": "h"}],
    ]


def test_embedding_inputs_are_found_in_the_request_body() -> None:
    content = content_of(
        {"openinference.span.kind": "EMBEDDING", "input.value": '{"texts": ["a", "b"], "x": 1}'}
    )

    assert content.embedding_inputs == ["a", "b"]


def test_a_response_id_is_found_in_the_recorded_answer() -> None:
    fields = fields_of(
        {"openinference.span.kind": "LLM", "output.value": '{"id": "chatcmpl-1", "choices": []}'}
    )

    assert fields.response_id == "chatcmpl-1"


def test_a_failed_call_takes_its_model_from_the_request() -> None:
    body = fields_of({"openinference.span.kind": "LLM", "input.value": '{"model": "gpt-x"}'})
    parameters = fields_of(
        {"openinference.span.kind": "LLM", "llm.invocation_parameters": '{"model": "gpt-y"}'}
    )
    chain = fields_of({"openinference.span.kind": "CHAIN", "input.value": '{"model": "T"}'})

    assert (body.model, parameters.model, chain.model) == ("gpt-x", "gpt-y", "")


def test_a_user_message_that_answers_a_tool_call_is_nobodys_speech() -> None:
    prefix = "llm.input_messages"
    fields, content = read(
        span(
            {
                "openinference.span.kind": "LLM",
                f"{prefix}.0.message.role": "user",
                f"{prefix}.0.message.content": "What is the weather?",
                f"{prefix}.1.message.role": "user",
                f"{prefix}.1.message.tool_call_id": "c1",
                f"{prefix}.1.message.content": "18C",
            }
        )
    )

    assert fields.input_preview == "What is the weather?"
    assert content.messages_in[1]["role"] == "tool"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("langfuse.observation.input", '["a", "b"]'),
        ("mlflow.spanInputs", '{"input": ["a", "b"], "model": "m"}'),
        ("haystack.component.input", '{"documents": [{"content": "a"}, {"content": "b"}]}'),
        ("ai.values", ['"a"', '"b"']),
    ],
)
def test_embedding_inputs_are_found_in_each_dialect(key: str, value: object) -> None:
    content = content_of({"gen_ai.operation.name": "embeddings", key: value})

    assert content.embedding_inputs == ["a", "b"]


def test_a_refusal_is_read_from_the_answer_where_the_message_has_a_role_only() -> None:
    fields, content = read(
        span(
            {
                **LLM,
                "llm.output_messages.0.message.role": "assistant",
                "output.value": openai_answer(content=None, refusal="I cannot help."),
                "output.mime_type": "application/json",
            }
        )
    )

    assert message_text(content.messages_out[0]) == "I cannot help."
    assert fields.output_preview == "I cannot help."


def test_a_spoken_answer_is_an_audio_part_with_its_transcript() -> None:
    spoken = {"id": "audio_1", "data": "UklGRnh4eHhXQVZF", "transcript": "Paris."}

    content = content_of(
        {
            **LLM,
            "llm.output_messages.0.message.role": "assistant",
            "output.value": openai_answer(content=None, audio=spoken),
        }
    )

    part = {"type": "audio", "blob": spoken["data"], "mime_type": "audio/wav"}
    assert content.messages_out[0]["parts"] == [{**part, "transcript": "Paris."}]
    assert len(content.attachments) == 1


def test_the_state_of_a_graph_is_read_where_the_messages_have_roles_only() -> None:
    content = content_of(
        {
            "openinference.span.kind": "AGENT",
            "llm.input_messages.0.message.role": "user",
            "input.value": json.dumps({"messages": [{"role": "user", "content": "weather?"}]}),
        }
    )

    assert [message_text(m) for m in content.messages_in] == ["weather?"]


def test_messages_with_roles_only_are_kept_where_nothing_tells_more() -> None:
    content = content_of({**LLM, "llm.output_messages.0.message.role": "assistant"})

    assert content.messages_out == [{"role": "assistant", "parts": []}]


def test_a_drawn_image_is_shown_and_its_tokens_are_counted() -> None:
    usage = {"total_tokens": 100, "input_tokens": 50, "output_tokens": 50}

    fields, content = read(
        span(
            {
                **LLM,
                "input.value": "a cat",
                "output.value": json.dumps(
                    {"created": 1, "data": [{"b64_json": PIXEL}], "usage": usage}
                ),
            }
        )
    )

    image = {"type": "image", "blob": PIXEL, "mime_type": "image/png"}
    assert content.messages_out == [{"role": "assistant", "parts": [image]}]
    assert fields.usage is not None
    assert (fields.usage.input_tokens, fields.usage.output_tokens) == (50, 50)


def test_usage_in_the_output_of_a_chain_is_not_its_own() -> None:
    output = json.dumps({"usage": {"prompt_tokens": 5, "completion_tokens": 1}})

    assert fields_of({"openinference.span.kind": "CHAIN", "output.value": output}).usage is None


def test_a_tool_result_in_text_blocks_reads_as_text() -> None:
    content = content_of(
        {
            **LLM,
            "llm.input_messages.0.message.role": "user",
            "llm.input_messages.0.message.tool_call_id": "toolu_1",
            "llm.input_messages.0.message.content": '[{"type": "text", "text": "18C"}]',
        }
    )

    result = {"type": "tool_result", "id": "toolu_1", "result": "18C"}
    assert content.messages_in == [{"role": "tool", "parts": [result]}]


def test_what_a_parser_is_given_is_previewed_as_the_model_said_it() -> None:
    given = {"type": "ai", "data": {"content": "It is Paris.", "additional_kwargs": {}}}

    fields = fields_of({"openinference.span.kind": "CHAIN", "input.value": json.dumps(given)})

    assert fields.input_preview == "It is Paris."


def test_a_text_told_twice_is_shown_once() -> None:
    said = "llm.output_messages.0.message."

    content = content_of(
        {
            **LLM,
            f"{said}role": "assistant",
            f"{said}content": "It is sunny.",
            f"{said}contents.0.message_content.type": "text",
            f"{said}contents.0.message_content.text": "It is sunny.",
        }
    )

    assert [message_text(m) for m in content.messages_out] == ["It is sunny."]


IN, OUT = "llm.input_messages.0.message", "llm.output_messages.0.message"
STACK = 'Traceback (most recent call last):\n  File "a.py", line 1\nValueError: boom y'

SCENARIOS: Scenarios = {
    "a question with an image and an answer": (
        span(
            {
                **LLM,
                f"{IN}.role": "user",
                f"{IN}.contents.0.message_content.type": "text",
                f"{IN}.contents.0.message_content.text": "What is this?",
                f"{IN}.contents.1.message_content.type": "image",
                f"{IN}.contents.1.message_content.image.image.url": "https://x/a.png",
                f"{OUT}.role": "assistant",
                f"{OUT}.content": "A pixel.",
                "llm.finish_reason": "end_turn",
            }
        ),
        {"asked": "What is this?", "answered": "A pixel.", "finish": "stop"},
    ),
    "reasoning, then two calls": (
        span(
            {
                **LLM,
                f"{OUT}.role": "assistant",
                f"{OUT}.contents.0.message_content.type": "reasoning",
                f"{OUT}.contents.0.message_content.text": "hm",
                f"{OUT}.tool_calls.0.tool_call.id": "c1",
                f"{OUT}.tool_calls.0.tool_call.function.name": "f",
                f"{OUT}.tool_calls.0.tool_call.function.arguments": '{"x": 1}',
                f"{OUT}.tool_calls.1.tool_call.id": "c2",
                f"{OUT}.tool_calls.1.tool_call.function.name": "g",
                f"{OUT}.tool_calls.1.tool_call.function.arguments": "{}",
            }
        ),
        {"calls": [("c1", "f", {"x": 1}), ("c2", "g", {})], "answered": 'f({"x": 1}), g({})'},
    ),
    "the oldest form of a call": (
        span(
            {
                **LLM,
                f"{OUT}.role": "assistant",
                f"{OUT}.function_call_name": "f",
                f"{OUT}.function_call_arguments_json": '{"x": 1}',
            }
        ),
        {"calls": [("", "f", {"x": 1})]},
    ),
    "prompts and choices of the completions API": (
        span({**LLM, "llm.prompts.0.prompt.text": "def", "llm.choices.0.completion.text": " f()"}),
        {"in": [("user", "def")], "out": [("assistant", " f()")]},
    ),
    "an answer that was only spoken": (
        span(
            {
                **LLM,
                f"{OUT}.role": "assistant",
                "output.value": openai_answer(
                    content=None, audio={"data": "U", "transcript": "Paris."}
                ),
            }
        ),
        {"answered": "Paris."},
    ),
    "tokens with all their parts": (
        span(
            {
                **LLM,
                "llm.token_count.prompt": "70",
                "llm.token_count.completion": 12,
                "llm.token_count.prompt_details.cache_read": 40,
                "llm.token_count.prompt_details.cache_write": 20,
                "llm.token_count.prompt_details.audio": 3,
                "llm.token_count.completion_details.reasoning": 4,
                "llm.token_count.completion_details.audio": 2,
            }
        ),
        {"tokens": (70, 12, 82), "parts": (40, 20, 4), "audio": (3, 2)},
    ),
    "the cache by its older name": (
        span(
            {
                **LLM,
                "llm.token_count.prompt": 70,
                "llm.token_count.prompt_details.cache_input": 40,
            }
        ),
        {"parts": (40, None, None)},
    ),
    "a cost that is only itemised": (
        span(
            {
                **LLM,
                "llm.cost.prompt_details.input": 0.25,
                "llm.cost.prompt_details.cache_read": 0.25,
                "llm.cost.completion_details.output": 0.5,
            }
        ),
        {"cost": 1.0},
    ),
    "a stream": (
        span(
            {**LLM, "llm.invocation_parameters": '{"stream": true}'},
            events=[event("First Token Stream Event", 20), event("First Token Stream Event", 40)],
        ),
        {"streaming": True, "first_token_ms": 20},
    ),
    "a template with its variables": (
        span(
            {
                "openinference.span.kind": "PROMPT",
                "prompt.id": "p-1",
                "llm.prompt_template.template": "Hi {n}",
                "llm.prompt_template.variables": '{"n": "Ada"}',
                "llm.prompt_template.version": "v2",
            }
        ),
        {"kind": "prompt", "prompt": ("p-1", "v2"), "template": ("Hi {n}", {"n": "Ada"})},
    ),
    "documents out of order": (
        span(
            {
                "openinference.span.kind": "RETRIEVER",
                "input.value": "q",
                "retrieval.documents.10.document.content": "last",
                "retrieval.documents.2.document.id": 7,
                "retrieval.documents.2.document.content": "first",
                "retrieval.documents.2.document.score": 0.5,
                "retrieval.documents.2.document.metadata": '{"s": 1}',
            }
        ),
        {"asked": "q", "documents": [(7, "first", 0.5), (None, "last", None)]},
    ),
    "a reranker": (
        span(
            {
                "openinference.span.kind": "RERANKER",
                "reranker.query": "q",
                "reranker.model_name": "r",
                "reranker.top_k": 1,
                "reranker.input_documents.0.document.content": "b",
                "reranker.input_documents.1.document.content": "a",
                "reranker.output_documents.0.document.content": "a",
                "reranker.output_documents.0.document.score": 0.9,
            }
        ),
        {
            "asked": "q",
            "model": "r",
            "documents": [(None, "a", 0.9)],
            "parameters": {"top_k": 1},
        },
    ),
    "embeddings with redacted vectors": (
        span(
            {
                "openinference.span.kind": "EMBEDDING",
                "embedding.model_name": "e",
                "embedding.invocation_parameters": '{"dimensions": 3}',
                "embedding.embeddings.0.embedding.text": "a",
                "embedding.embeddings.0.embedding.vector": "__REDACTED__",
                "embedding.embeddings.1.embedding.text": "b",
                "input.value": '{"input": ["a", "b"]}',
            }
        ),
        {
            "embedded": ["a", "b"],
            "asked": "a, b",
            "model": "e",
            "parameters": {"dimensions": 3},
        },
    ),
    "a tool that threw, the stack in its status": (
        span(
            {
                "openinference.span.kind": "TOOL",
                "tool.name": "boom",
                "tool.id": "c1",
                "tool.description": "fails",
                "input.value": "y",
            },
            status_code=2,
            status_message=f"ValueError('boom y'){STACK}",
            events=[event("exception", exception__type="ValueError", exception__message="boom y")],
        ),
        {
            "tool": ("boom", "c1"),
            "tools": ["boom"],
            "asked": "y",
            "message": "ValueError('boom y')",
            "error_type": "ValueError",
            "thrown": [("ValueError", "boom y")],
        },
    ),
    "a status that is nothing but a stack": (
        span({**LLM, "error.type": "ValueError"}, status_code=2, status_message=STACK),
        {"message": "ValueError: boom y", "thrown": [("ValueError", "ValueError: boom y")]},
    ),
    "whom a span belongs to": (
        span(
            {
                **LLM,
                "session.id": "s-1",
                "user.id": "u-1",
                "tag.tags": ["a"],
                "metadata": '{"tier": "gold", "thread_id": "t-1"}',
            }
        ),
        {
            "session": "s-1",
            "user": "u-1",
            "tags": ["a"],
            "metadata": {"tier": "gold", "thread_id": "t-1"},
        },
    ),
    "a decision": (
        span(
            {
                "openinference.span.kind": "DECISION",
                "decision.model_name": "d",
                "decision.provider": "openai",
                "decision.token_count.input": 5,
                "decision.token_count.output": 1,
            }
        ),
        {"kind": "llm", "model": "d", "provider": "openai", "tokens": (5, 1, 6)},
    ),
    "feedback on a span": (
        span(
            {
                **LLM,
                "annotations.0.annotation.name": "thumb",
                "annotations.0.annotation.label": "up",
                "annotations.0.annotation.annotator_kind": "HUMAN",
                "evaluations.0.evaluation.name": "tone",
                "evaluations.0.evaluation.score": 0.5,
                "evaluations.0.evaluation.annotator_kind": "LLM",
            }
        ),
        {"scores": [("thumb", None, "up", "human"), ("tone", 0.5, "", "judge")]},
    ),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_openinference_says(name: str) -> None:
    source, want = SCENARIOS[name]

    assert shown(source, want) == want
