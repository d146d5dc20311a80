"""Pages that tests borrow one after the other, and what went wrong in them meanwhile.

A new browser context fetches, parses and compiles the whole app again, which costs five times what
opening a page of a warm one does. So a context is emptied after a test and lent to the next that
asks for the same options. After a failure it is thrown away, and a picture and the page's HTML stay
in `test-results/`; with PILOTHOUSE_TEST_TRACE=1 also a Playwright trace, which costs half as much
again. With PILOTHOUSE_TEST_SLOW=1 pages are as slow as on a small machine far away, which finds
tests that are right only by luck.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import (
        Browser,
        BrowserContext,
        CDPSession,
        ConsoleMessage,
        Page,
        Request,
        WebError,
    )

sync_api = pytest.importorskip("playwright.sync_api", reason="install playwright to drive Chromium")

RESULTS = Path(__file__).parents[2] / "test-results"
TRACED = bool(os.environ.get("PILOTHOUSE_TEST_TRACE"))
SLOW = bool(os.environ.get("PILOTHOUSE_TEST_SLOW"))
SLOWER = {
    "Emulation.setCPUThrottlingRate": {"rate": 6},
    "Network.emulateNetworkConditions": {
        "offline": False,
        "latency": 150,
        "downloadThroughput": -1,
        "uploadThroughput": -1,
    },
}
WAIT_MS = 60_000
"""So long only where many others use the processor."""


class Watch:
    """What went wrong in the pages of a test."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.problems: list[str] = []
        self.forgiven: list[str] = []
        """Pieces of console messages that a test provokes on purpose."""

    def on_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != self.host:
            self.problems.append(f"request to another host: {request.url}")

    def on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.problems.append(f"console error: {message.text}")

    def on_error(self, error: WebError) -> None:
        self.problems.append(f"page error: {error.error}")

    def left(self) -> list[str]:
        return [p for p in self.problems if not any(piece in p for piece in self.forgiven)]


@dataclass(slots=True)
class Lent:
    """One context with its only page; `watch` is that of the test that has it."""

    options: dict[str, Any]
    context: BrowserContext
    page: Page
    watch: Watch
    slowing: CDPSession | None = None
    """While it is there, the page is slow; an idle one would take the processor from the others."""

    def begin(self, watch: Watch) -> None:
        self.watch = watch
        if SLOW:
            self.slowing = self.context.new_cdp_session(self.page)
            for method, parameters in SLOWER.items():
                self.slowing.send(method, parameters)
        self.context.on("request", watch.on_request)
        self.context.on("console", watch.on_console)
        self.context.on("weberror", watch.on_error)
        if TRACED:
            self.context.tracing.start_chunk()

    def end(self, name: str, *, failed: bool) -> None:
        """Keeps what shows a failure."""
        if self.slowing is not None:
            self.slowing.detach()
        if failed:
            self._picture(RESULTS / name)
        if TRACED:
            kept = {"path": RESULTS / f"{name}.zip"} if failed else {}
            self.context.tracing.stop_chunk(**kept)
        self.context.remove_listener("request", self.watch.on_request)
        self.context.remove_listener("console", self.watch.on_console)
        self.context.remove_listener("weberror", self.watch.on_error)

    def _picture(self, path: Path) -> None:
        path.parent.mkdir(exist_ok=True)
        with contextlib.suppress(sync_api.Error):  # a page that crashed has none
            self.page.screenshot(path=path.with_name(f"{path.name}.png"))
            path.with_name(f"{path.name}.html").write_text(self.page.content(), "utf-8")

    def empty(self) -> None:
        """Forgets cookies and all that the app keeps; what the browser cached of it stays."""
        self.page.unroute_all(behavior="ignoreErrors")
        # A page of the same origin without the app's code, which could write again.
        self.page.goto(f"{self.options['base_url']}/healthz")
        self.page.evaluate("localStorage.clear(), sessionStorage.clear()")
        self.page.goto("about:blank")
        self.page.mouse.move(0, 0)
        self.page.emulate_media(color_scheme=self.options.get("color_scheme", "light"))
        self.context.clear_cookies()


@dataclass(slots=True)
class Pages:
    """The contexts of a browser that nobody uses now, by their options."""

    browser: Browser
    free: dict[str, list[Lent]] = field(default_factory=dict)

    def borrow(self, watch: Watch, options: dict[str, Any]) -> Lent:
        waiting = self.free.get(_key(options))
        lent = waiting.pop() if waiting else self._made(watch, options)
        lent.begin(watch)
        return lent

    def _made(self, watch: Watch, options: dict[str, Any]) -> Lent:
        context = self.browser.new_context(**options)
        context.set_default_timeout(WAIT_MS)
        if TRACED:
            context.tracing.start(snapshots=True)
        return Lent(options, context, context.new_page(), watch)

    def give_back(self, lent: Lent, *, reusable: bool) -> None:
        """Empties it for the next, or throws it away."""
        if not reusable or len(lent.context.pages) != 1:
            lent.context.close()
            return
        lent.empty()
        self.free.setdefault(_key(lent.options), []).append(lent)


def _key(options: dict[str, Any]) -> str:
    return json.dumps(options, sort_keys=True)


def file_name(test: str, number: int) -> str:
    """A test's name without what file names may not have."""
    return re.sub(r"[^\w.-]+", "-", f"{test}-{number}")
