"""Joins a Ray cluster, or starts one on this machine."""

from __future__ import annotations

import os
import socket
from typing import Final

from pilothouse.evaluation.extras import required

LOCAL: Final = "local"
_PATIENCE_S: Final = 10.0
"""How long the head of a cluster may take to answer at all."""


def join(address: str) -> bool:
    """Connects, unless the program has; -> whether to disconnect afterwards.

    Raises ConnectionError where there is no cluster, ImportError without Ray.
    """
    ray = required("ray", extra="ray")
    if ray.is_initialized():
        return False
    # what runs on somebody's own machine tells nobody of it
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        _check_listens(address)
        ray.init(
            address,
            include_dashboard=False if address == LOCAL else None,
            logging_level="error",
            log_to_driver=False,
        )
    except (OSError, ValueError, RuntimeError) as e:
        said = (str(e) or type(e).__name__).splitlines()[0]
        raise ConnectionError(f"no Ray cluster at {address!r}: {said}") from e
    return True


def _check_listens(address: str) -> None:
    """Raises OSError where nobody answers: Ray itself would try for more than a minute."""
    host, colon, port = address.rpartition(":")
    if colon and port.isdecimal() and "/" not in host:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_PATIENCE_S).close()
