"""A stored span as a run of the protocol's second version."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from pilothouse.platform.compat.langsmith.run import Json, Reader, dollars, preview

_SAME: Final = (
    *("id", "name", "start_time", "end_time", "first_token_time", "error", "events", "extra"),
    *("inputs", "outputs", "parent_run_ids", "trace_id", "thread_id", "dotted_order"),
    *("reference_example_id", "tags", "app_path"),
)
_USED: Final = {
    "total_tokens": "total_tokens",
    "prompt_tokens": "input_tokens",
    "completion_tokens": "output_tokens",
    "total_cost": "cost_total",
    "prompt_cost": "cost_input",
    "completion_cost": "cost_output",
}
_DETAILS: Final = (
    *("prompt_token_details", "completion_token_details"),
    *("prompt_cost_details", "completion_cost_details"),
)
_OTHERS: Final = (
    *("run_type", "status", "latency_seconds", "error_preview", "metadata", "inputs_preview"),
    *("outputs_preview", "manifest", "project_id", "is_root", "attachments", "feedback_stats"),
    *("share_url", "reference_dataset_id", "price_model_id", "thread_evaluation_time"),
    *("is_in_dataset", "last_queued_at", "ls_user_id"),
)
SELECTS: Final = frozenset((*_SAME, *_USED, *_DETAILS, *_OTHERS))
"""What can be selected, in lower case."""
_NEEDS: Final = {
    "metadata": "extra",
    "manifest": "serialized",
    "error_preview": "error",
    "attachments": "s3_urls",
    "parent_run_ids": "dotted_order",
    "is_in_dataset": "in_dataset",
    **dict.fromkeys(_DETAILS, "outputs"),
}
"""Fields of version 1 that a field is read from, where it is called otherwise there."""
_PREVIEW: Final = 256


def fields_v1(selects: Collection[str]) -> set[str]:
    """The fields of version 1 that have to be read for some of version 2."""
    return {*selects, *(_NEEDS[name] for name in selects if name in _NEEDS)}


def run_v2(reader: Reader, selects: Collection[str], *, rolled_up: bool = False) -> Json:
    """A run with the fields that were asked for."""
    wanted = set(selects)
    run: Json = {name: getattr(reader, name)() for name in _SAME if name in wanted}
    if wanted & _USED.keys():
        used = reader.used(rolled_up=rolled_up)
        for name, column in _USED.items():
            if name in wanted:
                amount = getattr(used, column)
                run[name] = dollars(amount) if name.endswith("cost") else amount
    if wanted & set(_DETAILS):
        details = reader.details()
        run |= {
            name: {"raw": details[name]} for name in _DETAILS if name in wanted & details.keys()
        }
    for name, read in _READ.items():
        if name in wanted:
            run[name] = read(reader)
    return run


def _latency(reader: Reader) -> float | None:
    duration = reader.row["duration_us"]
    return None if duration is None else duration / 1_000_000


def _error_preview(reader: Reader) -> str | None:
    error = reader.error()
    return None if error is None else error[:_PREVIEW]


def _metadata(reader: Reader) -> dict[str, str]:
    return dict(reader.row["metadata"])


def _attachments(reader: Reader) -> dict[str, str]:
    return {name: link for name, (link, _) in reader.attachments().items()}


_READ: Final[dict[str, Any]] = {
    "run_type": lambda reader: reader.run_type().upper(),
    "status": lambda reader: reader.status().upper(),
    "latency_seconds": _latency,
    "error_preview": _error_preview,
    "metadata": _metadata,
    "inputs_preview": lambda reader: preview(reader, "inputs_preview"),
    "outputs_preview": lambda reader: preview(reader, "outputs_preview"),
    "manifest": lambda reader: reader.serialized(),
    "project_id": lambda reader: reader.session_id(),
    "is_root": lambda reader: not reader.row["parent_span_id"],
    "attachments": _attachments,
    "feedback_stats": lambda reader: reader.found.stats or {},
    "share_url": lambda reader: reader.found.share_url,
    "ls_user_id": lambda reader: reader.row["user_id"] or None,
    "reference_dataset_id": lambda reader: reader.found.recorded.reference_dataset_id,
    "is_in_dataset": lambda reader: reader.found.recorded.in_dataset,
    "last_queued_at": lambda reader: reader.found.recorded.last_queued_at,
    # Nothing here gives a price an id, or judges whole threads at a time of its own.
    "price_model_id": lambda _reader: None,
    "thread_evaluation_time": lambda _reader: None,
}
