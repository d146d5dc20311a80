"""Which source wins: kinds, names, providers, projects."""

from __future__ import annotations

from typing import Any

import pytest

from dialects.spans import fields_of
from pilothouse import dialects
from pilothouse.dialects.table import TABLE


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


def test_a_tool_is_called_by_its_name_and_a_chain_by_its_entity() -> None:
    tool = fields_of({"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "f"})
    chain = fields_of({"traceloop.span.kind": "workflow", "traceloop.entity.name": "rag"})

    assert (tool.name, tool.tool_name) == ("f", "f")
    assert chain.name == "rag"


def test_the_trace_is_named_apart_from_the_span() -> None:
    fields = fields_of({"langfuse.trace.name": "checkout", "traceloop.workflow.name": "w"})

    assert (fields.trace_name, fields.name) == ("checkout", "work")


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


def test_a_span_says_which_example_of_which_experiment_it_was_run_over() -> None:
    ours = fields_of({
        "pilothouse.experiment_id": "e-1",
        "pilothouse.example_id": "x-1",
        "pilothouse.repetition": 2,
    })  # fmt: skip
    theirs = fields_of({"langsmith.run.reference_example_id": "x-2"})

    assert (ours.experiment_id, ours.example_id, ours.repetition) == ("e-1", "x-1", 2)
    assert (theirs.experiment_id, theirs.example_id, theirs.repetition) == ("", "x-2", None)


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
