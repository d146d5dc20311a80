"""Whether new examples may come into a dataset, and what would become of them there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pilothouse.platform.datasets import attachments as attached
from pilothouse.platform.datasets.attachments import Blobs
from pilothouse.platform.datasets.models import (
    Dataset,
    NewExample,
    Trial,
    Violation,
    checked_id,
    checked_splits,
)
from pilothouse.platform.datasets.reading import PIECE
from pilothouse.platform.datasets.schemas import MOST_TOLD, refuse
from pilothouse.platform.datasets.writing import checker_of, transformer_of
from pilothouse.platform.errors import BadRequest


def admit(dataset: Dataset, examples: Iterable[NewExample], blobs: Blobs) -> int:
    """How many there are, once each is checked and its attachments are kept.

    Raises BadRequest, Unprocessable where examples break the schema.
    """
    transform, checker = transformer_of(dataset), checker_of(dataset)
    found: list[Violation] = []
    seen: set[str] = set()
    position, attaching = -1, False
    for position, raw in enumerate(examples):
        if raw.id is not None:
            example_id = checked_id(raw.id)
            if example_id in seen:
                raise BadRequest(f"example {example_id} is given twice", {"id": example_id})
            seen.add(example_id)
        checked_splits(raw.splits)
        if raw.attachments:
            attached.checked(raw.attachments)
            attaching = True
        if checker and len(found) < MOST_TOLD:
            made = transform(raw)
            parts = (("inputs", made.inputs), ("outputs", made.outputs))
            found += checker.violations(raw.id or "new", position, *parts)
    refuse(found)
    for some in pieces(each for each in examples if each.attachments) if attaching else ():
        blobs.save(attached.uploads(each.attachments for each in some))
    return position + 1


def tried(dataset: Dataset, examples: Iterable[NewExample], shown: int) -> Trial:
    """What adding some examples would do, with the first of them as they would be kept."""
    transform, checker = transformer_of(dataset), checker_of(dataset)
    found: list[Violation] = []
    first: list[NewExample] = []
    count = broken = 0
    for count, raw in enumerate(examples, 1):
        if count > shown and not checker:
            continue
        made = transform(raw)
        if len(first) < shown:
            first.append(made)
        parts = (("inputs", made.inputs), ("outputs", made.outputs))
        problems = checker.violations(raw.id or "new", count - 1, *parts)
        broken += bool(problems)
        found += problems if len(found) < MOST_TOLD else []
    return Trial(count=count, broken=broken, first=first, violations=found[:MOST_TOLD])


def pieces(examples: Iterable[NewExample]) -> Iterator[list[NewExample]]:
    """The examples, as many at a time as are written at once."""
    some: list[NewExample] = []
    for each in examples:
        some.append(each)
        if len(some) == PIECE:
            yield some
            some = []
    if some:
        yield some
