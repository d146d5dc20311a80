"""Rules of online evaluation: made, changed, watched."""

from __future__ import annotations

import dataclasses
import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from pilothouse.platform.errors import BadRequest, NotFound
from pilothouse.platform.evaluators.models import BILLIONTHS, PROJECT, Evaluator
from pilothouse.platform.evaluators.service import EvaluatorService, no_evaluator
from pilothouse.platform.records import Records, Session, micros, micros_of
from pilothouse.platform.rules import ending_records as endings
from pilothouse.platform.rules import outcome_records as outcomes
from pilothouse.platform.rules import records as kept
from pilothouse.platform.rules import spend_records as spending
from pilothouse.platform.rules import waiting_records as waits
from pilothouse.platform.rules.budgets import Budget
from pilothouse.platform.rules.choosing import selection_of_rule
from pilothouse.platform.rules.models import ANSWERS, OUTCOMES, SKIPS, Activity, Guard, Rule, Stats
from pilothouse.platform.rules.sampling import Sampling
from pilothouse.platform.store.online import Unit

if TYPE_CHECKING:
    from pilothouse.evaluation.statistics.weighted import SampleMean

log = logging.getLogger("pilothouse.rules")

LONGEST_NAME: Final = 200
_JUDGED_BY: Final = (
    *("evaluator_id", "unit", "filter", "sampling_rate", "sampling", "mapping", "guard"),
)
"""A change of any of these is another version: its verdicts stand beside those before."""
_NOTHING_YET: Final = {
    ("scored", ""): 0,
    **{("skipped", reason): 0 for reason in SKIPS},
    **{("guard", answer): 0 for answer in ANSWERS},
}
Rules = list[Rule]  # a name for annotations: in the class, `list` is a method


class RuleService:
    """Rules; the worker that carries them out is told of every change."""

    def __init__(self, records: Records, evaluators: EvaluatorService) -> None:
        self._records = records
        self._evaluators = evaluators
        self._changed: list[Callable[[], None]] = []
        evaluators.on_change(self._tell)

    def on_change(self, told: Callable[[], None]) -> None:
        """Have somebody told when a rule has changed; from any thread."""
        self._changed.append(told)

    def backlog(self) -> tuple[int, float]:
        """How many entities are due to be judged, and for how many seconds the first has been."""
        with self._records.read() as session:
            due, late_us = waits.backlog(session, micros())
        return due, late_us / 1e6

    def totals(self) -> tuple[dict[tuple[str, str], int], float]:
        """What all rules did so far, by (outcome, reason), and the dollars that it cost."""
        with self._records.read() as session:
            counted, spent = kept.totals(session)
        told = {key: n for key, n in counted.items() if key[0] in {*OUTCOMES, "guard"}}
        return {**_NOTHING_YET, **told}, spent / BILLIONTHS

    def create(
        self,
        name: str,
        *,
        project: str,
        project_id: int,
        evaluator_id: str,
        enabled: bool = True,
        unit: Unit = "trace",
        filter: str = "",
        sampling_rate: float = 1.0,
        sampling: Sampling | None = None,
        guard: Guard | None = None,
        mapping: Mapping[str, str] | None = None,
        budget: Budget | None = None,
        idle_minutes: float = 5.0,
        by: str = "",
    ) -> Rule:
        """A new rule, for what comes in from now on. Raises BadRequest for one that cannot work."""
        if project == PROJECT:
            raise BadRequest(
                f"project {PROJECT!r} holds the calls of evaluators: no rule can judge them"
            )
        now = datetime.now(UTC)
        made = Rule(
            id=str(uuid.uuid4()),
            project_id=project_id,
            evaluator_id=evaluator_id,
            name=name,
            enabled=enabled,
            unit=unit,
            filter=filter,
            sampling_rate=0.0 if guard else sampling_rate,
            sampling=sampling or Sampling(),
            guard=guard,
            mapping=dict(mapping or {}),
            budget=budget or Budget(),
            idle_minutes=idle_minutes,
            created_by=by,
            created_at=now,
            updated_at=now,
        )
        self._check(made)
        with self._records.write() as session:
            kept.add(session, made)
            found = existing_rule(session, made.id)
        self._tell()
        return found

    def get(self, rule_id: str) -> Rule:
        """The rule of an id. Raises NotFound."""
        with self._records.read() as session:
            return existing_rule(session, rule_id)

    def list(self, *, project_id: int | None = None, evaluator_ids: Sequence[str] = ()) -> Rules:
        """Rules, the newest first."""
        with self._records.read() as session:
            return kept.every(session, project_id=project_id, evaluator_ids=evaluator_ids)

    def stats(self, rules: Sequence[Rule]) -> dict[str, Stats]:
        """What some rules did so far."""
        with self._records.read() as session:
            return kept.stats(session, [rule.id for rule in rules])

    def change(self, rule_id: str, **changes: Any) -> Rule:  # Any: fields of Rule, each its own
        """The rule after a change of its fields; None leaves. Raises BadRequest, NotFound.

        What changes whom it judges, or how, makes another version. What came in while it was off
        is not judged by it: that is what a back-fill is for.
        """
        given = {name: value for name, value in changes.items() if value is not None}
        self._check(dataclasses.replace(self.get(rule_id), **given))
        with self._records.write() as session:
            session.hold("rules", id=rule_id)  # another may have changed it meanwhile
            changed = _changed(existing_rule(session, rule_id), given)
            kept.change(session, changed)
            if not changed.enabled:
                waits.forget_rule(session, rule_id)
            found = existing_rule(session, rule_id)
        self._tell()
        return found

    def delete(self, rule_id: str) -> None:
        """Remove a rule with its log; the scores that it gave stay. Raises NotFound."""
        with self._records.write() as session:
            if not kept.remove(session, rule_id):
                raise no_rule(rule_id)
        self._tell()

    def activity(
        self, rule_id: str, *, outcome: str = "", limit: int, after: tuple[int, str] | None = None
    ) -> Sequence[Activity]:
        """The log of a rule, the newest entry first. Raises NotFound."""
        with self._records.read() as session:
            existing_rule(session, rule_id)
            return outcomes.page(session, rule_id, outcome=outcome, limit=limit, after=after)

    def guards(self) -> Rules:
        """The rules that answer while somebody waits."""
        with self._records.read() as session:
            return kept.guards(session)

    def project_budget(self, project_id: int) -> Budget:
        """What all rules of a project may take together."""
        with self._records.read() as session:
            return spending.of_project(session, project_id)

    def set_project_budget(self, project_id: int, budget: Budget) -> None:
        """Say what all rules of a project may take together; those that wait for more go on."""
        with self._records.write() as session:
            spending.set_for_project(session, project_id, budget)

    def end_session(self, project_id: int, session_id: str, at: datetime | None = None) -> None:
        """Have a session judged without waiting for more turns; it ended now, or earlier."""
        now = micros()
        ended_at = now if at is None else min(now, micros_of(at))
        with self._records.write() as session:
            endings.end(session, project_id, session_id, ended_at)
            waits.hasten(session, project_id, [session_id], now)
        self._tell()

    def sample(self, rule: Rule, since: datetime, until: datetime) -> tuple[SampleMean, int]:
        """The mean of what its version judged in a time, for all that came; and how many failed."""
        from pilothouse.evaluation.statistics.weighted import sample_mean

        with self._records.read() as session:
            verdicts, failed = outcomes.drawn(
                session,
                rule.id,
                version=rule.version,
                since=micros_of(since),
                until=micros_of(until),
            )
        return sample_mean(verdicts), failed

    def evaluator(self, rule: Rule) -> Evaluator:
        """The evaluator of a rule, in its newest version. Raises NotFound."""
        return self._evaluators.get(rule.evaluator_id)

    def _check(self, rule: Rule) -> None:
        """Raise BadRequest for a rule that cannot work, NotFound for an evaluator not there."""
        if not rule.name.strip() or len(rule.name) > LONGEST_NAME:
            raise BadRequest(f"the name of a rule has 1 to {LONGEST_NAME} characters")
        if rule.guard is not None and (rule.filter or rule.sampling != Sampling()):
            raise BadRequest(
                "a guard judges all that it is asked: it has no filter and no sampling",
                {"field": "guard"},
            )
        for text in (None, *(one.filter for one in rule.sampling.strata)):
            selection = selection_of_rule(rule, "", text)
            bool(selection.asks_spans)  # compiles the filter, which may refuse
        evaluator = self._evaluators.get(rule.evaluator_id)
        if evaluator.project_id not in {None, rule.project_id}:
            raise no_evaluator(rule.evaluator_id)  # what others have is not told
        self._evaluators.build(evaluator, mapping=rule.mapping, project_id=rule.project_id)

    def _tell(self) -> None:
        for told in self._changed:
            told()


def _changed(before: Rule, given: Mapping[str, Any]) -> Rule:  # Any: fields of Rule, each its own
    changed = dataclasses.replace(before, **given)
    if any(getattr(changed, name) != getattr(before, name) for name in _JUDGED_BY):
        changed = dataclasses.replace(changed, version=before.version + 1)
    if changed.enabled and not before.enabled:
        changed = dataclasses.replace(changed, seen=micros())
    if changed.budget != before.budget:
        changed = dataclasses.replace(changed, state="")
    return changed


def existing_rule(session: Session, rule_id: str) -> Rule:
    """The rule of an id. Raises NotFound."""
    found = kept.one(session, rule_id)
    if found is None:
        raise no_rule(rule_id)
    return found


def no_rule(rule_id: str) -> NotFound:
    """The error that there is no rule of an id."""
    return NotFound(f"there is no rule {rule_id!r}", {"id": rule_id})
