"""`init`, `flush`, `shutdown`: builds what traces this process, and takes it down."""

from __future__ import annotations

import atexit
import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from pilothouse.tracing import state
from pilothouse.tracing.settings import Mask, SettingError, Settings, resolve
from pilothouse.tracing.trouble import forget, trouble

if TYPE_CHECKING:
    from pilothouse.tracing.live import Live

log = logging.getLogger("pilothouse")
_lock = threading.RLock()


@dataclass(frozen=True, slots=True)
class Stats:
    """What this process has handed over so far."""

    spans_sent: int
    spans_dropped: int
    scores_sent: int
    scores_dropped: int


def init(
    *,
    project: str | None = None,
    endpoint: str | None = None,
    api_key: str | None = None,
    environment: str | None = None,
    release: str | None = None,
    mask: Mask | None = None,
    capture_content: bool = True,
    instrument: bool | Sequence[str] = True,
    sample_rate: float = 1.0,
    tracer_provider: Any = None,  # Any: an OpenTelemetry TracerProvider, not loaded yet
    flush_timeout_s: float = 5.0,
    system_metrics: bool = False,
) -> None:
    """Starts to record this process and to send to a Pilothouse server.

    `project`, `endpoint` and `api_key` default to PILOTHOUSE_PROJECT, PILOTHOUSE_ENDPOINT and
    PILOTHOUSE_API_KEY. `mask` is given each text before it leaves the process and gives back what
    may leave; `capture_content=False` leaves all inputs and outputs out. `instrument` is True for
    every library whose instrumentor is installed, or a list of names. `sample_rate` is the share
    of traces kept. A tracer provider that the program has set already is used, not replaced.
    `system_metrics` sends once a minute how busy this process and its machine are (processor,
    memory, disk, GPUs); it needs the extra `system`.

    Calling it again replaces the settings. Raises `SettingError` for a setting that cannot be
    used; whatever else goes wrong is logged, and the program goes on without being recorded.
    """
    settings = resolve(
        project=project,
        endpoint=endpoint,
        api_key=api_key,
        environment=environment,
        release=release,
        mask=mask,
        capture_content=capture_content,
        instrument=instrument,
        sample_rate=sample_rate,
        flush_timeout_s=flush_timeout_s,
        system_metrics=system_metrics,
    )
    with _lock:
        _stop(settings.flush_timeout_s, patient=False)
        forget()
        try:
            _start(settings, tracer_provider)
        except Exception as error:
            trouble("pilothouse.init", error)


def flush(timeout_s: float = 10.0) -> bool:
    """Sends what waits; True when all of it arrived within the time.

    It is tried for as long as that: a server that is just being started again still gets it.
    """
    live = state.live
    return True if live is None else _flush(live, timeout_s, patient=True)


def shutdown(timeout_s: float = 10.0) -> bool:
    """Sends what waits and stops recording; `init` starts it again."""
    with _lock:
        return _stop(timeout_s, patient=True)


def stats() -> Stats:
    """How much was sent and dropped since `init`."""
    live = state.live
    if live is None:
        return Stats(0, 0, 0, 0)
    spans, scores = live.outbox, live.scores.outbox
    return Stats(spans.sent, spans.dropped, scores.sent, scores.dropped)


def _start(settings: Settings, given: Any) -> None:
    from pilothouse.tracing import export
    from pilothouse.tracing.instrumentors import Recording
    from pilothouse.tracing.live import Live
    from pilothouse.tracing.outbox import Outbox
    from pilothouse.tracing.provider import provider_for, resource_of
    from pilothouse.tracing.quick import quick_for
    from pilothouse.tracing.scoring import ScoreBox
    from pilothouse.tracing.wire import Wire

    provider, processor, amend = provider_for(settings, given)
    headers = {"User-Agent": "pilothouse-python", "x-pilothouse-project": settings.project}
    if settings.api_key:
        headers["Authorization"] = f"Bearer {settings.api_key}"
    wire = Wire(settings.endpoint, headers)
    exporter = export.Exporter(settings, wire, resource_of(settings), amend)
    outbox = Outbox(
        "spans",
        exporter.deliver,
        size=settings.queue_spans,
        batch=export.BATCH_SPANS,
        wait_s=export.WAIT_S,
        max_bytes=settings.queue_bytes,
        weigh=export.weight,
    )
    processor.outbox = outbox
    tracer = provider.get_tracer("pilothouse")
    state.live = Live(
        settings,
        tracer,
        processor,
        outbox,
        ScoreBox(wire),
        Recording(settings, provider),
        quick_for(settings, provider, tracer, processor),
    )
    _leave_at_the_end()
    state.live.recording.begin()
    if settings.system_metrics:
        from pilothouse.tracing.machine import Machine

        state.live.machine = Machine(settings, headers)
        state.live.machine.begin()


@cache
def _leave_at_the_end() -> None:
    """However often tracing starts: one hook a process."""
    atexit.register(_leave)
    _leave_with_children()


def _stop(timeout_s: float, *, patient: bool) -> bool:
    live = state.live
    if live is None:
        return True
    state.live = None
    try:
        live.recording.end()
        live.processor.outbox = None
        deadline = time.monotonic() + timeout_s
        spans = live.outbox.close(timeout_s, patient=patient)
        left = max(0.0, deadline - time.monotonic())
        scores = live.scores.outbox.close(left, patient=patient)
        if live.machine is not None:  # last: of these points one may be missing
            live.machine.end(max(0.0, deadline - time.monotonic()))
    except Exception as error:
        trouble("pilothouse.shutdown", error)
        return False
    else:
        return scores and spans


def _flush(live: Live, timeout_s: float, *, patient: bool) -> bool:
    deadline = time.monotonic() + timeout_s
    try:
        spans = live.outbox.flush(timeout_s, patient=patient)
        left = max(0.0, deadline - time.monotonic())
        return live.scores.outbox.flush(left, patient=patient) and spans
    except Exception as error:
        trouble("pilothouse.flush", error)
        return False


def _leave() -> None:
    """At the end of the process: sends what waits, within the time that was granted.

    It does not wait for a server that is away: programs end as fast as they do without us.
    """
    live = state.live
    if live is None:
        return
    _flush(live, live.settings.flush_timeout_s, patient=False)
    lost = live.outbox.dropped + live.outbox.waiting
    if lost:
        log.warning("spans that could not be sent to %s: %d", live.settings.endpoint, lost)


def _leave_with_children() -> None:
    """Children of `multiprocessing` run no exit hooks but those of that module."""
    try:
        from multiprocessing import util
    except ImportError:
        return
    util.register_after_fork(_anchor, lambda _: util.Finalize(None, _leave, exitpriority=-100))


class _Anchor:
    """`register_after_fork` keeps its hook for as long as this lives."""


_anchor = _Anchor()

__all__ = ["SettingError", "Stats", "flush", "init", "shutdown", "stats"]
