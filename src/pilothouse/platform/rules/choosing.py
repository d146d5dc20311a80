"""What a rule looks for with the parts of it that have rates of their own, and who is drawn."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from pilothouse.filters.tree import quote
from pilothouse.platform.evaluators.entities import Entity
from pilothouse.platform.query.scope import filter_of
from pilothouse.platform.records import micros
from pilothouse.platform.rules.models import Rule, Waiting
from pilothouse.platform.rules.spend_records import HOUR_US
from pilothouse.platform.store import first_seen
from pilothouse.platform.store.arrivals import Draw
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.online import Found, Wanted
from pilothouse.platform.store.selection import Selection

MOST_NEW: Final = 50
"""New versions that are asked for at a time, the newest of them."""


def selection_of_rule(rule: Rule, project: str, filter: str | None = None) -> Selection:
    """What a rule's filter, or another, asks for in its project.

    Raises BadRequest for a filter that is none.
    """
    text = rule.filter if filter is None else filter
    return Selection(projects={rule.project_id: project}, filter=filter_of(text))


def asks_scores(rule: Rule) -> bool:
    """Whether a rule's filters may look at scores, which come later than what they are of."""
    return any("score" in text for text in (rule.filter, *(s.filter for s in rule.sampling.strata)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What is looked for with a rule, and which of it is judged."""

    rule: Rule
    sought: Wanted
    rates: tuple[float, ...] = ()
    """Those of the strata that are looked for."""

    @property
    def draw(self) -> Draw | None:
        """How the engine draws; None of sessions, which are drawn by all of their turns."""
        rule = self.rule
        if rule.unit == "session":
            return None
        return Draw(
            rates=(*self.rates, rule.sampling_rate),
            salt=rule.sampling.salt(rule.id),
            counted_after=rule.seen,
        )

    def within(self, since: datetime, until: datetime) -> Chosen:
        """The same in a window of time."""
        selection = replace(self.sought.selection, since=since, until=until)
        return replace(self, sought=replace(self.sought, selection=selection))

    def split(
        self, found: Iterable[Found], job_id: str = ""
    ) -> tuple[dict[str, Waiting], dict[str, Found]]:
        """What is judged, or drawn from when its hour is over, as it waits, and what is not.

        Both by key. Of a session's turns the last one counts, with the largest share of any.
        """
        drawn: dict[str, Waiting] = {}
        passed: dict[str, Found] = {}
        for one in found:
            key, share = self.key(one), self.rate_of(one.stratum)
            if share >= 1 or (share > 0 and self.rule.draw(key) < share):
                waiting, before = self.waiting(one, job_id), drawn.get(key)
                drawn[key] = waiting if before is None else _together(before, waiting)
            else:
                passed[key] = one
        return drawn, {key: one for key, one in passed.items() if key not in drawn}

    def key(self, found: Found) -> str:
        """What an entity is known by, as `Entity.key`."""
        if self.rule.unit == "span":
            return f"{found.trace_id}/{found.span_id}"
        return found.trace_id if self.rule.unit == "trace" else f"session:{found.session_id}"

    def rate_of(self, stratum: int) -> float:
        """The share of a stratum that is judged; -1 is all that is in none."""
        return self.rule.sampling_rate if stratum < 0 else self.rates[stratum]

    def waiting(self, found: Found, job_id: str = "") -> Waiting:
        """An entity as it waits: a session until it has been quiet for long enough."""
        rule, now = self.rule, micros()
        due_at, hour = now, 0
        if rule.unit == "session":
            entity = Entity(session_id=found.session_id)
            due_at = found.version + int(rule.idle_minutes * 60e6)
        else:
            span_id = found.span_id if rule.unit == "span" else ""
            entity = Entity(trace_id=found.trace_id, span_id=span_id, session_id=found.session_id)
        if rule.sampling.per_hour is not None and found.stratum < 0 and not job_id:
            hour = now // HOUR_US
            due_at = max(due_at, (hour + 1) * HOUR_US)
        return Waiting(
            rule_id=rule.id,
            entity=entity,
            job_id=job_id,
            found_at=now,
            due_at=max(now, due_at),
            share=self.rate_of(found.stratum),
            hour=hour,
        )


def _together(before: Waiting, later: Waiting) -> Waiting:
    """A session of which several turns were found."""
    if (before.share or 0.0) <= (later.share or 0.0):
        return later
    return replace(later, share=before.share, hour=before.hour)


class Choosing:
    """Says what is to be looked for; asks which versions of prompts are new."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of(self, rule: Rule, project: str) -> Chosen:
        """What a rule looks for now."""
        strata = [(one.filter, one.rate) for one in rule.sampling.strata]
        if rule.sampling.new_prompts_h is not None:
            fresh = await self._new_prompts(rule, rule.sampling.new_prompts_h)
            if fresh:
                strata.insert(0, (_any_of(fresh, of_spans=rule.unit == "span"), 1.0))
        selections = tuple(selection_of_rule(rule, project, text) for text, _ in strata)
        return Chosen(
            rule=rule,
            sought=Wanted(rule.unit, selection_of_rule(rule, project), selections),
            rates=tuple(rate for _, rate in strata),
        )

    async def _new_prompts(self, rule: Rule, hours: float) -> list[tuple[str, str]]:
        since = datetime.now(UTC) - timedelta(hours=hours)
        seen = await first_seen.first_seen(self._store, {rule.project_id: ""}, since)
        return [(one.name, one.version) for one in seen.items if one.version][:MOST_NEW]


def _any_of(versions: Sequence[tuple[str, str]], *, of_spans: bool) -> str:
    """The filter for what used one of some versions of prompts."""
    pairs = (
        f"(prompt.name = {quote(name)} and prompt.version = {quote(version)})"
        for name, version in versions
    )
    said = " or ".join(pairs)
    return said if of_spans else f"any(span: {said})"


class HourlyDraw:
    """Draws so many of each hour, where hours come one after the other."""

    def __init__(self, chosen: Chosen) -> None:
        self._chosen = chosen
        self._most = chosen.rule.sampling.per_hour
        self._hour = -1
        self._matched = 0
        self._kept: list[tuple[float, str, Waiting]] = []
        """By the draw, the largest first: a heap of what is below."""

    def put(self, found: Found, waiting: Waiting) -> list[Waiting]:
        """Take one that was sampled; -> what of earlier is drawn for good."""
        if self._most is None or found.stratum >= 0:
            return [waiting]
        hour = found.start_us // HOUR_US
        done = self.rest() if hour != self._hour else []
        self._hour = hour
        self._matched += 1
        draw = self._chosen.rule.draw(waiting.entity.key)
        heapq.heappush(self._kept, (-draw, waiting.entity.key, waiting))
        if len(self._kept) > self._most:
            heapq.heappop(self._kept)
        return done

    def rest(self) -> list[Waiting]:
        """What is drawn of the hour, which is over."""
        of_all = len(self._kept) / self._matched if self._matched else 1.0
        done = [replace(one, share=(one.share or 0.0) * of_all) for _, _, one in self._kept]
        self._kept, self._matched = [], 0
        return done
