"""Which addresses the server calls for its users: none inside a network that they cannot reach.

A name is looked up when it is connected to and each address is judged then, so that a name which
answers differently the second time gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING, Any

from pilothouse.platform.errors import BadRequest

if TYPE_CHECKING:
    from aiohttp import ClientSession


class PrivateAddress(OSError):
    """A name leads to an address that only this network can reach."""


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


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv4Address):
        return found.is_global and not found.is_multicast
    inner = _embedded(found)
    if inner is not None:
        return is_public(str(inner))
    return found in _UNICAST and found.is_global


_UNICAST = ipaddress.ip_network("2000::/3")
"""What is given out to the public at all; local-use NAT64 and site-local lie outside of it."""
_AT_THE_END = tuple(
    map(ipaddress.ip_network, ("::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96"))
)
"""Networks whose last 32 bits are the IPv4 address that is meant: compatible, mapped, translated,
and well-known NAT64."""


def _embedded(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that a gateway would call for one of IPv6; None where it is one itself.

    Teredo's carry one too, but are refused as a whole: nothing public is reached by them.
    """
    if any(address in network for network in _AT_THE_END):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.sixtofour


def session(*, private: bool, timeout_s: float) -> ClientSession:
    """A client that connects to what may be called, follows nobody and keeps no cookies."""
    import aiohttp
    from aiohttp.resolver import ThreadedResolver

    class Guarded(ThreadedResolver):
        """Gives public addresses only."""

        async def resolve(self, host: str, port: int = 0, family: Any = socket.AF_INET) -> Any:
            # Any: aiohttp's own types of families and results
            found = await super().resolve(host, port, family)
            if not all(is_public(one["host"]) for one in found):
                raise PrivateAddress(refused(host))
            return found

    connector = aiohttp.TCPConnector(limit=0, resolver=None if private else Guarded())
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=timeout_s),
    )


def is_literal(host: str) -> bool:
    """Whether a host is an IP address and no name."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def refused(host: str) -> str:
    """What is said of an address that may not be called."""
    return (
        f"{host} is a private address, which may not be called for users: "
        "an admin may allow it by PILOTHOUSE_PRIVATE_TARGETS=true"
    )
