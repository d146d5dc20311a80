"""Looks at budgets every few minutes, and has each threshold told once in a period.

Without budgets it asks nobody anything: it sleeps until one is made.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from pilothouse.platform.budgets import records as kept
from pilothouse.platform.budgets.models import Budget, Spending, reached
from pilothouse.platform.errors import ApiError
from pilothouse.platform.records import Records, micros_of

log = logging.getLogger("pilothouse.budgets")

EVERY_S: Final = 300.0
FIRST_AFTER_S: Final = 2.0
"""Nobody waits for the budgets of a server that starts: it answers first."""
_KEPT: Final = timedelta(days=70)
"""What was told is known for longer than any period lasts."""


class Spends(Protocol):
    """What knows what was spent."""

    async def of(self, budget: Budget, project: str, at: datetime) -> Spending: ...


class Names(Protocol):
    """What is needed of projects."""

    def name_of(self, number: int) -> str | None: ...


class BudgetWorker:
    """Runs while its server does."""

    def __init__(
        self,
        records: Records,
        projects: Names,
        spends: Callable[[], Spends],
        *,
        posted: Callable[[], None],
        server_url: str,
    ) -> None:
        """`spends` is asked for once there are budgets; `posted` when messages wait to be sent."""
        self._records = records
        self._projects = projects
        self._open_spends = spends
        self._opened: Spends | None = None
        self._posted = posted
        self._server_url = server_url
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()

    @property
    def spends(self) -> Spends:
        """What knows what was spent."""
        if self._opened is None:
            self._opened = self._open_spends()
        return self._opened

    def wake(self) -> None:
        """Have it look at once; from any thread."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended: so has the work
                self._loop.call_soon_threadsafe(self._wake.set)

    async def working(self) -> None:
        """Look at the budgets until cancelled."""
        self._loop = asyncio.get_running_loop()
        await asyncio.sleep(FIRST_AFTER_S)
        while True:
            self._wake.clear()
            pause: float | None = EVERY_S
            try:
                there = await self.look(datetime.now(UTC))
                pause = EVERY_S if there or self._records.shared else None
            except Exception:  # whatever a store says: the next look is another try
                log.exception("budgets were not looked at; trying again in %s s", EVERY_S)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), pause)

    async def look(self, at: datetime) -> bool:
        """Have the thresholds told that were reached; whether there are budgets."""
        budgets = await asyncio.to_thread(self._all)
        for budget in budgets:
            project = self._projects.name_of(budget.project_id)
            if project is None or not budget.thresholds:
                continue
            try:
                spending = await self.spends.of(budget, project, at)
                if await asyncio.to_thread(self._tell, budget, project, spending):
                    self._posted()
            except ApiError as e:
                log.warning("budget %r cannot be looked at: %s", budget.name, e.message)
            except Exception:  # one that fails must not keep the others from being told
                log.exception("budget %r was not looked at", budget.name)
        return bool(budgets)

    def _all(self) -> list[Budget]:
        with self._records.read() as session:
            if not kept.any_there(session):
                return []
            return kept.every(session)

    def _tell(self, budget: Budget, project: str, spending: Spending) -> bool:
        """Note the thresholds that are reached, and post the highest; whether anybody is told."""
        thresholds = reached(budget, spending.spent)
        if not thresholds:
            return False
        from pilothouse.platform.alerts import channel_records
        from pilothouse.platform.budgets.telling import message

        start = micros_of(spending.period_from)
        with self._records.write() as session:
            now = kept.one(session, budget.id)
            if now is None or now.updated_at != budget.updated_at:
                return False  # what was read is of a budget that is another one by now
            kept.forget_tellings(session, micros_of(spending.at - _KEPT))
            is_new = [n for n in thresholds if kept.tell(session, budget.id, start, n)]
            if not is_new:
                return False
            body = message(budget, project, spending, is_new[-1], self._server_url)
            for channel in now.channels:  # not those read before: one may be gone
                channel_records.post(session, channel, body)
        return bool(now.channels)
