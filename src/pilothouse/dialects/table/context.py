"""Prompts, sessions, users and what else a span belongs to (sections 3.12 and 3.13)."""

from __future__ import annotations

from typing import Final

from pilothouse.dialects import (
    genai,
    langfuse,
    langsmith,
    langsmith_run,
    logfire,
    metadata,
    mlflow,
    openinference,
    traceloop,
)
from pilothouse.dialects.plan import Row
from pilothouse.dialects.table.rows import ident, inside, tag_list, text
from pilothouse.spans.parsing import count

# 3.12 prompts

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

# 3.13 session, user, tags, environment

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
    inside("metadata", "thread_id", "conversation_id"),
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
