"""Dialects: what a span says, whatever instrumentation wrote it.

Pure functions from a `Source` to its fields, its content and its scores. `table` shows which
attribute wins for each field; a file a dialect knows how its attributes are read.
"""

from pilothouse.dialects.detail import content
from pilothouse.dialects.fields import derive
from pilothouse.dialects.logfire import running
from pilothouse.dialects.project import project_of
from pilothouse.dialects.scores import scores_of, scores_of_log

__all__ = ["content", "derive", "project_of", "running", "scores_of", "scores_of_log"]
