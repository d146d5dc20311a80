"""What this process takes of its machine, as the system tells it."""

from __future__ import annotations

import contextlib
import os
import resource
import sys
import time
from pathlib import Path

from pilothouse.platform.health.models import Process


def this_process() -> Process:
    """The figures of now."""
    return Process(
        cpu_s=time.process_time(),
        memory_bytes=_memory_bytes(),
        open_files=_open_files(),
        most_files=resource.getrlimit(resource.RLIMIT_NOFILE)[0],
    )


def _memory_bytes() -> int | None:
    if sys.platform != "linux":
        return None  # what getrusage knows there is the most that it ever was
    pages = Path("/proc/self/statm").read_text("ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def _open_files() -> int | None:
    with contextlib.suppress(OSError):
        return sum(1 for _ in os.scandir("/dev/fd")) - 1  # one is this look itself
    return None


def size_of(directory: Path) -> int:
    """Bytes of all files below a directory; those that vanish meanwhile do not count."""
    size = 0
    folders = [directory]
    while folders:
        with contextlib.suppress(FileNotFoundError), os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(Path(entry.path))
                else:
                    with contextlib.suppress(FileNotFoundError):
                        size += entry.stat(follow_symlinks=False).st_size
    return size
