"""From series of metrics, in the spellings of several senders, to hosts."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from pilothouse.platform.health.hosts import SILENT_US, Host, Hosts, hosts_of
from pilothouse.platform.health.routes import router
from pilothouse.platform.store import hosts as stored
from pilothouse.platform.store.hosts import Mean, Newest
from query_world import opened

NOW_US = 1_795_132_800_000_000


def told(name: str, value: float, *, ago_us: int = 0, host: str = "vm", **more: str) -> Newest:
    """The newest point of a series; `_` in the name of an attribute stands for a dot."""
    attributes = {key.replace("_", "."): text for key, text in more.items()}
    return Newest(
        project=1,
        name=name,
        attributes={"host.name": host, **attributes},
        value=value,
        time_us=NOW_US - ago_us,
    )


def folded(*series: Newest, means: tuple[Mean, ...] = ()) -> Host:
    (host,) = hosts_of(series, means, {1: "desk"}.get)
    return host


def test_a_host_is_as_busy_as_its_cores_are_on_average() -> None:
    host = folded(
        told("system.cpu.utilization", 0.9, cpu="1"),
        told("system.cpu.utilization", 0.5, cpu="2"),
        told("system.memory.utilization", 0.25),
        told("system.memory.usage", 4e9),
    )

    assert host.cpu == pytest.approx(0.3)
    assert (host.memory, host.memory_bytes) == (0.25, 4e9)


@pytest.mark.parametrize("key", ["system_filesystem_mountpoint", "mountpoint"])
def test_disks_are_found_in_both_spellings(key: str) -> None:
    host = folded(
        told("system.filesystem.utilization", 0.6, **{key: "/"}),
        told("system.filesystem.usage", 6.0, **{key: "/", "state": "used"}),
        told("system.filesystem.usage", 4.0, **{key: "/", "state": "free"}),
    )

    (disk,) = host.filesystems
    assert (disk.mountpoint, disk.share, disk.used_bytes, disk.free_bytes) == ("/", 0.6, 6.0, 4.0)


def test_what_is_not_told_is_unknown() -> None:
    host = folded(told("process.memory.usage", 7.0, service_name="api", process_pid="12"))

    assert (host.cpu, host.memory, host.filesystems, host.gpus) == (None, None, [], [])
    (process,) = host.processes
    assert (process.project, process.service, process.pid) == ("desk", "api", "12")
    assert (process.share, process.memory_bytes) == (None, 7.0)


def test_a_process_that_fell_silent_is_gone() -> None:
    host = folded(
        told("process.memory.usage", 7.0, process_pid="1", ago_us=SILENT_US + 1),
        told("process.memory.usage", 8.0, process_pid="2"),
    )

    assert [process.pid for process in host.processes] == ["2"]


def test_the_course_has_the_busiest_disk_and_what_is_not_idle() -> None:
    def mean(name: str, value: float, part: str = "", at_s: int = 600) -> Mean:
        return Mean(host="vm", name=name, part=part, at_s=at_s, value=value)

    host = folded(
        told("system.cpu.utilization", 0.9),
        means=(
            mean("system.cpu.utilization", 0.9),
            mean("system.filesystem.utilization", 0.2, "/"),
            mean("system.filesystem.utilization", 0.7, "/data"),
            mean("hw.gpu.utilization", 0.5, "GPU-1", at_s=1200),
        ),
    )

    assert host.course == {
        600: {"cpu": pytest.approx(0.1), "disk": 0.7},
        1200: {"gpu": 0.5},
    }


def test_a_caller_sees_the_hosts_of_their_own_projects_only() -> None:
    asked: list[list[int]] = []

    class Reader:
        async def of(self, projects: list[int]) -> list[Host]:
            asked.append(projects)
            return []

    class Directory:
        def all(self) -> list[Any]:
            return [type("P", (), {"id": n, "name": name}) for n, name in ((1, "a"), (2, "b"))]

    app = FastAPI()
    # Any: a health that is not asked here
    nothing: Any = None
    reader: Any = Reader()
    directory: Any = Directory()
    app.include_router(
        router(nothing, reader, directory, allowed=lambda _request, name: name == "b")
    )

    assert TestClient(app).get("/api/v1/server/hosts").json()["items"] == []
    assert asked == [[2]]


def test_a_second_look_reads_the_last_minutes_and_shows_the_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    columns = ["project", "name", "series", "time", "attributes", "sum", "version"]
    now_us = time.time_ns() // 1000
    asked: list[int] = []
    newest = stored.newest

    async def counted(store: Any, projects: Any, since_us: int, until_us: int) -> Any:
        asked.append((until_us - since_us) // 1_000_000)
        return await newest(store, projects, since_us, until_us)

    def point(ago_s: float, value: float) -> tuple[Any, ...]:
        at_us = now_us - round(ago_s * 1e6)
        return (1, "system.memory.utilization", "s", at_us, {"host.name": "vm"}, value, 1)

    monkeypatch.setattr(stored, "newest", counted)
    with opened(tmp_path) as world:
        hosts = Hosts(world.store, {1: "desk"}.get)
        asyncio.run(world.store.insert("metric_points", columns, [point(40_000, 0.2)]))
        (before,) = asyncio.run(hosts.of([1]))
        asyncio.run(world.store.insert("metric_points", columns, [point(5, 0.8)]))
        (same,) = asyncio.run(hosts.of([1]))
        monkeypatch.setattr(time, "time_ns", lambda: (now_us + 20_000_000) * 1000)
        (after,) = asyncio.run(hosts.of([1]))
        monkeypatch.setattr(time, "time_ns", lambda: (now_us + 700_000_000) * 1000)
        (later,) = asyncio.run(hosts.of([1]))

    assert [one.memory for one in (before, same, after, later)] == [0.2, 0.2, 0.8, 0.8]
    assert [list(one.course.values()) for one in (after, later)] == [
        [{"memory": 0.2}, {"memory": 0.8}]
    ] * 2
    assert len(asked) == 3
    assert asked[0] == asked[2] == 86_460
    assert 600 <= asked[1] <= 1_300


def test_neither_a_clock_in_the_future_nor_ended_processes_hide_a_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_us = time.time_ns() // 1000
    columns = ["project", "name", "series", "time", "attributes", "sum", "version"]

    def point(name: str, pid: str, ago_s: float, value: float) -> tuple[Any, ...]:
        attributes = {"host.name": "vm", "process.pid": pid}
        return (1, name, pid, now_us - round(ago_s * 1e6), attributes, value, 1)

    points = [
        point("system.memory.utilization", "1", 30, 0.25),
        point("process.memory.usage", "1", 30, 7.0),
        point("system.memory.utilization", "2", -7200, 0.9),
        *(point("process.memory.usage", f"old{n}", 3600, 1.0) for n in range(5)),
        *(point("system.memory.utilization", f"old{n}", 3600, 0.5) for n in range(5)),
    ]
    monkeypatch.setattr(stored, "MOST_SERIES", 4)
    with opened(tmp_path) as world:
        asyncio.run(world.store.insert("metric_points", columns, points))
        rows = asyncio.run(stored.newest(world.store, [1], now_us - 86_400_000_000, now_us))
        (host,) = asyncio.run(Hosts(world.store, {1: "desk"}.get).of([1]))

    assert len(rows) == 4
    assert (host.seen_us, host.memory) == (now_us - 30_000_000, 0.25)
    assert [process.pid for process in host.processes] == ["1"]
