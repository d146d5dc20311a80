"""Closes the doors of Linux that a sandboxed program must not use: network, processes, signals.

A filter in the kernel (seccomp, prctl(2)) refuses the calls below with EPERM, some for certain
arguments, and as unknown every call newer than this table. It needs no privilege and no library,
and cannot be taken off again.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from functools import partial
from typing import Final, NamedTuple

_ARCHITECTURES: Final = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
"""The column of the table, and the kernel's word for the architecture."""
_NEWEST: Final = 450
_CLONE: Final = (56, 220)
_CLONE3: Final = 435
_OPENAT2: Final = 437
_CLONE_THREAD: Final = 0x10000

# Numbers for x86_64 and aarch64; None where the call does not exist.
_REFUSED: Final[dict[str, tuple[int | None, int | None]]] = {
    # network: without socket(2) there is nothing to connect
    "socket": (41, 198),
    "connect": (42, 203),
    "bind": (49, 200),
    "listen": (50, 201),
    "accept": (43, 202),
    "accept4": (288, 242),
    "io_uring_setup": (425, 425),  # makes sockets of its own
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    # processes; threads are made by clone(2), which is looked at more closely
    "fork": (57, None),
    "vfork": (58, None),
    "execve": (59, 221),
    "execveat": (322, 281),
    # other processes
    "kill": (62, 129),
    "tkill": (200, 130),
    "tgkill": (234, 131),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424),
    "pidfd_getfd": (438, 438),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "process_mrelease": (448, 448),
    "kcmp": (312, 272),
    "get_robust_list": (274, 100),
    "move_pages": (279, 239),
    "migrate_pages": (256, 238),
    # limits and priorities
    "setrlimit": (160, 164),
    "prlimit64": (302, 261),
    "setpriority": (141, 140),
    "ioprio_set": (251, 30),
    "sched_setaffinity": (203, 122),
    "sched_setscheduler": (144, 119),
    "sched_setattr": (314, 274),
    # what Landlock does not watch: who may do what with a file, its times and attributes
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "chown": (92, None),
    "lchown": (94, None),
    "fchown": (93, 55),
    "fchownat": (260, 54),
    "utime": (132, None),
    "utimes": (235, None),
    "futimesat": (261, None),
    "utimensat": (280, 88),
    "truncate": (76, 45),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "inotify_add_watch": (254, 27),
    "fanotify_init": (300, 262),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    # memory that outlives the process or is not counted as its own
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "shmctl": (31, 195),
    "semget": (64, 190),
    "semctl": (66, 191),
    "semop": (65, 193),
    "semtimedop": (220, 192),
    "msgget": (68, 186),
    "msgsnd": (69, 189),
    "msgrcv": (70, 188),
    "msgctl": (71, 187),
    "mq_open": (240, 180),
    "mq_unlink": (241, 181),
    # doors of the kernel through which others have come
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "personality": (135, 92),
    "modify_ldt": (154, None),
}

_ALL: Final = 0xFFFFFFFF
_NONBLOCK, _CLOEXEC = 0x800, 0x80000
_TRUNCATED: Final = 0x200
_OPENED_FOR: Final = 0b11


class _Look(NamedTuple):
    """A call of which one argument decides: its masked value has to be, or must not be, known."""

    numbers: tuple[int | None, int | None]
    place: int
    values: tuple[int, ...]
    wanted: bool = False
    mask: int = _ALL


# Landlock before its third version lets files be emptied that may only be read, by opening them
_EMPTIES: Final = partial(
    _Look, values=(_TRUNCATED, _TRUNCATED | _OPENED_FOR), mask=_TRUNCATED | _OPENED_FOR
)
_LOOKED_AT: Final = (
    # socketpair: of AF_UNIX, and streams; a datagram could be sent on to any socket with a name
    _Look((53, 199), 0, (1,), wanted=True),
    _Look((53, 199), 1, (1,), wanted=True, mask=_ALL ^ _NONBLOCK ^ _CLOEXEC),
    # fcntl F_SETOWN, F_SETOWN_EX and ioctl FIOSETOWN, SIOCSPGRP: who gets signals about a file
    _Look((72, 25), 1, (8, 15)),
    _Look((16, 29), 1, (0x8901, 0x8902)),
    _EMPTIES((2, None), 1),
    _EMPTIES((257, 56), 2),
)

_LOAD, _AND, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x54, 0x15, 0x35, 0x45, 0x06
"""Instructions of classic BPF: load a word, mask it, compare and jump, return."""
_NUMBER, _ARCH, _FIRST_ARGUMENT = 0, 4, 16
"""Where they stand in struct seccomp_data; the low word of an argument comes first."""
_ALLOW: Final = 0x7FFF0000
_KILL: Final = 0x80000000
_ERROR: Final = 0x00050000

_PR_SET_SECCOMP: Final = 22
_MODE_FILTER: Final = 2


def close_doors() -> bool:
    """Puts the filter on this process, for good. False where the platform cannot.

    A process that is not root's must have said PR_SET_NO_NEW_PRIVS before.
    """
    about = os.uname()
    if about.sysname != "Linux" or about.machine not in _ARCHITECTURES:
        return False
    filter = _filter(*_ARCHITECTURES[about.machine])
    code = ctypes.create_string_buffer(filter, len(filter))
    program = _Program(len(filter) // 8, ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(program), 0, 0) == 0)


class _Program(ctypes.Structure):
    """struct sock_fprog."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def _filter(column: int, architecture: int) -> bytes:
    """The filter's instructions."""
    unknown = _step(_RETURN, _ERROR | errno.ENOSYS)
    refused = _step(_RETURN, _ERROR | errno.EPERM)
    steps = [
        _step(_LOAD, _ARCH),
        _step(_EQUAL, architecture, 1, 0),
        _step(_RETURN, _KILL),  # another architecture's numbers mean other calls
        _step(_LOAD, _NUMBER),
        _step(_AT_LEAST, _NEWEST + 1, 0, 1),  # x32 calls, too, have numbers beyond
        unknown,
        _step(_EQUAL, _CLONE3, 1, 0),
        _step(_EQUAL, _OPENAT2, 0, 1),
        unknown,  # their flags stand in memory, which no filter sees; libc has clone and openat
    ]
    for numbers in _REFUSED.values():
        number = numbers[column]
        if number is not None:
            steps += [_step(_EQUAL, number, 0, 1), refused]
    for look in _LOOKED_AT:
        number = look.numbers[column]
        if number is not None:
            steps += _looked(look, number, refused)
    steps += [
        _step(_EQUAL, _CLONE[column], 0, 3),
        _step(_LOAD, _FIRST_ARGUMENT),
        _step(_ANY_BIT, _CLONE_THREAD, 1, 0),
        refused,
        _step(_RETURN, _ALLOW),
    ]
    return b"".join(steps)


def _looked(look: _Look, number: int, refused: bytes) -> list[bytes]:
    """Refuses a call by one argument, whose low word alone the kernel reads in these calls."""
    if look.wanted:
        ways = range(len(look.values), 0, -1)  # over the refusal
        tests = [_step(_EQUAL, value, way) for value, way in zip(look.values, ways, strict=True)]
        tests.append(refused)
    else:
        tests = [step for value in look.values for step in (_step(_EQUAL, value, 0, 1), refused)]
    return [
        _step(_EQUAL, number, 0, len(tests) + 3),
        _step(_LOAD, _FIRST_ARGUMENT + 8 * look.place),
        _step(_AND, look.mask),
        *tests,
        _step(_LOAD, _NUMBER),
    ]


def _step(code: int, value: int, then: int = 0, otherwise: int = 0) -> bytes:
    """struct sock_filter."""
    return struct.pack("=HBBI", code, then, otherwise, value)
