"""Generated examples: what they are, how they are kept, and that nobody uses them unseen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pilothouse.evaluation.data.writing import write_lines
from pilothouse.evaluation.results import Usage
from pilothouse.evaluation.runner.documents import digest
from pilothouse.evaluation.runner.errors import BadData
from pilothouse.evaluation.runner.files import FileRows

Candidate = dict[str, Any]
"""A row with `metadata.generated` (how it was made) and `metadata.reviewed`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """Candidates, and why others were none."""

    candidates: Sequence[Candidate]
    dropped: Mapping[str, int] = field(default_factory=Counter)
    usage: Usage | None = None
    """What all calls took; None where the model does not say."""

    def save(self, path: str | Path) -> Path:
        """Adds them to a file of JSON lines, and gives it. Raises BadData for an id it has."""
        return save([*_kept(Path(path)), *self.candidates], path)


def candidate(inputs: Any, reference: Any, *, cluster: str, kind: str, **about: Any) -> Candidate:
    """A row that nobody has reviewed; its id follows from what it says."""
    return {
        "id": f"{kind}-{digest([inputs, reference])[:12]}",
        "inputs": inputs,
        "reference_outputs": reference,
        "cluster": cluster,
        "metadata": {"generated": {"kind": kind, **about}, "reviewed": False},
    }


def load(path: str | Path) -> list[Candidate]:
    """The rows of a file, generated or not. Raises BadData."""
    rows = FileRows(Path(path))
    return [dict(row) for row in rows]


def save(rows: Iterable[Mapping[str, Any]], path: str | Path) -> Path:
    """Writes rows as JSON lines, all or none. Raises BadData where an id stands there twice."""
    path = Path(path)
    rows = list(rows)
    for id, count in Counter(row.get("id") for row in rows).items():
        if id is not None and count > 1:
            raise BadData(f"{path}: the id {id!r} stands there twice")
    write_lines(rows, path)
    return path


def _kept(path: Path) -> list[Candidate]:
    return load(path) if path.exists() else []
