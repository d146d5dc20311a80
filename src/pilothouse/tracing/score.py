"""`score("helpful", 1)`: a verdict on the current span, or on what its ids name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pilothouse.tracing import state
from pilothouse.tracing.trouble import trouble, warn_once

UNSAMPLED = ""
"""In place of a trace id: there is a span, but its trace is not recorded."""


def score(
    name: str,
    value: bool | float | str | None,
    *,
    comment: str | None = None,
    trace_id: str | None = None,
    span_id: str | None = None,
    session_id: str | None = None,
    source: Literal["human", "judge", "code", "end_user"] = "code",
    identifier: str | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> None:
    """Sends a score in the background: a number, a yes or no, or a label.

    Without ids it is on the current span. With `trace_id` alone it is on the trace, with
    `session_id` alone on the conversation.
    """
    live = state.live
    if live is None:
        return
    try:
        if trace_id is None and span_id is None and session_id is None:
            trace_id, span_id = _current()
            if trace_id == UNSAMPLED:
                return
            if trace_id is None:
                warn_once(
                    "score:nowhere",
                    f"score {name!r} was not sent: no span is open here. Call it inside one, or "
                    "pass trace_id=, span_id= or session_id=.",
                )
                return
        elif span_id is not None and trace_id is None:
            trace_id = _current()[0]
        from pilothouse.tracing.scoring import make_score

        live.scores.outbox.put(
            make_score(
                name,
                value,
                project=live.settings.project,
                comment=comment,
                trace_id=trace_id,
                span_id=span_id,
                session_id=session_id,
                source=source,
                identifier=identifier,
                metadata=dict(metadata) if metadata else None,
            )
        )
    except Exception as error:
        trouble(f"score {name!r}", error)


def _current() -> tuple[str, str] | tuple[None, None]:
    from opentelemetry.trace import get_current_span

    context = get_current_span().get_span_context()
    if not context.is_valid:
        return None, None
    if not context.trace_flags.sampled:
        return UNSAMPLED, ""
    return f"{context.trace_id:032x}", f"{context.span_id:016x}"
