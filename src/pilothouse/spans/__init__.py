"""Spans: the model that everything else speaks."""

from pilothouse.spans.model import (
    KINDS,
    Content,
    Event,
    Fields,
    Kind,
    Link,
    LogRecord,
    ReportedCost,
    Score,
    Source,
    Status,
    Usage,
)

__all__ = [
    "KINDS",
    "Content",
    "Event",
    "Fields",
    "Kind",
    "Link",
    "LogRecord",
    "ReportedCost",
    "Score",
    "Source",
    "Status",
    "Usage",
]
