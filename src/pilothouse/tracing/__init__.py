"""Tracing inside a user's process, a thin layer over the OpenTelemetry SDK."""

from pilothouse.tracing.observe import observe
from pilothouse.tracing.runtime import Stats, flush, init, shutdown, stats
from pilothouse.tracing.score import score
from pilothouse.tracing.session import Session, end_session, session
from pilothouse.tracing.settings import SettingError
from pilothouse.tracing.spans import Span, span, trace

__all__ = [
    "Session",
    "SettingError",
    "Span",
    "Stats",
    "end_session",
    "flush",
    "init",
    "observe",
    "score",
    "session",
    "shutdown",
    "span",
    "stats",
    "trace",
]
