"""What an app counts, for Prometheus; labels are closed sets: route templates, never raw paths."""

from __future__ import annotations

import os
from typing import Any, Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    multiprocess,
)
from prometheus_client.exposition import choose_encoder

SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
MULTIPROCESS: Final = "PROMETHEUS_MULTIPROC_DIR"
"""Set by the supervisor of several workers: each answers for all of them."""


class Metrics:
    """The counters of one app."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.requests = Counter(
            "pilothouse_http_requests",
            "Answered requests.",
            ("route", "method", "status"),
            registry=registry,
        )
        self.seconds = Histogram(
            "pilothouse_http_request_seconds",
            "Time to the end of an answer.",
            ("route",),
            buckets=SECONDS,
            registry=registry,
        )
        self.inflight = _gauge("pilothouse_inflight", "Runs at work.", registry)
        self.queued = _gauge("pilothouse_queue_depth", "Runs that wait for a place.", registry)
        self.queue_wait = Histogram(
            "pilothouse_queue_wait_seconds",
            "Time that runs waited for a place.",
            ("mount",),
            buckets=SECONDS,
            registry=registry,
        )
        self.rejected = _counter("pilothouse_rejected", "Refused requests.", "reason", registry)
        self.cancelled = _counter(
            "pilothouse_cancelled", "Runs ended from outside.", "reason", registry
        )
        self.errors = _counter("pilothouse_errors", "Failed runs.", "type", registry)
        self.ttft = Histogram(
            "pilothouse_ttft_seconds",
            "Time to the first piece of a stream.",
            ("mount",),
            buckets=SECONDS,
            registry=registry,
        )
        self.streams = Histogram(
            "pilothouse_stream_seconds",
            "Time of whole streams.",
            ("mount",),
            buckets=SECONDS,
            registry=registry,
        )
        self.tokens = Counter(
            "pilothouse_tokens",
            "Tokens that targets reported.",
            ("model", "type"),
            registry=registry,
        )
        self.lag = Gauge(
            "pilothouse_event_loop_lag_seconds",
            "How late the event loop came to its last look at the runs.",
            registry=registry,
            multiprocess_mode="livemax",
        )
        self.threads = Gauge(
            "pilothouse_threadpool_busy",
            "Calls of targets in threads.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        if MULTIPROCESS not in os.environ:
            ProcessCollector(registry=registry)
            PlatformCollector(registry=registry)

    def exposed(self, accept: str) -> tuple[bytes, str]:
        """All of it as text, and its media type: OpenMetrics where that is asked for."""
        encode, kind = choose_encoder(accept)
        registry = self.registry
        if MULTIPROCESS in os.environ:
            registry = CollectorRegistry()
            collect: Any = multiprocess.MultiProcessCollector  # has no types
            collect(registry)
        return encode(registry), kind


def _gauge(name: str, text: str, registry: CollectorRegistry) -> Gauge:
    return Gauge(name, text, ("mount",), registry=registry, multiprocess_mode="livesum")


def _counter(name: str, text: str, label: str, registry: CollectorRegistry) -> Counter:
    return Counter(name, text, (label,), registry=registry)
