"""What the route of instrumented hosts answers."""

from __future__ import annotations

from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict

from pilothouse.platform.health.hosts import Host


class FilesystemOut(BaseModel):
    """A disk of a host; null is unknown."""

    model_config = ConfigDict(from_attributes=True)

    mountpoint: str
    share: float | None
    used_bytes: float | None
    free_bytes: float | None


class GpuOut(BaseModel):
    """A GPU of a host; null is unknown."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    share: float | None
    memory_share: float | None
    memory_bytes: float | None
    memory_limit_bytes: float | None


class HostProcessOut(BaseModel):
    """A process that sends its own figures."""

    model_config = ConfigDict(from_attributes=True)

    project: str
    service: str
    pid: str
    share: float | None
    """Of all cores of its host."""
    memory_bytes: float | None


class HostPoint(BaseModel):
    """A host in one interval; of several disks or GPUs the busiest counts."""

    time: datetime
    """The start of the interval."""
    cpu: float | None
    memory: float | None
    disk: float | None
    gpu: float | None


class HostOut(BaseModel):
    """A machine that sent metrics of itself; shares are of 1, null is unknown."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    """"" where its senders do not say (`host.name` of the resource)."""
    seen_at: datetime
    cpu: float | None
    """Share of its cores that was not idle."""
    memory: float | None
    memory_bytes: float | None
    filesystems: list[FilesystemOut]
    gpus: list[GpuOut]
    processes: list[HostProcessOut]
    points: list[HostPoint]


class HostsOut(BaseModel):
    """The hosts of the last 24 hours, by name."""

    interval_s: int
    """Of `points`."""
    items: list[HostOut]


def host_out(host: Host) -> HostOut:
    """A host as it is answered."""
    return HostOut(
        name=host.name,
        seen_at=datetime.fromtimestamp(host.seen_us / 1e6, UTC),
        cpu=host.cpu,
        memory=host.memory,
        memory_bytes=host.memory_bytes,
        filesystems=[FilesystemOut.model_validate(one) for one in host.filesystems],
        gpus=[GpuOut.model_validate(one) for one in host.gpus],
        processes=[HostProcessOut.model_validate(one) for one in host.processes],
        points=[
            HostPoint(
                time=datetime.fromtimestamp(at_s, UTC),
                cpu=figures.get("cpu"),
                memory=figures.get("memory"),
                disk=figures.get("disk"),
                gpu=figures.get("gpu"),
            )
            for at_s, figures in host.course.items()
        ],
    )
