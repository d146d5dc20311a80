"""Lets a library that looks names up by itself connect to public addresses only.

What apprise's kinds connect with is their own: requests, smtplib, sockets. The interpreter tells
of each connection just before it is made, with the address that it goes to, and takes no for an
answer. So a name that answers differently from when it was looked up gains nothing.
"""

from __future__ import annotations

import functools
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import getproxies

from pilothouse.addresses import PrivateAddress, is_literal, is_public
from pilothouse.platform.addresses import refused

_EVENTS: Final = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})


@dataclass(frozen=True, slots=True)
class Met:
    """Whom a block may call besides the public, and what was refused in it."""

    proxies: frozenset[tuple[str, int]]
    refusals: list[str] = field(default_factory=list)


_guarded: ContextVar[Met | None] = ContextVar("_guarded", default=None)


@contextmanager
def public_only() -> Iterator[list[str]]:
    """Connect to public addresses only, here and where this context goes; -> why others were not.

    The proxies of the server's environment may be called: who may be reached by them they know.
    """
    _install()
    met = Met(_proxies())
    token = _guarded.set(met)
    try:
        yield met.refusals
    finally:
        _guarded.reset(token)


@functools.cache
def _install() -> None:
    sys.addaudithook(_look)


def _look(event: str, given: tuple[Any, ...]) -> None:  # Any: what an event tells is its own
    if event not in _EVENTS:
        return
    met = _guarded.get()
    if met is None or given[1] is None:  # None: it has been connected before
        return
    why = _refusal(given[1], met.proxies)
    if why:
        met.refusals.append(why)
        raise PrivateAddress(why)


def _refusal(address: object, proxies: frozenset[tuple[str, int]]) -> str:
    """Why a connection is not made, "" where it is."""
    if not isinstance(address, tuple):
        return "a socket of this machine is not written to for users"
    host, port = str(address[0]), int(address[1])
    if not is_literal(host):
        return f"{host} is looked up too late to be checked: give its address instead of its name"
    if is_public(host) or (host, port) in proxies:
        return ""
    return refused(host)


def _proxies() -> frozenset[tuple[str, int]]:
    found: set[tuple[str, int]] = set()
    for url in map(urlsplit, getproxies().values()):
        if url.hostname:
            port = url.port or {"https": 443}.get(url.scheme, 80)
            found |= {(str(one[4][0]), port) for one in _looked_up(url.hostname)}
    return frozenset(found)


def _looked_up(host: str) -> list[Any]:  # Any: the tuples of getaddrinfo
    try:
        return socket.getaddrinfo(host, None)
    except OSError:
        return []  # a proxy that is not there is not called either
