"""The span of a run: begun in the trace that the client names, else in one of its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from pilothouse.serving.errors import Stopped
from pilothouse.serving.ids import as_uuid, new_uuid
from pilothouse.serving.values import Unserializable, to_json
from pilothouse.tracing import session, span, state, trace

if TYPE_CHECKING:
    from pilothouse.serving.runs import Run

JSON: Final = "application/json"
_PARENT: Final = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")


class Recording:
    """Entered when it is made, and left by `close`; does nothing while nothing is traced."""

    __slots__ = ("_inner", "_span", "run_id")

    def __init__(self, run: Run, name: str, value: Any) -> None:
        self.run_id: str | None = None
        """Of a run that is a trace of its own: the trace's id, written as a UUID."""
        self._span: Any = None
        self._inner: list[Any] = []
        if state.live is None:
            return
        call, context = run.call, run.context
        parent = call.header("traceparent") if call is not None else None
        remote = _remote(parent) if parent else None
        if remote is not None:
            self._enter(_Current(remote))
        if context.thread_id is not None or context.user is not None:
            self._enter(session(context.thread_id, user=context.user))
        begin = trace if remote is None else span
        attributes: dict[str, Any] = {}
        if call is not None:
            attributes["pilothouse.request_id"] = call.request_id
        kind = run.mount.target.span_kind
        text = _json(value)
        if text is not None:
            attributes |= {"input.value": text, "input.mime_type": JSON}
            value = None
        self._span = begin(name, kind=kind, input=value, attributes=attributes)
        self._enter(self._span)
        context.trace_id = trace_id = self._span.trace_id
        if trace_id is None:
            return
        if remote is None:
            self.run_id = as_uuid(trace_id)
        else:
            self.run_id = new_uuid()
            run.service.remember(self.run_id, trace_id, self._span.span_id)

    def _enter(self, block: Any) -> None:
        block.__enter__()
        self._inner.append(block)

    def first_piece(self) -> None:
        """Notes when the first piece of a stream came."""
        if self._span is not None:
            self._span.first_token()

    def close(self, output: Any, error: BaseException | None) -> None:
        """Ends the span, with what came out or what went wrong."""
        if self._span is None:
            return
        if error is None:
            text = _json(output)
            if text is None:
                self._span.set_output(output)
            else:
                self._span.set_output(text, JSON)
        elif isinstance(error, Stopped):
            self._span.set_error(f"{error.reason}: {error.message}")
            error = None
        for block in reversed(self._inner):
            block.__exit__(type(error) if error else None, error, None)


class _Current:
    """Makes a span of another process the current one."""

    __slots__ = ("_context", "_token")

    def __init__(self, context: Any) -> None:
        self._context = context
        self._token: Any = None

    def __enter__(self) -> None:
        from opentelemetry.context import attach

        self._token = attach(self._context)

    def __exit__(self, *_: object) -> None:
        from opentelemetry.context import detach

        detach(self._token)


def _json(value: Any) -> str | None:
    """The value as orjson writes it, a tenth of what the SDK's own reader of any value costs.

    None for texts, and for what that reader has to bound or to make sense of.
    """
    live = state.live
    if value is None or isinstance(value, str) or live is None:
        return None
    if not live.settings.capture_content:
        return None
    try:
        data = to_json(value)
    except Unserializable:
        return None
    return data.decode() if len(data) <= live.limit else None


def _remote(header: str) -> Any:
    """The context that a `traceparent` names; None for one that says nothing."""
    found = _PARENT.fullmatch(header.strip())
    if found is None or not int(found[1], 16) or not int(found[2], 16):
        return None
    from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

    flags = TraceFlags(int(found[3], 16) & TraceFlags.SAMPLED)
    named = SpanContext(int(found[1], 16), int(found[2], 16), is_remote=True, trace_flags=flags)
    return set_span_in_context(NonRecordingSpan(named))
