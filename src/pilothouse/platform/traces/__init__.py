"""What one may change about traces that were recorded: their tags, and that they are kept."""

from pilothouse.platform.traces.service import TagsChanged, TraceEdits

__all__ = ["TagsChanged", "TraceEdits"]
