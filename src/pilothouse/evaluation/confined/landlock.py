"""Shuts the file system but for named folders, by Linux's Landlock (landlock(7)).

It needs no privilege. What it does not watch, say changing a file's owner, seccomp refuses; that a
file exists can still be seen, not what is in it.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Iterable
from typing import Final

_CREATE, _ADD, _RESTRICT = 444, 445, 446
"""The calls' numbers, the same on all architectures."""
_VERSION_WANTED: Final = 1
_BENEATH: Final = 1

_WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 1, 1 << 2, 1 << 3
_REMOVE_DIR, _REMOVE_FILE, _MAKE_DIR, _MAKE_FILE = 1 << 4, 1 << 5, 1 << 7, 1 << 8
_TRUNCATE: Final = 1 << 14
_READ: Final = _READ_FILE | _READ_DIR
_CHANGE: Final = _WRITE_FILE | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_FILE | _TRUNCATE
_OF_FILES: Final = _READ_FILE | _WRITE_FILE | _TRUNCATE

_FILE_RIGHTS: Final = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""How many rights on files a version knows; later ones know as many as the fifth."""
_BOTH_OF_TCP: Final = 0b11
_SOCKETS_AND_SIGNALS: Final = 0b11


def shut(readable: Iterable[str], writable: Iterable[str]) -> bool:
    """Leaves this process these folders and files only, for good. False where it cannot."""
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(_CREATE, None, 0, _VERSION_WANTED)
    if version < 1:
        return False
    known = (1 << _FILE_RIGHTS.get(version, 16)) - 1
    rights = struct.pack("=Q", known)
    if version >= 4:
        rights += struct.pack("=Q", _BOTH_OF_TCP)
    if version >= 6:
        rights += struct.pack("=Q", _SOCKETS_AND_SIGNALS)
    rules = libc.syscall(_CREATE, rights, len(rights), 0)
    if rules < 0:
        return False
    try:
        added = [_add(libc, rules, path, _READ) for path in readable]
        added += [_add(libc, rules, path, (_READ | _CHANGE) & known) for path in writable]
        return all(added) and libc.syscall(_RESTRICT, rules, 0) == 0
    finally:
        os.close(rules)


def _add(libc: ctypes.CDLL, rules: int, path: str, rights: int) -> bool:
    """Allows these rights beneath a path; what is not there, or not to be read, needs none."""
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, PermissionError):
        return True
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            rights &= _OF_FILES
        beneath = struct.pack("=Qi", rights, place)
        return bool(libc.syscall(_ADD, rules, _BENEATH, beneath, 0) == 0)
    finally:
        os.close(place)
