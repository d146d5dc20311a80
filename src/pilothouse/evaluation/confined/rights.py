"""Gives up what a process may do, and tells what it could give up."""

from __future__ import annotations

import ctypes
import os
import site
import struct
import sys
import sysconfig
from contextlib import suppress
from typing import Any, Final

from pilothouse.evaluation.confined.landlock import shut
from pilothouse.evaluation.confined.seccomp import close_doors

KINDS: Final = frozenset({"network", "processes", "files", "memory"})
"""What can be kept from code."""
_NEW_NAMESPACES: Final = 0x10000000 | 0x40000000 | 0x08000000 | 0x04000000  # user, net, ipc, uts
_CAPABILITY_VERSION: Final = 0x20080522
_PR_SET_NO_NEW_PRIVS: Final = 38
_OPEN_FILES: Final = 64

_READABLE: Final = (
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/usr/share/zoneinfo",
    "/dev/urandom",
)
"""What programs need and everybody may read: libraries and time zones."""


def give_up(*, memory_bytes: int, file_bytes: int, folder: str | None) -> dict[str, str]:
    """Takes this process's rights from it; says by what, for each of the KINDS that it could."""
    by: dict[str, str] = {}
    if sys.platform == "linux":
        isolated = _own_namespaces()
        _renounce()
        if shut(_libraries(), [folder] if folder else []):
            by["files"] = "landlock"
    if _limited(memory_bytes, file_bytes):
        by["memory"] = "rlimit"
    if sys.platform == "linux":
        _drop_capabilities()
        if close_doors():
            by["network"] = "seccomp and namespace" if isolated else "seccomp"
            by["processes"] = "seccomp"
    return by


def _own_namespaces() -> bool:
    """Leaves the machine's network, where that is permitted: a second lock behind seccomp."""
    return bool(ctypes.CDLL(None, use_errno=True).unshare(_NEW_NAMESPACES) == 0)


def _renounce() -> None:
    """Lets no program it starts gain rights: Landlock and seccomp ask this of all but root."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def _drop_capabilities() -> None:
    """Leaves root nothing that others do not have. Needs no success: others have none."""
    header = struct.pack("=Ii", _CAPABILITY_VERSION, 0)
    ctypes.CDLL(None, use_errno=True).capset(header, bytes(24))


def _libraries() -> list[str]:
    paths = sysconfig.get_paths()
    own = [paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    shared = [f"{prefix}/lib" for prefix in (sys.prefix, sys.base_prefix)]
    return [*_READABLE, *own, *shared, *site.getsitepackages()]


def _limited(memory_bytes: int, file_bytes: int) -> bool:
    """Whether memory is limited; on macOS the system takes no limit for it."""
    resource = _resource()
    if resource is None:
        return False
    for limit, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
    ):
        resource.setrlimit(limit, (most, most))
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
        return sys.platform == "linux"
    return False


def _resource() -> Any:  # Any: the module, which Windows does not have
    if os.name == "nt":
        return None
    import resource

    return resource
