"""Dashboards of projects, with their panels.

Reason: a team looks at its own figures beside those of the ready-made board. Panels are one text:
a dashboard is read, written and told apart by its version as a whole. The servers of the version
before know no dashboards and leave the table alone; the projects that they remove take theirs with
them by the reference.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def _text(name: str, default: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=default)


def _time(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def upgrade() -> None:
    """Add the table; a name stands once in a project."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    project = sa.ForeignKey("projects.id", ondelete="CASCADE")
    op.create_table(
        "dashboards",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("project_id", number, project, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        _text("description", ""),
        sa.Column("refresh_s", sa.BigInteger(), nullable=True),
        _text("panels", "[]"),
        sa.Column("version", sa.BigInteger(), nullable=False, server_default="1"),
        _text("created_by", ""),
        _text("updated_by", ""),
        _time("created_at"),
        _time("updated_at"),
    )
    op.create_index("dashboards_by_name", "dashboards", ["project_id", "name"], unique=True)
