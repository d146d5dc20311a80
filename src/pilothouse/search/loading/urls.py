"""Addresses of pages: one spelling for each, and which lead nowhere new."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

_LONGEST: Final = 2000
_TRACKING: Final = re.compile(r"utm_.+|fbclid|gclid|msclkid|sessionid|phpsessid|jsessionid|sid")
_REPEATS: Final = 3
"""A part of a path that comes more often is a loop of relative links."""
_DEEPEST: Final = 20
_QUERIES: Final = 100
"""A path with more queries than that is a calendar or a search, not documents."""


def canonical(url: str) -> str | None:
    """An address in one spelling, without fragment and tracking; None for what is no web page.

    The order of a query's parts is that of their names.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not host or parts.username or parts.password:
        return None
    usual = {"http": 80, "https": 443}[parts.scheme]
    inner = f"[{host}]" if ":" in host else host
    where = inner if port in (None, usual) else f"{inner}:{port}"
    query = sorted(
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if not _TRACKING.fullmatch(name.lower())
    )
    return urlunsplit((parts.scheme, where, _folded(parts.path) or "/", urlencode(query), ""))


def same_page(url: str) -> str:
    """What is equal for a page with and without its last stroke."""
    parts = urlsplit(url)
    return urlunsplit(("", parts.netloc, parts.path.rstrip("/"), parts.query, ""))


class Traps:
    """Remembers what was seen of a site, to leave out what would never end."""

    def __init__(self) -> None:
        self._queries: Counter[str] = Counter()

    def is_trap(self, url: str) -> bool:
        """Whether an address looks like one of endlessly many."""
        parts = urlsplit(url)
        pieces = [piece for piece in parts.path.split("/") if piece]
        if len(url) > _LONGEST or len(pieces) > _DEEPEST:
            return True
        if pieces and max(Counter(pieces).values()) > _REPEATS:
            return True
        if parts.query:
            place = f"{parts.netloc}{parts.path}"
            self._queries[place] += 1
            return self._queries[place] > _QUERIES
        return False


def _folded(path: str) -> str:
    """A path without `.` and `..`."""
    kept: list[str] = []
    pieces = path.split("/")
    for piece in pieces:
        if piece == "..":
            if len(kept) > 1:
                kept.pop()
        elif piece != ".":
            kept.append(piece)
    folded = "/".join(kept)
    if pieces[-1] in {".", ".."} and not folded.endswith("/"):
        folded += "/"
    return re.sub(r"/{2,}", "/", folded)
