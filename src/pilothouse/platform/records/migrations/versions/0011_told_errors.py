"""Whether anybody was told that an alert rule cannot be evaluated.

Reason: it is told once, and that it can be again only to whom it was. A server of the version
before leaves the column as it is: it tells nobody of either.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of what is wrong already nobody was told."""
    op.add_column(
        "alert_rules",
        sa.Column("error_told", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
