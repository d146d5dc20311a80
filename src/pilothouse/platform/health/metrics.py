"""The metrics of `/metrics`: one line each says its name, what it is, and which figure it shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Final, Literal

from pilothouse.platform.durations import Spread
from pilothouse.platform.health.models import Figures, GatewayFigures, Kept, Work
from pilothouse.platform.ingest.intake import PROTOCOLS, REASONS

Value = float | Spread | None
"""None is left out: unknown is not 0."""
Labelled = Iterable[tuple[tuple[str, ...], Value]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A family of `/metrics`."""

    name: str
    """As queries write it; a counter's ends with `_total`."""
    kind: Literal["counter", "gauge", "histogram"]
    sentence: str
    read: Callable[[Figures], Labelled]
    labels: tuple[str, ...] = ()


def _one(read: Callable[[Figures], Value]) -> Callable[[Figures], Labelled]:
    return lambda figures: [((), read(figures))]


def _each(read: Callable[[Figures], Mapping[str, Value]]) -> Callable[[Figures], Labelled]:
    return lambda figures: [((label,), value) for label, value in sorted(read(figures).items())]


def _stored(read: Callable[[Kept], Value]) -> Callable[[Figures], Labelled]:
    return _one(lambda figures: None if figures.kept is None else read(figures.kept))


def _work(read: Callable[[Work], Value]) -> Callable[[Figures], Labelled]:
    return _one(lambda figures: None if figures.work is None else read(figures.work))


def _jobs(figures: Figures) -> Labelled:
    if figures.work is not None:
        yield ("queued",), figures.work.jobs_queued
        yield ("running",), figures.work.jobs_running
        yield ("failed",), figures.work.jobs_failed


def _outcomes(figures: Figures) -> Labelled:
    if figures.work is not None:
        yield from sorted(figures.work.rules_outcomes.items())


_UNASKED: Final = GatewayFigures(
    cache=dict.fromkeys(("hit", "semantic", "miss"), 0),
    cache_saved=0.0,
    cache_entries=dict.fromkeys(("exact", "semantic"), 0),
    cache_bytes=dict.fromkeys(("exact", "semantic"), 0),
    guardrail_checks={},
    guardrail_seconds={},
)
"""A gateway that nobody has asked anything."""


def _gateway(read: Callable[[GatewayFigures], Labelled]) -> Callable[[Figures], Labelled]:
    return lambda figures: read(figures.gateway or _UNASKED)


# What has not happened yet is told as 0 from the first scrape on, so that a rate sees the first.
_SPANS: Final[Mapping[str, int]] = dict.fromkeys(PROTOCOLS, 0)
_REFUSED: Final[Mapping[tuple[str, str], int]] = dict.fromkeys(product(PROTOCOLS, REASONS), 0)

METRICS: Final = (
    Metric(
        name="pilothouse_info",
        kind="gauge",
        sentence="Always 1; the label says the version.",
        labels=("version",),
        read=lambda figures: [((figures.version,), 1)],
    ),
    Metric(
        name="pilothouse_ingest_spans_total",
        kind="counter",
        sentence="Spans that were acknowledged; runs of LangSmith's clients count at their start.",
        labels=("protocol",),
        read=_each(lambda figures: {**_SPANS, **figures.spans}),
    ),
    Metric(
        name="pilothouse_ingest_rejected_total",
        kind="counter",
        sentence="Records left out of requests of which the rest was taken.",
        labels=("protocol",),
        read=_each(lambda figures: {**_SPANS, **figures.rejected}),
    ),
    Metric(
        name="pilothouse_ingest_refused_requests_total",
        kind="counter",
        sentence="Requests of which nothing was taken, by why.",
        labels=("protocol", "reason"),
        read=lambda figures: sorted({**_REFUSED, **figures.refused}.items()),
    ),
    Metric(
        name="pilothouse_queue_bytes",
        kind="gauge",
        sentence="Acknowledged bytes that the store does not have yet.",
        read=_one(lambda figures: figures.queue.bytes),
    ),
    Metric(
        name="pilothouse_queue_bound_bytes",
        kind="gauge",
        sentence="From this size of the queue on requests are sent back with 503.",
        read=_one(lambda figures: figures.queue_bound_bytes),
    ),
    Metric(
        name="pilothouse_queue_rows",
        kind="gauge",
        sentence="Acknowledged rows that the store does not have yet.",
        read=_one(lambda figures: figures.queue.rows),
    ),
    Metric(
        name="pilothouse_queue_oldest_seconds",
        kind="gauge",
        sentence="How long the oldest of them has waited: the lag.",
        read=_one(lambda figures: figures.queue.oldest_s),
    ),
    Metric(
        name="pilothouse_write_ahead_file_bytes",
        kind="gauge",
        sentence="Size of the write-ahead file.",
        read=_one(lambda figures: figures.queue.file_bytes),
    ),
    Metric(
        name="pilothouse_store_failing",
        kind="gauge",
        sentence="1 while the span store does not take rows, else 0.",
        read=_one(lambda figures: int(bool(figures.queue.failure))),
    ),
    Metric(
        name="pilothouse_store_rows_total",
        kind="counter",
        sentence="Rows that went into the span store.",
        labels=("table",),
        read=_each(lambda figures: {"spans": 0, **figures.stored}),
    ),
    Metric(
        name="pilothouse_store_rows_put_aside_total",
        kind="counter",
        sentence="Rows that the span store refused for good.",
        read=_one(lambda figures: figures.put_aside),
    ),
    Metric(
        name="pilothouse_store_commit_seconds",
        kind="histogram",
        sentence="How long each commit into the span store took.",
        read=_one(lambda figures: figures.commits),
    ),
    Metric(
        name="pilothouse_store_settle_seconds",
        kind="histogram",
        sentence="How long it took each time to recompute the traces that changed.",
        read=_one(lambda figures: figures.settles),
    ),
    Metric(
        name="pilothouse_store_read_seconds",
        kind="histogram",
        sentence="How long statements took in the span store, by the table that they read.",
        labels=("table",),
        read=_each(lambda figures: figures.reads),
    ),
    Metric(
        name="pilothouse_store_bytes",
        kind="gauge",
        sentence="Size of the span store, looked at every five minutes.",
        read=_stored(lambda kept: kept.store_bytes),
    ),
    Metric(
        name="pilothouse_store_growth_bytes_per_day",
        kind="gauge",
        sentence="How fast it grew over the last days; absent while that is not known.",
        read=_stored(lambda kept: kept.store_bytes_a_day),
    ),
    Metric(
        name="pilothouse_data_bytes",
        kind="gauge",
        sentence="Size of the data directory, looked at every five minutes.",
        read=_stored(lambda kept: kept.data_bytes),
    ),
    Metric(
        name="pilothouse_disk_free_bytes",
        kind="gauge",
        sentence="What is free on the disk of the data directory.",
        read=_one(lambda figures: figures.disk_free_bytes),
    ),
    Metric(
        name="pilothouse_disk_total_bytes",
        kind="gauge",
        sentence="Size of that disk.",
        read=_one(lambda figures: figures.disk_total_bytes),
    ),
    Metric(
        name="pilothouse_newest_trace_ahead_seconds",
        kind="gauge",
        sentence="How far the newest trace begins in the future: a clock is wrong.",
        read=_stored(lambda kept: kept.ahead_s),
    ),
    Metric(
        name="pilothouse_clock_jump_seconds",
        kind="gauge",
        sentence="The largest jump of the server's clock in the last six hours.",
        read=_one(lambda figures: figures.clock_jump_s),
    ),
    Metric(
        name="pilothouse_jobs",
        kind="gauge",
        sentence="Jobs that wait or run, and those that failed in the last 24 hours.",
        labels=("status",),
        read=_jobs,
    ),
    Metric(
        name="pilothouse_rules_due",
        kind="gauge",
        sentence="What rules of online evaluation may judge and have not judged yet.",
        read=_work(lambda work: work.rules_due),
    ),
    Metric(
        name="pilothouse_rules_late_seconds",
        kind="gauge",
        sentence="How long the first of it has been due.",
        read=_work(lambda work: work.rules_late_s),
    ),
    Metric(
        name="pilothouse_rules_outcomes_total",
        kind="counter",
        sentence="What rules did, failures by the type of the error; guards' answers as `guard`.",
        labels=("outcome", "reason"),
        read=_outcomes,
    ),
    Metric(
        name="pilothouse_rules_cost_dollars_total",
        kind="counter",
        sentence="What rules cost, as far as prices are known; less when a rule is deleted.",
        read=_work(lambda work: work.rules_cost),
    ),
    Metric(
        name="pilothouse_gateway_cache_total",
        kind="counter",
        sentence="Questions to routes that cache, by what came of it: hit, semantic, miss.",
        labels=("outcome",),
        read=_gateway(lambda gateway: [((name,), n) for name, n in gateway.cache.items()]),
    ),
    Metric(
        name="pilothouse_gateway_cache_saved_dollars_total",
        kind="counter",
        sentence="What answers that were given again would have cost.",
        read=_gateway(lambda gateway: [((), gateway.cache_saved)]),
    ),
    Metric(
        name="pilothouse_gateway_cache_entries",
        kind="gauge",
        sentence="Answers that can be given again, by cache.",
        labels=("cache",),
        read=_gateway(lambda gateway: [((name,), n) for name, n in gateway.cache_entries.items()]),
    ),
    Metric(
        name="pilothouse_gateway_cache_bytes",
        kind="gauge",
        sentence="Memory of those answers, by cache.",
        labels=("cache",),
        read=_gateway(lambda gateway: [((name,), n) for name, n in gateway.cache_bytes.items()]),
    ),
    Metric(
        name="pilothouse_gateway_guardrail_checks_total",
        kind="counter",
        sentence="What guardrails of the gateway came to; `failed` is no verdict.",
        labels=("guardrail", "stage", "outcome"),
        read=_gateway(lambda gateway: sorted(gateway.guardrail_checks.items())),
    ),
    Metric(
        name="pilothouse_gateway_guardrail_seconds_total",
        kind="counter",
        sentence="How long guardrails looked.",
        labels=("guardrail", "stage"),
        read=_gateway(lambda gateway: sorted(gateway.guardrail_seconds.items())),
    ),
    Metric(
        name="process_cpu_seconds_total",
        kind="counter",
        sentence="Processor time of the server.",
        read=_one(lambda figures: figures.process.cpu_s),
    ),
    Metric(
        name="process_resident_memory_bytes",
        kind="gauge",
        sentence="Memory of the server; absent where the system does not say.",
        read=_one(lambda figures: figures.process.memory_bytes),
    ),
    Metric(
        name="process_open_fds",
        kind="gauge",
        sentence="Files and connections that the server has open.",
        read=_one(lambda figures: figures.process.open_files),
    ),
    Metric(
        name="process_max_fds",
        kind="gauge",
        sentence="How many it may have open.",
        read=_one(lambda figures: figures.process.most_files),
    ),
    Metric(
        name="process_start_time_seconds",
        kind="gauge",
        sentence="When the server began, in seconds since 1970.",
        read=_one(lambda figures: figures.started_at.timestamp()),
    ),
)
