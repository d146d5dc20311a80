"""Which addresses may be called for somebody: none inside a network that they cannot reach.

A name is looked up when it is connected to and each address is judged then, so that a name which
answers differently the second time gains nothing. An address that is written out is never looked
up: whoever takes a URL judges that one before, with `is_literal` and `is_public`.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aiohttp import TCPConnector


class PrivateAddress(OSError):
    """A name leads to an address that only this network can reach."""


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


def is_literal(host: str) -> bool:
    """Whether a host is an IP address and no name."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def connector(*, private: bool, refused: Callable[[str], str]) -> TCPConnector:
    """What connects to public addresses only, unless `private` ones may be called too.

    `refused` says of a host why it is not called; that is the message of PrivateAddress.
    """
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

    return aiohttp.TCPConnector(limit=0, resolver=None if private else Guarded())
