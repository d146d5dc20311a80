"""Says of one entity why a rule did not judge it, or what it came to."""

from __future__ import annotations

import asyncio
from typing import Final, Literal

from pilothouse.platform.errors import NotFound
from pilothouse.platform.evaluators.entities import Entity
from pilothouse.platform.records import Records, micros, moment
from pilothouse.platform.rules import outcome_records as outcomes
from pilothouse.platform.rules import waiting_records as waits
from pilothouse.platform.rules.choosing import Choosing
from pilothouse.platform.rules.models import Activity, Rule, Waiting
from pilothouse.platform.store import online
from pilothouse.platform.store.engine import Store

Answer = tuple[Literal["scored", "failed", "skipped", "waiting"], str]
"""The outcome and the reason in words."""
SKIPPED = {
    "sampling": "it was not among those sampled",
    "budget": "the budget was used up",
    "not_applicable": "there was nothing to judge",
    "missing": "the evaluator needs something that is not there",
    "dropped": "it waited too long, or too many waited",
}

BEFORE: Final = (
    "it came before the rule was made or switched on, or has not ended: a back-fill judges what "
    "was there before"
)


class Reasons:
    """Looks for the reason."""

    def __init__(self, records: Records, store: Store, quiet_s: float) -> None:
        self._records = records
        self._store = store
        self._quiet_us = int(quiet_s * 1e6)
        self._choosing = Choosing(store)

    async def of(self, rule: Rule, trace_id: str, span_id: str) -> Answer:
        """What came of a trace, of one of its spans or of its session. Raises NotFound."""
        if rule.guard is not None:
            return "skipped", "a guard judges what it is asked, and nothing that was recorded"
        await self._store.visible()
        found = await online.trace_version(self._store, rule.project_id, trace_id)
        if found is None:
            raise NotFound(f"there is no trace {trace_id!r} in the project of this rule")
        version, session_id = found
        if rule.unit == "session" and not session_id:
            return "skipped", "the trace belongs to no session, and this rule judges sessions"
        if rule.unit == "span" and not span_id:
            raise NotFound("this rule judges spans: say which span of the trace")
        entity = _entity(rule, trace_id, span_id, session_id)
        judged, waiting = await asyncio.to_thread(self._known, rule, entity)
        if waiting is not None:
            return _waits(waiting)
        if judged is not None:
            return judged.outcome, _words(judged)
        return await self._never(rule, entity, trace_id, span_id, version)

    async def _never(
        self, rule: Rule, entity: Entity, trace_id: str, span_id: str, version: int
    ) -> Answer:
        """Why nothing is noted of an entity."""
        chosen = await self._choosing.of(rule, "")
        stratum = await online.stratum_of(self._store, chosen.sought, trace_id, span_id)
        if stratum is None:
            return "skipped", "the filter of the rule does not hold for it"
        rate = chosen.rate_of(stratum)
        if rule.draw(entity.key) >= rate:
            share = f"{rule.draw(entity.key):.4f} is not below the rate of {rate:g}"
            return "skipped", f"{SKIPPED['sampling']}: {share}"
        if not rule.enabled:
            return "skipped", "the rule is off"
        if version > rule.seen:
            quiet = self._quiet_us / 1e6
            return "waiting", f"it was written to a moment ago: it is judged {quiet:g} s after that"
        if rule.sampling.per_hour is not None and stratum < 0:
            return "skipped", f"{BEFORE}; or {rule.sampling.per_hour} others were drawn of its hour"
        return "skipped", BEFORE

    def _known(self, rule: Rule, entity: Entity) -> tuple[Activity | None, Waiting | None]:
        with self._records.read() as session:
            judged = outcomes.of_entities(session, rule.id, [entity.key])
            return judged.get(entity.key), waits.one(session, rule.id, entity.key)


def _entity(rule: Rule, trace_id: str, span_id: str, session_id: str) -> Entity:
    if rule.unit == "session":
        return Entity(session_id=session_id)
    return Entity(trace_id=trace_id, span_id=span_id if rule.unit == "span" else "")


def _waits(waiting: Waiting) -> Answer:
    if waiting.attempts:
        return "waiting", f"it failed {waiting.attempts} times and is tried again: {waiting.error}"
    if waiting.due_at > micros():
        return "waiting", f"it is judged at {moment(waiting.due_at).isoformat()} if nothing comes"
    return "waiting", "it is about to be judged"


def _words(judged: Activity) -> str:
    if judged.outcome == "skipped":
        reason = SKIPPED.get(judged.reason, judged.reason)
        return f"{reason}: {judged.detail}" if judged.detail else reason
    return judged.detail or f"it was judged at {judged.at.isoformat()}"
