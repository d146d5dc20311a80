"""What a server of an index counts, for Prometheus."""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)


class Metrics:
    """The counters of one server."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "pilothouse_search_requests",
            "Answered requests.",
            ("route", "status"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "pilothouse_search_seconds",
            "Time of a part of a search.",
            ("mode", "part"),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.inflight = Gauge(
            "pilothouse_inflight", "Searches at work or waiting.", registry=self.registry
        )
        self.chunks = Gauge(
            "pilothouse_search_chunks", "Chunks of the index.", registry=self.registry
        )
