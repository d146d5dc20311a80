"""The span of a run: begun in the trace that the client names, else in one of its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from pilothouse.serving.errors import Stopped
from pilothouse.serving.ids import as_uuid, new_uuid
from pilothouse.serving.values import Unserializable, to_json
from pilothouse.tracing import state
from pilothouse.tracing.streams import FIRST_PIECE
from pilothouse.tracing.values import JSON, TEXT, as_text

if TYPE_CHECKING:
    from pilothouse.serving.runs import Run
    from pilothouse.tracing.live import Live, Opened

_PARENT: Final = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")


class Recording:
    """Entered when it is made, and left by `close`; does nothing while nothing is traced."""

    __slots__ = ("_live", "_opened", "run_id")

    def __init__(self, run: Run, name: str, value: Any) -> None:
        self.run_id: str | None = None
        """Of a run that is a trace of its own: the trace's id, written as a UUID."""
        self._opened: Opened | None = None
        self._live = live = state.live
        if live is None:
            return
        call, context = run.call, run.context
        attributes = {"openinference.span.kind": run.mount.span_kind}
        if call is not None:
            attributes["pilothouse.request_id"] = call.request_id
        _say(live, attributes, "input", value, None)
        parent = call.header("traceparent") if call is not None else None
        remote = _remote(parent) if parent else None
        within = _within(remote, context.thread_id, context.user)
        self._opened = opened = live.begin(name, attributes, within=within)
        if opened is None:
            return
        told = opened[0].get_span_context()
        context.trace_id = trace_id = f"{told.trace_id:032x}"
        if remote is None and run.given_id is None:
            self.run_id = as_uuid(trace_id)
        else:
            self.run_id = run.given_id or new_uuid()
            run.service.remember(self.run_id, trace_id, f"{told.span_id:016x}")

    def first_piece(self) -> None:
        """Notes when the first piece of a stream came."""
        if self._opened is not None:
            self._opened[0].add_event(FIRST_PIECE)

    def close(self, output: Any, error: BaseException | None, encoded: bytes | None = None) -> None:
        """Ends the span, with what came out or what went wrong.

        `encoded` is the output's JSON, where it has been made already.
        """
        live, opened = self._live, self._opened
        if live is None or opened is None:
            return
        span = opened[0]
        if error is None:
            attributes: dict[str, str] = {}
            _say(live, attributes, "output", output, encoded)
            live.write(span, attributes)
            live.succeed(span)
        elif isinstance(error, Stopped):
            live.mark(span, f"{error.reason}: {error.message}")
        else:
            live.fail(span, error)
        live.leave(opened)


def _within(remote: Any, thread: str | None, user: str | None) -> Any:
    """The context of a run: the client's span or none, and whose conversation it belongs to."""
    from opentelemetry.context import Context, set_value

    base = Context() if remote is None else remote
    if thread is None and user is None:
        return base
    from pilothouse.tracing.export import SESSION

    named = {"session.id": thread, "user.id": user}
    return set_value(SESSION, {k: v for k, v in named.items() if v is not None}, base)


def _say(
    live: Live, attributes: dict[str, str], side: str, value: Any, encoded: bytes | None
) -> None:
    """A value as an attribute: texts as they are, all else as JSON.

    orjson writes it at a tenth of what the SDK's own reader of any value costs; that one is asked
    where a value has to be bounded or made sense of.
    """
    if value is None or not live.settings.capture_content:
        return
    data = None if isinstance(value, str) else encoded
    if data is None and not isinstance(value, str):
        try:
            data = to_json(value)
        except Unserializable:
            data = None
    if data is not None and len(data) <= live.limit:
        text, mime = data.decode(), JSON
    else:
        text, mime = as_text(value, live.limit)
    attributes[f"{side}.value"] = text
    if mime != TEXT:
        attributes[f"{side}.mime_type"] = mime


def _remote(header: str) -> Any:
    """The context that a `traceparent` names; None for one that says nothing."""
    found = _PARENT.fullmatch(header.strip())
    if found is None or not int(found[1], 16) or not int(found[2], 16):
        return None
    from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

    flags = TraceFlags(int(found[3], 16) & TraceFlags.SAMPLED)
    named = SpanContext(int(found[1], 16), int(found[2], 16), is_remote=True, trace_flags=flags)
    return set_span_in_context(NonRecordingSpan(named))
