"""Reads a web site from a first page on: what it links to, as deep as was asked."""

from __future__ import annotations

import asyncio
import re
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Final
from urllib.parse import urlsplit

from pilothouse.evaluation.loops import in_turn, run
from pilothouse.search.errors import CrawlError, LoadError
from pilothouse.search.loading.fetching import Fetched, Fetcher, Limits, NotFetched
from pilothouse.search.loading.html import Extractor, extractor_of, page_of
from pilothouse.search.loading.readers import decoded, documents_of
from pilothouse.search.loading.urls import Traps, canonical, same_page
from pilothouse.search.models import Document

KINDS: Final[Mapping[str, str]] = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "application/pdf": ".pdf",
}
"""Content types that are read, and as which kind of file."""
_AT_ONCE: Final = 8


def crawl(
    url: str,
    max_depth: int = 2,
    *,
    max_pages: int = 10_000,
    prevent_outside: bool = True,
    base_url: str | None = None,
    exclude_dirs: Iterable[str] = (),
    link_regex: str | None = None,
    extractor: Extractor | str = "main",
    timeout_s: float = 10.0,
    max_bytes: int = 10_000_000,
    rate: float = 10.0,
    respect_robots: bool = True,
    private: bool = False,
    headers: Mapping[str, str] | None = None,
    check_response_status: bool = True,
    continue_on_failure: bool = True,
) -> list[Document]:
    """The pages of a site, in the order of their addresses.

    A depth of 2 is the page and those it links to. `prevent_outside` keeps to addresses that begin
    with `base_url`, which is the folder of the first page. `rate` is in requests a second to a
    host; robots.txt and `nofollow` hold unless `respect_robots` is false. `private` lets addresses
    of this machine and its network be called. `headers` go to the first page's host alone.
    `extractor` is how HTML becomes text: `main`, `soup_text` or a function. What cannot be read is
    a warning, unless `continue_on_failure` is false. Raises CrawlError where the first page cannot
    be read, ValueError for what cannot be.
    """
    start = canonical(url)
    if start is None:
        raise ValueError(f"{url!r} is no address of a web page: it begins with https:// or http://")
    if max_depth < 1 or max_pages < 1 or rate <= 0:
        raise ValueError("max_depth and max_pages are 1 or more, rate is more than 0")
    base = canonical(base_url) if base_url else _folder(start)
    excluded = tuple(found for found in map(canonical, exclude_dirs) if found)
    limits = Limits(
        timeout_s=timeout_s,
        max_bytes=max_bytes,
        rate=rate,
        respect_robots=respect_robots,
        private=private,
        home=urlsplit(start).netloc,
        headers=headers,
        kinds=frozenset(KINDS),
    )
    walk = _Crawl(
        scope=_Scope(
            base=base if prevent_outside else None,
            follows_first=base_url is None,
            excluded=excluded,
            links=re.compile(link_regex) if link_regex else None,
        ),
        extractor=extractor_of(extractor),
        respect_robots=respect_robots,
        ignore_status=not check_response_status,
        strict=not continue_on_failure,
    )
    return run(walk.of(start, max_depth, max_pages, limits))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scope:
    """Which addresses belong to a crawl."""

    base: str | None
    follows_first: bool
    """Whether the base is where the first page is in the end."""
    excluded: tuple[str, ...]
    links: re.Pattern[str] | None

    def after(self, first: str) -> _Scope:
        """The same once it is known where the first page is."""
        moves = self.base is not None and self.follows_first
        return replace(self, base=_folder(first)) if moves else self

    def has(self, url: str) -> bool:
        if self.base is not None and not _within(url, self.base):
            return False
        return not any(_within(url, one) for one in self.excluded)


@dataclass(slots=True, kw_only=True)
class _Crawl:
    """One crawl, and what it has seen."""

    scope: _Scope
    extractor: Extractor
    respect_robots: bool
    ignore_status: bool
    strict: bool
    seen: set[str] = field(default_factory=set)
    texts: dict[str, str] = field(default_factory=dict)
    documents: list[Document] = field(default_factory=list)
    traps: Traps = field(default_factory=Traps)

    async def of(
        self, start: str, max_depth: int, max_pages: int, limits: Limits
    ) -> list[Document]:
        level = [start]
        self.seen.add(same_page(start))
        left = max_pages
        async with Fetcher(limits) as fetcher:
            for depth in range(1, max_depth + 1):
                if len(level) > left:
                    warnings.warn(f"stopped after {max_pages} pages", stacklevel=2)
                    level = level[:left]
                left -= len(level)
                pages = await in_turn(
                    lambda url: self._page(fetcher, url, first=url == start), level, limit=_AT_ONCE
                )
                links: list[str] = []
                for page in pages:  # in the order of their addresses, so that copies lose always
                    links += [] if page is None else await asyncio.to_thread(self._taken, page)
                level = [] if depth == max_depth or not left else self._new(links)
                if not level:
                    break
        self.documents.sort(key=lambda one: (one.source, one.metadata.get("page", 0)))
        return self.documents

    async def _page(self, fetcher: Fetcher, url: str, *, first: bool) -> Fetched | None:
        try:
            page = await fetcher.fetch(url)
        except NotFetched as e:
            self._left_out(url, str(e), first=first)
            return None
        if page.status >= 400 and not self.ignore_status:
            self._left_out(url, f"the server answered {page.status}", first=first)
            return None
        if first:
            self.scope = self.scope.after(page.url)
        elif not self.scope.has(page.url):
            self._left_out(url, f"it leads outside, to {page.url}")
            return None
        return page

    def _left_out(self, url: str, why: str, *, first: bool = False) -> None:
        if first or self.strict:
            raise CrawlError(f"{url}: {why}")
        warnings.warn(f"left out {url}: {why}", stacklevel=2)

    def _taken(self, page: Fetched) -> list[str]:
        """Keeps what a page says; -> its links."""
        address = same_page(page.url)
        digest = sha256(page.body).hexdigest()
        if self.texts.setdefault(digest, address) != address:
            return []  # the same under another address: nothing new, its links neither
        self.seen.add(address)
        kind = KINDS.get(page.content_type, ".html")
        known = {"source": page.url, "content_type": page.content_type}
        about = None
        data = page.body
        try:
            if kind != ".pdf":
                data = decoded(page.body, page.encoding).encode("utf-8", "replace")
            if kind == ".html":
                about = page_of(data.decode(), page.url)
            if about is None or about.indexed or not self.respect_robots:
                for one in documents_of(data, page.url, kind=kind, extractor=self.extractor):
                    metadata = {**one.metadata, **known}
                    self.documents.append(Document(text=one.text, metadata=metadata))
        except LoadError as e:
            self._left_out(page.url, str(e))
        if about is None or (self.respect_robots and not about.followed):
            return []
        return list(about.links)

    def _new(self, links: Iterable[str]) -> list[str]:
        """Addresses that were not seen yet, sorted."""
        found = []
        for link in links:
            url = canonical(link)
            if url is None or not self.scope.has(url):
                continue
            if self.scope.links is not None and not self.scope.links.search(url):
                continue
            if same_page(url) in self.seen:
                continue
            self.seen.add(same_page(url))
            if not self.traps.is_trap(url):
                found.append(url)
        return sorted(found)


def _folder(url: str) -> str:
    """The address of a page without what stands behind its last stroke."""
    return url.partition("?")[0].rpartition("/")[0] + "/"


def _within(url: str, base: str) -> bool:
    """Whether an address begins with another, at whole parts; http and https are the same."""
    here, there = urlsplit(url), urlsplit(base)
    inside = f"{here.path}/".startswith(there.path if there.path[-1:] == "/" else f"{there.path}/")
    return here.netloc == there.netloc and inside
