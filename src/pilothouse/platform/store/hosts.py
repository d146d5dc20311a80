"""Metrics of machines and their processes, as instrumented hosts send them."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pilothouse.platform.store.engine import Store

CPU: Final = "system.cpu.utilization"
MEMORY: Final = "system.memory.utilization"
MEMORY_BYTES: Final = "system.memory.usage"
FILESYSTEM: Final = "system.filesystem.utilization"
FILESYSTEM_BYTES: Final = "system.filesystem.usage"
PROCESS_CPU: Final = "process.cpu.utilization"
PROCESS_BYTES: Final = "process.memory.usage"
GPU: Final = "hw.gpu.utilization"
GPU_MEMORY: Final = "hw.gpu.memory.utilization"
GPU_BYTES: Final = "hw.gpu.memory.usage"
GPU_LIMIT: Final = "hw.gpu.memory.limit"
NAMES: Final = (
    *(CPU, MEMORY, MEMORY_BYTES, FILESYSTEM, FILESYSTEM_BYTES, PROCESS_CPU, PROCESS_BYTES),
    *(GPU, GPU_MEMORY, GPU_BYTES, GPU_LIMIT),
)
HOST: Final = "host.name"
MOUNTPOINTS: Final = ("system.filesystem.mountpoint", "mountpoint")
"""How the attribute is called, newest spelling first."""
GPU_ID: Final = "hw.id"
PROCESSES_US: Final = 900_000_000
"""How far back processes are looked for: each that ever ran has series of its own."""
MOST_SERIES: Final = 2_000
"""Of a host: its machine's are told by each of its processes."""
MOST_ROWS: Final = 50_000
MOST_MEANS: Final = 200_000
"""Of a day, in intervals of ten minutes: those of 300 hosts with four parts."""
_OF_HOSTS: Final = """
    project IN {projects:Array(UInt32)}
    AND name IN {names:Array(String)}
    AND time >= fromUnixTimestamp64Micro({since:Int64})
    AND time < fromUnixTimestamp64Micro({until:Int64})
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Newest:
    """The newest value of a series."""

    project: int
    name: str
    series: str = ""
    """What tells its senders apart."""
    attributes: Mapping[str, str]
    """With those of its sender: host, service, process."""
    value: float
    time_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Mean:
    """The mean of a metric in an interval, of one host, and there of one disk or GPU."""

    host: str
    name: str
    part: str
    at_s: int
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """How busy a host was: of several disks or GPUs the fullest or busiest."""

    host: str
    name: str
    at_s: int
    """The begin of the interval in seconds since 1970; 0 where none was asked for."""
    share: float


async def newest(
    store: Store, projects: Collection[int], since_us: int, until_us: int
) -> list[Newest]:
    """The newest value of each series in a time, of processes in its last minutes."""
    rows = await store.rows(
        f"""
        SELECT project, name, series, any(attributes) AS told, argMax(sum, time),
            toUnixTimestamp64Micro(max(time)) AS seen
        FROM metric_points
        WHERE {_OF_HOSTS}
            AND (
                name NOT IN {{of_processes:Array(String)}}
                OR time >= fromUnixTimestamp64Micro({{processes_since:Int64}})
            )
        GROUP BY project, name, series
        ORDER BY seen DESC
        LIMIT {MOST_SERIES} BY told['{HOST}']
        LIMIT {MOST_ROWS}
        """,
        _asked(projects, NAMES, since_us, until_us)
        | {
            "of_processes": [PROCESS_CPU, PROCESS_BYTES],
            "processes_since": until_us - PROCESSES_US,
        },
    )
    return [
        Newest(
            project=project,
            name=name,
            series=series,
            attributes=attributes,
            value=value,
            time_us=int(seen),
        )
        for project, name, series, attributes, value, seen in rows
    ]


async def means(
    store: Store, projects: Collection[int], since_us: int, until_us: int, interval_s: int
) -> list[Mean]:
    """How busy hosts were, by interval, the newest first; of a processor how idle it was."""
    parts = ", ".join(f"attributes['{key}']" for key in (*MOUNTPOINTS, GPU_ID))
    rows = await store.rows(
        f"""
        SELECT attributes['{HOST}'] AS host, name, concat({parts}) AS part,
            toUnixTimestamp(toStartOfInterval(time, toIntervalSecond({{interval:UInt32}}))) AS at,
            avg(sum)
        FROM metric_points
        WHERE {_OF_HOSTS}
        GROUP BY host, name, part, at
        ORDER BY at DESC
        LIMIT {MOST_MEANS}
        """,
        _asked(projects, (CPU, MEMORY, FILESYSTEM, GPU), since_us, until_us)
        | {"interval": interval_s},
    )
    return [
        Mean(host=host, name=name, part=part, at_s=int(at), value=value)
        for host, name, part, at, value in rows
    ]


async def busy(
    store: Store,
    projects: Collection[int],
    names: Collection[str],
    since_us: int,
    until_us: int,
    interval_s: int | None,
) -> list[Busy]:
    """How busy hosts were in a time, or in each interval of it."""
    parts = ", ".join(f"attributes['{key}']" for key in (*MOUNTPOINTS, GPU_ID))
    at = "0"
    if interval_s is not None:
        at = "toUnixTimestamp(toStartOfInterval(time, toIntervalSecond({interval:UInt32})))"
    rows = await store.rows(
        f"""
        SELECT host, name, at, max(share)
        FROM (
            SELECT attributes['{HOST}'] AS host, name, concat({parts}) AS part, {at} AS at,
                least(1, greatest(0, if(name = '{CPU}', 1 - avg(sum), avg(sum)))) AS share
            FROM metric_points
            WHERE {_OF_HOSTS}
            GROUP BY host, name, part, at
        )
        GROUP BY host, name, at
        ORDER BY host, name, at
        """,
        _asked(projects, names, since_us, until_us) | {"interval": interval_s or 0},
    )
    return [Busy(host=host, name=name, at_s=int(at), share=share) for host, name, at, share in rows]


async def oldest(store: Store, projects: Collection[int]) -> int:
    """When the first metric of a host was sent that is kept, in seconds since 1970; else now."""
    rows = await store.rows(
        """
        SELECT toUnixTimestamp(min(time)), count()
        FROM metric_points
        WHERE project IN {projects:Array(UInt32)} AND name IN {names:Array(String)}
        """,
        {"projects": sorted(projects), "names": list(NAMES)},
    )
    [(first, points)] = rows
    return int(first) if points else int(time.time())


def _asked(
    projects: Collection[int], names: Collection[str], since_us: int, until_us: int
) -> dict[str, Any]:
    return {
        "projects": sorted(projects),
        "names": list(names),
        "since": since_us,
        "until": until_us,
    }
