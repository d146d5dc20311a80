"""Several workers on one socket: started, replaced when they die, drained one after the other.

No request passes through it. SIGHUP replaces each worker by a new one that is ready before the old
one is asked to go; in development a changed file does the same to all.
"""

from __future__ import annotations

import logging
import os
import select
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, Final

from pilothouse.notifying import ServiceManager
from pilothouse.serving.metrics import MULTIPROCESS

log = logging.getLogger("pilothouse.serving")

LISTENER: Final = "PILOTHOUSE_SERVE_LISTENER"
READY: Final = "PILOTHOUSE_SERVE_READY"
"""File descriptors that a worker inherits: of the socket, and of a pipe to say that it is ready."""
LOOK_S: Final = 0.1
START_S: Final = 60.0
LONGEST_WAIT_S: Final = 5.0
LEFT_OUT: Final = frozenset((".venv", "venv", "node_modules", "__pycache__", "site-packages"))


class Worker:
    """One process."""

    def __init__(self, command: Sequence[str], listener: socket.socket, metrics: str) -> None:
        self._pipe, told = os.pipe()
        environ = {**os.environ, LISTENER: str(listener.fileno()), READY: str(told)}
        if metrics:
            environ[MULTIPROCESS] = metrics
        self.process = subprocess.Popen(  # noqa: S603 - this interpreter, with a module of ours
            command, env=environ, pass_fds=(listener.fileno(), told), stdin=subprocess.DEVNULL
        )
        os.close(told)
        self._ready = False

    @property
    def ready(self) -> bool:
        """Whether it has begun to serve."""
        if not self._ready and select.select([self._pipe], [], [], 0)[0]:
            self._ready = os.read(self._pipe, 1) == b"1"
        return self._ready

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self.process.poll() is None

    def stop(self, number: int = signal.SIGTERM) -> None:
        """Ask it to go."""
        if self.alive:
            self.process.send_signal(number)

    def forget(self) -> None:
        """Wait for its end, and close what was shared with it."""
        self.process.wait()
        os.close(self._pipe)


class Supervisor:
    """Keeps a number of workers at work until it is asked to stop."""

    def __init__(
        self,
        command: Sequence[str],
        listener: socket.socket,
        number: int,
        *,
        reload: bool = False,
        on_ready: Callable[[], None],
        manager: ServiceManager,
    ) -> None:
        self._command = command
        self._listener = listener
        self._number = number
        self._reload = reload
        self._on_ready = on_ready
        self._manager = manager
        self._workers: list[Worker] = []
        self._asked = 0
        self._signal = signal.SIGTERM
        self._news = threading.Event()
        self._renew = False
        self._failures = 0
        self._metrics = ""

    def run(self) -> int:
        """-> 0 once it was asked to stop and all have gone; 1 where workers cannot start."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        signal.signal(signal.SIGHUP, self._replace)
        self._listener.listen(2048)
        with tempfile.TemporaryDirectory(prefix="pilothouse-metrics-") as folder:
            self._metrics = folder if self._number > 1 else ""
            try:
                self._workers = [self._new() for _ in range(self._number)]
                if not self._all_ready() and not self._asked and not self._reload:
                    return 1
                self._on_ready()
                self._keep()
                return 0
            finally:
                self._end()

    def _keep(self) -> None:
        seen = dict(_times()) if self._reload else {}
        while not self._asked:
            self._news.wait(LOOK_S)
            self._news.clear()
            self._manager.alive()
            for place, worker in enumerate(self._workers):
                if not worker.alive and not self._asked:
                    self._workers[place] = self._instead_of(worker)
            if self._reload and not self._asked:
                now = dict(_times())
                if now != seen:
                    log.warning("a file has changed; starting anew")
                    seen, self._renew = now, True
            if self._renew and not self._asked:
                self._renew = False
                self._replace_all()

    def _instead_of(self, worker: Worker) -> Worker:
        log.warning("worker %d ended with %s", worker.process.pid, worker.process.returncode)
        self._failures = 0 if worker.ready else self._failures + 1
        self._gone(worker)
        wait_s = min(LONGEST_WAIT_S, 0.1 * 2**self._failures) if self._failures else 0.0
        if self._reload and self._failures:
            wait_s = 0.5
        self._news.wait(wait_s)
        return self._new()

    def _replace_all(self) -> None:
        for place, old in enumerate(self._workers):
            if self._reload:  # what has changed must not answer any more
                old.stop(signal.SIGINT)
            new = self._new()
            end = time.monotonic() + START_S
            while not new.ready and new.alive and time.monotonic() < end and not self._asked:
                self._manager.alive()
                self._news.wait(LOOK_S)
            if not new.ready and not self._reload:
                log.error("the new worker does not start; the old ones go on")
                new.stop(signal.SIGKILL)
                new.forget()
                return
            old.stop(signal.SIGTERM)
            while old.alive:
                self._manager.alive()
                self._news.wait(LOOK_S)
            self._gone(old)
            self._workers[place] = new

    def _new(self) -> Worker:
        return Worker(self._command, self._listener, self._metrics)

    def _gone(self, worker: Worker) -> None:
        worker.forget()
        if self._metrics:
            os.environ[MULTIPROCESS] = self._metrics
            from prometheus_client.multiprocess import mark_process_dead

            forget: Any = mark_process_dead  # has no types
            forget(worker.process.pid)

    def _all_ready(self) -> bool:
        end = time.monotonic() + START_S
        while time.monotonic() < end and not self._asked:
            if all(worker.ready for worker in self._workers):
                return True
            if not all(worker.alive for worker in self._workers):
                return False
            self._news.wait(LOOK_S)
        return False

    def _end(self) -> None:
        self._manager.stopping()
        for worker in self._workers:
            worker.stop(self._signal)
        asked = self._asked
        while any(worker.alive for worker in self._workers):
            self._news.wait(LOOK_S)
            self._news.clear()
            if self._asked > max(asked, 1):
                asked = self._asked
                for worker in self._workers:
                    worker.stop(self._signal)
        for worker in self._workers:
            worker.forget()

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        self._asked += 1
        self._signal = signal.Signals(number)
        self._news.set()

    def _replace(self, _number: int, _frame: FrameType | None) -> None:
        self._renew = True
        self._news.set()


def _times() -> Iterator[tuple[str, float]]:
    """When each Python file below the working directory was changed."""
    for folder, folders, files in os.walk(Path.cwd()):
        folders[:] = [f for f in folders if f not in LEFT_OUT and not f.startswith(".")]
        for name in files:
            if name.endswith(".py"):
                path = Path(folder, name)
                try:
                    yield str(path), path.stat().st_mtime
                except FileNotFoundError:  # it went while we looked
                    continue
