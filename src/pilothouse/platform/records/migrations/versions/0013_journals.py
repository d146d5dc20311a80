"""Journals of experiments that servers run, where each of them sees what was paid for.

Reason: a server that takes an experiment over from one that died goes on where that one was.
Servers of the version before leave the table alone, and begin anew what they take over.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "experiment_journals",
        sa.Column("experiment_id", sa.Text(), primary_key=True),
        sa.Column("run", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("part", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
    )
