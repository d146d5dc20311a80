"""What the process keeps in memory: what requests free, and not the code that only a start runs."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_TRIM_THRESHOLD: Final = -1  # the names of <malloc.h>
_TOP_PAD: Final = -2
_MMAP_THRESHOLD: Final = -3
_KEPT_BYTES: Final = 64 << 20
_MADV_DONTNEED: Final = 4  # <sys/mman.h>
_LARGE_BYTES: Final = 64 << 20
_MAPS: Final = Path("/proc/self/maps")


def keep_freed_memory() -> None:
    """Let large blocks come from the heap, and let the heap keep up to 64 MB that are free.

    Bodies and rows of a request are blocks of some megabytes. By default glibc maps each one anew,
    and the kernel clears its pages: a tenth of what a span costs. Other C libraries are left alone.
    """
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return
    for option, size in (
        (_MMAP_THRESHOLD, _KEPT_BYTES),
        (_TRIM_THRESHOLD, _KEPT_BYTES),
        (_TOP_PAD, 1 << 20),
    ):
        mallopt(ctypes.c_int(option), ctypes.c_int(size))


def let_go_of_start() -> None:
    """Let the kernel take back the engine's code; what is used again is mapped again as it is.

    The engine touches half of its 370 MB of code as it starts, and a tenth afterwards. The pages
    are those of its file, so nothing is lost or read from disk that lies in the page cache.
    """
    if not _MAPS.exists():  # no Linux, or a prison without /proc
        return
    madvise = ctypes.CDLL(None).madvise
    madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    for start, end in _large_code():
        madvise(start, end - start, _MADV_DONTNEED)


def _large_code() -> Iterator[tuple[int, int]]:
    """Where the code of large libraries is mapped: pages of files that were never written to."""
    for line in _MAPS.read_text().splitlines():
        addresses, rights, *_ = line.split(maxsplit=2)
        start, end = (int(address, 16) for address in addresses.split("-"))
        if rights == "r-xp" and end - start >= _LARGE_BYTES:
            yield start, end
