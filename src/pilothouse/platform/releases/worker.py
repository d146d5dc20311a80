"""Looks at releases at work, and does what the rule says; one server looks at each.

Without releases it asks nobody anything: it sleeps until one is made. A call of an arm that failed
wakes it, so that a challenger that breaks is gone within a second or two.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Set
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final, Protocol

from pilothouse.platform.errors import ApiError, Conflict
from pilothouse.platform.records import Records, micros
from pilothouse.platform.releases import records as kept
from pilothouse.platform.releases.looking import Look
from pilothouse.platform.releases.models import AT_WORK, SYSTEM, Release
from pilothouse.platform.releases.promoting import Promotions, is_unsettled
from pilothouse.platform.releases.service import Releases

log = logging.getLogger("pilothouse.releases")

FIRST_AFTER_S: Final = 2.0
EVERY_S: Final = 10.0
SOON_S: Final = 1.0
"""So long after a failure it is looked: its span has to be stored, and others may follow."""
SHARED_POLL_S: Final = 10.0
GONE_AFTER_US: Final = 60_000_000
"""After this silence another server takes a release over."""
_PART: Final = 50
"""A look may take this part of the time at most."""


class Looks(Protocol):
    """What reads the store for releases."""

    async def look(self, release: Release) -> Look: ...


class ReleaseWorker:
    """Runs while its server does."""

    def __init__(
        self,
        records: Records,
        releases: Releases,
        looks: Looks,
        promotions: Promotions,
    ) -> None:
        self._records = records
        self._releases = releases
        self._looks = looks
        self._promotions = promotions
        self._owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()
        self._failed: set[str] = set()
        """Releases of which a call of an arm failed since the last look, whoever looks at them."""
        self._looking = asyncio.Lock()
        self._settling = threading.Lock()
        self._took_s = 0.0
        releases.when_changed(self.wake)

    def wake(self) -> None:
        """Have it look at once; from any thread."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended: so has the work
                self._loop.call_soon_threadsafe(self._wake.set)

    def failed(self, name: str) -> None:
        """A call of an arm of a release failed; from the event loop."""
        if not self._failed and self._loop is not None:
            self._loop.call_later(SOON_S, self._wake.set)
        self._failed.add(name)

    async def working(self) -> None:
        """Look at releases until cancelled."""
        self._loop = asyncio.get_running_loop()
        await asyncio.sleep(FIRST_AFTER_S)
        try:
            while True:
                self._wake.clear()
                failed, self._failed = self._failed, set()
                pause: float | None = EVERY_S
                try:
                    if not await self._all(failed):
                        pause = SHARED_POLL_S if self._records.shared else None
                    else:
                        pause = max(EVERY_S, self._took_s * _PART)
                except Exception:  # whatever a store says: the next look is another try
                    log.exception("releases were not looked at; trying again in %s s", EVERY_S)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), pause)
        finally:
            with contextlib.suppress(Exception):  # another server takes them over later, then
                await asyncio.to_thread(self._let_go)

    async def _all(self, failed: Set[str]) -> bool:
        """Look at what is this server's and what failed here; whether there is any."""
        found, unsettled = await asyncio.to_thread(self._claim, failed)
        for release in unsettled:
            try:
                await asyncio.to_thread(self.settled, release)
            except Exception:  # one that fails must not keep others from being looked at
                log.exception("release %r was not settled", release.name)
        for release in found:
            try:
                await self.look(release)
            except ApiError as error:
                log.warning("release %r cannot be looked at: %s", release.name, error.message)
            except Exception:  # one that fails must not keep the others from being looked at
                log.exception("release %r was not looked at", release.name)
        return bool(found or unsettled)

    async def look(self, release: Release) -> Release:
        """Look at a release now, and do what the rule says; the release after it."""
        begun = time.monotonic()
        async with self._looking:
            seen = await self._looks.look(release)
            self._took_s = time.monotonic() - begun
            if seen.decision is not None:
                return await asyncio.to_thread(self._act, release, seen)
            await asyncio.to_thread(self._note, release, seen)
            return replace(release, figures=seen.figures, looked_at=datetime.now(UTC))

    def _act(self, release: Release, seen: Look) -> Release:
        decision = seen.decision
        assert decision is not None
        try:
            made = self._releases.act(
                release.id,
                decision.action,
                by=SYSTEM,
                reason=decision.reason,
                seen=release.revision,
                figures=seen.figures,
            )
        except Conflict:  # somebody else was quicker: what was found is of another state
            return self._releases.get(release.id)
        log.info("release %s: %s: %s", release.name, decision.action, decision.reason)
        self._note(made, seen)
        return self.settled(made)

    def settled(self, release: Release) -> Release:
        """The release, once what it changes for good is written or put back: calls go by that."""
        with self._settling:  # whoever acts wakes the worker, which would do the same beside it
            present = self._releases.get(release.id)
            if is_unsettled(present):
                self._promotions.settle(present)
        return self._releases.get(release.id)

    def _note(self, release: Release, seen: Look) -> None:
        with self._records.write() as session:
            kept.looked(session, release.id, seen.figures)

    def _claim(self, failed: Set[str]) -> tuple[list[Release], list[Release]]:
        with self._records.read() as session:
            every = kept.every(session)
        if not every:
            return [], []
        unsettled = [each for each in every if is_unsettled(each)]
        at_work = [each for each in every if each.status in AT_WORK]
        if not at_work:
            return [], unsettled
        with self._records.write() as session:
            own = kept.claimed(session, self._owner, micros() - GONE_AFTER_US)
        ids = {each.id for each in own}
        others = [each for each in at_work if each.name in failed and each.id not in ids]
        return [*own, *others], unsettled

    def _let_go(self) -> None:
        with self._records.write() as session:
            kept.let_go(session, self._owner)
