"""Carries out the rules: looks for what came in, and judges what waits, one task a rule.

Without rules it asks nobody anything: it sleeps until one is made. With rules and no traffic it
asks the records alone, as nothing can have come that this process has not written.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol

from pilothouse.platform.errors import ApiError
from pilothouse.platform.records import Records, micros
from pilothouse.platform.rules import ending_records as endings
from pilothouse.platform.rules import outcome_records as outcomes
from pilothouse.platform.rules import records as kept
from pilothouse.platform.rules import spend_records as spending
from pilothouse.platform.rules import waiting_records as waits
from pilothouse.platform.rules.models import Rule, Waiting

log = logging.getLogger("pilothouse.rules")

FIRST_AFTER_S: Final = 1.0
"""Nobody waits for the rules of a server that starts: it answers first."""
POLL_S: Final = 5.0
"""How often it looks while there are rules; more often where traces need be quiet for less."""
PART: Final = 200
"""Looking takes a two-hundredth of the time at most, so that ingest hardly feels it ..."""
SELDOM: Final = 3
"""... but it is at most so many times rarer than it should be."""
SHARED_POLL_S: Final = 10.0
"""How often records that other servers share are looked at for a rule, where there is none."""
GONE_AFTER_US: Final = 90_000_000
"""After this silence another server takes a rule over."""
AT_ONCE: Final = 8
"""Evaluations of one rule, and rules whose entities are read."""
PAUSE_S: Final = 10.0
"""The wait after a store or the records failed."""
TIDY_S: Final = 3600.0


class Names(Protocol):
    """What the worker needs of projects."""

    def name_of(self, number: int) -> str | None: ...


class Inserted(Protocol):
    """What the worker needs of a store."""

    @property
    def path(self) -> Path | None: ...
    @property
    def inserts(self) -> Mapping[str, int]: ...


class RuleWorker:
    """Runs while its server does."""

    def __init__(
        self,
        records: Records,
        store: Inserted,
        projects: Names,
        hands: Callable[[], Hands],
        *,
        quiet_s: float,
    ) -> None:
        """`hands` makes what does the work; it imports a lot, so it is asked for with a rule."""
        self._records = records
        self._store = store
        self._projects = projects
        self._make_hands = hands
        self._hands: Hands | None = None
        self._quiet_us = int(quiet_s * 1e6)
        self._poll_s = min(POLL_S, quiet_s)
        self._owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()
        self._at_work: dict[str, asyncio.Task[None]] = {}
        self._inserts = -1
        self._look_until = 0.0
        self._tidied_at = time.monotonic()

    def wake(self) -> None:
        """Have it look at the rules anew; from any thread."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended: so has the work
                self._loop.call_soon_threadsafe(self._wake.set)

    async def working(self) -> None:
        """Carry out the rules until cancelled."""
        self._loop = asyncio.get_running_loop()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), FIRST_AFTER_S)
        async with asyncio.TaskGroup() as group:
            while True:
                self._wake.clear()
                pause: float | None = PAUSE_S
                try:
                    pause = await self._round(group)
                except Exception:  # whatever a store says: the next round is another try
                    log.exception("rules were not carried out; trying again in %s s", PAUSE_S)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), pause)

    async def _round(self, group: asyncio.TaskGroup) -> float | None:
        """Do what is to be done now; -> seconds until the next look, None until it is woken."""
        rules = await asyncio.to_thread(self._mine)
        if not rules:
            return SHARED_POLL_S if self._records.shared else None
        if self._hands is None:
            self._hands = await asyncio.to_thread(self._make_hands)
        began = time.monotonic()
        took_s = 0.0
        try:
            if await self._look(rules):
                self._wake.set()  # the rest is looked at at once
            took_s = time.monotonic() - began
        finally:  # what was found is judged, whatever keeps a rule from finding more
            due = await asyncio.to_thread(self._rules_due)
            for rule in rules:
                if rule.id in due and rule.id not in self._at_work:
                    task = group.create_task(self._work_off(rule), name=f"rule {rule.id}")
                    self._at_work[rule.id] = task
        if time.monotonic() - self._tidied_at > TIDY_S:
            self._tidied_at = time.monotonic()
            await asyncio.to_thread(self._tidy, rules)
        return min(SELDOM * self._poll_s, max(self._poll_s, PART * took_s))

    async def _look(self, rules: list[Rule]) -> bool:
        """Let what came in wait; whether there is more of it than was looked at."""
        inserts = self._store.inserts["traces"] + self._store.inserts["scores"]
        now = time.monotonic()
        if inserts != self._inserts or self._store.path is None:
            self._inserts = inserts
            self._look_until = now + self._quiet_us / 1e6 + 2 * SELDOM * self._poll_s
        if now > self._look_until:
            return False
        until = micros() - self._quiet_us
        looking = [
            (rule, project)
            for rule in rules
            if rule.enabled and (project := self._projects.name_of(rule.project_id)) is not None
        ]
        assert self._hands is not None
        more = True
        try:
            more = await self._hands.scan(looking, until)
        finally:
            if more:  # so long as there may be, the last look is not over
                self._inserts = -1
        return more

    async def _work_off(self, rule: Rule) -> None:
        """Judge what waits for a rule until nothing is due."""
        assert self._hands is not None
        bound = asyncio.Semaphore(AT_ONCE)
        try:
            while True:
                waiting, current = await asyncio.to_thread(self._due, rule.id)
                if not waiting or current is None:
                    return
                project = self._projects.name_of(current.project_id)
                if project is None:
                    return
                await self._hands.judge(current, project, waiting, bound)
        except* ApiError as refused:
            # The provider is gone, say: what waits is tried again when somebody has mended it.
            log.warning("rule %s cannot be carried out: %s", rule.name, refused.exceptions[0])
            await asyncio.sleep(PAUSE_S)
        except* Exception:
            log.exception("rule %s failed; trying again in %s s", rule.name, PAUSE_S)
            await asyncio.sleep(PAUSE_S)
        finally:
            self._at_work.pop(rule.id, None)

    def _due(self, rule_id: str) -> tuple[list[Waiting], Rule | None]:
        from pilothouse.platform.rules.judging import BATCH

        with self._records.read() as session:
            rule = kept.one(session, rule_id)
            return waits.due(session, rule_id, micros(), BATCH), rule

    def _mine(self) -> list[Rule]:
        """The rules that are to be carried out here."""
        with self._records.read() as session:
            rules = kept.at_work(session)
        if not self._records.shared or not rules:
            return rules
        gone_before = micros() - GONE_AFTER_US
        with self._records.write() as session:
            return [one for one in rules if kept.claim(session, one.id, self._owner, gone_before)]

    def _rules_due(self) -> set[str]:
        with self._records.read() as session:
            return waits.rules_due(session, micros())

    def _tidy(self, rules: list[Rule]) -> None:
        with self._records.write() as session:
            for rule in rules:
                outcomes.prune(session, rule.id)
            spending.forget(session)
            endings.forget(session, micros())


class Hands(Protocol):
    """What finds and judges entities."""

    async def scan(self, rules: Sequence[tuple[Rule, str]], until: int) -> bool: ...
    async def judge(
        self, rule: Rule, project: str, waiting: list[Waiting], bound: asyncio.Semaphore
    ) -> None: ...
