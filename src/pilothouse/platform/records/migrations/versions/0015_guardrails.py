"""Guardrails of the gateway, and which of them look at a key's calls.

Reason: what may go to models and come from them is set up without a file and a restart, and holds
on every server alike. Servers of the version before leave the table alone and look at nothing.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table and the column."""
    op.create_table(
        "gateway_guardrails",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("config", sa.Text(), nullable=False, server_default="{}"),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
    )
    op.add_column(
        "gateway_keys", sa.Column("guardrails", sa.Text(), nullable=False, server_default="[]")
    )
