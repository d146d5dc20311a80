"""What the list of projects tells of their traces, against traces that are known."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from pilothouse.platform.query.activity import ProjectActivities
from pilothouse.platform.store import activity
from query_world import START_S, Given, opened


def test_each_project_tells_its_traces_its_errors_and_its_last_day(tmp_path: Path) -> None:
    now_s = START_S + 30 * 3600 + 1800
    with opened(tmp_path, "shop", "desk", "empty") as world:
        world.put(
            Given(trace_id="old", span_id="a", at=0, status="error"),
            Given(trace_id="first", span_id="b", at=7 * 3600),
            Given(trace_id="late", span_id="c", at=30 * 3600 + 5, status="error"),
            Given(trace_id="late2", span_id="d", at=30 * 3600 + 9),
            Given(trace_id="late2", span_id="e", at=30 * 3600 + 10, parent="d", status="error"),
            Given(trace_id="other", span_id="f", project="desk", at=29 * 3600),
        )
        world.put(Given(trace_id="late", span_id="c", at=30 * 3600 + 5, status="error"))
        found = asyncio.run(activity.of_projects(world.store, [1, 2, 3], now_s))

    shop, desk, empty = found[1], found[2], found[3]
    assert (shop.traces, shop.errors) == (4, 2)
    assert shop.last_us == (START_S + 30 * 3600 + 9) * 1_000_000
    assert shop.hours == [1, *[0] * 22, 2]
    assert (desk.traces, desk.errors, desk.hours) == (1, 0, [*[0] * 22, 1, 0])
    assert (empty.traces, empty.last_us, empty.hours) == (0, None, [0] * 24)


def test_a_trace_of_this_moment_is_told_at_the_end_of_the_day(tmp_path: Path) -> None:
    with opened(tmp_path) as world:
        world.put(Given(trace_id="now", span_id="a", at=time.time() - START_S))
        told = asyncio.run(ProjectActivities(world.store).of([1]))[1]

    assert (told.trace_count, told.error_count) == (1, 0)
    assert told.last_trace_at is not None
    assert told.last_trace_at.endswith("Z")
    assert sum(told.activity[-2:]) == 1
