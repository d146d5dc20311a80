"""A dataset as a file: JSON lines that an import takes again, CSV, OpenAI's fine-tuning lines."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any, Final, Literal

from pilothouse.platform.datasets.models import Example
from pilothouse.platform.datasets.rows import dumps
from pilothouse.spans.openai_form import conversation

ExportFormat = Literal["jsonl", "csv", "openai_ft"]
MEDIA: Final[dict[str, str]] = {
    "jsonl": "application/x-ndjson",
    "csv": "text/csv; charset=utf-8",
    "openai_ft": "application/x-ndjson",
}
SUFFIX: Final[dict[str, str]] = {"jsonl": "jsonl", "csv": "csv", "openai_ft": "openai.jsonl"}
_PIECE: Final = 500


def lines(examples: Iterable[Example], fmt: ExportFormat, columns: Iterable[str]) -> Iterator[str]:
    """The file in pieces of a good size; `columns` are those of a CSV file."""
    match fmt:
        case "csv":
            made = _csv(examples, list(columns))
        case "openai_ft":
            made = (text for text in map(_fine_tuning, examples) if text)
        case _:
            made = map(_line, examples)
    some: list[str] = []
    for text in made:
        some.append(text)
        if len(some) == _PIECE:
            yield "".join(some)
            some = []
    yield "".join(some)


def columns_of(examples: Iterable[Example]) -> list[str]:
    """The columns of a CSV file: `inputs.question`, in the order in which they first occur."""
    found: dict[str, dict[str, None]] = {"inputs": {}, "outputs": {}, "metadata": {}}
    for example in examples:
        for part, names in found.items():
            names.update(dict.fromkeys(getattr(example, part) or ()))
    own = [f"{part}.{name}" for part, names in found.items() for name in names]
    return ["id", *own, "split", "source_run_id", "created_at"]


def _line(example: Example) -> str:
    return (
        dumps(
            {
                "id": example.id,
                "inputs": example.inputs,
                "outputs": example.outputs,
                "metadata": example.metadata,
                "split": list(example.splits),
                "source_run_id": example.source_run_id or None,
                "created_at": example.created_at.isoformat(),
                "modified_at": example.modified_at.isoformat(),
            }
        )
        + "\n"
    )


def _csv(examples: Iterable[Example], columns: list[str]) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")

    def written(row: list[str]) -> str:
        writer.writerow(row)
        text = buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
        return text

    yield written(columns)
    for example in examples:
        fixed = {
            "id": example.id,
            "split": example.splits[0] if len(example.splits) == 1 else dumps(list(example.splits)),
            "source_run_id": example.source_run_id,
            "created_at": example.created_at.isoformat(),
        }
        yield written([fixed[name] if name in fixed else _cell(example, name) for name in columns])


def _cell(example: Example, column: str) -> str:
    part, _, name = column.partition(".")
    value: Any = (getattr(example, part) or {}).get(name)
    if value is None:
        return ""
    return value if isinstance(value, str) else dumps(value)


def _fine_tuning(example: Example) -> str:
    made = conversation(example.inputs, example.outputs)
    return "" if made is None else dumps(made) + "\n"
