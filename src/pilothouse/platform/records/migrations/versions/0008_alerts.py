"""Alert rules with their states and history, channels, maintenance, and messages still to be sent.

Reason: whoever is told of an episode is told once though the server dies in between, so a change of
state, its entry in the history and the messages about it are written in one transaction, and a
message is crossed off once it was sent. States stand beside their rule and not in it: a rule that
is split by a field has one for each group. The servers of the version before know none of these
tables and leave them alone.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def _project(*, nullable: bool) -> sa.Column[int]:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    target = sa.ForeignKey("projects.id", ondelete="CASCADE")
    return sa.Column("project_id", number, target, nullable=nullable)


def _of(name: str, target: str, *, key: bool = True) -> sa.Column[str]:
    """A reference that its target takes along when it goes."""
    goes = sa.ForeignKey(target, ondelete="CASCADE")
    return sa.Column(name, sa.Text(), goes, nullable=False, primary_key=key)


def _text(name: str, default: str | None = "", *, key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=default, primary_key=key)


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False, server_default="0")


def _time(name: str, *, required: bool = True) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=not required)


def upgrade() -> None:
    """Add the tables."""
    _channels()
    _rules()
    _history()


def _channels() -> None:
    op.create_table(
        "alert_channels",
        _text("id", None, key=True),
        _text("name", None),
        _text("kind", None),
        _text("hint"),
        _text("sealed"),
        _text("created_by"),
        _time("created_at"),
        _time("updated_at"),
    )
    op.create_index("alert_channels_by_name", "alert_channels", ["name"], unique=True)
    op.create_table(
        "alert_messages",
        _text("id", None, key=True),
        _of("channel_id", "alert_channels.id", key=False),
        _text("body", None),
        _time("created_at"),
        _time("due_at"),
        _count("attempts"),
        _text("error"),
        _time("ended_at", required=False),
        sa.Column("sent", sa.Boolean(), nullable=False, server_default=sa.false()),
        _text("owner"),
        _count("owner_seen"),
    )
    op.create_index("alert_messages_due", "alert_messages", ["ended_at", "due_at"])


def _rules() -> None:
    op.create_table(
        "alert_rules",
        _text("id", None, key=True),
        _project(nullable=False),
        _text("name", None),
        sa.Column("enabled", sa.Boolean(), nullable=False, server_default=sa.true()),
        _text("question", None),
        _text("condition", None),
        _count("for_s"),
        _time("remind_s", required=False),
        _time("muted_until", required=False),
        _text("error"),
        _time("error_at", required=False),
        _count("evaluated_at"),
        _text("owner"),
        _count("owner_seen"),
        _text("created_by"),
        _time("created_at"),
        _time("updated_at"),
    )
    op.create_index("alert_rules_of_project", "alert_rules", ["project_id"])
    op.create_table(
        "alert_rule_channels",
        _of("rule_id", "alert_rules.id"),
        _of("channel_id", "alert_channels.id"),
    )
    op.create_table(
        "alert_states",
        _of("rule_id", "alert_rules.id"),
        _text("group_value", "", key=True),
        _text("level", "ok"),
        _text("state", "{}"),
        _text("reading", "{}"),
    )
    op.create_table(
        "alert_maintenance",
        _text("id", None, key=True),
        _project(nullable=False),
        _text("name", None),
        _text("schedule", None),
        _text("created_by"),
        _time("created_at"),
        _time("updated_at"),
    )


def _history() -> None:
    op.create_table(
        "alert_events",
        _text("id", None, key=True),
        _of("rule_id", "alert_rules.id", key=False),
        _text("group_value"),
        _text("episode_id"),
        _text("kind", None),
        _text("level", None),
        _text("level_before", None),
        _text("silence"),
        _text("reading", "{}"),
        _time("opened_at", required=False),
        _time("at"),
    )
    op.create_index("alert_events_newest", "alert_events", ["rule_id", "at", "id"])
    op.create_table(
        "alert_event_messages",
        _of("event_id", "alert_events.id"),
        _of("message_id", "alert_messages.id"),
    )
    op.create_index("alert_events_of_message", "alert_event_messages", ["message_id"])
