"""Evaluators with their versions, rules of online evaluation, what waits for one and what came out.

Reason: what is to be judged has to survive the server that found it, and nothing may be judged or
paid for twice; so the entities that wait, the verdicts on those that were looked at, and the money
of each hour stand beside the rule that they belong to, and change together with its place in the
store. Money is kept in billionths of a dollar.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def _number() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _project(*, nullable: bool) -> sa.Column[int]:
    target = sa.ForeignKey("projects.id", ondelete="CASCADE")
    return sa.Column("project_id", _number(), target, nullable=nullable)


def _of(name: str, target: str, *, key: bool = True) -> sa.Column[str]:
    """A reference that its target takes along when it goes."""
    goes = sa.ForeignKey(target, ondelete="CASCADE")
    return sa.Column(name, sa.Text(), goes, nullable=False, primary_key=key)


def _text(name: str, default: str | None = "", *, key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=default, primary_key=key)


def _count(name: str, default: str = "0") -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False, server_default=default)


def _time(name: str, *, required: bool = True) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=not required)


def upgrade() -> None:
    """Add the tables."""
    _evaluators()
    _rules()
    _waiting()
    _outcomes()


def _evaluators() -> None:
    op.create_table(
        "evaluators",
        _text("id", None, key=True),
        _project(nullable=True),
        _text("name", None),
        _text("description"),
        _text("kind", None),
        _count("version", "1"),
        _text("definition", "{}"),
        _text("extra", "{}"),
        _count("verdicts"),
        _count("errors"),
        _count("spent"),
        _count("priced"),
        _text("created_by"),
        _time("created_at"),
        _time("updated_at"),
    )
    op.create_table(
        "evaluator_versions",
        _of("evaluator_id", "evaluators.id"),
        sa.Column("version", sa.BigInteger(), primary_key=True, autoincrement=False),
        _text("definition", "{}"),
        _text("created_by"),
        _time("created_at"),
    )


def _rules() -> None:
    op.create_table(
        "rules",
        _text("id", None, key=True),
        _project(nullable=False),
        _of("evaluator_id", "evaluators.id", key=False),
        _text("name", None),
        sa.Column("enabled", sa.Boolean(), nullable=False, server_default=sa.true()),
        _text("unit", "trace"),
        _text("filter"),
        sa.Column("sampling_rate", sa.Float(), nullable=False, server_default="1"),
        _text("mapping", "{}"),
        _text("budget", "{}"),
        sa.Column("idle_minutes", sa.Float(), nullable=False, server_default="5"),
        _count("version", "1"),
        _count("seen"),
        _text("state"),
        _time("state_at", required=False),
        _count("spent"),
        _time("last_at", required=False),
        _text("owner"),
        _count("owner_seen"),
        _text("created_by"),
        _time("created_at"),
        _time("updated_at"),
    )
    op.create_index("rules_of_evaluator", "rules", ["evaluator_id"])
    op.create_table(
        "rule_counts",
        _of("rule_id", "rules.id"),
        _text("outcome", None, key=True),
        _text("reason", "", key=True),
        _count("n"),
    )
    op.create_table(
        "rule_spend",
        _of("rule_id", "rules.id"),
        sa.Column("hour", sa.BigInteger(), primary_key=True, autoincrement=False),
        _count("calls"),
        _count("spent"),
    )


def _waiting() -> None:
    op.create_table(
        "rule_waiting",
        _of("rule_id", "rules.id"),
        _text("entity", None, key=True),
        _text("trace_id"),
        _text("span_id"),
        _text("session_id"),
        _text("job_id"),
        _count("attempts"),
        _text("error"),
        _time("found_at"),
        _time("due_at"),
    )
    op.create_index("rule_waiting_due", "rule_waiting", ["due_at"])
    op.create_index("rule_waiting_of_job", "rule_waiting", ["job_id"])


def _outcomes() -> None:
    op.create_table(
        "rule_outcomes",
        _of("rule_id", "rules.id"),
        _text("entity", None, key=True),
        _count("rule_version", "1"),
        _text("trace_id"),
        _text("span_id"),
        _text("session_id"),
        _text("outcome", None),
        _text("reason"),
        _text("detail"),
        _count("attempts"),
        sa.Column("value", sa.Float(), nullable=True),
        _text("label"),
        _time("cost", required=False),
        _text("mark"),
        _time("at"),
    )
    op.create_index("rule_outcomes_newest", "rule_outcomes", ["rule_id", "at", "entity"])
