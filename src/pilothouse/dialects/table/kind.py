"""What a span is and what it is called (sections 3.1 and 3.2)."""

from __future__ import annotations

from typing import Final

from pilothouse.dialects import (
    adk,
    coding_agents,
    genai,
    haystack,
    langfuse,
    langsmith,
    langsmith_run,
    logfire,
    mcp,
    mlflow,
    openinference,
    others,
    pydantic_ai,
    traceloop,
    vercel,
)
from pilothouse.dialects.plan import Row
from pilothouse.dialects.table.rows import text

# 3.1 kind

KIND: Final = (
    Row(langsmith_run.kind, keys=(langsmith_run.TYPE,)),
    Row(langfuse.kind, keys=("langfuse.observation.type",)),
    Row(openinference.kind, keys=("openinference.span.kind",)),
    Row(mlflow.kind, keys=("mlflow.spanType",)),
    Row(langsmith.kind, keys=("langsmith.span.kind",)),
    Row(traceloop.kind, keys=("traceloop.span.kind",)),
    Row(genai.kind, keys=("gen_ai.operation.name",)),
    Row(traceloop.task, keys=("traceloop.span.kind",)),
    Row(mcp.kind, keys=("mcp.method.name",)),
    Row(vercel.kind, keys=("ai.operationId", "operation.name")),
    Row(traceloop.request_type, keys=("llm.request.type",)),
    Row(
        haystack.kind,
        keys=("haystack.component.type",),
        prefixes=("haystack.pipeline.", "haystack.agent."),
    ),
    Row(haystack.kind, scopes=("haystack",)),
    Row(adk.kind, scopes=(adk.SCOPE,)),
    Row(pydantic_ai.kind, keys=("agent_name", "evaluator_name")),
    Row(others.laminar_kind, keys=("lmnr.span.type",)),
    Row(others.genkit_kind, keys=("genkit:metadata:subtype", "genkit:type")),
    Row(others.livekit_kind, scopes=("livekit",)),
    Row(coding_agents.kind, keys=("span.type",)),
    Row(
        genai.shape,
        keys=(
            "gen_ai.tool.name",
            "gen_ai.retrieval.documents",
            "gen_ai.request.model",
            "gen_ai.response.model",
            "llm.model_name",
        ),
        prefixes=("retrieval.documents.#",),
    ),
    Row(logfire.kind, keys=("logfire.span_type",)),
)

# 3.2 name

TOOL_NAME: Final = (
    text("gen_ai.tool.name"),
    text("tool.name"),
    text("ai.toolCall.name"),
    text("traceloop.entity.name"),
    Row(coding_agents.tool_name, keys=("tool_name",)),
    text("haystack.tool.name"),
    text("lk.function_tool.name"),
    text("genkit:name"),
)
NAME: Final = (
    Row(logfire.name, keys=("logfire.msg_template",)),
    text("langsmith.trace.name"),
    text("traceloop.entity.name"),
    text("haystack.component.name"),
    Row(vercel.name, keys=("ai.telemetry.functionId",)),
)
TRACE_NAME: Final = (text("langfuse.trace.name"), text("traceloop.workflow.name"))
