"""Providers of models with encrypted keys, and jobs that may be cancelled.

Reason: experiments and evaluators that run on the server ask models, whose keys must be nowhere in
the clear; and what costs money must be stoppable. The servers of the version before know neither:
they go on with a job that somebody cancels, as before.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _text(name: str, default: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=default)


def _time(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def upgrade() -> None:
    """Add the table, and when a job was asked to stop."""
    op.create_table(
        "model_providers",
        sa.Column("name", sa.Text(), primary_key=True),
        _text("kind", "openai"),
        _text("base_url", ""),
        _text("sealed_key", ""),
        _text("key_hint", ""),
        _text("models", "[]"),
        _time("created_at"),
        _time("updated_at"),
    )
    op.add_column("jobs", sa.Column("cancelled_at", sa.BigInteger(), nullable=True))
