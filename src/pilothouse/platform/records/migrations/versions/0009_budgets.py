"""Budgets of projects: what may be spent in a day, week or month, and whom it was told.

Reason: a threshold is told once in a period though the server dies in between, so that it was told
is written in the transaction that posts the messages. The servers of the version before know none
of these tables and leave them alone.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "budgets",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column(
            "project_id", number, sa.ForeignKey("projects.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("amount", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("filter", sa.Text(), nullable=False, server_default=""),
        sa.Column("thresholds", sa.Text(), nullable=False, server_default="[]"),
        sa.Column("created_by", sa.Text(), nullable=False, server_default=""),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
    )
    op.create_index("budgets_by_name", "budgets", ["project_id", "name"], unique=True)
    op.create_table(
        "budget_channels",
        _of("budget_id", "budgets.id"),
        _of("channel_id", "alert_channels.id"),
    )
    op.create_table(
        "budget_tellings",
        _of("budget_id", "budgets.id"),
        sa.Column("period_start", sa.BigInteger(), primary_key=True),
        sa.Column("threshold", sa.BigInteger(), primary_key=True),
        sa.Column("told_at", sa.BigInteger(), nullable=False),
    )


def _of(name: str, target: str) -> sa.Column[str]:
    """A reference that its target takes along when it goes."""
    goes = sa.ForeignKey(target, ondelete="CASCADE")
    return sa.Column(name, sa.Text(), goes, primary_key=True)
