"""Runs with their attachments, and the feedback on them."""

from __future__ import annotations

from typing import Final

from pilothouse.cli.langsmith.api import PAGE, Json, Refused
from pilothouse.cli.langsmith.ends import Ends, only, pieces, sent

_RUN: Final = (
    "id", "name", "run_type", "start_time", "end_time", "inputs", "outputs", "extra", "error",
    "serialized", "events", "tags", "trace_id", "dotted_order", "parent_run_id",
    "reference_example_id",
)  # fmt: skip
_FEEDBACK: Final = (
    "id", "key", "run_id", "trace_id", "score", "value", "comment", "correction",
    "feedback_source", "start_time", "comparative_experiment_id", "feedback_group_id", "extra",
    "created_at", "modified_at",
)  # fmt: skip
_TOO_LARGE: Final = 413
_UUID_LENGTH: Final = 36


def copy_runs(ends: Ends, session: Json) -> None:
    """The runs of a project, page by page."""
    step = f"runs {session['id']}"
    kept: Json = ends.state.get(step, {})
    while not kept.get("done"):
        ends.progress.show(f"runs of {session['name']}")
        body: Json = {"session": [session["id"]], "limit": PAGE}
        if kept.get("cursor"):
            body["cursor"] = kept["cursor"]
        answer = ends.source.post("/runs/query", body)
        runs = [{**_placed(run), "session_name": session["name"]} for run in answer["runs"]]
        taken = {
            run["id"]
            for piece in pieces(runs)
            for run in sent(
                piece, lambda some: ends.target.post("/runs/batch", {"post": some, "patch": []})
            )
        }
        for run in answer["runs"]:
            if run["id"] in taken:
                _copy_files(ends, run)
        cursor = (answer.get("cursors") or {}).get("next")
        kept = {"cursor": cursor, "done": not cursor}
        ends.state.copied["runs"] += len(taken)
        _note_refused(ends, "runs", len(runs) - len(taken))
        ends.state.keep(step, kept)


def _placed(run: Json) -> Json:
    """A run in the trace of its root: of another protocol's, the trace has an id of its own."""
    found = only(run, _RUN)
    root = str(found.get("dotted_order", "")).partition(".")[0][-_UUID_LENGTH:]
    return {**found, "trace_id": root} if len(root) == _UUID_LENGTH else found


def _aimed(feedback: Json) -> Json:
    """Feedback that names its run by its id alone, whatever became of the trace."""
    found = only(feedback, _FEEDBACK)
    return {**found, "trace_id": None} if found.get("run_id") else found


def _copy_files(ends: Ends, run: Json) -> None:
    for file in ends.files(run, "s3_urls", "runs"):
        try:
            ends.target.send(
                "POST", "/runs/multipart", {f"attachment.{run['id']}.{file.name}": file}
            )
        except Refused as refused:
            if refused.status != _TOO_LARGE:
                raise
            ends.state.left_out["attachments of runs"] += 1
        else:
            ends.state.copied["attachments of runs"] += 1


def copy_feedback(ends: Ends, session: Json) -> None:
    """The feedback on a project and on its runs."""
    step = f"feedback {session['id']}"
    here = ends.state.get(f"session {session['id']}")
    offset = int(ends.state.get(step, 0))
    while offset >= 0:
        ends.progress.show(f"feedback of {session['name']}")
        rows = ends.source.get("/feedback", session=session["id"], limit=PAGE, offset=offset)
        given = [{**_aimed(row), "session_id": here} for row in rows]
        taken = sent(given, lambda some: ends.target.post("/feedback", some)) if given else []
        ends.state.copied["feedback"] += len(taken)
        _note_refused(ends, "feedback", len(rows) - len(taken))
        offset = offset + len(rows) if len(rows) == PAGE else -1
        ends.state.keep(step, offset)


def _note_refused(ends: Ends, what: str, refused: int) -> None:
    if refused:
        ends.state.left_out[f"{what} that this server refuses"] += refused
