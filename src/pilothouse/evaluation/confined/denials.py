"""Refuses network and processes within Python, with a sentence that says why.

On Linux the kernel refuses them as well, whatever the code does; this hook then only says it more
clearly. Where the kernel does not, it stops the careless and not the malicious.
"""

from __future__ import annotations

import sys
from typing import Any, Final


class NetworkDenied(PermissionError):
    """The code wanted the network."""


class ProcessDenied(PermissionError):
    """The code wanted another process."""


_NETWORK: Final = frozenset(
    {
        "socket.connect",
        "socket.bind",
        "socket.getaddrinfo",
        "socket.gethostbyname",
        "socket.gethostbyaddr",
        "socket.getnameinfo",
        "socket.sendto",
        "socket.sendmsg",
    }
)
_PROCESSES: Final = frozenset(
    {
        "os.exec",
        "os.fork",
        "os.forkpty",
        "os.kill",
        "os.killpg",
        "os.posix_spawn",
        "os.spawn",
        "os.startfile",
        "os.system",
        "pty.spawn",
        "subprocess.Popen",
    }
)
_LOCAL: Final = 1  # AF_UNIX: asyncio wakes itself through a pair of these


def deny() -> None:
    """From here on, for good."""
    sys.addaudithook(_refuse)


def denied(error: BaseException) -> type[PermissionError] | None:
    """What was refused, where an error comes from that."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        if isinstance(cause, NetworkDenied | ProcessDenied):
            return type(cause)
        cause = cause.__cause__ or cause.__context__
    return None


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:  # Any: each event has its own
    if event in _NETWORK or (event == "socket.__new__" and arguments[1] != _LOCAL):
        raise NetworkDenied("the sandbox has no network")
    if event in _PROCESSES:
        raise ProcessDenied("the sandbox allows no other process")
