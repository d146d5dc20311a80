"""What systemd is told of a service with Type=notify: that it is ready, lives, and goes.

The protocol is a datagram of lines to the socket that `NOTIFY_SOCKET` names (sd_notify(3)). Where
nobody listens, nothing is said.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import MutableMapping
from typing import Final

log = logging.getLogger("pilothouse")

SOCKET: Final = "NOTIFY_SOCKET"
WATCHDOG: Final = "WATCHDOG_USEC"
WATCHDOG_OF: Final = "WATCHDOG_PID"


class ServiceManager:
    """Whoever started this process and waits to hear of it; may be nobody."""

    def __init__(self, address: str = "", *, watchdog_s: float = 0.0) -> None:
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._beat_s = watchdog_s / 2
        self._next_beat_at = 0.0

    @classmethod
    def of_environment(cls, environ: MutableMapping[str, str] | None = None) -> ServiceManager:
        """The one that the environment names, which is taken out of it: children say nothing."""
        environ = os.environ if environ is None else environ
        address = environ.pop(SOCKET, "")
        microseconds = environ.pop(WATCHDOG, "")
        meant = environ.pop(WATCHDOG_OF, str(os.getpid()))
        watched = microseconds.isdigit() and meant == str(os.getpid())
        return cls(address, watchdog_s=int(microseconds) / 1e6 if watched else 0.0)

    def ready(self, status: str) -> None:
        """That requests are answered."""
        self._say(f"READY=1\nMAINPID={os.getpid()}\nSTATUS={_line(status)}")

    def alive(self) -> None:
        """That the loop turns; said twice in the time after which silence means a restart."""
        now = time.monotonic()
        if self._beat_s and now >= self._next_beat_at:
            self._next_beat_at = now + self._beat_s
            self._say("WATCHDOG=1")

    def stopping(self) -> None:
        """That it was asked to go and ends what is under way."""
        self._say("STOPPING=1\nSTATUS=Ending what is under way")

    def _say(self, text: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as speaker:
                speaker.setblocking(False)
                speaker.sendto(text.encode(), self._address)
        except OSError as error:
            log.warning("the service manager was not told %r: %s", text.partition("\n")[0], error)


def _line(text: str) -> str:
    return " ".join(text.split())
