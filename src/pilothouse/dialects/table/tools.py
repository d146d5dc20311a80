"""Tools, documents and embeddings (sections 3.10 and 3.11)."""

from __future__ import annotations

from typing import Final

from pilothouse.dialects import (
    adk,
    genai,
    haystack,
    langfuse,
    langsmith_run,
    logfire,
    mlflow,
    openinference,
    pydantic_ai,
    strands,
    traceloop,
    vercel,
)
from pilothouse.dialects.plan import Row
from pilothouse.dialects.table.rows import ident, loose, offered

# 3.10 tools

TOOL_CALL_ID: Final = (
    Row(langsmith_run.tool_call_id, keys=(langsmith_run.EXTRA,)),
    ident("gen_ai.tool.call.id"),
    ident("tool.id"),
    ident("ai.toolCall.id"),
    ident("tool_call.id"),
)
TOOLS: Final = (
    Row(langsmith_run.tools, keys=(langsmith_run.EXTRA, langsmith_run.INPUTS)),
    Row(langfuse.tools, keys=("langfuse.observation.input",)),
    Row(genai.tools, keys=("gen_ai.tool.definitions",)),
    Row(openinference.tools, prefixes=("llm.tools.#",)),
    Row(traceloop.tools, prefixes=("llm.request.functions.#",)),
    Row(vercel.tools, keys=("ai.prompt.tools",)),
    Row(pydantic_ai.tools, keys=("model_request_parameters",)),
    Row(mlflow.tools, keys=("mlflow.chat.tools",)),
    Row(adk.tools, keys=(adk.REQUEST,)),
    Row(haystack.tools, keys=("haystack.agent.tools",)),
    offered(haystack.STEP_INPUT),
    offered("gen_ai.prompt"),
    offered("mlflow.spanInputs"),
    offered("input.value"),
    Row(genai.tool_names, keys=("gen_ai.agent.tools",)),
    Row(genai.own_tool, keys=("gen_ai.tool.name", "tool.name")),
)
TOOL_INPUT: Final = (Row(strands.tool_input),)
TOOL_OUTPUT: Final = (Row(strands.tool_output),)

# 3.11 documents and embeddings

DOCUMENTS: Final = (
    loose(langsmith_run.OUTPUTS),
    Row(
        openinference.documents,
        prefixes=("retrieval.documents.#", "reranker.output_documents.#"),
    ),
    Row(genai.documents, keys=("gen_ai.retrieval.documents", "gen_ai.memory.records")),
    Row(vercel.documents, keys=("ai.documents", "ai.ranking")),
    loose("traceloop.entity.output"),
    loose("mlflow.spanOutputs"),
    Row(haystack.documents, keys=("haystack.component.output",)),
    loose("gen_ai.completion"),
    loose("langfuse.observation.output"),
    loose("output.value"),
)
EMBEDDING_INPUTS: Final = (
    Row(openinference.embedding_inputs, prefixes=("embedding.embeddings.#",)),
    Row(vercel.embedding_inputs, keys=("ai.value", "ai.values")),
    Row(logfire.embedding_inputs, keys=("request_data",)),
)
