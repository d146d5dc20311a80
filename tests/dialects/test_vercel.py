"""The Vercel AI SDK in scenarios that no capture holds."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dialects.spans import START, Scenarios, content_of, fields_of, read, shown, span
from pilothouse.spans import Usage


def test_vercel_4_with_anthropic_counts_the_cache_in() -> None:
    fields = fields_of(
        {
            "ai.operationId": "ai.generateText.doGenerate",
            "ai.model.provider": "anthropic.messages",
            "ai.usage.promptTokens": 100,
            "ai.usage.completionTokens": 12,
            "gen_ai.usage.input_tokens": 100,
            "gen_ai.usage.output_tokens": 12,
            "ai.response.providerMetadata": json.dumps(
                {"anthropic": {"cacheCreationInputTokens": 20, "cacheReadInputTokens": 40}}
            ),
        }
    )

    assert fields.usage == Usage(
        input_tokens=160,
        output_tokens=12,
        total_tokens=172,
        cached_tokens=40,
        cache_write_tokens=20,
    )


def test_vercel_7_with_anthropic_has_counted_the_cache_already() -> None:
    usage = {"input_tokens": 100, "cache_read_input_tokens": 40, "cache_creation_input_tokens": 20}
    fields = fields_of(
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.usage.input_tokens": 160,
            "gen_ai.usage.output_tokens": 12,
            "ai.response.providerMetadata": json.dumps({"anthropic": {"usage": usage}}),
        }
    )

    assert fields.usage is not None
    assert fields.usage.input_tokens == 160


def test_old_vercel_results_are_read() -> None:
    fields, content = read(
        span(
            {
                "ai.operationId": "ai.generateText.doGenerate",
                "ai.prompt.messages": '[{"role":"user","content":[{"type":"text","text":"Hi"}]}]',
                "ai.result.text": "Hello",
                "ai.result.toolCalls": '[{"toolCallId":"1","toolName":"f","args":{"x":1}}]',
                "ai.finishReason": "stop",
            }
        )
    )

    assert fields.output_preview == "Hello"
    assert content.tool_calls == [{"id": "1", "name": "f", "arguments": {"x": 1}}]


def test_vercel_streaming_time_is_milliseconds() -> None:
    fields = fields_of({"ai.response.msToFirstChunk": 120.5})

    assert fields.first_token_ns == START + 120_500_000
    assert fields.streaming is True


def test_a_vercel_reranking_puts_documents_in_order() -> None:
    content = content_of(
        {
            "ai.operationId": "ai.rerank.doRerank",
            "ai.documents": ['"one"', '"two"'],
            "ai.ranking": ['{"originalIndex":1,"relevanceScore":0.9}'],
        }
    )

    assert content.documents == [{"id": None, "content": "two", "score": 0.9, "metadata": {}}]


GENERATE = {"ai.operationId": "ai.generateText.doGenerate"}
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ"


def asked(*parts: dict[str, Any]) -> dict[str, Any]:
    return {**GENERATE, "ai.prompt.messages": json.dumps([{"role": "user", "content": parts}])}


def result(output: dict[str, Any]) -> dict[str, Any]:
    part = {"type": "tool-result", "toolCallId": "c1", "toolName": "f", "output": output}
    return {**GENERATE, "ai.prompt.messages": json.dumps([{"role": "tool", "content": [part]}])}


SCENARIOS: Scenarios = {
    "the outer prompt with its system text": (
        span({"ai.operationId": "ai.generateText", "ai.prompt": '{"system":"S","prompt":"Hi"}'}),
        {"kind": "chain", "in": [("system", "S"), ("user", "Hi")], "asked": "Hi"},
    ),
    "the outer prompt with messages": (
        span(
            {
                "ai.operationId": "ai.streamText",
                "ai.prompt": '{"messages":[{"role":"user","content":"Hi"}]}',
                "ai.response.text": "Hello",
            }
        ),
        {"in": [("user", "Hi")], "answered": "Hello"},
    ),
    "reasoning, text and a call in attributes of their own": (
        span(
            {
                **GENERATE,
                "ai.response.reasoning": "hm",
                "ai.response.text": "I look.",
                "ai.response.toolCalls": '[{"toolCallId":"c1","toolName":"f","input":"[1]"}]',
                "ai.response.finishReason": "tool-calls",
            }
        ),
        {
            "answered": "I look.",
            "calls": [("c1", "f", [1])],
            "finish": "tool_call",
        },
    ),
    "an object is the answer": (
        span({"ai.operationId": "ai.generateObject.doGenerate", "ai.response.object": '{"n":3}'}),
        {"kind": "llm", "answered": '{"n":3}', "out": [("assistant", '{"n":3}')]},
    ),
    "a tool that failed": (
        span(
            {
                "ai.operationId": "ai.toolCall",
                "ai.toolCall.name": "f",
                "ai.toolCall.id": "c1",
                "ai.toolCall.args": '{"city":"Oslo"}',
            },
            status_code=2,
            status_message="no Oslo",
        ),
        {"kind": "tool", "tool": ("f", "c1"), "asked": "Oslo", "message": "no Oslo"},
    ),
    "embeddings": (
        span(
            {
                "ai.operationId": "ai.embedMany.doEmbed",
                "ai.model.id": "e",
                "ai.values": ['"a"', '"b"'],
                "ai.usage.tokens": 9,
            }
        ),
        {"embedded": ["a", "b"], "asked": "a, b", "tokens": (9, None, 9), "model": "e"},
    ),
    "what the application tells of itself": (
        span(
            {
                **GENERATE,
                "ai.telemetry.functionId": "fn",
                "ai.telemetry.metadata.userId": "u-1",
                "ai.telemetry.metadata.sessionId": "s-1",
                "ai.telemetry.metadata.tags": ["a"],
                "ai.telemetry.metadata.tier": "gold",
                "ai.settings.temperature": 0.2,
                "ai.model.provider": "openai.responses",
                "ai.response.model": "gpt-4o-1",
                "ai.model.id": "gpt-4o",
            }
        ),
        {
            "name": "fn ai.generateText.doGenerate",
            "user": "u-1",
            "session": "s-1",
            "tags": ["a"],
            "metadata": {"userId": "u-1", "sessionId": "s-1", "tier": "gold"},
            "parameters": {"temperature": 0.2},
            "provider": "openai",
            "model": "gpt-4o-1",
        },
    ),
    "the tokens of version 6": (
        span(
            {
                **GENERATE,
                "ai.usage.inputTokens": 70,
                "ai.usage.outputTokens": 12,
                "ai.usage.inputTokenDetails.cacheReadTokens": 40,
                "ai.usage.inputTokenDetails.cacheWriteTokens": 20,
                "ai.usage.outputTokenDetails.reasoningTokens": 4,
            }
        ),
        {"tokens": (70, 12, 82), "parts": (40, 20, 4)},
    ),
    "the context of version 7": (
        span(
            {
                "gen_ai.operation.name": "agent_step",
                "ai.settings.context.sessionId": "s-1",
                "ai.settings.context.userId": "u-1",
            }
        ),
        {"kind": "chain", "session": "s-1", "user": "u-1"},
    ),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_vercel_says(name: str) -> None:
    source, want = SCENARIOS[name]

    assert shown(source, want) == want


@pytest.mark.parametrize(
    ("part", "read_as"),
    [
        (
            {"type": "image", "image": PNG},
            {"type": "image", "blob": PNG, "mime_type": "image/png"},
        ),
        (
            {"type": "image", "image": "https://x/a.png"},
            {"type": "image", "url": "https://x/a.png", "mime_type": ""},
        ),
        (
            {"type": "file", "mediaType": "image/png", "data": PNG},
            {"type": "image", "blob": PNG, "mime_type": "image/png"},
        ),
        (
            {"type": "file", "mediaType": "application/pdf", "data": "JVBERi0xLjQgeA=="},
            {"type": "file", "blob": "JVBERi0xLjQgeA==", "mime_type": "application/pdf"},
        ),
        (
            {
                "type": "file",
                "mediaType": "application/pdf",
                "data": {"type": "Buffer", "data": [37, 80]},
            },
            {"type": "file", "blob": "JVA=", "mime_type": "application/pdf"},
        ),
    ],
)
def test_media_of_vercel_read_as(part: dict[str, Any], read_as: dict[str, Any]) -> None:
    content = content_of(asked(part))

    assert content.messages_in[0]["parts"] == [read_as]
    assert content.attachments == [read_as]


@pytest.mark.parametrize(
    ("output", "read_as"),
    [
        ({"type": "text", "value": "18C"}, "18C"),
        ({"type": "json", "value": {"t": 18}}, {"t": 18}),
        ({"type": "error-text", "value": "no Oslo"}, "no Oslo"),
        ({"type": "error-json", "value": {"code": 4}}, {"code": 4}),
        ({"type": "content", "value": [{"type": "text", "text": "18C"}]}, "18C"),
    ],
)
def test_results_of_vercel_s_tools_read_as(output: dict[str, Any], read_as: Any) -> None:
    (part,) = content_of(result(output)).messages_in[0]["parts"]

    assert (part["id"], part["result"]) == ("c1", read_as)
