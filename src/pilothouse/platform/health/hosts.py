"""From series of metrics to hosts: how busy each machine is that sent something lately."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from statistics import fmean
from typing import Final

from pilothouse.platform.store import hosts as stored
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.hosts import Mean, Newest

DAY_S: Final = 86_400
INTERVAL_S: Final = 600
INTERVAL_US: Final = INTERVAL_S * 1_000_000
WHOLE_US: Final = 600_000_000
"""After so long the whole day is read again: points may come late, and others be deleted."""
FRESH_US: Final = 10_000_000
"""So old may be what is shown, however many look: hosts send once a minute."""
MOST_KNOWN: Final = 4
"""Sets of projects of which a day is kept: those that look differ in what they may see."""
SILENT_US: Final = 600_000_000
"""What a host has not told for so long, while it told other things, is gone: an ended process."""
AHEAD_US: Final = 60_000_000
"""How far a sender's clock may be ahead; less than SILENT_US, or it would hide other senders."""

Course = dict[int, dict[str, float]]
"""Start of an interval → name of a figure → its mean there."""


@dataclass(slots=True, kw_only=True)
class Filesystem:
    """A disk of a host, as far as it is known."""

    mountpoint: str
    share: float | None = None
    used_bytes: float | None = None
    free_bytes: float | None = None


@dataclass(slots=True, kw_only=True)
class Gpu:
    """A GPU of a host, as far as it is known."""

    id: str
    name: str = ""
    share: float | None = None
    memory_share: float | None = None
    memory_bytes: float | None = None
    memory_limit_bytes: float | None = None


@dataclass(slots=True, kw_only=True)
class HostProcess:
    """A process that sends its own figures."""

    project: str
    service: str
    pid: str
    share: float | None = None
    """Of all cores of its host."""
    memory_bytes: float | None = None


@dataclass(slots=True, kw_only=True)
class Host:
    """A machine that sent something in the last day; shares are of 1."""

    name: str
    """"" where its senders do not say."""
    seen_us: int
    cpu: float | None
    """Share of its cores that was not idle."""
    memory: float | None
    memory_bytes: float | None
    filesystems: list[Filesystem]
    gpus: list[Gpu]
    processes: list[HostProcess]
    course: Course = field(default_factory=dict)


@dataclass(slots=True)
class _Read:
    """What was read of a day, and since then of its last minutes."""

    at_us: int
    """When the day was read."""
    looked_us: int = 0
    """When the last of it was."""
    newest: dict[tuple[int, str, str], Newest] = field(default_factory=dict)
    """By project, metric and series."""
    means: dict[tuple[str, str, str, int], Mean] = field(default_factory=dict)
    """By host, metric, part and interval."""

    def add(self, newest: Iterable[Newest], means: Iterable[Mean]) -> None:
        """Put what was read in the place of what was known."""
        self.newest |= {(one.project, one.name, one.series): one for one in newest}
        self.means |= {(one.host, one.name, one.part, one.at_s): one for one in means}


class Hosts:
    """Reads what instrumented hosts sent: a day now and then, between that its last minutes."""

    def __init__(self, store: Store, name_of: Callable[[int], str | None]) -> None:
        self._store = store
        self._name_of = name_of
        self._known: dict[tuple[int, ...], _Read] = {}
        self._reading = asyncio.Lock()

    async def of(self, projects: Collection[int]) -> list[Host]:
        """The hosts that sent something to these projects in the last 24 hours, by name.

        What comes so late that others have looked at its time stands there ten minutes later.
        """
        await self._store.visible()
        now_us = time.time_ns() // 1000
        async with self._reading:  # whoever looks at the same time looks at the same points
            known = await self._read(tuple(sorted(projects)), now_us)
        since_us = now_us - DAY_S * 1_000_000
        newest = [one for one in known.newest.values() if one.time_us >= since_us]
        means = (one for one in known.means.values() if one.at_s * 1_000_000 >= since_us)
        return hosts_of(newest, sorted(means, key=lambda one: one.at_s), self._name_of)

    async def _read(self, projects: tuple[int, ...], now_us: int) -> _Read:
        known = self._known.pop(projects, None)
        if known is not None and 0 <= now_us - known.looked_us < FRESH_US:
            self._known[projects] = known
            return known
        if known is None or not 0 <= now_us - known.at_us < WHOLE_US:
            known, since_us = _Read(now_us), now_us - DAY_S * 1_000_000
        else:
            # From the begin of an interval: a mean takes the place of the one of all its points.
            since_us = (known.at_us // INTERVAL_US - 1) * INTERVAL_US
        until_us = now_us + AHEAD_US
        newest = await stored.newest(self._store, projects, since_us, until_us)
        if newest:
            means = await stored.means(self._store, projects, since_us, until_us, INTERVAL_S)
            known.add(newest, means)
        known.looked_us = now_us
        self._known[projects] = known
        while len(self._known) > MOST_KNOWN:
            del self._known[next(iter(self._known))]
        return known


def hosts_of(
    newest: Iterable[Newest], means: Iterable[Mean], name_of: Callable[[int], str | None]
) -> list[Host]:
    """The hosts of some series, by name."""
    by_host: dict[str, list[Newest]] = {}
    for one in newest:
        by_host.setdefault(one.attributes.get(stored.HOST, ""), []).append(one)
    hosts = {name: _host(name, series, name_of) for name, series in sorted(by_host.items())}
    for mean in means:
        if mean.host in hosts:
            _add(hosts[mean.host].course, mean)
    return list(hosts.values())


def _host(name: str, series: list[Newest], name_of: Callable[[int], str | None]) -> Host:
    seen_us = max(one.time_us for one in series)
    by_name: dict[str, list[Newest]] = {}
    for one in series:
        if one.time_us >= seen_us - SILENT_US:
            by_name.setdefault(one.name, []).append(one)
    idle = _mean(by_name, stored.CPU)
    return Host(
        name=name,
        seen_us=seen_us,
        cpu=None if idle is None else _share(1 - idle),
        memory=_mean(by_name, stored.MEMORY),
        memory_bytes=_mean(by_name, stored.MEMORY_BYTES),
        filesystems=_filesystems(by_name),
        gpus=_gpus(by_name),
        processes=_processes(by_name, name_of),
    )


Series = Mapping[str, list[Newest]]
"""By the name of the metric."""


def _mean(series: Series, name: str) -> float | None:
    values = [one.value for one in series.get(name, ())]
    return fmean(values) if values else None


def _share(value: float) -> float:
    return min(1.0, max(0.0, value))


def _filesystems(series: Series) -> list[Filesystem]:
    found: dict[str, Filesystem] = {}
    for one in (*series.get(stored.FILESYSTEM, ()), *series.get(stored.FILESYSTEM_BYTES, ())):
        told = one.attributes
        place = next((told[key] for key in stored.MOUNTPOINTS if key in told), "")
        filesystem = found.setdefault(place, Filesystem(mountpoint=place))
        if one.name == stored.FILESYSTEM:
            filesystem.share = one.value
        elif told.get("state") == "free":
            filesystem.free_bytes = one.value
        else:
            filesystem.used_bytes = one.value
    return [found[place] for place in sorted(found)]


def _gpus(series: Series) -> list[Gpu]:
    found: dict[str, Gpu] = {}
    names = (stored.GPU, stored.GPU_MEMORY, stored.GPU_BYTES, stored.GPU_LIMIT)
    for one in (one for name in names for one in series.get(name, ())):
        number = one.attributes.get(stored.GPU_ID, "")
        gpu = found.setdefault(number, Gpu(id=number))
        gpu.name = gpu.name or one.attributes.get("hw.name", "")
        if one.name == stored.GPU:
            gpu.share = one.value
        elif one.name == stored.GPU_MEMORY:
            gpu.memory_share = one.value
        elif one.name == stored.GPU_BYTES:
            gpu.memory_bytes = one.value
        else:
            gpu.memory_limit_bytes = one.value
    return [found[number] for number in sorted(found)]


def _processes(series: Series, name_of: Callable[[int], str | None]) -> list[HostProcess]:
    found: dict[tuple[str, str, str], HostProcess] = {}
    for one in (*series.get(stored.PROCESS_CPU, ()), *series.get(stored.PROCESS_BYTES, ())):
        told = one.attributes
        key = (
            name_of(one.project) or "",
            told.get("service.name", ""),
            told.get("process.pid", ""),
        )
        project, service, pid = key
        process = found.setdefault(key, HostProcess(project=project, service=service, pid=pid))
        if one.name == stored.PROCESS_CPU:  # a sender may split it by mode
            process.share = (process.share or 0.0) + one.value
        else:
            process.memory_bytes = one.value
    return [found[key] for key in sorted(found)]


_FIGURES: Final = {
    stored.CPU: "cpu",
    stored.MEMORY: "memory",
    stored.FILESYSTEM: "disk",
    stored.GPU: "gpu",
}


def _add(course: Course, mean: Mean) -> None:
    """Put a mean into the course; of several disks or GPUs the busiest counts."""
    value = _share(1 - mean.value) if mean.name == stored.CPU else mean.value
    figures = course.setdefault(mean.at_s, {})
    figure = _FIGURES[mean.name]
    figures[figure] = max(value, figures.get(figure, value))
