"""Which attribute means what: for each field its sources in order, the first that answers wins.

The order is that of section 3 of the OTLP protocol notes; a comment names the section. A row
applies only where its attributes are there, which `plan` works out once per shape of span.
"""

from __future__ import annotations

from typing import Any, Final

from pilothouse.dialects import (
    adk,
    coding_agents,
    events,
    genai,
    haystack,
    langfuse,
    langsmith,
    langsmith_run,
    logfire,
    mcp,
    metadata,
    mlflow,
    openinference,
    others,
    pydantic_ai,
    strands,
    traceloop,
    vercel,
)
from pilothouse.dialects.plan import Planner, Read, Row
from pilothouse.dialects.provider import provider
from pilothouse.dialects.view import View
from pilothouse.spans.parsing import count, identifier

# ------------------------------------------------------------------------------- kinds of rows


def text(key: str) -> Row:
    """A string attribute."""

    def read(view: View) -> str:
        value = view.attributes[key]
        return value if type(value) is str else ""

    return Row(read, keys=(key,))


def ident(key: str) -> Row:
    """An attribute that identifies something; numbers occur."""
    return Row(lambda view: identifier(view.attributes[key]), keys=(key,))


def decoded(key: str) -> Row:
    """A string that may be JSON text of a string."""
    return Row(mlflow.text(key), keys=(key,))


def inside(key: str, *names: str) -> Row:
    """A string in the object that an attribute holds as JSON."""

    def read(view: View) -> str:
        found = view.parsed(key)
        if type(found) is not dict:
            return ""
        for name in names:
            value = found.get(name)
            if value and type(value) in (str, int):
                return str(value)
        return ""

    return Row(read, keys=(key,))


def named_provider(key: str) -> Row:
    """A provider, where the attribute does not name a framework."""
    return Row(lambda view: provider(view.attributes[key]), keys=(key,))


def decoded_provider(key: str) -> Row:
    """A provider in JSON text."""
    return Row(lambda view: provider(view.js(key)), keys=(key,))


def flag(key: str) -> Row:
    """A boolean attribute."""

    def read(view: View) -> bool | None:
        value = view.js(key)
        return value if type(value) is bool else None

    return Row(read, keys=(key,))


def tag_list(key: str) -> Row:
    """Tags under one attribute."""
    return Row(lambda view: metadata.clean_tags(view.attributes[key]), keys=(key,))


def loose(key: str) -> Row:
    """A payload that holds messages, or is itself what was said."""

    def read(view: View) -> Any:
        found = view.js(key)
        return None if found == _NO_OUTPUT else found

    return Row(read, keys=(key,))


_NO_OUTPUT: Final = {"output": None}
"""What LangSmith writes of a call that failed."""


def called(view: View) -> bool:
    """Whether the span is a call of a model, so that bare names mean models."""
    return view.kind in ("llm", "embedding", "agent", "reranker")


def for_calls(row: Row) -> Row:
    """A row that speaks of models only on spans that call one."""
    read: Read = row.read
    return Row(lambda view: read(view) if called(view) else "", keys=row.keys)


# ------------------------------------------------------------------------------------- 3.1 kind

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
    Row(haystack.kind, keys=("haystack.component.type",), prefixes=("haystack.pipeline.",)),
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

# ------------------------------------------------------------------------------------- 3.2 name

TOOL_NAME: Final = (
    text("gen_ai.tool.name"),
    text("tool.name"),
    text("ai.toolCall.name"),
    text("traceloop.entity.name"),
    Row(coding_agents.tool_name, keys=("tool_name",)),
)
NAME: Final = (
    Row(logfire.name, keys=("logfire.msg_template",)),
    text("langsmith.trace.name"),
    text("traceloop.entity.name"),
    text("haystack.component.name"),
    Row(vercel.name, keys=("ai.telemetry.functionId",)),
)
TRACE_NAME: Final = (text("langfuse.trace.name"), text("traceloop.workflow.name"))

# --------------------------------------------------------------------------------- 3.3 messages

MESSAGES_IN: Final = (
    loose(langsmith_run.INPUTS),
    Row(langfuse.input_messages, keys=("langfuse.observation.input",)),
    Row(genai.input_messages, keys=("gen_ai.input.messages",)),
    Row(openinference.input_messages, prefixes=(openinference.INPUT,)),
    Row(openinference.prompts, prefixes=("llm.prompts.#",)),
    Row(vercel.input_messages, keys=("ai.prompt.messages", "ai.prompt")),
    Row(traceloop.input_messages, prefixes=(traceloop.PROMPT,)),
    loose("gen_ai.prompt"),
    Row(events.details_input),
    Row(events.message_input),
    Row(events.prompt_input),
    Row(events.log_input),
    Row(
        pydantic_ai.input_messages,
        keys=("events", "pydantic_ai.all_messages", "all_messages_events"),
    ),
    Row(adk.input_messages, keys=(adk.REQUEST,)),
    loose("mlflow.spanInputs"),
    Row(haystack.input_messages, keys=("haystack.component.input",)),
    Row(logfire.request, keys=("request_data",)),
    loose("input.value"),
    loose("traceloop.entity.input"),
    Row(coding_agents.input_messages, keys=("user_prompt", "new_context")),
    Row(others.genkit_input, keys=("genkit:input",)),
    loose("lmnr.span.input"),
    Row(others.livekit_input, keys=("lk.chat_ctx", "lk.user_transcript", "lk.user_input")),
    Row(openinference.input_roles, prefixes=(openinference.INPUT,)),
)
MESSAGES_OUT: Final = (
    loose(langsmith_run.OUTPUTS),
    loose("langfuse.observation.output"),
    Row(genai.output_messages, keys=("gen_ai.output.messages",)),
    Row(openinference.output_messages, prefixes=(openinference.OUTPUT,)),
    Row(openinference.choices, prefixes=("llm.choices.#",)),
    Row(
        vercel.output_messages,
        keys=(
            "ai.response.text",
            "ai.response.toolCalls",
            "ai.response.reasoning",
            "ai.response.object",
            "ai.result.text",
            "ai.result.object",
            "ai.result.toolCalls",
        ),
    ),
    Row(traceloop.output_messages, prefixes=(traceloop.COMPLETION,)),
    loose("gen_ai.completion"),
    Row(events.details_output),
    Row(events.message_output),
    Row(events.completion_output),
    Row(events.log_output),
    Row(
        pydantic_ai.output_messages,
        keys=("events", "pydantic_ai.all_messages", "all_messages_events"),
    ),
    Row(pydantic_ai.final_result, keys=("final_result",)),
    Row(adk.output_messages, keys=(adk.RESPONSE,)),
    loose("mlflow.spanOutputs"),
    Row(haystack.output_messages, keys=("haystack.component.output",)),
    Row(logfire.response, keys=("response_data",)),
    loose("output.value"),
    loose("traceloop.entity.output"),
    Row(coding_agents.output_messages, keys=("response.model_output",)),
    Row(others.genkit_output, keys=("genkit:output",)),
    loose("lmnr.span.output"),
    Row(others.livekit_output, keys=("lk.response.text",)),
    Row(openinference.output_roles, prefixes=(openinference.OUTPUT,)),
)
INSTRUCTIONS: Final = (
    Row(genai.instructions, keys=("gen_ai.system_instructions",)),
    Row(events.details_instructions),
)

# ------------------------------------------------------------------------- 3.4 input and output

INPUT: Final = (
    langsmith_run.INPUTS,
    "langfuse.observation.input",
    "langfuse.trace.input",
    "gen_ai.tool.call.arguments",
    "ai.toolCall.args",
    "gcp.vertex.agent.tool_call_args",
    "input.value",
    "mlflow.spanInputs",
    "traceloop.entity.input",
    "tool_arguments",
    "gen_ai.prompt",
    "gen_ai.retrieval.query.text",
    "gen_ai.memory.query.text",
    "haystack.component.input",
    "haystack.pipeline.input_data",
    "ai.values",
    "ai.value",
    "ai.prompt",
    "reranker.query",
    "genkit:input",
    "lmnr.span.input",
    "lk.user_transcript",
    "user_prompt",
    "new_context",
    "input",
    "prompt",
    # then the message lists themselves
    "gen_ai.input.messages",
    "ai.prompt.messages",
    "events",
    "pydantic_ai.all_messages",
    "all_messages_events",
    adk.REQUEST,
)
OUTPUT: Final = (
    langsmith_run.OUTPUTS,
    "langfuse.observation.output",
    "langfuse.trace.output",
    "gen_ai.tool.call.result",
    "ai.toolCall.result",
    "gcp.vertex.agent.tool_response",
    "output.value",
    "mlflow.spanOutputs",
    "traceloop.entity.output",
    "tool_response",
    "gen_ai.completion",
    "gen_ai.retrieval.documents",
    "gen_ai.memory.records",
    "haystack.component.output",
    "haystack.pipeline.output_data",
    "final_result",
    "ai.response.object",
    "ai.result.object",
    "genkit:output",
    "lmnr.span.output",
    "lk.response.text",
    "response.model_output",
    "output",
    # then the message lists themselves
    "gen_ai.output.messages",
    "ai.response.text",
    "ai.result.text",
    "ai.response.toolCalls",
    adk.RESPONSE,
)

# ------------------------------------------------------------------------ 3.5 model and provider

RESPONSE_MODEL: Final = (
    Row(langsmith_run.model, keys=(langsmith_run.EXTRA, langsmith_run.OUTPUTS)),
    text("langfuse.observation.model.name"),
    text("gen_ai.response.model"),
    text("ai.response.model"),
    text("llm.response.model_name"),
    decoded("mlflow.llm.model"),
    text("llm.model_name"),
    text("embedding.model_name"),
    text("reranker.model_name"),
    text("decision.response.model_name"),
    text("decision.model_name"),
    Row(
        lambda view: _langchain_model(view, "gen_ai.completion"),
        keys=("gen_ai.completion",),
    ),
    Row(haystack.model, keys=("haystack.component.output",)),
)
REQUEST_MODEL: Final = (
    text("gen_ai.request.model"),
    text("llm.request.model_name"),
    text("decision.request.model_name"),
    text("ai.model.id"),
    for_calls(
        Row(
            openinference.requested_model,
            keys=("llm.invocation_parameters", "embedding.invocation_parameters"),
        )
    ),
    for_calls(inside("input.value", "model", "model_name")),
    for_calls(inside("mlflow.spanInputs", "model")),
    for_calls(decoded("model")),
    for_calls(decoded("model_name")),
    Row(others.genkit_model, keys=("genkit:name",)),
    for_calls(text("lk.request.model")),
)
PROVIDER: Final = (
    Row(lambda view: provider(langsmith_run.provider(view)), keys=(langsmith_run.EXTRA,)),
    named_provider("gen_ai.provider.name"),
    named_provider("gen_ai.system"),
    named_provider("llm.provider"),
    named_provider("llm.system"),
    named_provider("ai.model.provider"),
    named_provider("langsmith.metadata.ls_provider"),
    decoded_provider("mlflow.llm.provider"),
    named_provider("decision.provider"),
    named_provider("decision.system"),
)


def _langchain_model(view: View, key: str) -> str:
    if view.kind != "llm":
        return ""
    found = langsmith.langchain_response(view.js(key))
    name = found.get("model_name") or found.get("model")
    return name if type(name) is str else ""


def _payload_id(key: str) -> Row:
    """The provider's id in a recorded answer."""

    def read(view: View) -> str:
        if view.kind not in ("llm", "embedding"):
            return ""
        value = view.attributes[key]
        if type(value) is not str or value[:1] != "{" or '"id"' not in value:
            return ""
        found = view.object(key)
        ident = found.get("id") or langsmith.langchain_response(found).get("id")
        return ident if type(ident) is str else ""

    return Row(read, keys=(key,))


RESPONSE_ID: Final = (
    _payload_id(langsmith_run.OUTPUTS),
    text("gen_ai.response.id"),
    text("ai.response.id"),
    _payload_id("output.value"),
    _payload_id("mlflow.spanOutputs"),
    _payload_id("gen_ai.completion"),
)

# -------------------------------------------------------------------------------- 3.6 parameters

PARAMETERS: Final = (
    Row(langsmith_run.parameters, keys=(langsmith_run.EXTRA,)),
    Row(
        genai.parameters,
        prefixes=("gen_ai.request.", "gen_ai.openai.request.", "openai.request."),
        keys=(
            "gen_ai.output.type",
            "openai.api.type",
            "gen_ai.retrieval.top_k",
            "reranker.top_k",
            "db.vector.query.top_k",
        ),
    ),
    Row(
        openinference.parameters,
        keys=("llm.invocation_parameters", "embedding.invocation_parameters"),
    ),
    Row(langfuse.parameters, keys=("langfuse.observation.model.parameters",)),
    Row(vercel.parameters, prefixes=("ai.settings.",), keys=("ai.prompt.toolChoice",)),
    Row(langsmith.parameters, prefixes=("langsmith.metadata.",)),
    Row(mlflow.parameters, keys=("temperature", "max_tokens", "top_p", "seed", "stop")),
    Row(
        traceloop.parameters,
        keys=("llm.frequency_penalty", "llm.presence_penalty", "llm.top_k", "llm.temperature"),
    ),
)
FINISH_REASON: Final = (
    Row(langsmith_run.finish_reason, keys=(langsmith_run.OUTPUTS,)),
    Row(
        lambda view: _first_of(view.js("gen_ai.response.finish_reasons")),
        keys=("gen_ai.response.finish_reasons",),
    ),
    text("ai.response.finishReason"),
    text("llm.finish_reason"),
    text("gen_ai.completion.0.finish_reason"),
    text("gen_ai.response.finish_reason"),
)


def _first_of(found: Any) -> Any:
    return found[0] if type(found) is list and found else found


# ------------------------------------------------------------------------------ 3.7, 3.8 usage

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
    Row(haystack.usage, keys=("haystack.component.output",)),
    Row(adk.usage, keys=(adk.RESPONSE,)),
    Row(openinference.decision_usage, prefixes=("decision.token_count.",)),
    Row(coding_agents.usage, keys=("span.type",)),
    Row(others.genkit_usage, keys=("genkit:output",)),
    Row(logfire.response_usage, keys=("response_data",)),
    Row(openinference.answered_usage, keys=("output.value",)),
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

# ------------------------------------------------------------------------- 3.9 first token

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

# --------------------------------------------------------------------------------- 3.10 tools

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
    Row(genai.tool_names, keys=("gen_ai.agent.tools",)),
    Row(genai.own_tool, keys=("gen_ai.tool.name", "tool.name")),
)
TOOL_INPUT: Final = (Row(strands.tool_input),)
TOOL_OUTPUT: Final = (Row(strands.tool_output),)

# ---------------------------------------------------------- 3.11 documents and embeddings

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

# ------------------------------------------------------------------------------- 3.12 prompts

PROMPT_NAME: Final = (
    Row(langsmith_run.prompt_name, keys=(langsmith_run.EXTRA,)),
    text("langfuse.observation.prompt.name"),
    text("langfuse.prompt.name"),
    text("gen_ai.prompt.name"),
    text("prompt.id"),
    text("traceloop.prompt.key"),
    inside("ai.telemetry.metadata.langfusePrompt", "name"),
    Row(langsmith.prompt_name, keys=("langsmith.metadata.lc_hub_repo",)),
)
PROMPT_VERSION: Final = (
    Row(langsmith_run.prompt_version, keys=(langsmith_run.EXTRA,)),
    ident("langfuse.observation.prompt.version"),
    ident("langfuse.prompt.version"),
    ident("gen_ai.prompt.version"),
    ident("llm.prompt_template.version"),
    ident("traceloop.prompt.version"),
    ident("traceloop.prompt.version_name"),
    ident("traceloop.prompt.version_hash"),
    inside("ai.telemetry.metadata.langfusePrompt", "version"),
    text("langsmith.metadata.lc_hub_commit_hash"),
)
PROMPT_TEMPLATE: Final = (
    text("llm.prompt_template.template"),
    text("traceloop.prompt.template"),
)
PROMPT_VARIABLES: Final = (
    Row(genai.prompt_variables, prefixes=("gen_ai.prompt.variable.",)),
    Row(openinference.prompt_variables, keys=("llm.prompt_template.variables",)),
    Row(traceloop.prompt_variables, prefixes=("traceloop.prompt.template_variables.",)),
)

# ----------------------------------------------------- 3.13 session, user, tags, environment

SESSION: Final = (
    Row(langsmith_run.session, keys=(langsmith_run.EXTRA,)),
    ident("langfuse.session.id"),
    ident("session.id"),
    ident("traceloop.association.properties.session_id"),
    ident("langsmith.metadata.session_id"),
    ident("ai.telemetry.metadata.sessionId"),
    ident("ai.settings.context.sessionId"),
    ident("lmnr.association.properties.session_id"),
    inside("metadata", "session_id"),
    Row(mlflow.text("mlflow.trace.session"), keys=("mlflow.trace.session",)),
)
"""Ids that their sender calls a session's."""
CONVERSATION: Final = (
    Row(langsmith_run.conversation, keys=(langsmith_run.EXTRA,)),
    inside("metadata", "thread_id"),
    ident("gen_ai.conversation.id"),
    ident("gcp.vertex.agent.session_id"),
    ident("traceloop.association.properties.thread_id"),
    ident("langsmith.metadata.thread_id"),
    ident("langsmith.metadata.conversation_id"),
    ident("ai.telemetry.metadata.threadId"),
    ident("thread_id"),
)
"""Ids of conversations and threads, which yield to a session's anywhere in the trace."""
USER: Final = (
    Row(langsmith_run.user, keys=(langsmith_run.EXTRA,)),
    ident("langfuse.user.id"),
    ident("user.id"),
    ident("enduser.id"),
    ident("traceloop.association.properties.user_id"),
    ident("langsmith.metadata.user_id"),
    ident("ai.telemetry.metadata.userId"),
    ident("ai.settings.context.userId"),
    ident("lmnr.association.properties.user_id"),
    ident("gen_ai.user"),
    ident("gen_ai.request.user"),
    inside("metadata", "user_id"),
    Row(mlflow.text("mlflow.trace.user"), keys=("mlflow.trace.user",)),
)
TAGS: Final = (
    tag_list(langsmith_run.TAGS),
    Row(
        lambda view: metadata.clean_tags(langfuse.trace_tags(view)),
        keys=("langfuse.trace.tags",),
    ),
    tag_list("langfuse.tags"),
    tag_list("tag.tags"),
    Row(
        lambda view: metadata.clean_tags(langsmith.tags(view)),
        keys=("langsmith.span.tags",),
    ),
    tag_list("ai.telemetry.metadata.tags"),
    tag_list("tags"),
    Row(lambda view: metadata.clean_tags(logfire.tags(view)), keys=("logfire.tags",)),
)
METADATA: Final = (
    Row(langsmith_run.entries, keys=(langsmith_run.EXTRA,)),
    Row(metadata.own, keys=("metadata",)),
    Row(
        metadata.langfuse_whole,
        keys=("langfuse.observation.metadata", "langfuse.trace.metadata"),
    ),
    Row(
        metadata.langfuse_split,
        prefixes=("langfuse.observation.metadata.", "langfuse.trace.metadata."),
    ),
    Row(
        metadata.prefixed,
        prefixes=(
            "traceloop.association.properties.",
            "langsmith.metadata.",
            "langfuse.metadata.",
            "ai.telemetry.metadata.",
            "ai.settings.context.",
        ),
    ),
)
"""All of them together; the earlier row wins where two name the same entry."""
ENVIRONMENT: Final = (
    text("langfuse.environment"),
    text("deployment.environment.name"),
    text("deployment.environment"),
)
RELEASE: Final = (text("langfuse.release"), text("langfuse.version"), text("service.version"))
"""On the span or else, under the same names, on its resource."""

EXPERIMENT_ID: Final = (
    ident("pilothouse.experiment_id"),
    Row(langfuse.experiment_id, keys=("langfuse.experiment.id",)),
)
EXAMPLE_ID: Final = (
    ident("pilothouse.example_id"),
    ident("langsmith.run.reference_example_id"),
    ident("langsmith.reference_example_id"),
    Row(langfuse.example_id, keys=("langfuse.experiment.item.id",)),
)
REPETITION: Final = (
    Row(
        lambda view: count(view.attributes["pilothouse.repetition"]),
        keys=("pilothouse.repetition",),
    ),
)

# -------------------------------------------------------------------------------- 3.14 errors

IS_ERROR: Final = (
    Row(lambda view: bool(view.id("error.type")), keys=("error.type",)),
    Row(langfuse.is_error, keys=("langfuse.observation.level",)),
    Row(logfire.is_error, keys=("logfire.level_num",)),
    Row(
        lambda view: view.text("gen_ai.task.status") == "failure",
        keys=("gen_ai.task.status",),
    ),
    Row(
        lambda view: view.text("gen_ai.tool.status") == "error",
        keys=("gen_ai.tool.status",),
    ),
)
ERROR_TYPE: Final = (Row(langsmith_run.error_type, keys=(langsmith_run.ERROR,)),)
EXCEPTION: Final = (Row(langsmith_run.exception, keys=(langsmith_run.ERROR,)),)
ERROR_MESSAGE: Final = (
    Row(langsmith_run.error_message, keys=(langsmith_run.ERROR,)),
    text("langfuse.observation.status_message"),
    text("error.message"),
)

# -------------------------------------------------------------------------------- 3.15 scores

FEEDBACK_PREFIXES: Final = tuple(
    f"{scope}{name}.#"
    for scope in ("", "trace.", "session.")
    for name in ("annotations", "evaluations")
)
FEEDBACK: Final = (Row(lambda _: True, prefixes=FEEDBACK_PREFIXES),)

TABLE: Final[dict[str, tuple[Row, ...]]] = {
    "kind": KIND,
    "name": NAME,
    "trace_name": TRACE_NAME,
    "messages_in": MESSAGES_IN,
    "messages_out": MESSAGES_OUT,
    "instructions": INSTRUCTIONS,
    "model": RESPONSE_MODEL + REQUEST_MODEL,
    "provider": PROVIDER,
    "response_id": RESPONSE_ID,
    "parameters": PARAMETERS,
    "finish_reason": FINISH_REASON,
    "usage": USAGE,
    "usage_details": USAGE_DETAILS,
    "cost": COST,
    "first_token": FIRST_TOKEN,
    "streaming": STREAMING,
    "tool_name": TOOL_NAME,
    "tool_call_id": TOOL_CALL_ID,
    "tools": TOOLS,
    "tool_input": TOOL_INPUT,
    "tool_output": TOOL_OUTPUT,
    "documents": DOCUMENTS,
    "embedding_inputs": EMBEDDING_INPUTS,
    "prompt_name": PROMPT_NAME,
    "prompt_version": PROMPT_VERSION,
    "prompt_template": PROMPT_TEMPLATE,
    "prompt_variables": PROMPT_VARIABLES,
    "session_id": SESSION,
    "conversation": CONVERSATION,
    "user_id": USER,
    "tags": TAGS,
    "metadata": METADATA,
    "environment": ENVIRONMENT,
    "release": RELEASE,
    "experiment_id": EXPERIMENT_ID,
    "example_id": EXAMPLE_ID,
    "repetition": REPETITION,
    "is_error": IS_ERROR,
    "error_message": ERROR_MESSAGE,
    "error_type": ERROR_TYPE,
    "exception": EXCEPTION,
    "feedback": FEEDBACK,
}
SIMPLE: Final = (
    "name",
    "trace_name",
    "model",
    "provider",
    "response_id",
    "session_id",
    "user_id",
    "tags",
    "prompt_name",
    "prompt_version",
    "experiment_id",
    "example_id",
    "repetition",
)
"""Fields that are the first answer of their rows, with nothing to add."""
PLANNER: Final = Planner(TABLE, SIMPLE, INPUT, OUTPUT)
