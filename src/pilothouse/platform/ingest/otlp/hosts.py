"""Which points about machines and processes are kept, and what is kept with them of their sender.

Of a processor only how idle each core was, of memory only what is used: the rest follows from it,
and a machine of 64 cores would send hundreds of points a minute.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pilothouse.platform.store import hosts

_STATES: Final[Mapping[str, frozenset[Any]]] = {
    hosts.CPU: frozenset({"idle"}),
    hosts.MEMORY: frozenset({"used"}),
    hosts.MEMORY_BYTES: frozenset({"used"}),
    hosts.FILESYSTEM: frozenset({"used", None}),
    hosts.FILESYSTEM_BYTES: frozenset({"used", "free"}),
    hosts.GPU: frozenset({"general", None}),
}
"""The states that are kept, where not all are; None: a point that names none."""
_SPELLINGS: Final = (
    "cpu.mode",
    "system.cpu.state",
    "system.memory.state",
    "system.filesystem.state",
    "hw.gpu.task",
    "state",
)
_SENDER: Final = (hosts.HOST, "service.name", "process.pid")


def is_of_host(name: str) -> bool:
    """Whether a metric is about a machine or a process."""
    return name in hosts.NAMES


def of_host(
    name: str, resource: Mapping[str, Any], attributes: Mapping[str, Any]
) -> dict[str, Any] | None:
    """The attributes of a point with its sender's; None for a point that is not kept."""
    state = next((attributes[key] for key in _SPELLINGS if key in attributes), None)
    if name in _STATES and (not isinstance(state, str | None) or state not in _STATES[name]):
        return None
    sender = {key: resource[key] for key in _SENDER if key in resource}
    told = dict(attributes) if state is None else {**attributes, "state": state}
    return sender | told
