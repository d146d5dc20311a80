"""All fields with their sources: the table, and the planner that reads spans by it."""

from __future__ import annotations

from typing import Final

from pilothouse.dialects.plan import Planner, Row
from pilothouse.dialects.table.context import (
    CONVERSATION,
    ENVIRONMENT,
    EXAMPLE_ID,
    EXPERIMENT_ID,
    METADATA,
    PROMPT_NAME,
    PROMPT_TEMPLATE,
    PROMPT_VARIABLES,
    PROMPT_VERSION,
    RELEASE,
    REPETITION,
    SESSION,
    TAGS,
    USER,
)
from pilothouse.dialects.table.kind import KIND, NAME, TOOL_NAME, TRACE_NAME
from pilothouse.dialects.table.messages import INSTRUCTIONS, MESSAGES_IN, MESSAGES_OUT
from pilothouse.dialects.table.model import (
    FINISH_REASON,
    PARAMETERS,
    PROVIDER,
    REQUEST_MODEL,
    RESPONSE_ID,
    RESPONSE_MODEL,
)
from pilothouse.dialects.table.outcome import (
    ERROR_MESSAGE,
    ERROR_TYPE,
    EXCEPTION,
    FEEDBACK,
    IS_ERROR,
)
from pilothouse.dialects.table.payloads import INPUT, OUTPUT
from pilothouse.dialects.table.tools import (
    DOCUMENTS,
    EMBEDDING_INPUTS,
    TOOL_CALL_ID,
    TOOL_INPUT,
    TOOL_OUTPUT,
    TOOLS,
)
from pilothouse.dialects.table.usage import COST, FIRST_TOKEN, STREAMING, USAGE, USAGE_DETAILS

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
