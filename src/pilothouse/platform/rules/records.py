"""How rules are kept, with their counts and what they spent by the hour."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from pilothouse.platform.records import Session, micros, moment
from pilothouse.platform.records.engine import Row
from pilothouse.platform.rules.budgets import budget_of
from pilothouse.platform.rules.guard_records import guard_of, stored_guard
from pilothouse.platform.rules.models import Rule, RuleState, Stats
from pilothouse.platform.rules.sampling import sampling_of
from pilothouse.platform.store.online import Unit


def one(session: Session, rule_id: str) -> Rule | None:
    """The rule of an id."""
    row = session.one("SELECT * FROM rules WHERE id = :id", id=rule_id)
    return None if row is None else _rule(row)


def every(
    session: Session, *, project_id: int | None = None, evaluator_ids: Sequence[str] = ()
) -> list[Rule]:
    """Rules, the newest first: of a project, of some evaluators, or all."""
    rows = session.all(
        """
        SELECT * FROM rules
        WHERE (:any_project = 1 OR project_id = :project_id)
            AND (:any_evaluator = 1 OR evaluator_id IN :evaluator_ids)
        ORDER BY created_at DESC, id
        """,
        any_project=1 if project_id is None else 0,
        project_id=project_id or 0,
        any_evaluator=0 if evaluator_ids else 1,
        evaluator_ids=list(evaluator_ids) or [""],
    )
    return [_rule(row) for row in rows]


def guards(session: Session) -> list[Rule]:
    """The rules that answer while somebody waits."""
    rows = session.all(
        "SELECT * FROM rules WHERE guard != '{}' AND enabled ORDER BY created_at, id"
    )
    return [_rule(row) for row in rows]


def at_work(session: Session) -> list[Rule]:
    """The rules that look at what comes in, or for which something waits; no guards."""
    rows = session.all(
        """
        SELECT * FROM rules r
        WHERE r.guard = '{}'
            AND (r.enabled OR EXISTS (SELECT 1 FROM rule_waiting w WHERE w.rule_id = r.id))
        ORDER BY r.created_at, r.id
        """
    )
    return [_rule(row) for row in rows]


def claim(session: Session, rule_id: str, owner: str, gone_before: int) -> bool:
    """Make a rule this server's own, if it is no other living one's."""
    return (
        session.run(
            """
            UPDATE rules SET owner = :owner, owner_seen = :now
            WHERE id = :id AND (owner IN ('', :owner) OR owner_seen < :gone_before)
            """,
            id=rule_id,
            owner=owner,
            gone_before=gone_before,
            now=micros(),
        )
        == 1
    )


def add(session: Session, made: Rule) -> None:
    """Keep a new rule; what came before it is not looked at."""
    session.run(
        """
        INSERT INTO rules
            (id, project_id, evaluator_id, name, enabled, unit, filter, sampling_rate, sampling,
             guard, mapping, budget, idle_minutes, version, seen, created_by, created_at,
             updated_at)
        VALUES
            (:id, :project_id, :evaluator_id, :name, :enabled, :unit, :filter, :sampling_rate,
             :sampling, :guard, :mapping, :budget, :idle_minutes, 1, :now, :created_by, :now, :now)
        """,
        id=made.id,
        project_id=made.project_id,
        created_by=made.created_by,
        **_values(made),
    )


def change(session: Session, changed: Rule) -> None:
    """Write what may change."""
    session.run(
        """
        UPDATE rules
        SET evaluator_id = :evaluator_id, name = :name, enabled = :enabled, unit = :unit,
            filter = :filter, sampling_rate = :sampling_rate, sampling = :sampling,
            guard = :guard, mapping = :mapping, budget = :budget,
            idle_minutes = :idle_minutes, version = :version, seen = :seen, state = :state,
            updated_at = :now
        WHERE id = :id
        """,
        id=changed.id,
        version=changed.version,
        seen=changed.seen,
        state=changed.state,
        **_values(changed),
    )


def looked(session: Session, rule_id: str, seen: int) -> None:
    """Note up to which version a rule has looked; it never goes back."""
    session.run(
        "UPDATE rules SET seen = :seen WHERE id = :id AND seen < :seen", id=rule_id, seen=seen
    )


def remove(session: Session, rule_id: str) -> bool:
    """Remove a rule with its log; whether it was there."""
    return session.run("DELETE FROM rules WHERE id = :id", id=rule_id) == 1


def remove_of_evaluator(session: Session, evaluator_id: str) -> None:
    """Remove the rules of an evaluator."""
    session.run("DELETE FROM rules WHERE evaluator_id = :id", id=evaluator_id)


def enter_state(session: Session, rule_id: str, state: RuleState) -> bool:
    """Put a rule into a state; False where it was in it already."""
    return (
        session.run(
            "UPDATE rules SET state = :state, state_at = :now WHERE id = :id AND state != :state",
            id=rule_id,
            state=state,
            now=micros(),
        )
        == 1
    )


def count(session: Session, rule_id: str, counts: Mapping[tuple[str, str], int]) -> None:
    """Add to how often each outcome was had, by (outcome, reason)."""
    session.many(
        """
        INSERT INTO rule_counts (rule_id, outcome, reason, n)
        VALUES (:rule_id, :outcome, :reason, :n)
        ON CONFLICT (rule_id, outcome, reason) DO UPDATE SET n = rule_counts.n + :n
        """,
        [
            {"rule_id": rule_id, "outcome": outcome, "reason": reason, "n": n}
            for (outcome, reason), n in counts.items()
            if n
        ],
    )


def totals(session: Session) -> tuple[dict[tuple[str, str], int], int]:
    """What all rules that are there did so far, by (outcome, reason), and what it cost."""
    rows = session.all(
        "SELECT outcome, reason, SUM(n) AS n FROM rule_counts GROUP BY outcome, reason"
    )
    cost = session.one("SELECT COALESCE(SUM(spent), 0) AS spent FROM rules")
    assert cost is not None  # sums are always one row
    return {(row["outcome"], row["reason"]): int(row["n"]) for row in rows}, int(cost["spent"])


def stats(session: Session, rule_ids: Sequence[str]) -> dict[str, Stats]:
    """What some rules did so far."""
    counted: dict[str, dict[tuple[str, str], int]] = {}
    for row in session.all(
        "SELECT * FROM rule_counts WHERE rule_id IN :ids", ids=list(rule_ids) or [""]
    ):
        counted.setdefault(row["rule_id"], {})[row["outcome"], row["reason"]] = row["n"]
    now = micros()
    waits = {
        row["rule_id"]: row
        for row in session.all(
            """
            SELECT rule_id, COUNT(*) AS n, MIN(CASE WHEN due_at <= :now THEN due_at END) AS oldest
            FROM rule_waiting WHERE rule_id IN :ids GROUP BY rule_id
            """,
            now=now,
            ids=list(rule_ids) or [""],
        )
    }
    return {
        rule_id: _stats(counted.get(rule_id, {}), waits.get(rule_id), now) for rule_id in rule_ids
    }


def add_spent(session: Session, rule_id: str, cost: int) -> None:
    """Add to what a rule cost in all."""
    session.run(
        "UPDATE rules SET spent = spent + :cost, last_at = :now WHERE id = :id",
        id=rule_id,
        cost=cost,
        now=micros(),
    )


def _values(rule: Rule) -> dict[str, Any]:
    return {
        "evaluator_id": rule.evaluator_id,
        "name": rule.name,
        "enabled": rule.enabled,
        "unit": rule.unit,
        "filter": rule.filter,
        "sampling_rate": rule.sampling_rate,
        "sampling": json.dumps(rule.sampling.stored()),
        "guard": json.dumps(stored_guard(rule.guard)),
        "mapping": json.dumps(dict(rule.mapping)),
        "budget": json.dumps(rule.budget.stored()),
        "idle_minutes": rule.idle_minutes,
        "now": micros(),
    }


def _rule(row: Row) -> Rule:
    return Rule(
        id=row["id"],
        project_id=row["project_id"],
        evaluator_id=row["evaluator_id"],
        name=row["name"],
        enabled=bool(row["enabled"]),
        unit=cast("Unit", row["unit"]),  # nothing else is written
        filter=row["filter"],
        sampling_rate=row["sampling_rate"],
        sampling=sampling_of(json.loads(row["sampling"])),
        guard=guard_of(json.loads(row["guard"])),
        mapping=json.loads(row["mapping"]),
        budget=budget_of(json.loads(row["budget"])),
        idle_minutes=row["idle_minutes"],
        version=row["version"],
        seen=row["seen"],
        state=cast("RuleState", row["state"]),  # nor here
        state_at=moment(row["state_at"]),
        spent=row["spent"],
        last_at=moment(row["last_at"]),
        created_by=row["created_by"],
        created_at=moment(row["created_at"]),
        updated_at=moment(row["updated_at"]),
    )


def _stats(counted: Mapping[tuple[str, str], int], waits: Row | None, now: int) -> Stats:
    def of(outcome: str) -> int:
        return sum(n for (kind, _), n in counted.items() if kind == outcome)

    def reasons(outcome: str) -> dict[str, int]:
        return {reason: n for (kind, reason), n in counted.items() if kind == outcome and reason}

    oldest = None if waits is None else waits["oldest"]
    return Stats(
        scored=of("scored"),
        failed=of("failed"),
        skipped=reasons("skipped"),
        failures=reasons("failed"),
        answers=reasons("guard"),
        unpriced=of("unpriced"),
        waiting=0 if waits is None else waits["n"],
        lag_s=None if oldest is None else max(0.0, (now - oldest) / 1e6),
    )
