"""Back-fill: a rule over what was recorded before it, as a job, by the same engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from pilothouse.platform.errors import BadRequest
from pilothouse.platform.evaluators.models import BILLIONTHS
from pilothouse.platform.jobs.models import Job
from pilothouse.platform.jobs.service import JobContext, Jobs
from pilothouse.platform.records import Records
from pilothouse.platform.rules import outcome_records as outcomes
from pilothouse.platform.rules import waiting_records as waits
from pilothouse.platform.rules.choosing import Choosing, HourlyDraw, selection_of_rule
from pilothouse.platform.rules.models import Activity, Rule, Waiting
from pilothouse.platform.rules.service import RuleService, existing_rule
from pilothouse.platform.store import online
from pilothouse.platform.store.engine import Store

KIND: Final = "backfill_rule"
AT_ONCE: Final = 4
"""Back-fills that run beside each other: one may wait for a model that is away."""
PAGE: Final = 1_000
LOOKED_AT: Final = 10
"""Pages that an estimate looks at: somebody waits for it."""
MOST_WAITING: Final = 500
"""Entities of a back-fill that wait at a time: what comes in meanwhile goes before them."""
LOOK_S: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What a back-fill would do."""

    matching: int
    """What the filter holds for."""
    sampled: int
    """What of that would be judged, as it has not been."""
    cost: float | None
    """US dollars; None where it is not known what a verdict costs."""
    exact: bool
    """Whether all of it was looked at; else the first part was, and the rest taken to be alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    matching: int
    chosen: list[Waiting]
    more: bool
    """Whether another may follow."""


class Backfills:
    """Judges what lies in a span of time."""

    def __init__(
        self,
        records: Records,
        store: Store,
        rules: RuleService,
        jobs: Jobs,
        wake: Callable[[], None],
    ) -> None:
        self._records = records
        self._store = store
        self._rules = rules
        self._jobs = jobs
        self._wake = wake
        self._choosing = Choosing(store)
        jobs.register(KIND, self._run, at_once=AT_ONCE, cancellable=True, clean_up=self._clean_up)

    async def estimate(self, rule: Rule, since: datetime, until: datetime) -> Estimate:
        """What a back-fill of this time would do and cost. Raises BadRequest."""
        _check(since, until)
        await self._store.visible()
        matching = sampled = 0
        exact = True
        async with aclosing(self._pages(rule, since, until, "")) as pages:
            left = LOOKED_AT
            async for page in pages:
                matching += page.matching
                sampled += len(page.chosen)
                left -= 1
                if not left and page.more:
                    exact = False
                    break
        if not exact:
            selection = replace(selection_of_rule(rule, ""), since=since, until=until)
            alike = await online.count_in_window(self._store, rule.unit, selection) / matching
            matching, sampled = round(alike * matching), round(alike * sampled)
        evaluator = await asyncio.to_thread(self._rules.evaluator, rule)
        cost: float | None = sampled * evaluator.estimate / BILLIONTHS
        if not evaluator.priced_now:
            cost = None if evaluator.asks_model else 0.0
        return Estimate(matching=matching, sampled=sampled, cost=cost, exact=exact)

    def start(self, rule: Rule, since: datetime, until: datetime, by: str) -> Job:
        """The job that does it."""
        return self._jobs.start(
            KIND,
            title=f"Back-fill {rule.name}",
            project_id=rule.project_id,
            arguments={
                "rule_id": rule.id,
                "from": since.isoformat(),
                "to": until.isoformat(),
            },
            created_by=by,
        )

    async def _run(self, context: JobContext) -> dict[str, Any]:
        arguments, job_id = context.job.arguments, context.job.id
        rule = await asyncio.to_thread(self._rules.get, arguments["rule_id"])
        since = datetime.fromisoformat(arguments["from"])
        until = datetime.fromisoformat(arguments["to"])
        await self._store.visible()
        await context.progress(None, "counting what there is to judge")
        total = (await self.estimate(rule, since, until)).sampled
        taken = 0
        try:
            async for page in self._pages(rule, since, until, job_id):
                await asyncio.to_thread(self._add, rule.id, page.chosen)
                taken += len(page.chosen)
                await self._worked_off(context, taken, total, leave=MOST_WAITING)
            await self._worked_off(context, taken, total, leave=0)
        finally:
            # Cancelled, or done and there is none: what nobody has judged waits no longer.
            await asyncio.shield(asyncio.to_thread(self._forget, job_id))
        return {"judged": taken}

    async def _clean_up(self, context: JobContext) -> None:
        await asyncio.to_thread(self._forget, context.job.id)

    async def _worked_off(self, context: JobContext, taken: int, total: int, *, leave: int) -> None:
        """Wait until at most so many are left."""
        while (left := await asyncio.to_thread(self._left, context.job.id)) > leave:
            self._wake()
            done = taken - left
            share = min(1.0, done / total) if total else None
            await context.progress(share, f"{done} of {max(total, taken)} judged")
            await asyncio.sleep(LOOK_S)

    async def _pages(
        self, rule: Rule, since: datetime, until: datetime, job_id: str
    ) -> AsyncGenerator[_Page]:
        """What is to be judged, part by part."""
        chosen = (await self._choosing.of(rule, "")).within(since, until)
        draw = HourlyDraw(chosen)
        after: list[Any] | None = None
        sessions: set[str] = set()
        while True:
            found, after = await online.in_window(self._store, chosen.sought, after, PAGE)
            fresh = {key: one for one in found if (key := chosen.key(one)) not in sessions}
            if rule.unit == "session":
                sessions |= fresh.keys()
            sampled, _ = chosen.split(fresh.values(), job_id)
            drawn = [done for key, one in sampled.items() for done in draw.put(fresh[key], one)]
            if after is None:
                drawn += draw.rest()
            judged = await asyncio.to_thread(self._judged, rule, [one.entity.key for one in drawn])
            still = [one for one in drawn if not _is_settled(rule, judged.get(one.entity.key))]
            yield _Page(matching=len(fresh), chosen=still, more=after is not None)
            if after is None:
                return

    def _judged(self, rule: Rule, entities: list[str]) -> dict[str, Activity]:
        with self._records.read() as session:
            waiting = waits.known(session, rule.id, entities)
            known = dict(outcomes.of_entities(session, rule.id, entities))
        return {key: one for key, one in known.items() if key not in waiting}

    def _add(self, rule_id: str, chosen: list[Waiting]) -> None:
        with self._records.write() as session:
            existing_rule(session, rule_id)  # it may have been removed meanwhile
            waits.add(session, chosen)

    def _left(self, job_id: str) -> int:
        with self._records.read() as session:
            return waits.of_job(session, job_id)

    def _forget(self, job_id: str) -> None:
        with self._records.write() as session:
            waits.forget_job(session, job_id)


def _check(since: datetime, until: datetime) -> None:
    if since >= until:
        raise BadRequest("from is not before to", {"parameter": "from"})


def _is_settled(rule: Rule, judged: Activity | None) -> bool:
    """Whether this version of the rule has come to an end with an entity.

    What had no budget, was dropped or failed is tried again: that is what it was asked for.
    """
    if judged is None or judged.rule_version != rule.version:
        return False
    return judged.outcome == "scored" or judged.reason in {"not_applicable", "missing", "sampling"}
