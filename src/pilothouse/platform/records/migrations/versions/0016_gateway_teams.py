"""Teams of the gateway, whose keys share models, limits and a budget; and keys that are blocked.

Reason: a budget is often given to people who have several keys, and a key that seems to be misused
must be stopped without being lost. Servers of the version before leave the tables alone: they keep
the bounds of keys, and let blocked ones pass.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables and the columns."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "gateway_teams",
        sa.Column("id", number, primary_key=True, autoincrement=True),
        sa.Column("name", sa.Text(), nullable=False, unique=True),
        sa.Column("models", sa.Text(), nullable=False, server_default="[]"),
        sa.Column("requests_per_minute", sa.BigInteger(), nullable=True),
        sa.Column("tokens_per_minute", sa.BigInteger(), nullable=True),
        sa.Column("budget_nano", sa.BigInteger(), nullable=True),
        sa.Column("period", sa.Text(), nullable=False, server_default="month"),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "gateway_team_spending",
        sa.Column(
            "team_id",
            number,
            sa.ForeignKey("gateway_teams.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("period_start", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("nano", sa.BigInteger(), nullable=False),
    )
    # No foreign key: SQLite would copy the table. Whoever removes a team takes it off its keys.
    op.add_column("gateway_keys", sa.Column("team_id", sa.BigInteger(), nullable=True))
    op.add_column("gateway_keys", sa.Column("blocked_at", sa.BigInteger(), nullable=True))
