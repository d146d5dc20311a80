"""What each version of an evaluator cost, tokens of each hour, caps of projects, and shares drawn.

Reason: what a verdict will cost is told by those of the same version, not by those of a model asked
before; tokens and whole projects may have a limit beside money and calls; and with the share that
an entity had of being judged beside its verdict, a mean tells of all that came and not of the
sample. What was written before has no share, and takes no part in such means.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False, server_default="0")


def _json(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default="{}")


def upgrade() -> None:
    """Add the columns and the table."""
    op.add_column("evaluator_versions", _count("spent"))
    op.add_column("evaluator_versions", _count("priced"))
    # All that an evaluator of one version cost was that version's.
    op.execute("""
        UPDATE evaluator_versions
        SET spent = (SELECT e.spent FROM evaluators e WHERE e.id = evaluator_id),
            priced = (SELECT e.priced FROM evaluators e WHERE e.id = evaluator_id)
        WHERE evaluator_id IN (SELECT e.id FROM evaluators e WHERE e.version = 1)
        """)
    op.add_column("rules", _json("sampling"))
    op.add_column("rule_spend", _count("tokens"))
    for table in ("rule_waiting", "rule_outcomes"):
        op.add_column(table, sa.Column("share", sa.Float(), nullable=True))
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    project = sa.ForeignKey("projects.id", ondelete="CASCADE")
    op.create_table(
        "project_budgets",
        sa.Column("project_id", number, project, primary_key=True, autoincrement=False),
        _json("budget"),
    )
