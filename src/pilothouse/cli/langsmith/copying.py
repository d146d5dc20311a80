"""The copy: projects, datasets, experiments, runs, feedback and prompts, in this order.

Everything keeps its id, and every write may be repeated, so that a copy that was stopped between a
write and its note only writes the same once more.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from pilothouse.cli.langsmith.api import PAGE, Api, Json, Refused
from pilothouse.cli.langsmith.state import Progress, State

MOST_VERSIONS: Final = 200
"""Older versions of a dataset than that many are left out."""
_BYTES: Final = 4 * 2**20
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
_DATASET: Final = (
    "id", "name", "description", "data_type", "inputs_schema_definition",
    "outputs_schema_definition", "transformations", "metadata", "created_at",
)  # fmt: skip
_SESSION: Final = (
    "id", "name", "description", "extra", "start_time", "end_time", "reference_dataset_id",
    "num_examples", "num_repetitions", "evaluator_keys",
)  # fmt: skip


class Copy:
    """A copy from one server to another."""

    def __init__(self, source: Api, target: Api, state: State) -> None:
        self._source, self._target, self._state = source, target, state
        self._progress = Progress(state)

    def everything(self) -> None:
        """All that the source shows."""
        self._datasets()
        sessions = self._sessions()
        for session in sessions:
            self._runs(session)
        for session in sessions:
            self._feedback(session)
        self._prompts()
        self._progress.end()

    # ---- projects and experiments

    def _sessions(self) -> list[Json]:
        found = list(self._source.pages("/sessions"))
        for session in found:
            step = f"session {session['id']}"
            if self._state.get(step) is None:
                self._progress.show(f"project {session['name']}")
                self._state.copied["projects"] += 1
                self._state.keep(step, self._session(session))
        return found

    def _session(self, session: Json) -> str:
        """The id that the project has here: its own, or that of the one with its name."""
        try:
            made = self._target.post("/sessions", _only(session, _SESSION))
        except Refused as refused:
            if refused.status != 409:
                raise
            [made] = self._target.get("/sessions", name=session["name"], limit=1)
        return str(made["id"])

    # ---- runs

    def _runs(self, session: Json) -> None:
        step = f"runs {session['id']}"
        kept: Json = self._state.get(step, {})
        while not kept.get("done"):
            self._progress.show(f"runs of {session['name']}")
            body: Json = {"session": [session["id"]], "limit": PAGE}
            if kept.get("cursor"):
                body["cursor"] = kept["cursor"]
            answer = self._source.post("/runs/query", body)
            runs = [self._run(run, session["name"]) for run in answer["runs"]]
            for piece in _pieces(runs):
                self._target.post("/runs/batch", {"post": piece, "patch": []})
            cursor = (answer.get("cursors") or {}).get("next")
            kept = {"cursor": cursor, "done": not cursor}
            self._state.copied["runs"] += len(runs)
            self._state.keep(step, kept)

    def _run(self, run: Json, project: str) -> Json:
        urls = run.get("s3_urls") or {}
        files = sum(1 for name in urls if name.startswith("attachment."))
        if files:
            self._state.left_out["attachments of runs"] += files
        return {**_only(run, _RUN), "session_name": project}

    # ---- feedback

    def _feedback(self, session: Json) -> None:
        step = f"feedback {session['id']}"
        here = self._state.get(f"session {session['id']}")
        offset = int(self._state.get(step, 0))
        while offset >= 0:
            self._progress.show(f"feedback of {session['name']}")
            rows = self._source.get("/feedback", session=session["id"], limit=PAGE, offset=offset)
            if rows:
                given = [{**_only(row, _FEEDBACK), "session_id": here} for row in rows]
                self._target.post("/feedback", given)
            self._state.copied["feedback"] += len(rows)
            offset = offset + len(rows) if len(rows) == PAGE else -1
            self._state.keep(step, offset)

    # ---- datasets

    def _datasets(self) -> None:
        for dataset in self._source.pages("/datasets"):
            step = f"dataset {dataset['id']}"
            if self._state.get(step) is True:
                continue
            self._progress.show(f"dataset {dataset['name']}")
            if self._state.get(step) is None:
                self._dataset(dataset)
                self._state.copied["datasets"] += 1
                self._state.keep(step, 0)
            self._versions(dataset, step)
            self._state.keep(step)

    def _dataset(self, dataset: Json) -> None:
        try:
            self._target.post("/datasets", _only(dataset, _DATASET))
        except Refused as refused:
            if refused.status != 409:
                raise
            self._target.get(f"/datasets/{dataset['id']}")  # it is the same one, or this fails

    def _versions(self, dataset: Json, step: str) -> None:
        """The states of a dataset from the oldest, each as what changed since the one before."""
        versions = list(self._source.pages(f"/datasets/{dataset['id']}/versions"))
        versions.sort(key=lambda version: str(version["as_of"]))
        if len(versions) > MOST_VERSIONS:
            self._state.left_out["old versions of datasets"] += len(versions) - MOST_VERSIONS
            versions = versions[-MOST_VERSIONS:]
        for number, version in enumerate(versions[int(self._state.get(step, 0)) :]):
            self._version(dataset["id"], version)
            self._state.copied["versions of datasets"] += 1
            self._state.keep(step, int(self._state.get(step, 0)) + 1)
            self._progress.show(f"dataset {dataset['name']}, version {number + 1}")

    def _version(self, dataset_id: str, version: Json) -> None:
        there = {
            row["id"]: row
            for row in self._source.pages("/examples", dataset=dataset_id, as_of=version["as_of"])
        }
        here = {row["id"]: row for row in self._target.pages("/examples", dataset=dataset_id)}
        new = [_example(row) for key, row in there.items() if key not in here]
        changed = [
            _example(row)
            for key, row in there.items()
            if key in here and _example(row) != _example(here[key])
        ]
        gone = sorted(here.keys() - there.keys())
        for piece in _pieces(new):
            self._target.post("/examples/bulk", piece)
        for piece in _pieces(changed):
            self._target.ask("PATCH", "/examples/bulk", body=piece)
        for key in gone:
            self._target.ask("DELETE", f"/examples/{key}")
        self._state.copied["examples"] += len(new)
        tags = [tag for tag in version.get("tags") or () if tag != "latest"]
        newest = self._target.get(f"/datasets/{dataset_id}/versions", limit=1)
        for tag in tags if newest else ():
            body = {"as_of": newest[0]["as_of"], "tag": tag}
            self._target.ask("PUT", f"/datasets/{dataset_id}/tags", body=body)

    # ---- prompts

    def _prompts(self) -> None:
        own = self._source.get("/settings").get("id")
        for archived in ("false", "true"):
            for repo in self._repos(archived):
                if own and repo.get("tenant_id") not in (None, own):
                    continue  # somebody else's public prompt
                self._prompt(repo)

    def _repos(self, archived: str) -> Iterator[Json]:
        offset = 0
        while True:
            answer = self._source.get("/repos", limit=PAGE, offset=offset, is_archived=archived)
            yield from answer["repos"]
            offset += len(answer["repos"])
            if not answer["repos"] or offset >= answer["total"]:
                return

    def _prompt(self, repo: Json) -> None:
        name, step = repo["repo_handle"], f"prompt {repo['id']}"
        if self._state.get(step) is True:
            return
        self._progress.show(f"prompt {name}")
        done = self._state.get(step)
        if done is None:
            about = ("repo_handle", "description", "readme", "tags", "is_public")
            try:
                self._target.post("/repos", _only(repo, about))
            except Refused as refused:
                if refused.status != 409:
                    raise
            self._state.copied["prompts"] += 1
            self._state.keep(step, 0)
        owner = repo.get("owner") or "-"
        commits = self._commits(owner, name)
        for commit in commits[int(done or 0) :]:
            self._commit(owner, name, commit)
            self._state.copied["versions of prompts"] += 1
            self._state.keep(step, int(self._state.get(step)) + 1)
        if repo.get("is_archived"):
            self._target.ask("PATCH", f"/repos/-/{name}", body={"is_archived": True})
        self._state.keep(step)

    def _commits(self, owner: str, name: str) -> list[Json]:
        """The versions of a prompt, the oldest first."""
        found: list[Json] = []
        while True:
            answer = self._source.get(f"/commits/{owner}/{name}", limit=PAGE, offset=len(found))
            found += answer["commits"]
            if not answer["commits"] or len(found) >= answer["total"]:
                return found[::-1]

    def _commit(self, owner: str, name: str, commit: Json) -> None:
        ref = commit["commit_hash"]
        pulled = self._source.get(f"/commits/{owner}/{name}/{ref}", include_model="true")
        body = {"manifest": pulled["manifest"], "description": commit.get("description")}
        try:
            self._target.post(f"/commits/-/{name}", {"parent_commit": None, **body})
        except Refused as refused:
            if refused.status != 409:  # the newest is the same: it was written before a stop
                raise


def _only(row: Json, names: Sequence[str]) -> Json:
    return {name: row[name] for name in names if row.get(name) is not None}


def _example(row: Json) -> Json:
    """An example as it is written, and compared."""
    metadata = dict(row.get("metadata") or {})
    split = metadata.pop("dataset_split", None) or ["base"]
    return {
        "id": row["id"],
        "dataset_id": row["dataset_id"],
        "inputs": row["inputs"],
        "outputs": row.get("outputs"),
        "metadata": metadata,
        "split": sorted([split] if isinstance(split, str) else split),
    }


def _pieces(rows: Sequence[Json]) -> Iterator[list[Any]]:
    """Rows in lists that one request holds."""
    piece: list[Any] = []
    size = 0
    for row in rows:
        length = len(json.dumps(row))
        if piece and (size + length > _BYTES or len(piece) >= PAGE):
            yield piece
            piece, size = [], 0
        piece.append(row)
        size += length
    if piece:
        yield piece
