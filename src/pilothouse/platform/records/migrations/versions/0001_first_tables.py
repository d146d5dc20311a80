"""The first tables: projects, accounts, keys, sessions, prices, views, jobs, storage samples.

Reason: everything that is looked up and changed row by row stands here, apart from the spans.
Times are microseconds since 1970 and lists are JSON text, so that one SQL serves both engines.
Projects are never numbered twice: the span store knows a project by its number only.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _number() -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column("id", kind, sa.Identity(always=False), primary_key=True)


def _project(*, required: bool = False) -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(
        "project_id", kind, sa.ForeignKey("projects.id", ondelete="CASCADE"), nullable=not required
    )


def _time(name: str, *, required: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=not required)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())


def _text(name: str, default: str | None = "") -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=default)


def upgrade() -> None:
    op.create_table(
        "projects",
        _number(),
        _text("name", None),
        _text("description"),
        sa.Column("retention_days", sa.Integer(), nullable=True),
        _text("masking", "[]"),
        _flag("demo"),
        _time("created_at", required=True),
        _time("deleted_at"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "projects_by_name",
        "projects",
        ["name"],
        unique=True,
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_table(
        "accounts",
        _number(),
        sa.Column("email", sa.Text(), nullable=False, unique=True),
        _text("name"),
        _text("password_hash", None),
        _text("role", "member"),
        _time("created_at", required=True),
        _time("last_login_at"),
        _time("disabled_at"),
    )
    op.create_table(
        "browser_sessions",
        sa.Column("token_hash", sa.Text(), primary_key=True),
        sa.Column(
            "account_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.ForeignKey("accounts.id", ondelete="CASCADE"),
            nullable=False,
        ),
        _text("user_agent"),
        _time("created_at", required=True),
        _time("seen_at", required=True),
    )
    op.create_table(
        "api_keys",
        _number(),
        _text("name"),
        _text("hint", None),
        sa.Column("key_hash", sa.Text(), nullable=False, unique=True),
        _text("scopes", None),
        _project(),
        _text("created_by"),
        _time("created_at", required=True),
        _time("used_at"),
        _time("expires_at"),
        _time("revoked_at"),
    )
    op.create_table(
        "prices",
        _number(),
        _project(),
        _text("model", None),
        _text("provider"),
        _text("valid_from"),
        _text("prices", None),
        _text("note"),
        _time("created_at", required=True),
        _time("updated_at", required=True),
    )
    op.create_table(
        "views",
        _number(),
        _project(),
        _text("name", None),
        _text("scope", "traces"),
        _text("filter"),
        _text("columns", "[]"),
        _text("order_by"),
        _text("options", "{}"),
        _text("created_by"),
        _time("created_at", required=True),
        _time("updated_at", required=True),
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.Text(), primary_key=True),
        _text("kind", None),
        _text("title"),
        _project(),
        _text("arguments", "{}"),
        _text("status", "queued"),
        sa.Column("progress", sa.Float(), nullable=True),
        _text("message"),
        _text("error"),
        _text("result", "null"),
        _text("owner"),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        _text("created_by"),
        _time("created_at", required=True),
        _time("started_at"),
        _time("seen_at"),
        _time("finished_at"),
    )
    op.create_index("jobs_by_status", "jobs", ["status", "created_at"])
    op.create_table(
        "storage_samples",
        sa.Column("hour", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column(
            "project_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("row_count", sa.BigInteger(), nullable=False),
    )
