"""Virtual keys of the gateway, its routes, and what each key spent.

Reason: who asks models through this server gets a key that can be bounded and revoked, of which
only a digest is kept; budgets outlive a restart. Servers of the version before have no gateway and
leave the tables alone.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "gateway_keys",
        sa.Column("id", number, primary_key=True, autoincrement=True),
        _text("name"),
        _text("hint"),
        sa.Column("key_hash", sa.Text(), nullable=False, unique=True),
        sa.Column(
            "project_id", number, sa.ForeignKey("projects.id", ondelete="CASCADE"), nullable=False
        ),
        _text("models", "[]"),
        _number("requests_per_minute"),
        _number("tokens_per_minute"),
        _number("budget_nano"),
        _text("period", "month"),
        _text("created_by"),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        _number("expires_at"),
        _number("revoked_at"),
    )
    op.create_table(
        "gateway_spending",
        sa.Column(
            "key_id",
            number,
            sa.ForeignKey("gateway_keys.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("period_start", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("nano", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "gateway_routes",
        sa.Column("name", sa.Text(), primary_key=True),
        _text("config", "{}"),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
    )


def _text(name: str, default: str = "") -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=default)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=True)
