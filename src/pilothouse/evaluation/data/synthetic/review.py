"""A person's look at generated examples, row by row or in a table that any spreadsheet opens."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pilothouse.evaluation.data.synthetic.candidates import Candidate, load, save
from pilothouse.evaluation.judges.prompts import as_data
from pilothouse.evaluation.runner.errors import BadData

COLUMNS: Final = ("id", "verdict", "kind", "question", "answer", "quotes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """Where the review of a file stands."""

    accepted: int
    rejected: int
    edited: int
    waiting: int


class Review:
    """The generated rows of a file of JSON lines. `save` writes what was decided.

    Rejected rows go to `STEM.rejected.jsonl` beside it.
    """

    def __init__(self, path: str | Path) -> None:
        """Raises BadData for a file that cannot be read, or that holds nothing generated."""
        self.path = Path(path)
        if self.path.suffix.lower() not in (".jsonl", ".ndjson"):
            raise BadData(f"{str(path)!r} is no file of JSON lines, which a review is kept in")
        self.rows = load(self.path)
        self._by_id: dict[str, Candidate] = {
            str(row.get("id")): row for row in self.rows if is_generated(row)
        }
        if not self._by_id:
            raise BadData(f"{str(path)!r} holds no generated examples")
        self._rejected: list[Candidate] = []
        self._edited: set[str] = set()
        self._accepted: set[str] = set()

    def waiting(self) -> list[Candidate]:
        """Those that nobody has decided on."""
        return [row for row in self._by_id.values() if row["metadata"]["reviewed"] is False]

    def accept(self, *ids: str) -> None:
        """Lets examples be used. Raises BadData for an id that is none."""
        for row in self._those(ids):
            row["metadata"]["reviewed"] = True
            row["metadata"]["reviewed_at"] = datetime.now(UTC).isoformat(timespec="seconds")
            self._accepted.add(row["id"])

    def reject(self, *ids: str) -> None:
        """Takes examples out. Raises BadData for an id that is none."""
        for row in list(self._those(ids)):
            self._rejected.append(row)
            del self._by_id[row["id"]]

    def edit(self, id: str, *, question: str | None = None, answer: str | None = None) -> None:
        """Changes what an example says. Raises BadData where that is no single text."""
        (row,) = self._those([id])
        for part, text in (("inputs", question), ("reference_outputs", answer)):
            if text is not None and text != _shown(row[part]):
                row[part] = _changed(row[part], text, f"{part} of {id!r}")
                row["metadata"]["generated"]["edited"] = True
                self._edited.add(id)

    def write_table(self, path: str | Path) -> None:
        """A CSV of those that wait; people fill in `verdict`, and may change the texts."""
        with Path(path).open("w", encoding="utf-8-sig", newline="") as file:  # as Excel reads it
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(table_line(row) for row in self.waiting())

    def apply_table(self, path: str | Path) -> None:
        """Does what a table says. Raises BadData with its line for what nobody can do."""
        for number, line in _lines(Path(path)):
            try:
                self._apply(line)
            except BadData as e:
                raise BadData(f"{path}:{number}: {e}") from None

    def _apply(self, line: Mapping[str, str]) -> None:
        verdict = line["verdict"].strip().lower()
        match verdict:
            case "accept" | "":
                self.edit(line["id"], question=line["question"], answer=line["answer"])
                if verdict:
                    self.accept(line["id"])
            case "reject":
                self.reject(line["id"])
            case _:
                raise BadData(f"verdict is accept, reject or empty, not {verdict!r}")

    def save(self) -> Reviewed:
        """Writes the file, and says where the review stands."""
        gone = {row["id"] for row in self._rejected}
        if self._rejected:
            beside = self.path.with_name(f"{self.path.stem}.rejected.jsonl")
            earlier = load(beside) if beside.exists() else []
            save([*(row for row in earlier if row.get("id") not in gone), *self._rejected], beside)
        save([row for row in self.rows if row.get("id") not in gone], self.path)
        return self.stands()

    def stands(self) -> Reviewed:
        """How many were decided on here, and how many wait."""
        gone = {row["id"] for row in self._rejected}
        return Reviewed(
            accepted=len(self._accepted - gone),
            rejected=len(self._rejected),
            edited=len(self._edited - gone),
            waiting=len(self.waiting()),
        )

    def _those(self, ids: Iterable[str]) -> Iterator[Candidate]:
        for id in ids:
            if id not in self._by_id:
                raise BadData(f"there is no generated example {id!r} in {self.path}")
            yield self._by_id[id]


def is_generated(row: Mapping[str, Any]) -> bool:
    """Whether a row was made by a model or a rule, and says so."""
    metadata = row.get("metadata")
    return isinstance(metadata, Mapping) and isinstance(metadata.get("generated"), Mapping)


def table_line(row: Candidate) -> dict[str, str]:
    """An example as a table shows it."""
    about = row["metadata"]["generated"]
    return {
        "id": row["id"],
        "verdict": "",
        "kind": about["kind"],
        "question": _shown(row["inputs"]),
        "answer": _shown(row["reference_outputs"]),
        "quotes": "\n".join(f"{q['document']}: {q['text']}" for q in about.get("quotes", ())),
    }


def _lines(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            missing = [name for name in COLUMNS[:5] if name not in (reader.fieldnames or ())]
            if missing:
                raise BadData(f"{path}:1: no column {', '.join(missing)}")
            for line in reader:
                if None in line.values():
                    raise BadData(f"{path}:{reader.line_num}: a cell is missing")
                yield reader.line_num, line
    except (OSError, UnicodeDecodeError, csv.Error) as e:
        raise BadData(f"{path}: {getattr(e, 'strerror', None) or e}") from None


def _shown(value: Any) -> str:
    if isinstance(value, Mapping) and len(value) == 1:
        value = next(iter(value.values()))
    return "" if value is None else as_data(value)


def _changed(value: Any, text: str, name: str) -> Any:
    if isinstance(value, Mapping) and len(value) == 1:
        return {next(iter(value)): text}
    if value is None or isinstance(value, str):
        return text
    raise BadData(f"{name} are more than one text: edit the file itself")
