"""Finds what came in since a rule last looked, and lets it wait to be judged.

The store is asked by the versions of traces, a moment behind the present: a trace that was written
to in the last seconds is not looked at yet. What is found, what was sampled out and how far the
rule has looked are one transaction, so that a server that dies finds each entity once again.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from typing import Final

from pilothouse.platform.errors import ApiError
from pilothouse.platform.records import Records, Session, micros, micros_of
from pilothouse.platform.rules import ending_records as endings
from pilothouse.platform.rules import outcome_records as outcomes
from pilothouse.platform.rules import records as kept
from pilothouse.platform.rules import waiting_records as waits
from pilothouse.platform.rules.choosing import Choosing, Chosen, asks_scores
from pilothouse.platform.rules.models import Activity, Done, Rule, Waiting
from pilothouse.platform.store import arrivals, online
from pilothouse.platform.store.arrivals import Came
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.online import Found, News

log = logging.getLogger("pilothouse.rules")

PAGE: Final = 2_000
"""Changes that are looked at in one go."""
MOST_SPANS: Final = 20_000
"""Spans of these traces where a rule looks at spans; one trace with more is a go of its own."""
NOTED: Final = 20
"""Of what was sampled out in one go so much stands in the log; all of it is counted, and whether
one was among it can be told at any time."""
BEHIND_US: Final = 10_000_000
"""How far the clocks of servers that share a store may differ: so much is looked at again."""
MOST_WAITING: Final = 10_000
"""Entities of one rule that wait; of more the oldest are dropped."""
SCORED_BEFORE_US: Final = 3_600_000_000
"""How far a server that starts looks back for scores; what was judged is not judged again."""
OLDEST_US: Final = 24 * 3_600_000_000
"""How long an entity may wait."""


NOTHING: Final = News()


class Scanner:
    """Looks for entities of rules."""

    def __init__(self, store: Store, records: Records, *, behind_us: int = 0) -> None:
        """`behind_us`: how far the clock of another server that writes may be behind."""
        self._store = store
        self._records = records
        self._behind_us = behind_us
        self._choosing = Choosing(store)
        self._scored: dict[str, int] = {}
        """By rule that asks for scores: up to which version of them it has looked."""
        self._known: dict[str, News] = {}
        """By rule: what had changed in its project when it was looked."""

    async def scan(self, rules: Sequence[tuple[Rule, str]], until: int) -> bool:
        """Let the next of what came in wait, for rules with their projects; whether more came.

        Raises the last error of those that could not be looked for, once all others were.
        """
        if not rules:
            return False
        low = min(rule.seen for rule, _ in rules) - self._behind_us
        news = await online.news(self._store, low, until)
        together: dict[tuple[int, int], list[tuple[Rule, str]]] = {}
        for rule, project in rules:
            new = news.get(rule.project_id, NOTHING)
            if new.last > rule.seen or (self._behind_us and not self._is_known(rule, new)):
                together.setdefault((rule.project_id, rule.seen), []).append((rule, project))
        more, failed = False, None
        for (number, seen), alike in together.items():
            new = news.get(number, NOTHING)
            end = max(new.last, seen)
            of_spans = any(rule.unit == "span" for rule, _ in alike)
            most_spans = MOST_SPANS if of_spans else None
            if new.last > seen and (new.traces > PAGE or new.spans > (most_spans or new.spans)):
                end = await online.end_of_page(self._store, number, seen, until, PAGE, most_spans)
            more = more or end < new.last
            failed = await self._look_or_say(alike, end) or failed
        for rule, project in rules:
            if asks_scores(rule):
                failed = await self._look_at_scored(rule, project, until) or failed
        if failed is not None:
            raise failed
        return more

    async def _look_at_scored(self, rule: Rule, project: str, until: int) -> Exception | None:
        """Let what was given scores since the last look wait; -> why that could not be seen."""
        first = max(micros_of(rule.created_at), until - SCORED_BEFORE_US)
        after = self._scored.get(rule.id, first) - self._behind_us
        try:
            chosen = await self._choosing.of(rule, project)
            found = await online.scored(self._store, chosen.sought, after, until, PAGE)
        except ApiError as error:
            log.warning("rule %s could not look at what was scored: %s", rule.name, error)
            return error
        if found:
            await asyncio.to_thread(self._take_scored, chosen, found)
        self._scored[rule.id] = until
        return None

    def _take_scored(self, chosen: Chosen, found: Sequence[Found]) -> None:
        rule, (drawn, _) = chosen.rule, chosen.split(found)
        with self._records.write() as session:
            current = kept.one(session, rule.id)
            if current is None or current.version != rule.version:
                return  # changed meanwhile
            judged = outcomes.of_entities(session, rule.id, list(drawn))
            chosen_now = [one for key, one in drawn.items() if is_open(rule, judged.get(key))]
            _hold(session, rule, [one for one in chosen_now if one.hour])
            waits.add(session, [one for one in chosen_now if not one.hour])

    async def _look_or_say(self, rules: Sequence[tuple[Rule, str]], end: int) -> Exception | None:
        """Look for what came up to a version; -> why rules could not, each by itself."""
        try:
            await self._look(rules, end)
        except ApiError as error:  # no rule's filter may hold up the others
            if len(rules) == 1:
                log.warning("rule %s could not look at what came in: %s", rules[0][0].name, error)
                return error
            alone = [await self._look_or_say([one], end) for one in rules]
            return next((why for why in alone if why is not None), None)
        return None

    def _is_known(self, rule: Rule, new: News) -> bool:
        """Whether nothing came since the last look, though it may have an earlier version."""
        before, self._known[rule.id] = self._known.get(rule.id), new
        return before == new

    async def _look(self, rules: Sequence[tuple[Rule, str]], end: int) -> None:
        """Look for what came up to a version, for rules of a project that looked equally far."""
        after = rules[0][0].seen
        if self._behind_us:  # what came before the rule is none of its business all the same
            made_us = max(micros_of(rule.created_at) for rule, _ in rules)
            after = min(after, max(after - self._behind_us, made_us))
        wanted = [await self._choosing.of(rule, project) for rule, project in rules]
        asked = [(one.sought, one.draw) for one in wanted]
        came = await arrivals.came_in(self._store, asked, after, end)
        for one, of_rule in zip(wanted, came, strict=True):
            await asyncio.to_thread(self._take, one, of_rule, end)

    def _take(self, wanted: Chosen, came: Came, end: int) -> None:
        rule = wanted.rule
        sampled, others = wanted.split(came.found)
        # What is looked at again was counted before.
        close = [one for one in others.values() if one.version > rule.seen]
        passed = came.passed + len(close)
        with self._records.write() as session:
            current = kept.one(session, rule.id)
            if current is None or current.seen > rule.seen or current.version != rule.version:
                return  # changed meanwhile: it is looked for anew
            judged = outcomes.of_entities(session, rule.id, list(sampled))
            chosen = [one for key, one in sampled.items() if is_open(rule, judged.get(key))]
            held = [one for one in chosen if one.hour]
            out = _hold(session, rule, held)
            waits.add(session, [one for one in chosen if not one.hour])
            if rule.unit == "session":
                ids = [one.entity.session_id for one in chosen]
                over = endings.ended(session, rule.project_id, ids)
                waits.hasten(session, rule.project_id, list(over), micros())
            kept.count(session, rule.id, {("skipped", "sampling"): passed + len(out)})
            out += [wanted.waiting(one) for one in (*came.shown, *close)[-NOTED:]]
            outcomes.put(session, rule, [skipped(one, "sampling") for one in out[-NOTED:]])
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


def _hold(session: Session, rule: Rule, held: Sequence[Waiting]) -> list[Waiting]:
    """Let what is drawn by the hour wait; -> what is out of the draw by now."""
    most = rule.sampling.per_hour
    if most is None or not held:
        return []
    known = waits.known(session, rule.id, [one.entity.key for one in held])
    waits.add(session, held)
    out = []
    for hour, more in Counter(one.hour for one in held if one.entity.key not in known).items():
        waits.count_hour(session, rule.id, hour, more=more, most=most)
        drawn = sorted(
            waits.of_hour(session, rule.id, hour), key=lambda one: rule.draw(one.entity.key)
        )
        out += drawn[most:]
    waits.forget(session, out)
    return out


def is_open(rule: Rule, judged: Activity | None) -> bool:
    """Whether something that came in is to be looked at: a session has new turns, all else once.

    What was sampled out before and now is not belongs to another stratum by now.
    """
    return judged is None or rule.unit == "session" or judged.reason == "sampling"


def skipped(waiting: Waiting, reason: str, detail: str = "") -> Done:
    """What came of an entity that is not judged."""
    return Done(
        waiting=waiting,
        outcome="skipped",
        reason=reason,
        detail=detail,
        attempts=waiting.attempts,
    )
