"""Datasets, their examples version by version, and the files of these."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from pilothouse.cli.langsmith.api import PLATFORM, Json, Refused
from pilothouse.cli.langsmith.ends import Ends, File, json_size, only, pieces

MOST_VERSIONS: Final = 200
"""Older versions of a dataset than that many are left out."""
_DATASET: Final = (
    "id", "name", "description", "data_type", "inputs_schema_definition",
    "outputs_schema_definition", "transformations", "metadata", "created_at",
)  # fmt: skip
_EXAMPLE: Final = (
    "id", "dataset_id", "inputs", "outputs", "metadata", "created_at", "source_run_id",
    "attachment_urls",
)  # fmt: skip


class Datasets:
    """Copies datasets."""

    def __init__(self, ends: Ends) -> None:
        self._ends = ends
        self._source, self._target = ends.source, ends.target
        self._state, self._progress = ends.state, ends.progress

    def everything(self) -> None:
        """All datasets."""
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
            self._target.post("/datasets", only(dataset, _DATASET))
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
            for row in self._source.pages(
                "/examples", dataset=dataset_id, as_of=version["as_of"], select=_EXAMPLE
            )
        }
        here = {
            row["id"]: row
            for row in self._target.pages("/examples", dataset=dataset_id, select=_EXAMPLE)
        }
        new = [row for key, row in there.items() if key not in here]
        changed = [row for key, row in there.items() if key in here and _differ(row, here[key])]
        gone = sorted(here.keys() - there.keys())
        self._write("POST", dataset_id, new)
        self._write("PATCH", dataset_id, changed)
        for key in gone:
            self._target.ask("DELETE", f"/examples/{key}")
        self._state.copied["examples"] += len(new)
        tags = [tag for tag in version.get("tags") or () if tag != "latest"]
        newest = self._target.get(f"/datasets/{dataset_id}/versions", limit=1)
        for tag in tags if newest else ():
            body = {"as_of": newest[0]["as_of"], "tag": tag}
            self._target.ask("PUT", f"/datasets/{dataset_id}/tags", body=body)

    def _write(self, method: str, dataset_id: str, rows: Sequence[Json]) -> None:
        """Add examples (POST) or change them (PATCH), in one version if one request holds them."""
        filed = ((row, self._ends.files(row, "attachment_urls", "examples")) for row in rows)
        for piece in pieces(filed, _size):
            if any(files for _, files in piece):
                parts: dict[str, File] = {}
                for row, files in piece:
                    parts |= _parts(shaped(row), files)
                    self._state.copied["attachments of examples"] += len(files)
                self._target.send(method, f"{PLATFORM}/datasets/{dataset_id}/examples", parts)
            else:
                body = [shaped(row) for row, _ in piece]
                self._target.ask(method, "/examples/bulk", body=body)


def _size(row: tuple[Json, list[File]]) -> int:
    return json_size(row[0]) + sum(len(file.data) for file in row[1])


def _parts(example: Json, files: Sequence[File]) -> dict[str, File]:
    """An example as parts of an upload."""
    about = {"metadata": example["metadata"], "split": example["split"]}
    said = {"": about, ".inputs": example["inputs"], ".outputs": example["outputs"]}
    parts = {
        f"{example['id']}{name}": File(
            name=name, data=json.dumps(value).encode(), mime_type="application/json"
        )
        for name, value in said.items()
        if value is not None
    }
    return parts | {f"{example['id']}.attachment.{file.name}": file for file in files}


def _differ(there: Json, here: Json) -> bool:
    names = [sorted(row.get("attachment_urls") or ()) for row in (there, here)]
    return shaped(there) != shaped(here) or names[0] != names[1]


def shaped(row: Json) -> Json:
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
