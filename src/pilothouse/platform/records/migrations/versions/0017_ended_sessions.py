"""Sessions that were said to have ended, so that rules judge them without waiting.

Reason: what began before the end belongs to it whenever it comes, so that the time is kept. Servers
of the version before leave the table alone, and wait until a session was quiet.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    goes = sa.ForeignKey("projects.id", ondelete="CASCADE")
    op.create_table(
        "ended_sessions",
        sa.Column("project_id", number, goes, primary_key=True, autoincrement=False),
        sa.Column("session_id", sa.Text(), primary_key=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=False),
    )
