"""Tokens, cost and the time of the first token (sections 3.7 to 3.9)."""

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
    mlflow,
    openinference,
    others,
    pydantic_ai,
    traceloop,
    vercel,
)
from pilothouse.dialects.plan import Row
from pilothouse.dialects.table.rows import answered_usage, flag

# 3.7, 3.8 usage

_GENAI_USAGE: Final = (
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.prompt_tokens",
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.completion_tokens",
    "gen_ai.usage.total_tokens",
)
USAGE: Final = (
    Row(langsmith_run.usage, keys=(langsmith_run.EXTRA, langsmith_run.OUTPUTS)),
    Row(langfuse.usage, keys=("langfuse.observation.usage_details",)),
    Row(mlflow.usage, keys=("mlflow.chat.tokenUsage",)),
    Row(
        openinference.usage,
        keys=("llm.token_count.prompt", "llm.token_count.completion", "llm.token_count.total"),
        prefixes=("llm.token_count.prompt_details.", "llm.token_count.completion_details."),
    ),
    Row(genai.usage, keys=_GENAI_USAGE),
    Row(genai.aggregated, prefixes=("gen_ai.aggregated_usage.",)),
    Row(vercel.usage, prefixes=("ai.usage.",)),
    Row(traceloop.totals, prefixes=("llm.usage.",)),
    Row(genai.partial, prefixes=("gen_ai.usage.partial.",)),
    Row(langsmith.details, keys=("langsmith.metadata.usage_metadata",)),
    Row(logfire.raw_usage, keys=("gen_ai.usage.raw",)),
    Row(haystack.usage, keys=haystack.OUTPUTS),
    Row(adk.usage, keys=(adk.RESPONSE,)),
    Row(openinference.decision_usage, prefixes=("decision.token_count.",)),
    Row(coding_agents.usage, keys=("span.type",)),
    Row(others.genkit_usage, keys=("genkit:output",)),
    Row(logfire.response_usage, keys=("response_data",)),
    answered_usage("output.value"),
    answered_usage("mlflow.spanOutputs"),
)
"""One family, never several added together; each row gives the arguments of `usage_of`."""
USAGE_DETAILS: Final = (
    Row(vercel.usage, prefixes=("ai.usage.",)),
    Row(traceloop.totals, prefixes=("llm.usage.",)),
    Row(
        langsmith.details,
        keys=(
            "gen_ai.usage.input_token_details",
            "gen_ai.usage.output_token_details",
            "langsmith.metadata.usage_metadata",
        ),
    ),
    Row(logfire.raw_usage, keys=("gen_ai.usage.raw",)),
    Row(vercel.provider_usage, keys=("ai.response.providerMetadata",)),
    Row(adk.usage, keys=(adk.RESPONSE,)),
)
"""What fills the gaps that the family leaves."""
COST: Final = (
    Row(langsmith_run.cost, keys=(langsmith_run.EXTRA, langsmith_run.OUTPUTS)),
    Row(langfuse.cost, keys=("langfuse.observation.cost_details",)),
    Row(
        openinference.cost,
        keys=("llm.cost.prompt", "llm.cost.completion", "llm.cost.total"),
        prefixes=("llm.cost.prompt_details.", "llm.cost.completion_details."),
    ),
    Row(genai.cost, keys=("gen_ai.usage.cost",)),
    Row(pydantic_ai.cost, keys=("operation.cost",)),
    Row(mlflow.cost, keys=("mlflow.llm.cost",)),
)

# 3.9 first token

FIRST_TOKEN: Final = (
    Row(langsmith_run.first_token, keys=(langsmith_run.EVENTS,)),
    Row(
        genai.seconds_to_first_token,
        keys=(
            "gen_ai.response.time_to_first_chunk",
            "gen_ai.client.operation.time_to_first_chunk",
        ),
    ),
    Row(langfuse.first_token, keys=("langfuse.observation.completion_start_time",)),
    Row(vercel.first_token, keys=("ai.response.msToFirstChunk", "ai.stream.msToFirstChunk")),
    Row(genai.server_first_token, keys=("gen_ai.server.time_to_first_token",)),
    Row(coding_agents.first_token, keys=("ttft_ms",)),
    Row(others.livekit_first_token, keys=("lk.response.ttft",)),
    # events come last and need no row: `derive` asks for them where a span has any
)
STREAMING: Final = (
    flag("gen_ai.request.stream"),
    flag("gen_ai.is_streaming"),
    flag("llm.is_streaming"),
    flag("langsmith.request.streaming"),
    Row(openinference.streamed, keys=("llm.invocation_parameters",)),
)
