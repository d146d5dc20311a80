"""What the routes of the server's health answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from pilothouse.platform.durations import Spread
from pilothouse.platform.health.models import Figures, Status, Verdict
from pilothouse.platform.health.verdicts import worst


class VerdictOut(BaseModel):
    """What one check says."""

    model_config = ConfigDict(from_attributes=True)

    check: str
    status: Literal["ok", "warn", "bad"]
    message: str
    hint: str
    """What to do about it, "" where nothing is to be done."""


class RefusedOut(BaseModel):
    """Requests of which nothing was taken, since the start."""

    protocol: str
    reason: str
    requests: int


class DurationsOut(BaseModel):
    """How long something took, since the start."""

    count: int
    mean_ms: float | None


class FiguresOut(BaseModel):
    """The figures of now; counts begin with the process, null is unknown."""

    spans: dict[str, int]
    """Acknowledged, by protocol."""
    rejected: dict[str, int]
    """Records left out of requests that were taken, by protocol."""
    refused: list[RefusedOut]
    queue_bytes: int
    queue_bound_bytes: int
    queue_rows: int
    lag_s: float
    """How long the oldest acknowledged span has waited for the store."""
    write_ahead_file_bytes: int
    rows_put_aside: int
    """Rows that the span store refused for good."""
    commits: DurationsOut
    reads: dict[str, DurationsOut]
    """Statements of the span store, by the table that they read."""
    disk_free_bytes: int
    disk_total_bytes: int
    data_bytes: int | None
    store_bytes: int | None
    store_bytes_per_day: float | None
    jobs_queued: int | None
    jobs_running: int | None
    jobs_failed: int | None
    """In the last 24 hours."""
    rules_due: int | None
    rules_late_s: float | None
    cpu_s: float
    memory_bytes: int | None
    open_files: int | None
    most_files: int | None


class HealthOut(BaseModel):
    """How the server is doing."""

    status: Status
    """The worst of the verdicts."""
    version: str
    time: datetime
    started_at: datetime
    verdicts: list[VerdictOut]
    figures: FiguresOut


class HealthSampleOut(BaseModel):
    """The server in one interval, which ends at `at`; null is unknown."""

    model_config = ConfigDict(from_attributes=True)

    at: datetime
    spans_per_s: float
    rejected: int
    refused: int
    queue_bytes: int
    lag_s: float
    commit_ms: float | None
    read_ms: float | None
    cpu: float
    """Cores in use, on average."""
    memory_bytes: int | None
    disk_free_bytes: int


class HistoryOut(BaseModel):
    """The last hours, oldest first; kept in memory, so it begins with the process."""

    interval_s: float
    items: list[HealthSampleOut]


def health_out(figures: Figures, verdicts: Sequence[Verdict]) -> HealthOut:
    """The answer from figures and what they amount to."""
    return HealthOut(
        status=worst(verdicts),
        version=figures.version,
        time=figures.at,
        started_at=figures.started_at,
        verdicts=[VerdictOut.model_validate(one) for one in verdicts],
        figures=_figures(figures),
    )


def _figures(figures: Figures) -> FiguresOut:
    kept, work, process = figures.kept, figures.work, figures.process
    return FiguresOut(
        spans=dict(figures.spans),
        rejected=dict(figures.rejected),
        refused=[
            RefusedOut(protocol=protocol, reason=reason, requests=count)
            for (protocol, reason), count in sorted(figures.refused.items())
        ],
        queue_bytes=figures.queue.bytes,
        queue_bound_bytes=figures.queue_bound_bytes,
        queue_rows=figures.queue.rows,
        lag_s=figures.queue.oldest_s,
        write_ahead_file_bytes=figures.queue.file_bytes,
        rows_put_aside=figures.put_aside,
        commits=_durations(figures.commits),
        reads={area: _durations(spread) for area, spread in figures.reads.items() if spread.count},
        disk_free_bytes=figures.disk_free_bytes,
        disk_total_bytes=figures.disk_total_bytes,
        data_bytes=None if kept is None else kept.data_bytes,
        store_bytes=None if kept is None else kept.store_bytes,
        store_bytes_per_day=None if kept is None else kept.store_bytes_a_day,
        jobs_queued=None if work is None else work.jobs_queued,
        jobs_running=None if work is None else work.jobs_running,
        jobs_failed=None if work is None else work.jobs_failed,
        rules_due=None if work is None else work.rules_due,
        rules_late_s=None if work is None else work.rules_late_s,
        cpu_s=process.cpu_s,
        memory_bytes=process.memory_bytes,
        open_files=process.open_files,
        most_files=process.most_files,
    )


def _durations(spread: Spread) -> DurationsOut:
    mean = spread.seconds * 1000 / spread.count if spread.count else None
    return DurationsOut(count=spread.count, mean_ms=mean)
