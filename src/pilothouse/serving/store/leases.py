"""Who holds something: a process, for as long as it says so again and again."""

from __future__ import annotations

import os
import socket
import time
from typing import Final

LEASE_S: Final = 20.0
RENEW_S: Final = 5.0
HERE: Final = socket.gethostname()


def here() -> str:
    """This process; asked each time, since workers may be forks."""
    return f"{HERE}:{os.getpid()}"


def is_gone(holder: str) -> bool:
    """Whether the process that holds a lease is one of this machine that has ended."""
    host, _, pid = holder.rpartition(":")
    if host != HERE or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def now() -> int:
    """Microseconds since 1970."""
    return time.time_ns() // 1000


def until() -> int:
    """When a lease that is renewed now ends."""
    return now() + int(LEASE_S * 1e6)
