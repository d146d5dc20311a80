"""Datasets with versions, experiments, prompts, annotation queues, feedback, shares.

Reason: these are looked up and changed row by row, so they stand here and not in the span store.
An example is kept once a version: `until` is the version that replaced or removed it, so that any
earlier state of a dataset can be read. An experiment is a project of that kind, with its dataset
beside it. Ids are UUIDs as text, because clients choose them and send the same one again.
"""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _number() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _id(name: str = "id") -> sa.Column[str]:
    return sa.Column(name, sa.Text(), primary_key=True)


def _of(name: str, target: str, *, key: bool = False) -> sa.Column[str]:
    """A reference that its target takes along when it goes."""
    return sa.Column(
        name, sa.Text(), sa.ForeignKey(target, ondelete="CASCADE"), nullable=False, primary_key=key
    )


def _time(name: str, *, required: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=not required)


def _flag(name: str, *, default: bool = False) -> sa.Column[bool]:
    value = sa.true() if default else sa.false()
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=value)


def _text(name: str, default: str | None = "") -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=default)


def _maybe(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=True)


def _count(name: str, default: str = "0") -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False, server_default=default)


def upgrade() -> None:
    op.create_table("settings", _id("name"), _text("value", None))
    _projects()
    _datasets()
    _experiments()
    _prompts()
    _annotation()
    _feedback()
    op.create_table(
        "shares",
        _id("token"),
        _text("kind", None),
        _text("target", None),
        sa.Column("project_id", _number(), nullable=True),
        _text("created_by"),
        _time("created_at", required=True),
    )
    op.create_index("shares_by_target", "shares", ["kind", "target"], unique=True)


def _projects() -> None:
    op.add_column("projects", _maybe("uuid"))
    op.add_column("projects", _text("kind", "project"))
    op.add_column("projects", _text("extra", "{}"))
    op.add_column("projects", _time("started_at"))
    op.add_column("projects", _time("ended_at"))
    connection = op.get_bind()
    for (number,) in connection.execute(sa.text("SELECT id FROM projects")).all():
        connection.execute(
            sa.text("UPDATE projects SET uuid = :uuid WHERE id = :id"),
            {"uuid": str(uuid.uuid4()), "id": number},
        )
    op.create_index("projects_by_uuid", "projects", ["uuid"], unique=True)


def _datasets() -> None:
    op.create_table(
        "datasets",
        _id(),
        sa.Column("name", sa.Text(), nullable=False, unique=True),
        _text("description"),
        _text("data_type", "kv"),
        _text("metadata", "{}"),
        _text("inputs_schema", "null"),
        _text("outputs_schema", "null"),
        _text("transformations", "null"),
        _text("created_by"),
        _time("created_at", required=True),
        _time("modified_at", required=True),
    )
    op.create_table(
        "dataset_versions",
        _of("dataset_id", "datasets.id", key=True),
        sa.Column("version", sa.BigInteger(), primary_key=True, autoincrement=False),
        _count("added"),
        _count("modified"),
        _count("removed"),
        _text("note"),
        _text("created_by"),
    )
    op.create_table(
        "dataset_tags",
        _of("dataset_id", "datasets.id", key=True),
        _id("tag"),
        _time("version", required=True),
    )
    op.create_table(
        "examples",
        _id(),
        sa.Column("version", sa.BigInteger(), primary_key=True, autoincrement=False),
        _of("dataset_id", "datasets.id"),
        _time("until"),
        _text("inputs", "{}"),
        _text("outputs", "null"),
        _text("metadata", "{}"),
        _text("splits", '["base"]'),
        _text("attachments", "{}"),
        _text("source_run_id"),
        _time("created_at", required=True),
    )
    op.create_index("examples_of_dataset", "examples", ["dataset_id", "until", "created_at", "id"])


def _experiments() -> None:
    op.create_table(
        "experiments",
        sa.Column(
            "project_id",
            _number(),
            sa.ForeignKey("projects.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        _of("dataset_id", "datasets.id"),
        _time("dataset_version"),
        sa.Column("num_examples", sa.Integer(), nullable=True),
        _count("num_repetitions", "1"),
        _text("evaluator_keys", "[]"),
        _text("created_by"),
    )
    op.create_index("experiments_of_dataset", "experiments", ["dataset_id"])
    op.create_table(
        "comparative_experiments",
        _id(),
        _of("dataset_id", "datasets.id"),
        _text("name"),
        _text("description"),
        _text("experiment_ids", "[]"),
        _text("extra", "{}"),
        _time("created_at", required=True),
        _time("modified_at", required=True),
    )


def _prompts() -> None:
    op.create_table(
        "prompts",
        _id(),
        sa.Column("name", sa.Text(), nullable=False, unique=True),
        _text("kind", "prompt"),
        _text("description"),
        _text("readme"),
        _text("tags", "[]"),
        _flag("is_public"),
        _flag("is_archived"),
        _count("downloads"),
        _count("views"),
        _text("created_by"),
        _time("created_at", required=True),
        _time("updated_at", required=True),
    )
    op.create_table(
        "prompt_commits",
        _id(),
        _of("prompt_id", "prompts.id"),
        sa.Column("number", sa.Integer(), nullable=False),
        _text("hash", None),
        _text("parent_hash"),
        _text("manifest", None),
        _text("description"),
        _count("downloads"),
        _text("created_by"),
        _time("created_at", required=True),
    )
    op.create_index(
        "prompt_commits_by_number", "prompt_commits", ["prompt_id", "number"], unique=True
    )
    op.create_index("prompt_commits_by_hash", "prompt_commits", ["prompt_id", "hash"], unique=True)
    op.create_table(
        "prompt_labels",
        _of("prompt_id", "prompts.id", key=True),
        _id("label"),
        _of("commit_id", "prompt_commits.id"),
        _text("moved_by"),
        _time("moved_at", required=True),
    )
    op.create_table(
        "prompt_likes",
        _of("prompt_id", "prompts.id", key=True),
        _id("account"),
    )


def _annotation() -> None:
    op.create_table(
        "annotation_queues",
        _id(),
        _text("name", None),
        _text("kind", "single"),
        _text("description"),
        _text("instructions"),
        _text("rubric", "[]"),
        _count("reviewers_per_item", "1"),
        _count("reservation_minutes", "60"),
        _text("reviewers", "[]"),
        _text("dataset_id"),
        _text("created_by"),
        _time("created_at", required=True),
        _time("updated_at", required=True),
    )
    op.create_table(
        "annotation_items",
        _id(),
        _of("queue_id", "annotation_queues.id"),
        _text("run_id", None),
        _text("other_run_id"),
        sa.Column("project_id", _number(), nullable=False),
        _text("trace_id", None),
        _text("span_id", None),
        _text("other_trace_id"),
        _text("other_span_id"),
        sa.Column("other_project_id", _number(), nullable=True),
        _time("start_time"),
        _text("example_id"),
        _text("added_by"),
        _time("added_at", required=True),
        _time("reviewed_at"),
        _time("completed_at"),
    )
    op.create_index(
        "annotation_items_once",
        "annotation_items",
        ["queue_id", "run_id", "other_run_id"],
        unique=True,
    )
    op.create_index("annotation_items_by_run", "annotation_items", ["run_id"])
    op.create_table(
        "annotation_reviews",
        _of("item_id", "annotation_items.id", key=True),
        _id("reviewer"),
        _text("status", "reserved"),
        _text("answers", "{}"),
        _time("reserved_until"),
        _time("updated_at", required=True),
    )


def _feedback() -> None:
    op.create_table(
        "feedback_configs",
        _id("name"),
        _text("config", "{}"),
        _flag("is_enforced"),
        sa.Column("lower_is_better", sa.Boolean(), nullable=True),
        _time("modified_at", required=True),
    )
    op.create_table(
        "feedback_tokens",
        _id(),
        _text("run_id", None),
        _text("name", None),
        _text("config", "null"),
        _time("expires_at", required=True),
        _text("created_by"),
        _time("created_at", required=True),
    )
    op.create_table(
        "waiting_feedback",
        _id(),
        _text("run_id", None),
        _text("body", None),
        _time("created_at", required=True),
    )
    op.create_index("waiting_feedback_by_run", "waiting_feedback", ["run_id"])
