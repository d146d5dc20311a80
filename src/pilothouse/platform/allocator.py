"""Tells the C library to keep the memory that requests use, instead of giving it back each time."""

from __future__ import annotations

import ctypes
import sys
from typing import Final

_TRIM_THRESHOLD: Final = -1  # the names of <malloc.h>
_TOP_PAD: Final = -2
_MMAP_THRESHOLD: Final = -3
_KEPT_BYTES: Final = 64 << 20


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
