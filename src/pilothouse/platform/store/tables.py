"""Rows of the tables beside `spans`, and the columns of every table that is written to."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import orjson

from pilothouse.platform.store.rows import SPAN_COLUMNS, dumps, encode_map, hour_of, restore
from pilothouse.spans import LogRecord, Score

if TYPE_CHECKING:
    from pilothouse.platform.store.large_values import Blob
    from pilothouse.platform.store.points import MetricPoint

SCORE_COLUMNS: Final = (
    "project",
    "id",
    "name",
    "value",
    "label",
    "comment",
    "source",
    "identifier",
    "evaluator_version",
    "trace_id",
    "span_id",
    "session_id",
    "response_id",
    "status",
    "error",
    "created_at",
    "metadata",
    "version",
    "deleted",
)
LOG_COLUMNS: Final = (
    "project",
    "trace_id",
    "span_id",
    "time",
    "record_id",
    "event_name",
    "record",
    "version",
)
BLOB_COLUMNS: Final = ("project", "id", "hour", "mime_type", "bytes", "data", "version")
METRIC_COLUMNS: Final = (
    "project",
    "name",
    "series",
    "start_time",
    "time",
    "unit",
    "attributes",
    "count",
    "sum",
    "bounds",
    "counts",
    "version",
)
TABLES: Final[Mapping[str, Sequence[str]]] = {
    "spans": SPAN_COLUMNS,
    "logs": LOG_COLUMNS,
    "scores": SCORE_COLUMNS,
    "blobs": BLOB_COLUMNS,
    "metric_points": METRIC_COLUMNS,
}
"""The tables that ingest writes, with the order of their columns."""


def score_row(
    project: int, score: Score, version: int, *, deleted: bool = False
) -> tuple[Any, ...]:
    """The row of `scores`."""
    created_us = score.created_at_ns // 1000 or version
    return (
        project,
        score.id,
        score.name,
        None if score.value is None else float(score.value),
        score.label,
        score.comment,
        score.source,
        score.identifier,
        score.evaluator_version,
        score.trace_id,
        score.span_id,
        score.session_id,
        score.response_id,
        score.status,
        score.error,
        created_us,
        encode_map(score.metadata),
        version,
        int(deleted),
    )


def score_of(row: Mapping[str, Any], project: str) -> Score:
    """The score that a row was made of; `created_us` is `toUnixTimestamp64Micro(created_at)`."""
    return Score(
        id=row["id"],
        project=project,
        name=row["name"],
        value=row["value"],
        label=row["label"],
        comment=row["comment"],
        source=row["source"],
        identifier=row["identifier"],
        evaluator_version=row["evaluator_version"],
        trace_id=row["trace_id"],
        span_id=row["span_id"],
        session_id=row["session_id"],
        response_id=row["response_id"],
        status=row["status"],
        error=row["error"],
        created_at_ns=int(row["created_us"]) * 1000,
        metadata=dict(row["metadata"]),
    )


def log_row(project: int, record: LogRecord, version: int) -> tuple[Any, ...]:
    """The row of `logs`. The same record sent again has the same id and replaces itself."""
    body = dumps(
        {
            "time_ns": record.time_ns,
            "trace_id": record.trace_id,
            "span_id": record.span_id,
            "event_name": record.event_name,
            "severity": record.severity,
            "body": record.body,
            "attributes": record.attributes,
            "scope_name": record.scope_name,
            "resource": record.resource,
            "position": record.position,
        }
    )
    digest = hashlib.blake2b(body, digest_size=8).hexdigest()
    return (
        project,
        record.trace_id,
        record.span_id,
        record.time_ns // 1000,
        record.id or f"{record.position:06d}-{digest}",
        record.event_name,
        body,
        version,
    )


def record_of(text: str) -> LogRecord:
    """The log record that `log_row` wrote, its project left empty."""
    return LogRecord(project="", **restore(orjson.loads(text)))


def blob_row(project: int, blob: Blob, hour_ns: int, version: int) -> tuple[Any, ...]:
    """The row of `blobs`."""
    data = blob.data if isinstance(blob.data, bytes) else blob.data.encode("utf-8", "replace")
    return project, blob.id, hour_of(hour_ns), blob.mime_type, len(data), data, version


def metric_row(project: int, point: MetricPoint, version: int) -> tuple[Any, ...]:
    """The row of `metric_points`."""
    return (
        project,
        point.name,
        point.series,
        point.start_ns // 1000,
        point.time_ns // 1000,
        point.unit,
        point.attributes,
        point.count,
        float(point.sum),
        [float(b) for b in point.bounds],
        point.counts,
        version,
    )
