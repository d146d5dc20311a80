"""The figures of a server process, and what they amount to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from pilothouse.platform.durations import Spread
from pilothouse.platform.ingest.writer import Queue

Status = Literal["ok", "warn", "bad"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """What the process itself takes of its machine; None where the system does not say."""

    cpu_s: float
    """Processor time so far, of all its threads."""
    memory_bytes: int | None
    """What of it stands in memory."""
    open_files: int | None
    most_files: int | None
    """How many files it may have open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is stored, looked at every few minutes."""

    data_bytes: int
    """The data directory, write-ahead file and backups included."""
    store_bytes: int
    """The span store, wherever it stands."""
    store_bytes_a_day: float | None
    """How fast it grew over the last days, None while that is not known."""
    ahead_s: float
    """How far the newest trace begins in the future: a sender's clock, or ours, is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What waits to be done beside requests."""

    jobs_queued: int
    jobs_running: int
    jobs_failed: int
    """In the last 24 hours."""
    rules_due: int
    """Entities that rules of online evaluation may judge and have not."""
    rules_late_s: float
    """How long the first of them has been due."""
    rules_outcomes: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """What rules and guards did so far, by outcome and reason."""
    rules_cost: float = 0.0
    """US dollars that it cost, as far as prices are known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayFigures:
    """What the gateway of this process did so far."""

    cache: Mapping[str, int]
    """Questions by what the caches said: hit, semantic, miss."""
    cache_saved: float
    """US dollars that answers given again would have cost."""
    cache_entries: Mapping[str, int]
    """Answers that are kept, by the cache: exact, semantic."""
    cache_bytes: Mapping[str, int]
    guardrail_checks: Mapping[tuple[str, str, str], int]
    """By guardrail, stage and outcome."""
    guardrail_seconds: Mapping[tuple[str, str], float]
    """By guardrail and stage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """All figures of a moment. Counts begin with the process."""

    at: datetime
    started_at: datetime
    version: str
    spans: Mapping[str, int]
    """Acknowledged, by protocol."""
    rejected: Mapping[str, int]
    """Left out of requests that were taken, by protocol."""
    refused: Mapping[tuple[str, str], int]
    """Requests, by protocol and reason."""
    queue: Queue
    queue_bound_bytes: int
    stored: Mapping[str, int]
    """Rows, by table."""
    put_aside: int
    """Rows that the store refused for good."""
    commits: Spread
    settles: Spread
    reads: Mapping[str, Spread]
    """By the table that a statement names first."""
    disk_free_bytes: int
    disk_total_bytes: int
    process: Process
    kept: Kept | None
    """None when the store could not be asked."""
    work: Work | None
    """None when the records could not be asked."""
    clock_jump_s: float
    """The largest jump of the clock in the time that the history covers."""
    gateway: GatewayFigures | None = None
    """None while nobody has asked models through this server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one check says."""

    check: str
    status: Status
    message: str
    hint: str = ""
    """What to do about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The server in one interval of its history; None where nothing is known."""

    at: datetime
    spans_per_s: float
    rejected: int
    """Records left out, in the interval."""
    refused: int
    """Requests refused, in the interval."""
    queue_bytes: int
    lag_s: float
    commit_ms: float | None
    """Mean of the commits in the interval."""
    read_ms: float | None
    """Mean of the store's answers in the interval."""
    cpu: float
    """Cores in use, on average."""
    memory_bytes: int | None
    disk_free_bytes: int
