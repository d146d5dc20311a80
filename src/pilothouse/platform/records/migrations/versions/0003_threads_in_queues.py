"""Threads as items of annotation queues, and queues of ten thousand items in order.

Reason: a thread is no run, so it cannot be told by a run's id; and lists of a long queue, the next
item to review and the counts of what is open were read through whole queues. The servers of the
version before go on writing runs meanwhile: what they do not know has a default.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ITEMS = "annotation_items"


def upgrade() -> None:
    """Add what is new; existing items are runs."""
    op.add_column(_ITEMS, sa.Column("thread_id", sa.Text(), nullable=False, server_default=""))
    op.drop_index("annotation_items_once", _ITEMS)
    runs, threads = ["queue_id", "run_id", "other_run_id"], ["queue_id", "project_id", "thread_id"]
    _index("annotation_items_once", runs, "thread_id = ''", unique=True)
    _index("annotation_threads_once", threads, "thread_id != ''", unique=True)
    _index("annotation_items_in_order", ["queue_id", "added_at", "id"])
    _index("annotation_items_open", ["queue_id", "added_at", "id"], "completed_at IS NULL")
    op.create_index("annotation_reviews_of", "annotation_reviews", ["reviewer", "status"])


def _index(name: str, columns: list[str], where: str = "", *, unique: bool = False) -> None:
    """An index of items; with `where` of those alone that meet it."""
    condition = sa.text(where) if where else None
    op.create_index(
        name,
        _ITEMS,
        columns,
        unique=unique,
        sqlite_where=condition,
        postgresql_where=condition,
    )
