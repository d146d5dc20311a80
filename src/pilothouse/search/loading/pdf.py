"""Reads PDF files in a process beside, which is ended when a file takes too long."""

from __future__ import annotations

import atexit
import json
import subprocess
import sys
import threading
from typing import Any, Final

from pilothouse.search.errors import LoadError
from pilothouse.search.loading.pdf_worker import HEAD

LONGEST_S: Final = 120.0
"""A file that takes longer is left out."""
_WORKER: Final = [sys.executable, "-m", "pilothouse.search.loading.pdf_worker"]


class _Reader:
    """The process, started at the first file and after each that had to be ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def read(self, data: bytes, longest_s: float) -> dict[str, Any]:
        """What the process says of a file. Raises LoadError."""
        with self._lock:
            reused = self._process is not None
            answer = self._asked(data, longest_s)
            if answer is None and reused:  # it may have ended before this file came
                answer = self._asked(data, longest_s)
            if answer is None:
                raise LoadError("reading it took more memory than there is for that, or crashed")
            found: dict[str, Any] = json.loads(answer)
            return found

    def _asked(self, data: bytes, longest_s: float) -> bytes | None:
        """The answer, None where the process ended before it. Raises LoadError when it is late."""
        process = self._running()
        late = threading.Event()

        def end() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(longest_s, end)
        timer.start()
        try:
            answer = self._exchange(process, data)
        finally:
            timer.cancel()
        if answer is None:
            self.close()
            if late.is_set():
                raise LoadError(f"reading it took longer than {longest_s:g} s")
        return answer

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(  # noqa: S603 - our own module, by this interpreter
                _WORKER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        return self._process

    @staticmethod
    def _exchange(process: subprocess.Popen[bytes], data: bytes) -> bytes | None:
        """The answer; None where the process ended before it."""
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(HEAD.pack(len(data)) + data)
            process.stdin.flush()
        except OSError:  # it ended
            return None
        head = process.stdout.read(HEAD.size)
        if len(head) < HEAD.size:
            return None
        length = HEAD.unpack(head)[0]
        answer = process.stdout.read(length)
        return answer if len(answer) == length else None

    def close(self) -> None:
        """Ends the process."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()


_reader = _Reader()
atexit.register(_reader.close)


def read_pdf(data: bytes, longest_s: float = LONGEST_S) -> tuple[str, list[str]]:
    """The title of a PDF, "" without one, and the text of each page.

    Raises LoadError for what is no PDF, is encrypted, or takes longer than that or 2 GB of memory.
    """
    found = _reader.read(data, longest_s)
    if "error" in found:
        raise LoadError(found["error"])
    return found["title"], found["pages"]
