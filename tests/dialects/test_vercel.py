"""The Vercel AI SDK in scenarios that no capture holds."""

from __future__ import annotations

import json

from dialects.spans import START, content_of, fields_of, read, span
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
