"""Which addresses the server calls for its users, and how it says no."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilothouse.addresses import connector, is_literal, is_public
from pilothouse.platform.errors import BadRequest

if TYPE_CHECKING:
    from aiohttp import ClientSession


def checked_target(url: str, *, private: bool, field: str = "target.url") -> str:
    """The URL of what is to be called; raises BadRequest for one that may not be.

    With `private` it may be inside the server's own network; `field` names it in what is said.
    """
    from yarl import URL  # as the client reads it: ①②⑦.0.0.1 is 127.0.0.1 there

    try:
        parts = URL(url)
    except ValueError:
        raise BadRequest(f"{field} {url!r} is no address") from None
    host = parts.raw_host
    if parts.scheme not in {"http", "https"} or not host:
        raise BadRequest(f"{field} must begin with https:// or http:// and name a host")
    if parts.user or parts.password:
        raise BadRequest(f"{field} holds a password: give it as a header, which is encrypted")
    if not private and is_literal(host) and not is_public(host):
        raise BadRequest(refused(host))
    return url


def session(*, private: bool, timeout_s: float) -> ClientSession:
    """A client that connects to what may be called, follows nobody and keeps no cookies."""
    import aiohttp

    return aiohttp.ClientSession(
        connector=connector(private=private, refused=refused),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=timeout_s),
    )


def refused(host: str) -> str:
    """What is said of an address that may not be called."""
    return (
        f"{host} is a private address, which may not be called for users: "
        "an admin may allow it by PILOTHOUSE_PRIVATE_TARGETS=true"
    )
