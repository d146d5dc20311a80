"""One process that runs one source, as seen by whoever asks it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import IO, Any, Final, TypeVar

from pilothouse.evaluation.sandbox import errors
from pilothouse.evaluation.sandbox.errors import (
    BadResult,
    BadSource,
    CodeRaised,
    Crashed,
    OutOfMemory,
    SandboxError,
    TimedOut,
    Unconfined,
)
from pilothouse.evaluation.sandbox.limits import Confinement, Limits
from pilothouse.evaluation.sandbox.pipes import Broken, Late, Pipes, TooMuch

T = TypeVar("T")

_WORKER: Final = "pilothouse.evaluation.confined.worker"
_START_S: Final = 60.0
"""How long a busy machine may take to start the process, before any of the code runs."""
_LOOK_S: Final = 1.0
"""How often its clock is looked at: code can ignore the signal that its time is up."""
_LIVES: Final = 20
"""So many times the processor time of a call a process may take in all: between calls, too, code
can go on, in threads that ignore the signal, and then nobody looks."""
_MEGABYTE: Final = 1 << 20
_ENVIRONMENT: Final = {
    "LANG": "C.UTF-8",
    "OMP_NUM_THREADS": "1",  # each thread of a linear algebra library reserves memory
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
}
"""What the process sees of an environment: nothing of ours, where keys stand."""
_WHERE_LIBRARIES_ARE: Final = "LD_LIBRARY_PATH"
"""But for this, without which some interpreters do not start."""


class Process:
    """Started with a source; over once a limit was hit. Takes one call at a time."""

    def __init__(self, source: str, limits: Limits, *, allow_weaker: bool) -> None:
        """Raises what loading the source raises, and Unconfined."""
        self.source = source
        self.limits = limits
        if sys.platform == "win32":
            raise Unconfined("Windows confines no code: run it on Linux 5.13 or later")
        self._folder = tempfile.mkdtemp(prefix="pilothouse-sandbox-") if limits.file_mb else None
        home = self._folder or "/"
        self._child = subprocess.Popen(  # noqa: S603 # our own module, by this interpreter
            [sys.executable, "-I", "-m", _WORKER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**_ENVIRONMENT, **_libraries(), "HOME": home, "TMPDIR": home},
            cwd=home,
            start_new_session=True,
        )
        self._files: tuple[IO[bytes] | None, ...] = (self._child.stdin, self._child.stdout)
        to, come = (file.fileno() for file in self._files if file is not None)
        self._cpu_until, self._cpu_most = 0, limits.cpu_s * _LIVES
        self._pipes = Pipes(to, come, most=limits.output_bytes)
        try:
            self.confinement = self._started(allow_weaker=allow_weaker)
        except BaseException:
            self.close()
            raise

    @property
    def alive(self) -> bool:
        """Whether it can be asked again."""
        with suppress(OSError):
            return self._child.poll() is None and self._next_limit() <= self._cpu_most
        return False

    def call(self, function: str, kwargs: Mapping[str, Any]) -> Any:
        """What the function returns. Raises SandboxError; TypeError for what JSON cannot hold."""
        asked = json.dumps({"function": function, "kwargs": dict(kwargs)}).encode()
        self._limit_cpu()
        deadline = time.monotonic() + self.limits.wall_s
        self._guarded(lambda: self._pipes.send(asked, deadline))
        return self._value(deadline)

    def close(self) -> None:
        """Ends it and removes its folder."""
        with suppress(ProcessLookupError):
            self._child.kill()
        self._child.wait()
        for file in self._files:
            if file is not None:
                with suppress(OSError):  # what nobody had read
                    file.close()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _started(self, *, allow_weaker: bool) -> Confinement:
        setup = {
            "source": self.source,
            "folder": self._folder,
            "memory_bytes": self.limits.memory_mb * _MEGABYTE,
            "file_bytes": self.limits.file_mb * _MEGABYTE,
            "output_bytes": self.limits.output_bytes,
            "wall_s": self.limits.wall_s,
            "strict": not allow_weaker,
        }
        starting = time.monotonic() + _START_S
        self._guarded(lambda: self._pipes.send(json.dumps(setup).encode(), starting))
        confinement = Confinement(self._answer(starting).get("by", {}))
        if confinement.missing and not allow_weaker:
            kinds = ", ".join(confinement.missing)
            raise Unconfined(
                f"this platform cannot keep {kinds} from code: run it on Linux 5.13 or later, or "
                "allow it by allow_weaker=True where you trust who wrote it"
            )
        self._limit_cpu()
        self._value(time.monotonic() + self.limits.wall_s)
        return confinement

    def _value(self, deadline: float) -> Any:
        """What the next answer holds."""
        answer = self._answer(deadline)
        message = str(answer.get("message", ""))
        match answer.get("failed"):
            case None:
                value = answer.get("value")
                return tuple(value) if answer.get("tuple") and isinstance(value, list) else value
            case "memory":
                self.close()
                raise OutOfMemory(f"the code wanted more than {self.limits.memory_mb} MB")
            case "result":
                raise BadResult(f"the result cannot be taken: {message}")
            case "source":
                raise BadSource(message)
            case "raised":
                raise CodeRaised(str(answer.get("type")), message, answer.get("line"))
            case str() as refused if refused in ("NetworkDenied", "ProcessDenied"):
                error: type[SandboxError] = getattr(errors, refused)
                raise error(message)
        self.close()
        raise BadResult("the process answered in no known form")

    def _answer(self, deadline: float) -> dict[str, Any]:
        body = self._guarded(lambda: self._received(deadline))
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            self.close()
            raise BadResult("the process answered in no known form")
        return answer

    def _received(self, deadline: float) -> bytes:
        while True:
            look = min(deadline, time.monotonic() + _LOOK_S)
            try:
                return self._pipes.receive(look)
            except Late:
                if look >= deadline:
                    raise
                with suppress(OSError):  # it is over, as the next read will find
                    if self._cpu_until and self._cpu_s() > self._cpu_until + 1:
                        raise self._spent() from None

    def _guarded(self, do: Callable[[], T]) -> T:
        """What `do` gives; the process is over where a limit was hit or somebody interrupts."""
        try:
            return do()
        except Late:
            self.close()
            raise self._late() from None
        except TooMuch as e:
            self.close()
            raise BadResult(f"the result cannot be taken: {e}") from None
        except Broken:
            with suppress(subprocess.TimeoutExpired):  # it closes its pipes before it ends
                self._child.wait(timeout=1)
            self.close()
            raise self._death() from None
        except BaseException:
            self.close()
            raise

    def _late(self) -> TimedOut:
        return TimedOut(f"the code took longer than {self.limits.wall_s:g} s")

    def _spent(self) -> TimedOut:
        return TimedOut(f"the code took more than {self.limits.cpu_s} s of the processor")

    def _death(self) -> SandboxError:
        """Why the process is no more."""
        code = self._child.returncode
        if -code == signal.SIGALRM:
            return self._late()
        if -code == signal.SIGXCPU:
            return self._spent()
        if code >= 0:
            return Crashed(f"the code ended its process with {code}")
        return Crashed(f"the process of the code died by {signal.Signals(-code).name}")

    def _limit_cpu(self) -> None:
        """Lets it use so much from now on; where the system has no such call, the clock holds."""
        if sys.platform != "linux":
            return
        import resource

        with suppress(OSError):  # it is over, as the next read will find
            until = self._next_limit()
            if until != self._cpu_until:
                _, most = resource.prlimit(self._child.pid, resource.RLIMIT_CPU)
                if most == resource.RLIM_INFINITY or most > self._cpu_most:
                    most = self._cpu_most
                limits = min(until, most), most
                resource.prlimit(self._child.pid, resource.RLIMIT_CPU, limits)
                self._cpu_until = until

    def _next_limit(self) -> int:
        """Where a call that begins now must end. Raises OSError where the process is over."""
        return int(self._cpu_s()) + 1 + self.limits.cpu_s if sys.platform == "linux" else 0

    def _cpu_s(self) -> float:
        """What it has used of the processor. Raises OSError where it is over."""
        return time.clock_gettime((~self._child.pid << 3) | 2)  # clock_getcpuclockid(3)


def _libraries() -> dict[str, str]:
    where = os.environ.get(_WHERE_LIBRARIES_ARE)
    return {} if where is None else {_WHERE_LIBRARIES_ARE: where}
