"""Addresses that a server of ours listens on."""

from __future__ import annotations

import ipaddress
import socket
from typing import Final

OWN_NAMES: Final = ("localhost", "127.0.0.1", "[::1]", "::1")
"""What a server on loopback is asked for by; a page of another name was led here by its DNS."""


class CannotListen(Exception):
    """The address cannot be had; the message says why, and what to do."""


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine only."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def bind(host: str, port: int) -> socket.socket:
    """A socket bound to an address, which children may inherit; raises CannotListen."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host.strip("[]"), port))
    except OSError as e:
        listener.close()
        raise CannotListen(
            f"cannot listen on {host}:{port}: {e.strerror}; choose another --port"
        ) from e
    listener.set_inheritable(True)
    return listener


def inherited(descriptor: int) -> socket.socket:
    """A TCP socket that whoever started this process has bound; raises CannotListen.

    A service manager that holds it (systemd's socket activation, whose first is 3) keeps what
    connects while the service is replaced.
    """
    try:
        listener = socket.socket(fileno=descriptor)
    except OSError as e:
        raise CannotListen(f"file descriptor {descriptor} is no socket: {e.strerror}") from e
    tcp = listener.family in (socket.AF_INET, socket.AF_INET6)
    if not tcp or listener.type != socket.SOCK_STREAM:
        listener.detach()
        raise CannotListen(f"file descriptor {descriptor} is no TCP socket")
    listener.set_inheritable(True)
    return listener
