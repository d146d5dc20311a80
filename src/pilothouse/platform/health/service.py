"""Reads the figures when somebody asks, and twice a minute for a history of some hours in memory.

Nothing is counted here: the figures are sums that stand where the work is done, and are put
together at the moment of the question. What takes a walk through files or a statement of the span
store is looked at every few minutes.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

from pilothouse import __version__
from pilothouse.platform.health.history import sample_between
from pilothouse.platform.health.models import Figures, GatewayFigures, Kept, Sample, Verdict, Work
from pilothouse.platform.health.process import size_of, this_process
from pilothouse.platform.health.verdicts import verdicts
from pilothouse.platform.ingest.pipeline import Ingest
from pilothouse.platform.ingest.writer import MAX_WAITING_BYTES
from pilothouse.platform.store import extent
from pilothouse.platform.store.engine import Store

log = logging.getLogger("pilothouse.health")

EVERY_S: Final = 30.0
KEPT: Final = 720
"""Samples: six hours of them."""
LOOK_S: Final = 300.0
"""How long the sizes of what is stored are believed."""
FAILED_WITHIN_S: Final = 86_400.0


class Sizes(Protocol):
    """What knows how large the store is: `retention.service.Housekeeper`."""

    async def size(self) -> tuple[int, float | None]: ...


class Queued(Protocol):
    """What knows the jobs: `jobs.service.Jobs`."""

    def counts(self, failed_within_s: float) -> dict[str, int]: ...


class Judged(Protocol):
    """What knows what rules have still to judge: `rules.service.RuleService`."""

    def backlog(self) -> tuple[int, float]: ...
    def totals(self) -> tuple[Mapping[tuple[str, str], int], float]: ...


_STEADY: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""A clock that nobody sets and that goes on while a laptop sleeps, unlike `time.monotonic`."""


def _clock_offset() -> float:
    return time.time() - time.clock_gettime(_STEADY)


class Health:
    """The figures of this server, what they amount to, and how they were."""

    def __init__(
        self,
        data: Path,
        store: Store,
        ingest: Ingest,
        sizes: Sizes,
        jobs: Queued,
        rules: Judged,
        gateway: Callable[[], GatewayFigures | None],
    ) -> None:
        self._data = data
        self._store = store
        self._ingest = ingest
        self._sizes = sizes
        self._jobs = jobs
        self._rules = rules
        self._gateway = gateway
        self._started_at = datetime.now(UTC)
        self._samples: deque[Sample] = deque(maxlen=KEPT)
        self._last: Figures | None = None
        self._kept: Kept | None = None
        self._look_at = 0.0
        self._looking = asyncio.Lock()
        self._clock = _clock_offset()
        self._jumps: deque[float] = deque(maxlen=KEPT)

    async def figures(self) -> Figures:
        """All figures of now."""
        kept = await self._stored()
        return await asyncio.to_thread(lambda: self._now(kept, self._work()))

    def verdicts(self, figures: Figures) -> list[Verdict]:
        """What figures amount to, with the history of the last hour."""
        hour = [*self.samples(figures.at - timedelta(hours=1))]
        if self._last is not None:
            hour.append(sample_between(self._last, figures))
        return verdicts(figures, hour)

    def samples(self, since: datetime | None = None) -> Sequence[Sample]:
        """The history, oldest first."""
        kept = tuple(self._samples)  # a copy in one step: another thread adds to them
        return [one for one in kept if since is None or one.at >= since]

    async def sampling(self) -> None:
        """Keep a history until cancelled."""
        while True:
            try:
                await asyncio.to_thread(self._sample)
            except Exception:
                log.exception("the server's figures cannot be read; trying again in %s s", EVERY_S)
            await asyncio.sleep(EVERY_S)

    def _sample(self) -> None:
        offset = _clock_offset()
        self._jumps.append(abs(offset - self._clock))
        self._clock = offset
        figures = self._now(None, None)
        if self._last is not None:
            self._samples.append(sample_between(self._last, figures))
        self._last = figures

    def _now(self, kept: Kept | None, work: Work | None) -> Figures:
        ingest, writer = self._ingest.intake, self._ingest.writer
        disk = shutil.disk_usage(self._data)
        return Figures(
            at=datetime.now(UTC),
            started_at=self._started_at,
            version=__version__,
            spans=dict(ingest.spans),
            rejected=dict(ingest.rejected),
            refused=dict(ingest.refused),
            queue=writer.queue(),
            queue_bound_bytes=MAX_WAITING_BYTES,
            stored=dict(writer.stored),
            put_aside=writer.put_aside,
            commits=writer.commits.spread(),
            settles=writer.settles.spread(),
            reads={area: durations.spread() for area, durations in self._store.reads.items()},
            disk_free_bytes=disk.free,
            disk_total_bytes=disk.total,
            process=this_process(),
            kept=kept,
            work=work,
            clock_jump_s=max(self._jumps, default=0.0),
            gateway=self._gateway(),
        )

    async def _stored(self) -> Kept | None:
        async with self._looking:
            if time.monotonic() < self._look_at:
                return self._kept
            try:
                self._kept = await self._look()
            except Exception as error:  # noqa: BLE001 - whatever a store says is a finding
                log.warning("the span store cannot be asked for its size: %s", error)
                self._kept = None
                return None
            self._look_at = time.monotonic() + LOOK_S
            return self._kept

    async def _look(self) -> Kept:
        size, growth = await self._sizes.size()
        newest = await extent.newest_start(self._store)
        return Kept(
            data_bytes=await asyncio.to_thread(size_of, self._data),
            store_bytes=size,
            store_bytes_a_day=growth,
            ahead_s=0.0 if newest is None else max(0.0, newest - time.time()),
        )

    def _work(self) -> Work | None:
        try:
            jobs = self._jobs.counts(FAILED_WITHIN_S)
            due, late_s = self._rules.backlog()
            outcomes, cost = self._rules.totals()
        except Exception as error:  # noqa: BLE001 - whatever the records say is a finding
            log.warning("the records cannot be asked for what waits: %s", error)
            return None
        return Work(
            jobs_queued=jobs.get("queued", 0),
            jobs_running=jobs.get("running", 0),
            jobs_failed=jobs.get("failed", 0),
            rules_due=due,
            rules_late_s=late_s,
            rules_outcomes=outcomes,
            rules_cost=cost,
        )
