"""Which figures are a warning and which are worse."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pilothouse.platform.durations import BOUNDS_S, Durations, Spread
from pilothouse.platform.health.history import sample_between
from pilothouse.platform.health.models import Figures, Kept, Process, Sample, Work
from pilothouse.platform.health.verdicts import verdicts, worst
from pilothouse.platform.ingest.writer import Queue

GB = 10**9
NOW = datetime(2026, 11, 22, tzinfo=UTC)
NOTHING = Spread((0,) * (len(BOUNDS_S) + 1), 0.0)
WELL = Figures(
    at=NOW,
    started_at=NOW - timedelta(hours=1),
    version="1",
    spans={"otlp_http": 100},
    rejected={},
    refused={},
    queue=Queue(bytes=0, rows=0, oldest_s=0.0, file_bytes=0, failure=""),
    queue_bound_bytes=100,
    stored={"spans": 100},
    put_aside=0,
    commits=NOTHING,
    settles=NOTHING,
    reads={"spans": NOTHING},
    disk_free_bytes=50 * GB,
    disk_total_bytes=100 * GB,
    process=Process(cpu_s=1.0, memory_bytes=1, open_files=10, most_files=1000),
    kept=Kept(data_bytes=1, store_bytes=1, store_bytes_a_day=1.0, ahead_s=0.0),
    work=Work(jobs_queued=0, jobs_running=0, jobs_failed=0, rules_due=0, rules_late_s=0.0),
    clock_jump_s=0.0,
)
QUIET = Sample(
    at=NOW,
    spans_per_s=1.0,
    rejected=0,
    refused=0,
    queue_bytes=0,
    lag_s=0.0,
    commit_ms=None,
    read_ms=None,
    cpu=0.1,
    memory_bytes=1,
    disk_free_bytes=50 * GB,
)


def with_(**changed: Any) -> Figures:
    """Good figures but for these; a dictionary changes parts of a part."""
    parts = {
        name: dataclasses.replace(getattr(WELL, name), **value)
        if isinstance(value, dict) and dataclasses.is_dataclass(getattr(WELL, name))
        else value
        for name, value in changed.items()
    }
    return dataclasses.replace(WELL, **parts)


def statuses(figures: Figures, *hour: Sample) -> dict[str, str]:
    """What is not well, by check."""
    return {one.check: one.status for one in verdicts(figures, hour) if one.status != "ok"}


def test_a_server_that_is_well_has_nothing_to_say() -> None:
    assert statuses(WELL, QUIET) == {}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"disk_free_bytes": 2 * GB - 1}, {"disk": "warn"}),
        ({"disk_free_bytes": GB // 4}, {"disk": "bad"}),
        ({"kept": {"store_bytes_a_day": 10.0 * GB}}, {"disk": "warn"}),
        ({"kept": None}, {"stores": "bad"}),
        ({"work": None}, {"stores": "bad"}),
        ({"put_aside": 3}, {"stores": "bad"}),
        ({"queue": {"failure": "Code 243"}}, {"stores": "bad"}),
        ({"queue": {"bytes": 50}}, {"queue": "warn"}),
        ({"queue": {"bytes": 90}}, {"queue": "bad"}),
        ({"queue": {"oldest_s": 10.1}}, {"lag": "warn"}),
        ({"queue": {"oldest_s": 61.0}}, {"lag": "bad"}),
        ({"work": {"jobs_failed": 1}}, {"jobs": "warn"}),
        ({"work": {"rules_due": 5, "rules_late_s": 301.0}}, {"rules": "warn"}),
        ({"clock_jump_s": 2.5}, {"clock": "warn"}),
        ({"kept": {"ahead_s": 3600.0}}, {"clock": "warn"}),
        ({"process": {"open_files": 900}}, {"files": "warn"}),
        ({"process": {"open_files": None}}, {}),
    ],
)
def test_each_figure_has_its_bounds(changed: dict[str, Any], expected: dict[str, str]) -> None:
    assert statuses(with_(**changed), QUIET) == expected


@pytest.mark.parametrize("turned_away", [{"rejected": 1}, {"refused": 2}])
def test_what_was_turned_away_in_the_last_hour_is_a_warning(turned_away: dict[str, int]) -> None:
    assert statuses(WELL, QUIET, dataclasses.replace(QUIET, **turned_away)) == {"rejected": "warn"}


def test_the_worst_verdict_is_the_servers() -> None:
    found = verdicts(with_(disk_free_bytes=0, clock_jump_s=9.0), [QUIET])

    assert worst(found) == "bad"


def test_a_sample_tells_what_happened_between_two_looks() -> None:
    def commits(*seconds: float) -> Spread:
        durations = Durations()
        for one in seconds:
            durations.add(one)
        return durations.spread()

    before = with_(commits=commits(5.0), refused={("otlp_http", "malformed"): 1})
    after = with_(
        at=NOW + timedelta(seconds=30),
        spans={"otlp_http": 400, "langsmith": 60},
        refused={("otlp_http", "malformed"): 2, ("otlp_grpc", "unavailable"): 1},
        commits=commits(5.0, 0.010, 0.030),
        process={"cpu_s": 16.0},
    )

    sample = sample_between(before, after)

    assert (sample.spans_per_s, sample.refused, sample.cpu) == (12.0, 2, 0.5)
    assert sample.commit_ms == pytest.approx(20.0)
    assert sample.read_ms is None


@pytest.mark.parametrize(
    ("seconds", "size"), [(0.0, 0), (0.001, 0), (0.0011, 1), (30.0, -2), (31.0, -1)]
)
def test_a_duration_counts_in_its_size(seconds: float, size: int) -> None:
    durations = Durations()

    durations.add(seconds)

    assert durations.spread().counts[size] == 1
