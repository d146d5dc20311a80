"""Frameworks that keep all in payloads, or have little of their own beside the conventions."""

from __future__ import annotations

import json

import pytest

from dialects.spans import CHAT, LLM, Scenarios, event, fields_of, read, shown, span, texts
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


ADK = {"gen_ai.system": "gcp.vertex.agent"}
HAYSTACK = "haystack.component."

SCENARIOS: Scenarios = {
    "LlamaIndex: a plain completion": (
        span({**LLM, "input.value": '{"args":["capital?"]}'}),
        {"asked": "capital?", "in": [("user", "capital?")]},
    ),
    "LlamaIndex: a tool's arguments and blocks": (
        span(
            {
                "openinference.span.kind": "TOOL",
                "tool.name": "f",
                "input.value": '{"kwargs": {"city": "Paris"}}',
                "output.value": '{"blocks":[{"text":"18C"}],"tool_name":"f","is_error":false}',
            }
        ),
        {"asked": "Paris", "answered": "18C"},
    ),
    "LlamaIndex: tools that are only named as objects": (
        span({**LLM, "input.value": '{"tools": ["<FunctionTool object>"]}'}),
        {"tools": []},
    ),
    "CrewAI: the result of a crew": (
        span(
            {
                "openinference.span.kind": "CHAIN",
                "output.value": '{"raw": "18C", "pydantic": null, "json_dict": null, "agent": "A"}',
            }
        ),
        {"answered": "18C"},
    ),
    "smolagents: the task and the arguments": (
        span(
            {
                "openinference.span.kind": "AGENT",
                "input.value": '{"task": "weather?", "stream": false, "additional_args": null}',
            }
        ),
        {"asked": "weather?"},
    ),
    "smolagents: a tool": (
        span(
            {
                "openinference.span.kind": "TOOL",
                "tool.name": "f",
                "input.value": '{"args": [], "sanitize_inputs_outputs": 1, "kwargs": {"x": "y"}}',
            }
        ),
        {"asked": "y"},
    ),
    "MLflow: an embedding whose answer counts its tokens": (
        span(
            {
                "mlflow.spanType": '"EMBEDDING"',
                "mlflow.spanInputs": '{"input": ["a", "b"], "model": "e"}',
                "mlflow.spanOutputs": '{"usage": {"prompt_tokens": 9, "total_tokens": 9}}',
            }
        ),
        {"embedded": ["a", "b"], "asked": "a, b", "tokens": (9, None, 9), "model": "e"},
    ),
    "MLflow: audio that it keeps elsewhere": (
        span(
            {
                "mlflow.spanType": '"CHAT_MODEL"',
                "mlflow.spanOutputs": '{"choices": [{"message": {"role": "assistant", "audio":'
                ' {"data": "mlflow-attachment://1", "transcript": "Paris."}}}]}',
            }
        ),
        {
            "answered": "Paris.",
            "said": [
                {
                    "type": "audio",
                    "url": "mlflow-attachment://1",
                    "mime_type": "",
                    "transcript": "Paris.",
                }
            ],
        },
    ),
    "MLflow: a chat with everything as JSON text": (
        span(
            {
                "mlflow.spanType": '"CHAT_MODEL"',
                "mlflow.spanInputs": '{"messages": [{"role": "user", "content": "Hi"}],'
                ' "tools": [{"type": "function", "function": {"name": "f"}}]}',
                "mlflow.llm.model": '"m"',
                "mlflow.llm.provider": '"openai"',
                "mlflow.chat.tokenUsage": '{"input_tokens": 70, "output_tokens": 12,'
                ' "cache_read_input_tokens": 40, "cache_creation_input_tokens": 20}',
                "mlflow.llm.cost": '{"input_cost": 0.25, "output_cost": 0.5, "total_cost": 0.75}',
                "temperature": "0.2",
                "top_k": "4",
            }
        ),
        {
            "asked": "Hi",
            "tools": ["f"],
            "model": "m",
            "provider": "openai",
            "tokens": (70, 12, 82),
            "parts": (40, 20, None),
            "cost": 0.75,
            "parameters": {"temperature": 0.2, "top_k": 4},
        },
    ),
    "MLflow: a retriever": (
        span(
            {
                "mlflow.spanType": '"RETRIEVER"',
                "mlflow.spanInputs": '{"q": "refund?"}',
                "mlflow.spanOutputs": '[{"page_content": "30", "metadata": {"chunk_id": "c1"}}]',
            }
        ),
        {"asked": "refund?", "documents": [("c1", "30", None)]},
    ),
    "Haystack: a tool invoker by the name in the pipeline": (
        span(
            {f"{HAYSTACK}type": "ToolInvoker", f"{HAYSTACK}name": "tools"},
            name="haystack.component.run",
        ),
        {"kind": "tool", "name": "tools"},
    ),
    "Haystack: a chat generator with usage": (
        span(
            {
                f"{HAYSTACK}type": "OpenAIChatGenerator",
                f"{HAYSTACK}input": '{"messages": [{"role": "user", "content": [{"text": "Hi"}]}]}',
                f"{HAYSTACK}output": '{"replies": [{"role": "assistant", "content": [{"text":"Y"}],'
                ' "meta": {"model": "m", "usage": {"prompt_tokens": 2, "completion_tokens": 1,'
                ' "prompt_tokens_details": {"cached_tokens": 1}}}}]}',
            }
        ),
        {"asked": "Hi", "answered": "Y", "model": "m", "tokens": (2, 1, 3)},
    ),
    "Haystack: a retriever": (
        span(
            {
                f"{HAYSTACK}type": "InMemoryBM25Retriever",
                f"{HAYSTACK}input": '{"query": "refund?"}',
                f"{HAYSTACK}output": '{"documents": [{"id": "d", "content": "30", "score": 1.5}]}',
            }
        ),
        {"asked": "refund?", "documents": [("d", "30", 1.5)]},
    ),
    "Haystack: a model call of an agent": (
        span(
            {
                "haystack.agent.step.llm.input": '{"messages": [{"role": "user", "content":'
                ' [{"text": "Hi"}]}], "tools": [{"type": "Tool", "data": {"name": "f"}}]}',
                "haystack.agent.step.llm.output": '{"replies": [{"role": "assistant",'
                ' "content": [{"tool_call": {"id": "c1", "tool_name": "f", "arguments": {}}}],'
                ' "meta": {"model": "m", "usage": {"prompt_tokens": 2}}}]}',
            },
            name="haystack.agent.step.llm",
        ),
        {
            "kind": "llm",
            "asked": "Hi",
            "calls": [("c1", "f", {})],
            "tools": ["f"],
            "model": "m",
            "tokens": (2, None, 2),
        },
    ),
    "Haystack: a tool call of an agent": (
        span(
            {
                "haystack.tool.name": "f",
                "haystack.agent.step.tool.input": '{"city": "Paris"}',
                "haystack.agent.step.tool.output": "18C",
            },
            name="haystack.agent.step.tool",
        ),
        {"kind": "tool", "name": "f", "asked": "Paris", "answered": "18C"},
    ),
    "Haystack: the run of an agent": (
        span(
            {
                "haystack.agent.tools": '[{"type": "Tool", "data": {"name": "f"}}]',
                "haystack.agent.input": '{"messages": [{"role": "user", "content": "Hi"}]}',
                "haystack.agent.output": '{"messages": [{"role": "assistant", "content": "Y"}]}',
            },
            name="haystack.agent.run",
        ),
        {"kind": "agent", "asked": "Hi", "answered": "Y", "tools": ["f"]},
    ),
    "ADK 1: a model call with a tool, thoughts beside the answer": (
        span(
            {
                **ADK,
                "gcp.vertex.agent.llm_request": '{"config": {"system_instruction": "S", "tools":'
                ' [{"function_declarations": [{"name": "f"}]}]}, "contents":'
                ' [{"role": "user", "parts": [{"text": "Hi"}]}]}',
                "gcp.vertex.agent.llm_response": '{"content": {"role": "model", "parts":'
                ' [{"function_call": {"id": "c1", "name": "f", "args": {"x": 1}}}]},'
                ' "finish_reason": "STOP", "usage_metadata": {"prompt_token_count": 60,'
                ' "candidates_token_count": 14,'
                ' "thoughts_token_count": 4, "total_token_count": 78,'
                ' "cached_content_token_count": 8}}',
                "gcp.vertex.agent.session_id": "s-1",
            },
            name="call_llm",
            scope_name="gcp.vertex.agent",
        ),
        {
            "kind": "llm",
            "provider": "",
            "in": [("system", "S"), ("user", "Hi")],
            "calls": [("c1", "f", {"x": 1})],
            "tools": ["f"],
            "tokens": (60, 18, 78),
            "parts": (8, None, 4),
            "finish": "stop",
            "session": "s-1",
        },
    ),
    "ADK 1: a tool, beside the empty request of a model": (
        span(
            {
                "gen_ai.operation.name": "execute_tool",
                "gen_ai.tool.name": "f",
                "gcp.vertex.agent.tool_call_args": '{"city": "Paris"}',
                "gcp.vertex.agent.tool_response": '{"t": "18C"}',
                "gcp.vertex.agent.llm_request": "{}",
                "gcp.vertex.agent.llm_response": "{}",
            },
            scope_name="gcp.vertex.agent",
        ),
        {"kind": "tool", "asked": "Paris", "answered": "18C"},
    ),
    "Strands: a tool's arguments and result in events": (
        span(
            {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "f"},
            scope_name="strands.telemetry.tracer",
            events=[
                event("gen_ai.tool.message", role="tool", content='{"city": "Paris"}', id="c1"),
                event("gen_ai.choice", message='[{"text": "18C"}]', id="c1"),
            ],
        ),
        {"tool": ("f", "c1"), "asked": "Paris", "answered": "18C"},
    ),
    "Strands: media that it leaves out": (
        span(
            CHAT,
            scope_name="strands.telemetry.tracer",
            events=[
                event(
                    "gen_ai.choice",
                    message='[{"image": {"format": "png", "source": {"bytes": "<replaced>"}}}]',
                )
            ],
        ),
        {"said": [{"type": "image", "url": "", "mime_type": "image/png"}]},
    ),
    "Genkit: a tool by its own name": (
        span({"genkit:metadata:subtype": "tool", "genkit:name": "f", "genkit:input": '{"x": "y"}'}),
        {"kind": "tool", "name": "f", "asked": "y"},
    ),
    "LiveKit: a tool by its own name": (
        span({"lk.function_tool.name": "f"}, name="function_tool", scope_name="livekit-agents"),
        {"kind": "tool", "name": "f"},
    ),
    "Claude Code: the first token": (
        span({"span.type": "claude_code.llm_request", "ttft_ms": 120, "input_tokens": 1}),
        {"kind": "llm", "first_token_ms": 120},
    ),
    "OpenLIT: a price it does not know": (
        span({**CHAT, "gen_ai.usage.cost": 0, "gen_ai.usage.input_tokens": 5}),
        {"cost": None, "tokens": (5, None, 5)},
    ),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_framework_says(name: str) -> None:
    source, want = SCENARIOS[name]

    assert shown(source, want) == want
