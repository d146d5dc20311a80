"""One spelling for the many under which LangSmith's clients ask for the same thing."""

from __future__ import annotations

from typing import Final

_SPELLINGS: Final = (
    ("/api/v1/platform/", "/platform/"),
    ("/v1/platform/", "/platform/"),
    ("/api/v2/", "/v2/"),
    ("/api/v1/", "/"),
    ("/api/", "/"),
)
"""What a path may begin with, and what it is called here; the first that fits counts."""


def canonical(path: str) -> str:
    """The path as the routes have it: no prefix of an API version, no slash at the end."""
    path = "/" + "/".join(part for part in path.split("/") if part)
    for spelt, ours in _SPELLINGS:
        if path.startswith(spelt):
            return ours + path.removeprefix(spelt)
    return path
