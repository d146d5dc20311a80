"""Rules that answer while somebody waits, and draws of an hour.

Reason: of some rules so many an hour are judged, drawn when it is over, so that what waits bears
its hour and the hour how many it brought. A server of the version before takes a guard for a rule
on what comes in; its rate is kept as 0, so that it judges nothing.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the table."""
    op.add_column("rules", sa.Column("guard", sa.Text(), nullable=False, server_default="{}"))
    hour = sa.Column("hour", sa.BigInteger(), nullable=False, server_default="0")
    op.add_column("rule_waiting", hour)
    goes = sa.ForeignKey("rules.id", ondelete="CASCADE")
    op.create_table(
        "rule_hours",
        sa.Column("rule_id", sa.Text(), goes, primary_key=True),
        sa.Column("hour", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("matched", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("share", sa.Float(), nullable=False, server_default="1"),
    )
