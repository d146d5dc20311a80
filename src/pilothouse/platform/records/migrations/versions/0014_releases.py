"""Releases, their audit trail, and what their shadows spent.

Reason: a challenger that takes traffic over has to go on after a restart where it was, on every
server alike, and who changed what and why has to be known later. Servers of the version before
leave the tables alone and split nothing.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "releases",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False, unique=True),
        _text("kind"),
        _text("config", "{}"),
        _text("status", "running"),
        _count("step"),
        _count("stage"),
        _text("salt"),
        _count("revision"),
        sa.Column("taken_place", sa.Text(), nullable=True),
        sa.Column("figures", sa.Text(), nullable=True),
        _time("looked_at", needed=False),
        _text("created_by"),
        _time("created_at"),
        _time("updated_at"),
        _time("step_since"),
        _time("ended_at", needed=False),
        _text("owner"),
        _count("owner_seen"),
    )
    op.create_table(
        "release_events",
        sa.Column("id", number, primary_key=True, autoincrement=True),
        _of_release(),
        _time("at"),
        _text("actor"),
        _text("action"),
        _text("reason"),
        _text("status"),
        _count("stage"),
        sa.Column("share", sa.Float(), nullable=False, server_default="0"),
        sa.Column("figures", sa.Text(), nullable=True),
    )
    op.create_index("release_events_of", "release_events", ["release_id", "id"])
    op.create_table(
        "release_spending",
        _of_release(key=True),
        sa.Column("day", sa.BigInteger(), primary_key=True, autoincrement=False),
        _count("nano"),
    )


def _of_release(*, key: bool = False) -> sa.Column[str]:
    goes = sa.ForeignKey("releases.id", ondelete="CASCADE")
    return sa.Column("release_id", sa.Text(), goes, nullable=False, primary_key=key)


def _text(name: str, default: str = "") -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=default)


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False, server_default="0")


def _time(name: str, *, needed: bool = True) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=not needed)
