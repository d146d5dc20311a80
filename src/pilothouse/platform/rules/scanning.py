"""Finds what came in since a rule last looked, and lets it wait to be judged.

The store is asked by the versions of traces, a moment behind the present: a trace that was written
to in the last seconds is not looked at yet. What is found, what was sampled out and how far the
rule has looked are one transaction, so that a server that dies finds each entity once again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from typing import Final

from pilothouse.platform.evaluators.entities import Entity
from pilothouse.platform.records import Records, micros
from pilothouse.platform.rules import outcome_records as outcomes
from pilothouse.platform.rules import records as kept
from pilothouse.platform.rules import waiting_records as waits
from pilothouse.platform.rules.models import Activity, Done, Rule, Waiting
from pilothouse.platform.rules.service import selection_of_rule
from pilothouse.platform.store import online
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.online import Found

log = logging.getLogger("pilothouse.rules")

PAGE: Final = 2_000
"""Changes that are looked at in one go."""
MOST_WAITING: Final = 10_000
"""Entities of one rule that wait; of more the oldest are dropped."""
OLDEST_US: Final = 24 * 3_600_000_000
"""How long an entity may wait."""


class Scanner:
    """Looks for entities of rules."""

    def __init__(self, store: Store, records: Records) -> None:
        self._store = store
        self._records = records

    async def scan(self, rule: Rule, project: str, until: int) -> int | None:
        """Let the next of what came in wait; -> how far that was, None where nothing came."""
        end = await online.end_of_page(self._store, rule.project_id, rule.seen, until, PAGE)
        if not end:
            return None
        selection = selection_of_rule(rule, project)
        found = await online.changed(self._store, rule.unit, selection, rule.seen, end)
        await asyncio.to_thread(self._take, rule, found, end)
        return end

    def _take(self, rule: Rule, found: Sequence[Found], end: int) -> None:
        waiting = {one.entity.key: one for one in waiting_of(rule, found)}
        with self._records.write() as session:
            current = kept.one(session, rule.id)
            if current is None or current.seen > rule.seen or current.version != rule.version:
                return  # changed meanwhile: it is looked for anew
            judged = outcomes.of_entities(session, rule.id, list(waiting))
            fresh = [one for key, one in waiting.items() if is_open(rule, judged.get(key))]
            chosen = [one for one in fresh if rule.samples(one.entity.key)]
            passed = [one for one in fresh if not rule.samples(one.entity.key)]
            waits.add(session, chosen)
            new = [one for one in passed if one.entity.key not in judged]
            outcomes.put(session, rule, [skipped(one, "sampling") for one in new])
            kept.count(session, rule.id, {("skipped", "sampling"): len(new)})
            if chosen:
                dropped = waits.surplus(session, rule.id, MOST_WAITING, micros() - OLDEST_US)
                waits.forget(session, dropped)
                outcomes.put(session, rule, [skipped(one, "dropped") for one in dropped])
                kept.count(session, rule.id, {("skipped", "dropped"): len(dropped)})
                if dropped:
                    log.warning(
                        "rule %s: %s entities waited too long or were too many and are not judged; "
                        "sample fewer, or give it a faster model",
                        rule.name,
                        len(dropped),
                    )
            kept.looked(session, rule.id, end)


def waiting_of(rule: Rule, found: Iterable[Found], job_id: str = "") -> Iterable[Waiting]:
    """What was found as it waits: a session until it has been quiet for long enough."""
    now = micros()
    idle_us = int(rule.idle_minutes * 60e6)
    for one in found:
        entity = Entity(trace_id=one.trace_id, session_id=one.session_id)
        due_at = now
        if rule.unit == "span":
            entity = Entity(trace_id=one.trace_id, span_id=one.span_id, session_id=one.session_id)
        elif rule.unit == "session":
            entity = Entity(session_id=one.session_id)
            due_at = one.version + idle_us
        yield Waiting(
            rule_id=rule.id, entity=entity, job_id=job_id, found_at=now, due_at=max(now, due_at)
        )


def is_open(rule: Rule, judged: Activity | None) -> bool:
    """Whether something that came in is to be looked at: a session has new turns, all else once."""
    return judged is None or rule.unit == "session"


def skipped(waiting: Waiting, reason: str, detail: str = "") -> Done:
    """What came of an entity that is not judged."""
    return Done(
        waiting=waiting,
        outcome="skipped",
        reason=reason,
        detail=detail,
        attempts=waiting.attempts,
    )
