"""Where the gateway's addresses are: with /v1 and without, below /gateway, in Azure's form."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

BASE: Final = "/v1"
"""Of the addresses that are told to people."""
_BELOW: Final = re.compile(r"(?:/gateway)?(?:/openai|/anthropic)?(?:/v1)?(?=/|$)")
_DEPLOYED: Final = re.compile(
    r"/deployments/(.+?)(?=/(?:chat/completions|completions|embeddings|responses|moderations)$)"
)


class Place(NamedTuple):
    """What is asked for at an address."""

    path: str
    """As in /chat/completions."""
    model: str = ""
    """The one that an address of Azure's form names."""


def place_of(path: str) -> Place:
    """What a path of a request means."""
    found = _BELOW.match(path)
    rest = (path[found.end() :] if found is not None else path).rstrip("/")
    deployed = _DEPLOYED.match(rest)
    if deployed is None:
        return Place(rest)
    return Place(rest[deployed.end() :], deployed[1])
