"""The OpenTelemetry GenAI conventions in scenarios that no capture holds."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dialects.spans import CHAT, Scenarios, event, record, shown, span
from pilothouse.dialects import scores_of_log

ASKED = [{"role": "user", "parts": [{"type": "text", "content": "weather?"}]}]
CALL = {"type": "tool_call", "id": "c1", "name": "f", "arguments": '{"city": "Paris"}'}
ANSWER = {"role": "assistant", "parts": [{"type": "text", "content": "18C"}]}
DETAILS = "gen_ai.client.inference.operation.details"
TOOL = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "f"}


def said(*parts: dict[str, Any], role: str = "assistant") -> dict[str, Any]:
    return {**CHAT, "gen_ai.output.messages": json.dumps([{"role": role, "parts": parts}])}


SCENARIOS: Scenarios = {
    "structured messages": (
        span({**CHAT, "gen_ai.input.messages": ASKED, "gen_ai.output.messages": [ANSWER]}),
        {"in": [("user", "weather?")], "asked": "weather?", "answered": "18C"},
    ),
    "one message that is no list": (
        span({**CHAT, "gen_ai.input.messages": json.dumps(ASKED[0])}),
        {"in": [("user", "weather?")]},
    ),
    "content instead of parts": (
        span({**CHAT, "gen_ai.input.messages": '[{"role": "user", "content": "weather?"}]'}),
        {"in": [("user", "weather?")]},
    ),
    "instructions as parts": (
        span(
            {
                **CHAT,
                "gen_ai.input.messages": ASKED,
                "gen_ai.system_instructions": [{"type": "text", "content": "Be brief."}],
            }
        ),
        {"in": [("system", "Be brief."), ("user", "weather?")]},
    ),
    "instructions as strings": (
        span({**CHAT, "gen_ai.input.messages": ASKED, "gen_ai.system_instructions": '["A", "B"]'}),
        {"in": [("system", "AB"), ("user", "weather?")]},
    ),
    "instructions that are told twice": (
        span(
            {
                **CHAT,
                "gen_ai.input.messages": [{"role": "system", "content": "Be brief."}, *ASKED],
                "gen_ai.system_instructions": [{"type": "text", "content": "Be brief."}],
            }
        ),
        {"in": [("system", "Be brief."), ("user", "weather?")]},
    ),
    "a call whose arguments are text": (
        span(said(CALL)),
        {"calls": [("c1", "f", {"city": "Paris"})], "answered": 'f({"city":"Paris"})'},
    ),
    "reasoning before the text": (
        span(said({"type": "reasoning", "content": "hm"}, {"type": "text", "content": "18C"})),
        {"answered": "18C", "out": [("assistant", "18C")]},
    ),
    "a tool that the provider ran": (
        span(
            said(
                {
                    "type": "server_tool_call",
                    "id": "s1",
                    "name": "web_search",
                    "server_tool_call": {"type": "web_search", "query": "x"},
                }
            )
        ),
        {
            "calls": [],
            "said": [
                {
                    "type": "tool_call",
                    "id": "s1",
                    "name": "web_search",
                    "arguments": {"type": "web_search", "query": "x"},
                    "provider_executed": True,
                }
            ],
        },
    ),
    "media by data, by file and by address": (
        span(
            said(
                {"type": "blob", "modality": "audio", "mime_type": "audio/wav", "content": "UklG"},
                {"type": "file", "modality": "document", "file_id": "f1"},
                {"type": "uri", "modality": "image", "uri": "https://x/a.png"},
            )
        ),
        {
            "said": [
                {"type": "audio", "blob": "UklG", "mime_type": "audio/wav"},
                {"type": "file", "url": "", "mime_type": "", "file_id": "f1"},
                {"type": "image", "url": "https://x/a.png", "mime_type": ""},
            ]
        },
    ),
    "a part that nobody knows": (
        span(said({"type": "hologram", "rays": 3})),
        {"said": [{"type": "hologram", "rays": 3}]},
    ),
    "an answer that was only spoken": (
        span(
            said(
                {
                    "type": "blob",
                    "modality": "audio",
                    "mime_type": "audio/wav",
                    "content": "UklG",
                    "transcript": "18C",
                }
            )
        ),
        {"answered": "18C"},
    ),
    "messages that hold nothing": (
        span(
            {
                **CHAT,
                "gen_ai.input.messages": '[{"role": "user", "parts": []}]',
                "gen_ai.output.messages": '[{"role": "assistant", "parts": [], "name": null}]',
            }
        ),
        {"in": [("user", "")], "asked": "", "answered": ""},
    ),
    "two choices": (
        span({**CHAT, "gen_ai.output.messages": [ANSWER, ANSWER]}),
        {"out": [("assistant", "18C")] * 2},
    ),
    "the finish reason of the message, spelled another way": (
        span({**said(CALL), "gen_ai.response.finish_reasons": ["tool_use"]}),
        {"finish": "tool_call"},
    ),
    "content in a log record alone": (
        span(
            CHAT,
            logs=[
                record(
                    DETAILS,
                    gen_ai__input__messages=ASKED,
                    gen_ai__output__messages=[ANSWER],
                    gen_ai__usage__input_tokens=5,
                )
            ],
        ),
        {"asked": "weather?", "answered": "18C", "tokens": (5, None, 5)},
    ),
    "content in old log records": (
        span(
            CHAT,
            logs=[
                record("gen_ai.system.message", {"content": "Be brief."}, 1),
                record("gen_ai.user.message", {"content": "weather?"}, 2),
                record("gen_ai.assistant.message", {"tool_calls": [CALL]}, 3),
                record("gen_ai.tool.message", {"id": "c1", "content": "18C"}, 4),
                record(
                    "gen_ai.choice",
                    {"index": 0, "finish_reason": "stop", "message": {"content": "It is 18C"}},
                    5,
                ),
            ],
        ),
        {
            "in": [("system", "Be brief."), ("user", "weather?"), ("assistant", ""), ("tool", "")],
            "answered": "It is 18C",
            "finish": "stop",
        },
    ),
    "content in both: the span wins": (
        span(
            {**CHAT, "gen_ai.input.messages": ASKED},
            logs=[record(DETAILS, gen_ai__input__messages=[*ASKED, *ASKED])],
        ),
        {"in": [("user", "weather?")]},
    ),
    "content in events of each message": (
        span(
            CHAT,
            events=[
                event("gen_ai.user.message", content="weather?"),
                event("gen_ai.choice", finish_reason="stop", message='{"content": "18C"}'),
            ],
        ),
        {"asked": "weather?", "answered": "18C", "finish": "stop"},
    ),
    "an event with everything": (
        span(
            CHAT,
            events=[
                event(
                    "gen_ai.content.prompt", gen_ai__prompt='[{"role":"user","content":"weather?"}]'
                )
            ],
        ),
        {"asked": "weather?"},
    ),
    "tokens of every kind": (
        span(
            {
                **CHAT,
                "gen_ai.usage.input_tokens": 70,
                "gen_ai.usage.output_tokens": 12,
                "gen_ai.usage.cache_read.input_tokens": 40,
                "gen_ai.usage.cache_creation.input_tokens": 20,
                "gen_ai.usage.reasoning.output_tokens": 4,
                "gen_ai.usage.audio.input_tokens": 3,
            }
        ),
        {"tokens": (70, 12, 82), "parts": (40, 20, 4), "audio": (3, None)},
    ),
    "the first conventions' tokens": (
        span({**CHAT, "gen_ai.usage.prompt_tokens": 5, "gen_ai.usage.completion_tokens": 2}),
        {"tokens": (5, 2, 7)},
    ),
    "tokens that were scrubbed": (
        span({**CHAT, "gen_ai.usage.input_tokens": "[Scrubbed due to 'key']"}),
        {"tokens": None},
    ),
    "parameters of both spellings": (
        span(
            {
                **CHAT,
                "gen_ai.request.model": "m",
                "gen_ai.request.top_k": 40,
                "gen_ai.request.reasoning.level": "low",
                "gen_ai.openai.request.seed": 7,
                "gen_ai.openai.request.response_format": "json_object",
                "openai.request.service_tier": "flex",
            }
        ),
        {
            "parameters": {
                "top_k": 40,
                "reasoning.level": "low",
                "seed": 7,
                "output.type": "json_object",
                "service_tier": "flex",
            }
        },
    ),
    "streaming with its first chunk in seconds": (
        span({**CHAT, "gen_ai.request.stream": True, "gen_ai.response.time_to_first_chunk": 0.25}),
        {"streaming": True, "first_token_ms": 250},
    ),
    "no streaming, whatever the time says": (
        span({**CHAT, "gen_ai.request.stream": False, "gen_ai.response.time_to_first_chunk": 0.2}),
        {"streaming": False, "first_token_ms": None},
    ),
    "a tool with arguments, result and schema": (
        span(
            {
                **TOOL,
                "gen_ai.tool.call.id": "c1",
                "gen_ai.tool.call.arguments": '{"city": "Paris"}',
                "gen_ai.tool.call.result": {"t": "18C"},
                "gen_ai.tool.description": "weather",
            }
        ),
        {"name": "f", "tool": ("f", "c1"), "asked": "Paris", "answered": "18C", "tools": ["f"]},
    ),
    "a tool that failed with an HTTP code": (
        span({**TOOL, "error.type": "503"}, status_code=2, status_message="busy"),
        {"status": "error", "error_type": "503", "message": "busy"},
    ),
    "a search, its documents without content": (
        span(
            {
                "gen_ai.operation.name": "retrieval",
                "gen_ai.retrieval.query.text": "refunds?",
                "gen_ai.retrieval.documents": '[{"id":"d1","score":null},{"id":"d2","score":1}]',
                "gen_ai.retrieval.top_k": 2,
            }
        ),
        {
            "kind": "retriever",
            "asked": "refunds?",
            "documents": [("d1", None, None), ("d2", None, 1.0)],
            "parameters": {"top_k": 2},
        },
    ),
    "a search of the memory": (
        span(
            {
                "gen_ai.operation.name": "search_memory",
                "gen_ai.memory.query.text": "name?",
                "gen_ai.memory.records": [{"id": "m1", "content": "Ada", "score": 0.9}],
            }
        ),
        {"kind": "retriever", "asked": "name?", "documents": [("m1", "Ada", 0.9)]},
    ),
    "embeddings and their dimensions": (
        span(
            {
                "gen_ai.operation.name": "embeddings",
                "gen_ai.request.model": "e",
                "gen_ai.embeddings.dimension.count": 3,
                "gen_ai.request.encoding_formats": '["float"]',
                "gen_ai.usage.input_tokens": 9,
            }
        ),
        {
            "kind": "embedding",
            "parameters": {"dimensions": 3, "encoding_formats": ["float"]},
            "tokens": (9, None, 9),
        },
    ),
    "an agent is one although its model is told": (
        span(
            {
                "gen_ai.operation.name": "invoke_agent",
                "gen_ai.agent.name": "a",
                "gen_ai.request.model": "m",
                "gen_ai.conversation.id": "s-1",
            }
        ),
        {"kind": "agent", "session": "s-1", "model": "m"},
    ),
    "a prompt with variables, one of them a digit": (
        span(
            {
                **CHAT,
                "gen_ai.prompt.name": "joke",
                "gen_ai.prompt.version": "3",
                "gen_ai.prompt.variable.0": "cats",
            }
        ),
        {"prompt": ("joke", "3"), "template": ("", {"0": "cats"}), "in": []},
    ),
    "an operation of the vendor's own": (
        span(
            {
                "gen_ai.operation.name": "transcription",
                "gen_ai.request.model": "whisper-1",
                "gen_ai.usage.output_tokens": 4,
            }
        ),
        {"kind": "llm"},
    ),
    "an evaluation as an event": (
        span(
            CHAT,
            events=[
                event(
                    "gen_ai.evaluation.result",
                    gen_ai__evaluation__name="tone",
                    gen_ai__evaluation__score__value=1.0,
                    gen_ai__evaluation__score__label="pass",
                )
            ],
        ),
        {"scores": [("tone", 1.0, "pass", "code")]},
    ),
    "a tool call over MCP": (
        span(
            {
                "mcp.method.name": "tools/call",
                "gen_ai.operation.name": "execute_tool",
                "gen_ai.tool.name": "f",
                "mcp.session.id": "transport",
                "gen_ai.tool.call.arguments": {"city": "Paris"},
            }
        ),
        {"kind": "tool", "session": "", "asked": "Paris"},
    ),
    "a resource over MCP": (
        span({"mcp.method.name": "resources/read", "mcp.resource.uri": "data://x"}),
        {"kind": "span"},
    ),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_conventions_say(name: str) -> None:
    source, want = SCENARIOS[name]

    assert shown(source, want) == want


def test_an_evaluation_record_finds_its_span_by_the_answer_or_the_session() -> None:
    named = {"gen_ai__evaluation__name": "tone", "gen_ai__evaluation__score__value": 0.5}
    result = "gen_ai.evaluation.result"

    on_span = scores_of_log(record(result, **named))
    by_answer = record(result, **named, gen_ai__response__id="r1")
    by_answer.trace_id = by_answer.span_id = ""
    by_session = record(result, **named, session__id="s1")
    by_session.trace_id = by_session.span_id = ""

    assert on_span[0].span_id
    assert [s.response_id for s in scores_of_log(by_answer)] == ["r1"]
    assert [s.session_id for s in scores_of_log(by_session)] == ["s1"]
