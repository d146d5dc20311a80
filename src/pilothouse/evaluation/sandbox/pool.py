"""A sandbox: processes that are kept warm for the sources they have run."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, Self

from pilothouse.evaluation.sandbox.limits import Confinement, Limits
from pilothouse.evaluation.sandbox.process import Process


class Sandbox:
    """Runs Python source in processes of its own, without network, files or other processes.

        with Sandbox() as sandbox:
            sandbox.run("def twice(x): return 2 * x", "twice", {"x": 21})

    A process serves one source for many calls and is replaced when it hits a limit, so what a
    source keeps in its globals lasts until then. Threads may share a sandbox.
    """

    def __init__(
        self, limits: Limits | None = None, *, workers: int = 4, allow_weaker: bool = False
    ) -> None:
        """At most `workers` processes at once; whoever finds none free waits.

        `allow_weaker` runs code where the platform cannot confine it, too.
        """
        if workers < 1:
            raise ValueError("workers must be at least 1")
        self.limits = limits or Limits()
        self.workers = workers
        self.allow_weaker = allow_weaker
        self._fresh()

    def run(
        self,
        source: str,
        function: str,
        kwargs: Mapping[str, Any] | None = None,
        *,
        fresh: bool = False,
    ) -> Any:
        """What the function of the source returns for these arguments, as JSON holds it.

        `fresh` takes a process that nothing ran in before, and none runs in after: for arguments
        that are code themselves, which could change what the next call finds.

        Raises SandboxError.
        """
        with self._process(source, fresh=fresh) as process:
            return process.call(function, kwargs or {})

    async def arun(
        self, source: str, function: str, kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """The same without blocking the event loop."""
        from anyio import to_thread

        return await to_thread.run_sync(partial(self.run, source, function, kwargs))

    def confinement(self) -> Confinement:
        """What this platform keeps from the code. Raises Unconfined where that is too little."""
        with self._process("") as process:
            return process.confinement

    def close(self) -> None:
        """Ends all processes that run nothing; those that do end with their call."""
        with self._changed:
            self._closed = True
            idle = self._idle.copy()
            self._idle.clear()
            self._count -= len(idle)
        for process in idle:
            process.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _fresh(self) -> None:
        self._changed = threading.Condition()
        self._idle: list[Process] = []
        """Those that wait for a call, the one that has waited longest first."""
        self._count = 0
        self._closed = False
        self._owner = os.getpid()
        weakref.finalize(self, _end, self._idle, self._owner)  # at the program's end, too

    @contextmanager
    def _process(self, source: str, *, fresh: bool = False) -> Iterator[Process]:
        """A process for the source, to be used by one caller."""
        if self._owner != os.getpid():
            self._fresh()  # a forked child must not talk to its parent's processes
        process = self._taken(source, fresh=fresh)
        try:
            if process is None:
                process = Process(source, self.limits, allow_weaker=self.allow_weaker)
            yield process
        finally:
            if fresh and process is not None:
                process.close()
            self._give_back(process)

    def _taken(self, source: str, *, fresh: bool) -> Process | None:
        """One that waits for such a call; None: the caller may start one."""
        replaced: Process | None = None
        with self._changed:
            while True:
                same = (p for p in reversed(self._idle) if p.source == source)
                if not fresh and (own := next(same, None)) is not None:
                    self._idle.remove(own)
                    return own
                if self._count < self.workers:
                    self._count += 1
                    break
                if self._idle:
                    replaced = self._idle.pop(0)
                    break
                self._changed.wait()
        if replaced is not None:
            replaced.close()
        return None

    def _give_back(self, process: Process | None) -> None:
        over = process is None or not process.alive
        with self._changed:
            if over or self._closed:
                self._count -= 1
            elif process is not None:
                self._idle.append(process)
            self._changed.notify()
        if process is not None and (over or self._closed):
            process.close()


def _end(idle: list[Process], owner: int) -> None:
    if owner == os.getpid():
        for process in idle:
            process.close()
