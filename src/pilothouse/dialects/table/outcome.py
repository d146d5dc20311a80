"""Errors and scores (sections 3.14 and 3.15)."""

from __future__ import annotations

from typing import Final

from pilothouse.dialects import langfuse, langsmith_run, logfire
from pilothouse.dialects.plan import Row
from pilothouse.dialects.table.rows import text

# 3.14 errors

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

# 3.15 scores

FEEDBACK_PREFIXES: Final = tuple(
    f"{scope}{name}.#"
    for scope in ("", "trace.", "session.")
    for name in ("annotations", "evaluations")
)
FEEDBACK: Final = (Row(lambda _: True, prefixes=FEEDBACK_PREFIXES),)
