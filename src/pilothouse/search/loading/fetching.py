"""Fetches pages: politely, in bounds, and from nowhere that the user could not reach from outside.

Names are looked up when they are connected to, and every address is judged then; a redirect is
followed by hand, so that each of its steps is judged as well.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin, urlsplit

from pilothouse.addresses import PrivateAddress, connector, is_literal, is_public
from pilothouse.evaluation.extras import required
from pilothouse.search.loading.urls import canonical

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession

AGENT: Final = "pilothouse-search"
_REDIRECTS: Final = 5
_TRIES: Final = 3
_LONGEST_WAIT_S: Final = 30.0
_ROBOTS_BYTES: Final = 500_000
_PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_DRAW: Final = random.SystemRandom()


class NotFetched(Exception):
    """A page was not had; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How a site is treated."""

    timeout_s: float = 10.0
    max_bytes: int = 10_000_000
    rate: float = 10.0
    """Requests a second to one host at the most."""
    respect_robots: bool = True
    private: bool = False
    """Whether addresses of the own network, and of this machine, may be called."""
    home: str = ""
    """The host, with its port, that the headers are for."""
    headers: Mapping[str, str] | None = None
    kinds: frozenset[str] = frozenset()
    """Content types that are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A page."""

    url: str
    """Where it was in the end."""
    status: int
    content_type: str
    encoding: str | None
    body: bytes


class Fetcher:
    """Fetches within limits; use it as a context."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._next: dict[str, float] = {}
        self._robots: dict[str, Any] = {}  # Any: protego brings no types
        self._asking: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def __aenter__(self) -> Fetcher:
        aiohttp = required("aiohttp", extra="search")
        self._session: ClientSession = aiohttp.ClientSession(
            connector=connector(private=self._limits.private, refused=_refused),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=self._limits.timeout_s),
            headers={"User-Agent": AGENT},
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._session.close()

    async def fetch(self, url: str) -> Fetched:
        """The page, after redirects. Raises NotFetched with the reason."""
        for _ in range(_REDIRECTS + 1):
            if self._limits.respect_robots and not await self._allowed(url):
                raise NotFetched("robots.txt forbids it")
            answer = await self._patiently(url)
            if isinstance(answer, Fetched):
                return answer
            url = answer
        raise NotFetched(f"more than {_REDIRECTS} redirects")

    async def _patiently(self, url: str) -> Fetched | str:
        """A page or where it has gone to; asked again where that may help."""
        import aiohttp

        for left in reversed(range(_TRIES)):
            await self._turn(url)
            wait_s = _DRAW.uniform(0.2, 0.6) * (_TRIES - left)
            try:
                async with self._asked(url) as response:
                    if response.status in _PASSING and left:
                        wait_s = _retry_after(response.headers.get("Retry-After"), wait_s)
                    else:
                        return await self._taken(url, response, self._limits.max_bytes)
            except PrivateAddress as e:
                raise NotFetched(str(e)) from None
            except (aiohttp.ClientError, OSError, TimeoutError) as e:
                refused = _private_within(e)
                if refused is not None:
                    raise NotFetched(str(refused)) from None
                if not left:
                    said = "no answer in time" if isinstance(e, TimeoutError) else str(e)
                    raise NotFetched(said or type(e).__name__) from None
            await asyncio.sleep(wait_s)
        raise AssertionError("the last try returns or raises")

    def _asked(self, url: str) -> Any:  # Any: aiohttp's context of an answer
        from yarl import URL  # as the client reads it: ①②⑦.0.0.1 is 127.0.0.1 there

        target = URL(url)
        host = target.raw_host or ""
        if not self._limits.private and is_literal(host) and not is_public(host):
            raise PrivateAddress(_refused(host))
        # a key or a cookie must not follow to where it was not given
        own = self._limits.headers if urlsplit(url).netloc == self._limits.home else None
        return self._session.get(target, allow_redirects=False, headers=own)

    async def _taken(self, url: str, response: ClientResponse, most: int) -> Fetched | str:
        where = response.headers.get("Location")
        if response.status in {301, 302, 303, 307, 308} and where:
            target = canonical(urljoin(url, where))
            if target is None:
                raise NotFetched(f"it leads to {where!r}")
            return target
        kind = response.content_type.lower()
        if self._limits.kinds and kind not in self._limits.kinds and response.status < 400:
            raise NotFetched(f"it is {kind}")
        if (response.content_length or 0) > most:
            raise NotFetched(f"it has more than {most:,} bytes")
        body = bytearray()
        async for piece in response.content.iter_chunked(65_536):  # unpacked already
            body += piece
            if len(body) > most:
                raise NotFetched(f"it has more than {most:,} bytes")
        return Fetched(
            url=url,
            status=response.status,
            content_type=kind,
            encoding=response.charset,
            body=bytes(body),
        )

    async def _turn(self, url: str) -> None:
        """Waits until the host may be asked again."""
        host = urlsplit(url).netloc
        now = time.monotonic()
        at = max(now, self._next.get(host, now))
        self._next[host] = at + max(1 / self._limits.rate, self._delay_s(url))
        if at > now:
            await asyncio.sleep(at - now)

    def _delay_s(self, url: str) -> float:
        rules = self._robots.get(_site(url))
        delay = None if rules is None or isinstance(rules, str) else rules.crawl_delay(AGENT)
        return min(float(delay or 0), _LONGEST_WAIT_S)

    async def _allowed(self, url: str) -> bool:
        """What the site's robots.txt says (RFC 9309): none allows all, a broken server nothing."""
        site = _site(url)
        async with self._asking[site]:
            if site not in self._robots:
                self._robots[site] = await self._rules(site)
        rules = self._robots[site]
        if isinstance(rules, str):
            raise NotFetched(f"robots.txt cannot be read ({rules}), which forbids all")
        return rules is None or bool(rules.can_fetch(url, AGENT))

    async def _rules(self, site: str) -> Any:
        """Any: protego's rules, None for none, or why they cannot be read."""
        import aiohttp

        url = f"{site}/robots.txt"
        try:
            for _ in range(_REDIRECTS + 1):
                await self._turn(url)
                async with self._asked(url) as response:
                    where = response.headers.get("Location")
                    if 300 <= response.status < 400 and where:
                        url = canonical(urljoin(url, where)) or url
                        continue
                    if response.status >= 500:
                        return f"the server answered {response.status}"
                    if response.status != 200:
                        return None
                    body = b""
                    while len(body) < _ROBOTS_BYTES and (
                        piece := await response.content.read(_ROBOTS_BYTES - len(body))
                    ):  # one read gives what has come so far
                        body += piece
                    return required("protego", extra="search").Protego.parse(
                        body.decode("utf-8", "replace")
                    )
        except PrivateAddress as e:
            raise NotFetched(str(e)) from None
        except (aiohttp.ClientError, OSError, TimeoutError) as e:
            refused = _private_within(e)
            if refused is not None:
                raise NotFetched(str(refused)) from None
            return str(e) or type(e).__name__
        return None


def _site(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _retry_after(said: str | None, otherwise_s: float) -> float:
    return min(float(said), _LONGEST_WAIT_S) if said and said.isdecimal() else otherwise_s


def _private_within(error: BaseException) -> PrivateAddress | None:
    """The refusal that an error of aiohttp's was made of."""
    found: BaseException | None = error
    while found is not None and not isinstance(found, PrivateAddress):
        inner = getattr(found, "os_error", None)
        found = inner if isinstance(inner, PrivateAddress) else found.__cause__
    return found


def _refused(host: str) -> str:
    return f"{host} is a private address, which is called only with private=True (--private)"
