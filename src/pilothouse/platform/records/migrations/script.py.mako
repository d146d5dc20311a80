"""${message}

Reason: say what this change is for, and what the version before it does with the new tables, since
an older server may still run against them (PostgreSQL, a rolling update). Add columns that may be
NULL or have a default, never rename or drop what the version before reads; that comes one release
later. Keep locks short: on PostgreSQL create indexes on large tables concurrently, in a migration of
their own. Then set `versions.NEWEST`, renew `schema.sql` (`python -m
pilothouse.platform.records.migrations`) and add a filled database of the version before to
`tests/records`.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
