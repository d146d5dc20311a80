"""How runs are judged: settings of feedback keys, comparisons of experiments, annotation queues."""

from __future__ import annotations

from typing import Final

from pilothouse.cli.langsmith.api import Json, Refused
from pilothouse.cli.langsmith.ends import Ends, only, pieces

_CONFIG: Final = ("feedback_key", "feedback_config", "is_enforced", "is_lower_score_better")
_COMPARATIVE: Final = ("id", "name", "description", "reference_dataset_id", "created_at", "extra")
_QUEUE: Final = (
    "id", "name", "description", "queue_type", "rubric_instructions", "rubric_items",
    "num_reviewers_per_item", "reservation_minutes", "default_dataset",
)  # fmt: skip


def copy_configs(ends: Ends) -> None:
    """The settings of feedback keys; those that a key has here already stay."""
    step = "feedback configs"
    if ends.state.get(step):
        return
    ends.progress.show(step)
    copied = kept = 0
    for config in ends.source.pages("/feedback-configs"):
        try:
            ends.target.post("/feedback-configs", only(config, _CONFIG))
        except Refused as refused:
            if refused.status != 409:
                raise
            kept += 1
        else:
            copied += 1
    ends.state.copied["settings of feedback keys"] += copied
    if kept:
        ends.state.left_out["settings of feedback keys that have others here"] += kept
    ends.state.keep(step)


def copy_comparatives(ends: Ends, dataset_id: str) -> None:
    """The comparisons of experiments on a dataset."""
    step = f"comparisons {dataset_id}"
    if ends.state.get(step):
        return
    for found in list(ends.source.pages(f"/datasets/{dataset_id}/comparative")):
        compared = [one["id"] for one in found.get("experiments_info") or ()]
        here = [ends.state.get(f"session {each}") for each in compared]
        if not here or None in here:
            ends.state.left_out["comparisons of experiments that are gone"] += 1
            continue
        body = {**only(found, _COMPARATIVE), "experiment_ids": here}
        ends.target.post("/datasets/comparative", body)
        ends.state.copied["comparisons of experiments"] += 1
    ends.state.keep(step)


def copy_queues(ends: Ends) -> None:
    """Annotation queues, the runs in them, and which of these are done."""
    for queue in list(ends.source.pages("/annotation-queues")):
        step = f"queue {queue['id']}"
        if ends.state.get(step):
            continue
        ends.progress.show(f"annotation queue {queue['name']}")
        ends.target.post("/annotation-queues", only(queue, _QUEUE))
        if queue.get("queue_type") in (None, "single"):
            _copy_items(ends, queue["id"])
        else:
            ends.state.left_out[f"contents of {queue['queue_type']} annotation queues"] += 1
        ends.state.copied["annotation queues"] += 1
        ends.state.keep(step)


def _copy_items(ends: Ends, queue_id: str) -> None:
    path = f"/annotation-queues/{queue_id}/runs"
    ids = [run["id"] for run in ends.source.pages(path)]
    done = {run["id"] for run in ends.source.pages(path, status="completed")}
    added: list[Json] = []
    for piece in pieces(ids):
        added += ends.target.post(path, piece)
    for item in added:
        if item["run_id"] in done:
            where = f"/annotation-queues/status/{item['id']}"
            ends.target.post(where, {"status": "completed"})
    ends.state.copied["runs in annotation queues"] += len(added)
    if len(added) < len(ids):
        ends.state.left_out["runs in annotation queues that are gone"] += len(ids) - len(added)
