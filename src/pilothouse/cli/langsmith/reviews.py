"""How runs are judged: settings of feedback keys, comparisons of experiments, annotation queues."""

from __future__ import annotations

from typing import Final

from pilothouse.cli.langsmith.api import PLATFORM, Json, Refused
from pilothouse.cli.langsmith.ends import Ends, only, pieces

_CONFIG: Final = ("feedback_key", "feedback_config", "is_enforced", "is_lower_score_better")
_COMPARATIVE: Final = ("id", "name", "description", "reference_dataset_id", "created_at", "extra")
_QUEUE: Final = (
    "id", "name", "description", "queue_type", "rubric_instructions", "rubric_items",
    "num_reviewers_per_item", "reservation_minutes", "default_dataset",
)  # fmt: skip
_SECTIONS: Final = ("needs_my_review", "needs_others_review", "archived")


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
        _copy_runs(ends, queue)
        with ends.optional("threads in annotation queues"):
            _copy_threads(ends, queue["id"])
        ends.state.copied["annotation queues"] += 1
        ends.state.keep(step)


def _copy_runs(ends: Ends, queue: Json) -> None:
    """The runs of a queue, or its pairs where the source says which two they are."""
    path = f"/annotation-queues/{queue['id']}/runs"
    rows = list(ends.source.pages(path))
    done = {_runs_of(row) for row in ends.source.pages(path, status="completed")}
    refs = [_ref(row) for row in rows]
    if queue.get("queue_type") not in (None, "single"):
        refs = [ref for ref in refs if "other_run_id" in ref]
        if len(refs) < len(rows):
            left = f"contents of {queue['queue_type']} annotation queues"
            ends.state.left_out[left] += len(rows) - len(refs)
    added = [item for piece in pieces(refs) for item in _added(ends, path, piece)]
    for item in added:
        if _runs_of({**item, "id": item["run_id"]}) in done:
            where = f"/annotation-queues/status/{item['id']}"
            ends.target.post(where, {"status": "completed"})
    ends.state.copied["runs in annotation queues"] += len(added)
    if len(added) < len(refs):
        ends.state.left_out["runs in annotation queues that are gone"] += len(refs) - len(added)


def _ref(row: Json) -> Json:
    return {"run_id": row["id"], **only(row, ("other_run_id",))}


def _runs_of(row: Json) -> frozenset[str]:
    """The ids of the runs that an item is about, however a pair is turned."""
    return frozenset((row["id"], row.get("other_run_id") or row["id"]))


def _added(ends: Ends, path: str, refs: list[Json]) -> list[Json]:
    """The items that came about; runs that are gone are found one by one."""
    try:
        added: list[Json] = ends.target.post(path, refs)
    except Refused as refused:
        if refused.status != 404:
            raise
        if len(refs) == 1:
            return []
        return [item for ref in refs for item in _added(ends, path, [ref])]
    return added


def _copy_threads(ends: Ends, queue_id: str) -> None:
    path = f"/annotation-queues/{queue_id}/items"
    for section in _SECTIONS:
        for item in ends.source.platform_items(path, status=section, item_type="THREAD"):
            thread = {
                "item_type": "THREAD",
                "thread_id": item["thread_id"],
                "project_id": ends.state.get(f"session {item['project_id']}"),
            }
            if thread["project_id"] is None or not (made := _added_thread(ends, path, thread)):
                ends.state.left_out["threads in annotation queues that are gone"] += 1
                continue
            if section == "archived":
                where = f"{PLATFORM}/annotation-queues/items/{made['id']}/status"
                ends.target.post(where, {"status": "completed"})
            ends.state.copied["threads in annotation queues"] += 1


def _added_thread(ends: Ends, path: str, thread: Json) -> Json | None:
    try:
        [made] = ends.target.post(PLATFORM + path, {"items": [thread]})["items"]
    except Refused as refused:
        if refused.status != 404:
            raise
        return None
    return dict(made)
