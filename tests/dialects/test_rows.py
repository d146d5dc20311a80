"""Rows of the precedence table for which no capture exists, dialect by dialect."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dialects.spans import START, content_of, event, fields_of, read, record, span
from pilothouse import dialects
from pilothouse.dialects.table import TABLE
from pilothouse.spans import Usage
from pilothouse.spans.messages import message_text


def texts(messages: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(m["role"], message_text(m)) for m in messages]


# --------------------------------------------------------------------------------- precedence


def test_the_first_source_in_the_table_wins_for_the_kind() -> None:
    said = {
        "langfuse.observation.type": "guardrail",
        "openinference.span.kind": "LLM",
        "mlflow.spanType": '"TOOL"',
        "langsmith.span.kind": "retriever",
        "traceloop.span.kind": "agent",
        "gen_ai.operation.name": "embeddings",
    }
    found = []

    for key in list(said):
        found.append(fields_of(said).kind)
        del said[key]

    assert found == ["guardrail", "llm", "tool", "retriever", "agent", "embedding"]


@pytest.mark.parametrize(
    ("attributes", "kind"),
    [
        ({"openinference.span.kind": "DECISION"}, "llm"),
        ({"openinference.span.kind": "chain"}, "chain"),
        ({"mlflow.spanType": '"MEMORY"'}, "span"),
        ({"langsmith.span.kind": "parser"}, "chain"),
        ({"traceloop.span.kind": "task", "gen_ai.operation.name": "chat"}, "llm"),
        ({"traceloop.span.kind": "task"}, "chain"),
        ({"gen_ai.operation.name": "search_memory"}, "retriever"),
        ({"gen_ai.operation.name": "create_memory"}, "span"),
        ({"gen_ai.operation.name": "made_up"}, "span"),
        ({"gen_ai.operation.name": "made_up", "llm.request.type": "chat"}, "llm"),
        ({"gen_ai.operation.name": "llm_call"}, "llm"),
        ({"mcp.method.name": "tools/call", "gen_ai.tool.name": "f"}, "tool"),
        ({"mcp.method.name": "tools/call"}, "span"),
        ({"mcp.method.name": "prompts/get", "gen_ai.prompt.name": "p"}, "prompt"),
        ({"operation.name": "ai.streamText.doStream my-function"}, "llm"),
        ({"ai.operationId": "ai.embedMany"}, "chain"),
        ({"ai.operationId": "ai.embedMany.doEmbed"}, "embedding"),
        ({"ai.operationId": "ai.rerank.doRerank"}, "reranker"),
        ({"llm.request.type": "rerank"}, "reranker"),
        ({"haystack.component.type": "OpenAITextEmbedder"}, "embedding"),
        ({"haystack.component.type": "TransformersSimilarityRanker"}, "reranker"),
        ({"haystack.component.type": "ToolInvoker"}, "tool"),
        ({"haystack.component.type": "DocumentWriter"}, "chain"),
        ({"lmnr.span.type": "LLM"}, "llm"),
        ({"genkit:metadata:subtype": "model"}, "llm"),
        ({"span.type": "claude_code.interaction"}, "agent"),
        ({"span.type": "llm_request"}, "llm"),
        ({"span.type": "tool"}, "tool"),
        ({"gen_ai.tool.name": "f"}, "tool"),
        ({"gen_ai.tool.name": "f", "gen_ai.request.model": "m"}, "span"),
        ({"retrieval.documents.0.document.content": "x"}, "retriever"),
        ({"gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 1}, "llm"),
        ({"gen_ai.request.model": "m"}, "span"),
        ({"gen_ai.agent.name": "a"}, "span"),
        ({"llm.input_messages.0.message.role": "user"}, "span"),
        ({"logfire.span_type": "log"}, "event"),
        ({"agent_name": "a", "final_result": "x", "gen_ai.usage.input_tokens": 1}, "agent"),
    ],
)
def test_the_kind_is_read_from(attributes: dict[str, Any], kind: str) -> None:
    assert fields_of(attributes).kind == kind


def test_chat_spans_of_openlit_are_no_tools_although_they_name_one() -> None:
    fields = fields_of(
        {"gen_ai.operation.name": "chat", "gen_ai.tool.name": "f", "gen_ai.request.model": "m"}
    )

    assert (fields.kind, fields.tool_name) == ("llm", "")


def test_every_row_of_the_table_says_when_it_applies_or_reads_events() -> None:
    for field, rows in TABLE.items():
        for row in rows:
            if not (row.keys or row.prefixes or row.scopes):
                assert row.read.__module__.endswith((".events", ".strands")), field


# --------------------------------------------------------------------------------------- names


def test_a_tool_is_called_by_its_name_and_a_chain_by_its_entity() -> None:
    tool = fields_of({"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "f"})
    chain = fields_of({"traceloop.span.kind": "workflow", "traceloop.entity.name": "rag"})

    assert (tool.name, tool.tool_name) == ("f", "f")
    assert chain.name == "rag"


def test_a_template_gives_way_to_the_message_made_from_it() -> None:
    attributes = {"logfire.msg_template": "hi {n}", "logfire.msg": "hi 3"}

    assert fields_of(attributes, name="hi {n}").name == "hi 3"
    assert fields_of(attributes, name="GET /").name == "GET /"


def test_the_trace_is_named_apart_from_the_span() -> None:
    fields = fields_of({"langfuse.trace.name": "checkout", "traceloop.workflow.name": "w"})

    assert (fields.trace_name, fields.name) == ("checkout", "work")


# ------------------------------------------------------------------------------------ provider


@pytest.mark.parametrize(
    ("said", "provider"),
    [
        ("OpenAI", "openai"),
        ("openai.chat", "openai"),
        ("anthropic.messages", "anthropic"),
        ("azure-openai.responses", "azure.ai.openai"),
        ("az.ai.inference", "azure.ai.inference"),
        ("google.generative-ai", "gcp.gemini"),
        ("google.vertex.chat", "gcp.vertex_ai"),
        ("vertex_ai", "gcp.vertex_ai"),
        ("amazon-bedrock", "aws.bedrock"),
        ("AWS", "aws.bedrock"),
        ("xai.chat", "x_ai"),
        ("mistral.chat", "mistral_ai"),
        ("moonshot", "moonshot_ai"),
        ("gcp.gemini", "gcp.gemini"),
        ("langchain", ""),
        ("strands-agents", ""),
        ("InMemoryVectorStore", ""),
    ],
)
def test_providers_have_one_spelling(said: str, provider: str) -> None:
    assert fields_of({"gen_ai.system": said}).provider == provider


def test_a_framework_is_skipped_for_the_next_source() -> None:
    fields = fields_of({"gen_ai.system": "langchain", "langsmith.metadata.ls_provider": "openai"})

    assert fields.provider == "openai"


# ---------------------------------------------------------------------------------- Vercel 4, 5


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


# ------------------------------------------------------------------------------- coding agents


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


# --------------------------------------------------------------------------- OpenLLMetry, old


def test_old_openllmetry_messages_with_tool_calls_are_read_in_order() -> None:
    prefix = "gen_ai.prompt"
    attributes: dict[str, Any] = {"llm.request.type": "chat"}
    for index in (0, 2, 10):
        attributes[f"{prefix}.{index}.role"] = "user"
        attributes[f"{prefix}.{index}.content"] = f"message {index}"
    attributes |= {
        f"{prefix}.11.role": "assistant",
        f"{prefix}.11.tool_calls.0.id": "call_1",
        f"{prefix}.11.tool_calls.0.name": "f",
        f"{prefix}.11.tool_calls.0.arguments": '{"x": 1}',
        f"{prefix}.12.role": "tool",
        f"{prefix}.12.tool_call_id": "call_1",
        f"{prefix}.12.content": "fine",
        "gen_ai.prompt.name": "not a message",
        "gen_ai.prompt.variable.0": "neither",
        "gen_ai.completion.0.message.role": "assistant",
        "gen_ai.completion.0.message.content": "ok",
        "gen_ai.completion.0.finish_reason": "stop",
        "llm.request.functions.0.name": "f",
        "llm.request.functions.0.parameters": '{"type": "object"}',
    }

    content = content_of(attributes)

    assert [t for _, t in texts(content.messages_in)[:3]] == [f"message {i}" for i in (0, 2, 10)]
    assert content.messages_in[3]["parts"] == [
        {"type": "tool_call", "id": "call_1", "name": "f", "arguments": {"x": 1}}
    ]
    assert content.messages_in[4] == {
        "role": "tool",
        "parts": [{"type": "tool_result", "id": "call_1", "result": "fine"}],
    }
    assert len(content.messages_in) == 5
    assert content.messages_out == [
        {"role": "assistant", "parts": [{"type": "text", "text": "ok"}], "finish_reason": "stop"}
    ]
    assert content.tools == [{"name": "f", "parameters": {"type": "object"}}]


def test_the_oldest_openllmetry_has_its_own_usage_names() -> None:
    fields = fields_of({"llm.usage.prompt_tokens": 5, "llm.usage.completion_tokens": 3})

    assert fields.usage == Usage(input_tokens=5, output_tokens=3, total_tokens=8)


def test_a_traceloop_prompt_has_name_version_template_and_variables() -> None:
    fields, content = read(
        span(
            {
                "traceloop.prompt.key": "joke",
                "traceloop.prompt.version": 3,
                "traceloop.prompt.template": "Tell {topic}",
                "traceloop.prompt.template_variables.topic": "cats",
            }
        )
    )

    assert (fields.prompt_name, fields.prompt_version) == ("joke", "3")
    assert (content.prompt_template, content.prompt_variables) == (
        "Tell {topic}",
        {"topic": "cats"},
    )


def test_a_failed_task_and_a_failed_tool_are_errors() -> None:
    assert fields_of({"gen_ai.task.status": "failure"}).status == "error"
    assert fields_of({"gen_ai.tool.status": "error"}, status_code=1).status == "error"
    assert fields_of({"gen_ai.task.status": "success"}).status == "unset"


# --------------------------------------------------------------------- CrewAI, Genkit and others


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


# ------------------------------------------------------------------------------------ Langfuse


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


# ------------------------------------------------------------------------------------- strands


def test_strands_latest_splits_messages_over_several_events() -> None:
    details = "gen_ai.client.inference.operation.details"
    said = json.dumps([{"role": "user", "parts": [{"type": "text", "content": "Hi"}]}])
    answer = json.dumps([{"role": "assistant", "parts": [{"type": "text", "content": "Hello"}]}])
    source = span(
        {"gen_ai.operation.name": "chat", "gen_ai.system": "strands-agents"},
        events=[
            event(details, 1, gen_ai__input__messages=said),
            event(details, 9, gen_ai__output__messages=answer),
            event(details, 9, gen_ai__system_instructions='[{"type":"text","content":"Be brief"}]'),
        ],
    )

    fields, content = read(source)

    assert texts(content.messages_in) == [("system", "Be brief"), ("user", "Hi")]
    assert texts(content.messages_out) == [("assistant", "Hello")]
    assert (fields.input_preview, fields.output_preview, fields.provider) == ("Hi", "Hello", "")


def test_the_same_attribute_has_two_units_in_two_libraries() -> None:
    key = "gen_ai.server.time_to_first_token"

    strands = fields_of({key: 176}, scope_name="strands.telemetry.tracer")
    openlit = fields_of({key: 0.176}, scope_name="openlit.instrumentation.openai")
    whole = fields_of({key: 2}, scope_name="openlit.instrumentation.openai")
    unstreamed = fields_of({key: 0.176, "gen_ai.request.stream": False})

    assert strands.first_token_ns == openlit.first_token_ns == START + 176_000_000
    assert whole.first_token_ns == START + 2_000_000_000
    assert (unstreamed.first_token_ns, unstreamed.streaming) == (None, False)


def test_span_events_of_the_first_conventions_are_messages() -> None:
    source = span(
        {"gen_ai.operation.name": "chat"},
        events=[
            event("gen_ai.content.prompt", gen_ai__prompt='[{"role":"user","content":"Hi"}]'),
            event(
                "gen_ai.content.completion",
                gen_ai__completion='[{"role":"assistant","content":"Hello"}]',
            ),
        ],
    )

    content = read(source)[1]

    assert texts(content.messages_in + content.messages_out) == [
        ("user", "Hi"),
        ("assistant", "Hello"),
    ]


def test_message_events_with_one_json_content_are_messages() -> None:
    source = span(
        {"gen_ai.operation.name": "chat"},
        events=[
            event(
                "gen_ai.user.message", gen_ai__event__content='{"content": "Hi", "role": "user"}'
            ),
            event("gen_ai.choice", message__role="assistant", message__content="Hello"),
        ],
    )

    fields, content = read(source)

    assert texts(content.messages_in + content.messages_out) == [
        ("user", "Hi"),
        ("assistant", "Hello"),
    ]
    assert (fields.input_preview, fields.output_preview) == ("Hi", "Hello")


# --------------------------------------------------------------------------------- log records


def test_span_attributes_win_over_log_records_and_are_not_repeated() -> None:
    said = [{"role": "user", "parts": [{"type": "text", "content": "Hi"}]}]
    source = span(
        {"gen_ai.operation.name": "chat", "gen_ai.input.messages": json.dumps(said)},
        logs=[
            record(
                "gen_ai.client.inference.operation.details",
                user__id="u-1",
                gen_ai__input__messages=said * 2,
                gen_ai__usage__input_tokens=5,
                gen_ai__operation__name="embeddings",
            )
        ],
    )

    fields, content = read(source)

    assert texts(content.messages_in) == [("user", "Hi")]
    assert (fields.kind, fields.user_id, fields.usage) == (
        "llm",
        "u-1",
        Usage(input_tokens=5, total_tokens=5),
    )


def test_records_are_ordered_by_time_and_position() -> None:
    source = span(
        {"gen_ai.operation.name": "chat"},
        logs=[
            record("gen_ai.choice", {"message": {"content": "c"}, "finish_reason": "stop"}, 3),
            record("gen_ai.user.message", {"content": "b"}, 2),
            record("", {"content": "a"}, 1, event__name="gen_ai.system.message"),
        ],
    )

    content = read(source)[1]

    assert texts(content.messages_in) == [("system", "a"), ("user", "b")]
    assert content.messages_out[0]["finish_reason"] == "stop"


def test_an_exception_record_makes_an_error_of_an_unset_span_only() -> None:
    thrown = record("gen_ai.client.operation.exception", exception__type="RateLimitError")

    unset = read(span(logs=[thrown]))
    fine = read(span(logs=[thrown], status_code=1))

    assert (unset[0].status, unset[0].error_type) == ("error", "RateLimitError")
    assert fine[0].status == "ok"
    assert fine[1].exceptions[0]["type"] == "RateLimitError"


def test_an_evaluation_record_that_failed_makes_no_error_of_its_span() -> None:
    failed = record("gen_ai.evaluation.result", gen_ai__evaluation__name="x", error__type="timeout")

    assert read(span(logs=[failed]))[0].status == "unset"


# -------------------------------------------------------------------------------------- errors


def test_a_handled_exception_is_shown_and_flags_nothing_but_in_langsmith() -> None:
    thrown = [event("exception", exception__type="E", exception__message="m")] * 2

    handled = read(span(status_code=1, events=thrown))
    unset = read(span(events=thrown))
    langsmith = read(span(status_code=1, events=thrown, scope_name="langsmith"))

    assert handled[0].status == "ok"
    assert handled[1].exceptions == [{"type": "E", "message": "m", "stacktrace": ""}]
    assert (unset[0].status, unset[0].error_type, unset[0].status_message) == ("error", "E", "m")
    assert langsmith[0].status == "error"


def test_an_http_code_can_be_the_type_of_an_error() -> None:
    assert fields_of({"error.type": 500}).error_type == "500"
    assert fields_of({"logfire.level_num": 17}).status == "error"
    assert fields_of({"logfire.level_num": 13}).status == "unset"


# -------------------------------------------------------------------- sessions, users, metadata


def test_a_conversation_id_is_a_session_that_is_not_explicit() -> None:
    both = fields_of({"gen_ai.conversation.id": "c", "session.id": "s"})
    alone = fields_of({"gen_ai.conversation.id": "c"})
    thread = fields_of({"metadata": '{"thread_id": "t"}', "gen_ai.conversation.id": "c"})
    project = fields_of({"langsmith.trace.session_name": "p", "mcp.session.id": "m"})

    assert (both.session_id, both.session_explicit) == ("s", True)
    assert (alone.session_id, alone.session_explicit) == ("c", False)
    assert (thread.session_id, thread.session_explicit) == ("t", False)
    assert project.session_id == ""


def test_an_empty_user_is_no_user() -> None:
    assert fields_of({"gen_ai.request.user": "", "metadata": '{"user_id": "u"}'}).user_id == "u"


def test_metadata_that_is_not_json_stays_text() -> None:
    assert fields_of({"metadata": "{'not': 'json'}"}).metadata == {"metadata": "{'not': 'json'}"}


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


def test_tags_come_as_lists_texts_and_json() -> None:
    assert fields_of({"tag.tags": ["a", "b", "a", "seq:step:1"]}).tags == ["a", "b"]
    assert fields_of({"langsmith.span.tags": "a, b, graph:step:2"}).tags == ["a", "b"]
    assert fields_of({"tag.tags": '["a", "b"]'}).tags == ["a", "b"]
    assert fields_of({"logfire.tags": ["LLM"]}).tags == []


def test_environment_and_release_come_from_span_or_resource() -> None:
    resource = {"deployment.environment": "prod", "service.version": "1.2"}

    fields = fields_of({}, resource=resource)
    own = fields_of({"langfuse.environment": "stage", "langfuse.release": "r"}, resource=resource)

    assert (fields.environment, fields.release) == ("prod", "1.2")
    assert (own.environment, own.release) == ("stage", "r")
    assert fields.metadata == {}


# --------------------------------------------------------------------------------- usage, cost


def test_parts_larger_than_the_input_mean_that_it_excludes_them() -> None:
    fields = fields_of(
        {"gen_ai.usage.input_tokens": 10, "gen_ai.usage.cache_read.input_tokens": 40}
    )

    assert fields.usage == Usage(input_tokens=50, total_tokens=50, cached_tokens=40)


def test_families_are_never_added() -> None:
    fields = fields_of(
        {
            "gen_ai.usage.prompt_tokens": 60,
            "gen_ai.usage.input_tokens": 60,
            "llm.token_count.prompt": 61,
            "ai.usage.inputTokens": 62,
        }
    )

    assert fields.usage == Usage(input_tokens=61, total_tokens=61)


def test_partial_usage_counts_only_without_the_full_family() -> None:
    partial = {"gen_ai.usage.partial.input_tokens": 7, "gen_ai.usage.partial.output_tokens": 1}

    assert fields_of(partial).usage == Usage(input_tokens=7, output_tokens=1, total_tokens=8)
    assert fields_of({**partial, "gen_ai.usage.input_tokens": 9}).usage == Usage(
        input_tokens=9, total_tokens=9
    )


def test_audio_is_kept_on_its_side() -> None:
    fields = fields_of(
        {
            "gen_ai.usage.input_tokens": 100,
            "gen_ai.usage.output_tokens": 50,
            "gen_ai.usage.audio.input_tokens": 30,
            "gen_ai.usage.audio.output_tokens": 20,
        }
    )

    assert fields.usage is not None
    assert fields.usage.audio_tokens == 50
    assert (fields.usage.input_audio_tokens, fields.usage.output_audio_tokens) == (30, 20)


@pytest.mark.parametrize(
    "attributes",
    [
        {
            "gen_ai.usage.input_tokens": 100,
            "gen_ai.usage.output_tokens": 50,
            "gen_ai.usage.image.input_tokens": 30,
            "gen_ai.usage.image.output_tokens": 20,
        },
        {
            "llm.token_count.prompt": 100,
            "llm.token_count.completion": 50,
            "llm.token_count.prompt_details.image": 30,
            "llm.token_count.completion_details.image": 20,
        },
        {
            "langfuse.observation.usage_details": '{"prompt_tokens": 100, "completion_tokens": 50,'
            ' "prompt_tokens_details": {"image_tokens": 30},'
            ' "completion_tokens_details": {"image_tokens": 20}}'
        },
        {
            "langfuse.observation.usage_details": '{"input": 70, "input_image_tokens": 30,'
            ' "output": 30, "output_image_tokens": 20}'
        },
        {
            "openinference.span.kind": "LLM",
            "output.value": '{"data": [], "usage": {"input_tokens": 100, "output_tokens": 50,'
            ' "input_tokens_details": {"image_tokens": 30},'
            ' "output_tokens_details": {"image_tokens": 20}}}',
        },
    ],
)
def test_tokens_of_images_are_kept_on_their_side(attributes: dict[str, Any]) -> None:
    usage = fields_of(attributes).usage

    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens) == (100, 50)
    assert (usage.input_image_tokens, usage.output_image_tokens) == (30, 20)


def test_anthropic_spans_keep_what_was_written_for_an_hour() -> None:
    fields = fields_of(
        {
            "gen_ai.usage.input_tokens": 70,
            "gen_ai.usage.cache_write.input_tokens": 20,
            "anthropic.usage.cache_creation.ephemeral_1h_input_tokens": 15,
        },
        scope_name="com.anthropic.sdk.python",
    )

    assert fields.usage is not None
    assert (fields.usage.cache_write_tokens, fields.usage.cache_write_1h_tokens) == (20, 15)


def test_a_cost_of_nothing_beside_tokens_is_unknown() -> None:
    unknown = fields_of({"gen_ai.usage.cost": 0, "gen_ai.usage.input_tokens": 5})
    free = fields_of({"gen_ai.usage.cost": 0.0})
    logfire = fields_of({"operation.cost": 1e-5, "gen_ai.usage.input_tokens": 5})
    mlflow = fields_of(
        {"mlflow.llm.cost": '{"input_cost": 0.1, "output_cost": 0.2, "total_cost": 0.3}'}
    )

    assert unknown.cost is None
    assert free.cost is not None
    assert logfire.cost is not None
    assert logfire.cost.total == 1e-5
    assert mlflow.cost is not None
    assert (mlflow.cost.input, mlflow.cost.total) == (0.1, 0.3)


def test_missing_usage_stays_unknown() -> None:
    assert fields_of({"ai.usage.outputTokenDetails.reasoningTokens": 4}).usage is None
    assert fields_of({"gen_ai.operation.name": "chat"}).usage is None


# ------------------------------------------------------------------------------ Logfire, pending


def test_a_pending_span_stands_for_the_running_one() -> None:
    pending = span(
        {"logfire.span_type": "pending_span", "logfire.pending_parent_id": "00f067aa0ba902b7"},
        parent_span_id="53995c3f42cd8ad8",
    )

    running = dialects.running(pending)

    assert running is not None
    assert running.span_id == "53995c3f42cd8ad8"
    assert running.parent_span_id == "00f067aa0ba902b7"
    assert running.end_ns is None
    assert dialects.running(span({"logfire.span_type": "span"})) is None


def test_logfire_names_a_stop_list_in_json() -> None:
    content = content_of({"gen_ai.request.stop_sequences": '["END"]', "gen_ai.request.model": "m"})

    assert content.parameters == {"stop_sequences": ["END"]}


# ------------------------------------------------------------------------ prompts, tools, others


def test_prompts_are_found_in_the_metadata_of_vercel_and_langsmith() -> None:
    vercel = fields_of({"ai.telemetry.metadata.langfusePrompt": '{"name": "p", "version": 4}'})
    hub = fields_of(
        {
            "langsmith.metadata.lc_hub_repo": "rag",
            "langsmith.metadata.lc_hub_owner": "acme",
            "langsmith.metadata.lc_hub_commit_hash": "abc",
        }
    )

    assert (vercel.prompt_name, vercel.prompt_version) == ("p", "4")
    assert (hub.prompt_name, hub.prompt_version) == ("acme/rag", "abc")


def test_a_span_says_which_example_of_which_experiment_it_was_run_over() -> None:
    ours = fields_of({
        "pilothouse.experiment_id": "e-1",
        "pilothouse.example_id": "x-1",
        "pilothouse.repetition": 2,
    })  # fmt: skip
    theirs = fields_of({"langsmith.run.reference_example_id": "x-2"})

    assert (ours.experiment_id, ours.example_id, ours.repetition) == ("e-1", "x-1", 2)
    assert (theirs.experiment_id, theirs.example_id, theirs.repetition) == ("", "x-2", None)


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


def test_a_tool_result_inside_a_serialised_message_is_readable() -> None:
    result = {
        "output": {
            "lc": 1,
            "type": "constructor",
            "id": ["langchain", "schema", "messages", "ToolMessage"],
            "kwargs": {"content": "18C and sunny", "type": "tool", "tool_call_id": "call_1"},
        },
        "kwargs": {"tags": []},
    }
    arguments = {"input_str": "{'city': 'Paris'}", "tags": [], "metadata": {}}

    fields, content = read(
        span(
            {
                "traceloop.span.kind": "tool",
                "traceloop.entity.input": json.dumps(arguments),
                "traceloop.entity.output": json.dumps(result),
            }
        )
    )

    assert fields.output_preview == "18C and sunny"
    assert fields.input_preview == '{"city":"Paris"}'
    assert content.tool_call_id == "call_1"


def test_a_decorated_call_shows_its_only_argument() -> None:
    fields = fields_of(
        {
            "traceloop.span.kind": "workflow",
            "traceloop.entity.input": '{"args": ["Where is it?"], "kwargs": {}}',
            "traceloop.entity.output": '"Here"',
        }
    )

    assert (fields.input_preview, fields.output_preview) == ("Where is it?", "Here")


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


def test_old_openllmetry_embeddings_have_their_inputs_as_prompts() -> None:
    content = content_of(
        {
            "llm.request.type": "embedding",
            "gen_ai.prompt.0.content": "hello world",
            "gen_ai.prompt.1.content": "bonjour",
        }
    )

    assert content.embedding_inputs == ["hello world", "bonjour"]


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


def test_a_structured_result_of_pydantic_ai_is_the_answer() -> None:
    said = [
        {"role": "user", "parts": [{"type": "text", "content": "Where?"}]},
        {"role": "assistant", "parts": [{"type": "tool_call", "id": "1", "name": "final_result"}]},
        {"role": "user", "parts": [{"type": "tool_call_response", "id": "1", "result": "ok"}]},
    ]

    fields, content = read(
        span(
            {
                "agent_name": "a",
                "pydantic_ai.all_messages": json.dumps(said),
                "final_result": '{"city": "Paris"}',
            }
        )
    )

    assert (fields.kind, fields.input_preview) == ("agent", "Where?")
    assert fields.output_key == "final_result"
    assert texts(content.messages_out) == [("assistant", '{"city": "Paris"}')]


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


# -------------------------------------------------------------------------------------- project


def test_the_project_is_named_by_header_attribute_service_or_nobody() -> None:
    project_of = dialects.project_of
    named = {"service.name": "svc", "openinference.project.name": "oi"}

    assert project_of({"x-pilothouse-project": "a", "langsmith-project": "b"}, named, {}) == "a"
    assert project_of({"Langsmith-Project": "b"}, named, {}) == "b"
    assert project_of({}, named, {"pilothouse.project": "own"}) == "own"
    assert project_of({}, named, {}) == "oi"
    assert project_of({}, {"service.name": "svc"}, {"langsmith.trace.session_name": "ls"}) == "ls"
    assert project_of({}, {"service.name": "svc"}, {}) == "svc"
    assert project_of({}, {"service.name": "unknown_service:python"}, {}) == "default"
    assert project_of({}, {}, {"pilothouse.project": 3}) == "default"
