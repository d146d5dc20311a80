"""How it is kept what came of each entity: the log of a rule, and what is not judged again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, cast

from pilothouse.platform.evaluators.entities import CHECK, Entity
from pilothouse.platform.evaluators.models import BILLIONTHS
from pilothouse.platform.records import Session, micros, moment
from pilothouse.platform.records.engine import Row
from pilothouse.platform.rules.models import Activity, Done, Outcome, Rule

KEPT_US: Final = 30 * 86_400_000_000
MOST_KEPT: Final = 100_000
"""Entries of one rule."""
_IN_ONE: Final = 500
"""Entities that one statement names."""


def put(session: Session, rule: Rule, done: Iterable[Done]) -> None:
    """Note what came of entities; what was noted of them before is replaced."""
    session.many(
        """
        INSERT INTO rule_outcomes
            (rule_id, entity, rule_version, trace_id, span_id, session_id, outcome, reason, detail,
             attempts, value, label, cost, mark, at, share)
        VALUES
            (:rule_id, :entity, :version, :trace_id, :span_id, :session_id, :outcome, :reason,
             :detail, :attempts, :value, :label, :cost, :mark, :at, :share)
        ON CONFLICT (rule_id, entity) DO UPDATE
        SET rule_version = :version, outcome = :outcome, reason = :reason, detail = :detail,
            attempts = :attempts, value = :value, label = :label, cost = :cost, mark = :mark,
            at = :at, share = :share
        """,
        [
            {
                "rule_id": rule.id,
                "entity": one.waiting.entity.key,
                "version": rule.version,
                "trace_id": one.waiting.entity.trace_id,
                "span_id": one.waiting.entity.span_id,
                "session_id": one.waiting.entity.session_id,
                "outcome": one.outcome,
                "reason": one.reason,
                "detail": one.detail,
                "attempts": one.attempts,
                "value": one.value,
                "label": one.label,
                "cost": one.cost,
                "mark": one.mark,
                "at": micros(),
                "share": one.waiting.share,
            }
            for one in done
        ],
    )


def of_entities(session: Session, rule_id: str, entities: Sequence[str]) -> Mapping[str, Activity]:
    """What came of some entities so far, by key."""
    found: dict[str, Activity] = {}
    for at in range(0, len(entities), _IN_ONE):
        rows = session.all(
            "SELECT * FROM rule_outcomes WHERE rule_id = :rule_id AND entity IN :entities",
            rule_id=rule_id,
            entities=list(entities[at : at + _IN_ONE]),
        )
        found |= {row["entity"]: _activity(row) for row in rows}
    return found


def page(
    session: Session,
    rule_id: str,
    *,
    outcome: str = "",
    limit: int,
    after: tuple[int, str] | None = None,
) -> list[Activity]:
    """The log of a rule, the newest entry first; `after` is (time, entity) of the one before."""
    rows = session.all(
        """
        SELECT * FROM rule_outcomes
        WHERE rule_id = :rule_id AND (:outcome = '' OR outcome = :outcome)
            AND (:first = 1 OR at < :after OR (at = :after AND entity < :entity))
        ORDER BY at DESC, entity DESC
        LIMIT :limit
        """,
        rule_id=rule_id,
        outcome=outcome,
        first=1 if after is None else 0,
        after=0 if after is None else after[0],
        entity="" if after is None else after[1],
        limit=limit,
    )
    return [_activity(row) for row in rows]


def drawn(
    session: Session, rule_id: str, *, version: int, since: int, until: int
) -> tuple[list[tuple[float, float]], int]:
    """(value, share) of the verdicts of a version in a time, and how many failed instead.

    What was judged before shares were noted is left out.
    """
    rows = session.all(
        """
        SELECT outcome, value, share FROM rule_outcomes
        WHERE rule_id = :rule_id AND rule_version = :version AND at >= :since AND at < :until
            AND share > 0 AND outcome IN ('scored', 'failed')
        """,
        rule_id=rule_id,
        version=version,
        since=since,
        until=until,
    )
    verdicts = [
        (row["value"], row["share"])
        for row in rows
        if row["outcome"] == "scored" and row["value"] is not None
    ]
    return verdicts, sum(row["outcome"] == "failed" for row in rows)


def prune(session: Session, rule_id: str) -> None:
    """Drop the entries that are too old, and the oldest of too many."""
    newest = session.one(
        """
        SELECT at FROM rule_outcomes WHERE rule_id = :rule_id
        ORDER BY at DESC LIMIT 1 OFFSET :most
        """,
        rule_id=rule_id,
        most=MOST_KEPT,
    )
    before = max(micros() - KEPT_US, 0 if newest is None else newest["at"] + 1)
    session.run(
        "DELETE FROM rule_outcomes WHERE rule_id = :rule_id AND at < :before",
        rule_id=rule_id,
        before=before,
    )


def _activity(row: Row) -> Activity:
    return Activity(
        at=moment(row["at"]),
        entity=_entity(row),
        rule_version=row["rule_version"],
        outcome=cast("Outcome", row["outcome"]),  # nothing else is written
        reason=row["reason"],
        detail=row["detail"],
        attempts=row["attempts"],
        value=row["value"],
        label=row["label"],
        cost=None if row["cost"] is None else row["cost"] / BILLIONTHS,
        mark=row["mark"],
        share=row["share"],
    )


def _entity(row: Row) -> Entity:
    if row["entity"].startswith(CHECK):
        return Entity(trace_id=row["trace_id"], check_id=row["entity"].removeprefix(CHECK))
    return Entity(trace_id=row["trace_id"], span_id=row["span_id"], session_id=row["session_id"])
