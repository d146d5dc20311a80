"""How examples are written within one transaction, and what tells a write from its repetition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from pilothouse.platform.datasets import attachments as attached
from pilothouse.platform.datasets import example_records as rows
from pilothouse.platform.datasets import records as kept
from pilothouse.platform.datasets.models import (
    LATEST,
    Dataset,
    Example,
    ExampleChange,
    NewExample,
    Unset,
    Version,
    Violation,
    checked_id,
    checked_splits,
)
from pilothouse.platform.datasets.schemas import MOST_TOLD, Checker, refuse
from pilothouse.platform.datasets.transformations import Transformer
from pilothouse.platform.errors import BadRequest, Conflict, NotFound
from pilothouse.platform.records import Session, micros, micros_of, moment


class Written:
    """What became of the examples of one request, piece by piece."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.all_ids: list[str] = []
        self.newest = 0

    def place(self, index: int) -> int:
        """The position in the whole request of one of the present piece."""
        return len(self.all_ids) + index


def add_all(
    session: Session,
    dataset: Dataset,
    pieces: Iterable[Sequence[NewExample]],
    version: int,
    *,
    count: int,
    replacing: bool,
    by: str,
    note: str,
) -> Version:
    """The version that adds so many examples, or the one that they came with if they are there."""
    transform = transformer_of(dataset)
    added, replaced, there = Written(), Written(), Written()
    for some in pieces:
        written = [
            new(transform(each), dataset.id, version - count + 1 + added.place(i), version)
            for i, each in enumerate(some)
        ]
        place(session, dataset, some, written, added, replaced, there, replacing=replacing)
    if there.ids and (added.ids or replaced.ids) and not replacing:
        raise taken(there.ids)
    order = tuple(added.all_ids)
    if not added.ids and not replaced.ids:
        return replace(newest(session, dataset, there.newest), example_ids=order)
    made = Version(
        dataset_id=dataset.id,
        at=moment(version),
        added=len(added.ids),
        modified=len(replaced.ids),
        note=note,
        created_by=by,
        example_ids=order,
    )
    return record(session, made, version)


def place(
    session: Session,
    dataset: Dataset,
    given: Sequence[NewExample],
    written: Sequence[Example],
    added: Written,
    replaced: Written,
    there: Written,
    *,
    replacing: bool,
) -> None:
    """Write one piece of new examples, or find that they are there."""
    chosen = [each.id for each, raw in zip(written, given, strict=True) if raw.id is not None]
    present = rows.of_ids(session, chosen) if chosen else {}
    fresh, changed, conflicting = [], [], []
    for example, raw in zip(written, given, strict=True):
        found = present.get(example.id)
        if found is None:
            fresh.append(example)
        elif found.dataset_id == dataset.id and rows.kept(found) == rows.kept(example):
            there.ids.append(example.id)
            there.newest = max(there.newest, micros_of(found.modified_at))
        elif found.dataset_id == dataset.id and replacing:
            changed.append(replace(example, created_at=raw.created_at or found.created_at))
        else:
            conflicting.append(example.id)
    if conflicting:
        raise taken(conflicting)
    rows.close(session, [each.id for each in changed], micros_of(written[0].modified_at))
    rows.add(session, [*fresh, *changed])
    added.ids += [each.id for each in fresh]
    added.all_ids += [each.id for each in written]
    replaced.ids += [each.id for each in changed]


def new(raw: NewExample, dataset_id: str, created_at: int, version: int) -> Example:
    return Example(
        id=str(uuid4()) if raw.id is None else checked_id(raw.id),
        dataset_id=dataset_id,
        inputs=raw.inputs,
        outputs=raw.outputs,
        metadata=raw.metadata,
        splits=checked_splits(raw.splits),
        attachments=attached.as_kept(raw.attachments),
        source_run_id=raw.source_run_id,
        created_at=raw.created_at or moment(created_at),
        modified_at=moment(version),
    )


def change_all(
    session: Session,
    dataset: Dataset,
    pairs: Sequence[tuple[Example, ExampleChange]],
    *,
    by: str,
    note: str,
) -> Version:
    """The version of one dataset that holds the changes; the present one if they change nothing."""
    version = next_version(dataset)
    transform, checker = transformer_of(dataset), checker_of(dataset)
    found: list[Violation] = []
    written = []
    for position, (before, change) in enumerate(pairs):
        after = changed_example(before, change, transform)
        parts = (("inputs", after.inputs), ("outputs", after.outputs))
        if checker and (change.inputs is not None or not isinstance(change.outputs, Unset)):
            found += checker.violations(after.id, position, *parts)
        if rows.kept(after) != rows.kept(before):
            written.append(replace(after, modified_at=moment(version)))
    refuse(found)
    touched = tuple(before.id for before, _ in pairs)
    if not written:
        return replace(newest(session, dataset), example_ids=touched)
    rows.close(session, [each.id for each in written], version)
    rows.add(session, written)
    made = Version(
        dataset_id=dataset.id,
        at=moment(version),
        modified=len(written),
        note=note,
        created_by=by,
        example_ids=touched,
    )
    return record(session, made, version)


def remove_all(session: Session, dataset: Dataset, ids: Sequence[str], *, by: str) -> Version:
    """The version of one dataset without some of its examples."""
    version = next_version(dataset)
    rows.close(session, ids, version)
    removed = Version(
        dataset_id=dataset.id,
        at=moment(version),
        removed=len(ids),
        created_by=by,
        example_ids=tuple(ids),
    )
    return record(session, removed, version)


def changed_example(before: Example, change: ExampleChange, transform: Transformer) -> Example:
    inputs = before.inputs if change.inputs is None else change.inputs
    outputs = before.outputs if isinstance(change.outputs, Unset) else change.outputs
    if change.inputs is not None or not isinstance(change.outputs, Unset):
        made = transform(NewExample(inputs=inputs, outputs=outputs))
        inputs, outputs = made.inputs, made.outputs
    return replace(
        before,
        inputs=inputs,
        outputs=outputs,
        metadata=before.metadata if change.metadata is None else change.metadata,
        splits=before.splits if change.splits is None else checked_splits(change.splits),
        attachments=attached.after(before, change),
        source_run_id=before.source_run_id
        if change.source_run_id is None
        else change.source_run_id,
    )


def record(session: Session, version: Version, at: int) -> Version:
    kept.add_version(session, version, at)
    return replace(version, tags=(LATEST,))


def newest(session: Session, dataset: Dataset, at_most: int | None = None) -> Version:
    """The newest version, or one of a dataset that nothing was ever added to."""
    found = kept.versions(session, dataset.id, at_most=at_most, search="", limit=1, offset=0)
    if found:
        return found[0]
    return Version(dataset_id=dataset.id, at=dataset.modified_at)


def next_version(dataset: Dataset, at: datetime | None = None, width: int = 1) -> int:
    """The time of the next version, later than all before by the examples that it adds.

    Examples of one version are told apart in the order given, each a microsecond after the other.
    """
    earliest = 0 if at is None else micros_of(at)
    return max(micros(), earliest, micros_of(dataset.modified_at) + width)


def check_places(
    ids: Sequence[str],
    present: Mapping[str, Example],
    changes: Sequence[ExampleChange],
    owner: str | None,
) -> None:
    for each, change in zip(ids, changes, strict=True):
        found = present.get(each)
        if found is None:
            raise NotFound(f"there is no example {each}", {"id": each})
        named = owner if change.dataset_id is None else checked_id(change.dataset_id)
        if named is not None and found.dataset_id != named:
            raise Conflict(
                f"example {each} is of another dataset", {"id": each, "dataset_id": named}
            )
        if owner is not None and found.dataset_id != owner:
            raise Conflict(
                f"example {each} is of another dataset", {"id": each, "dataset_id": owner}
            )


def no_twins(ids: Sequence[str]) -> None:
    seen: set[str] = set()
    for each in ids:
        if each in seen:
            raise BadRequest(f"example {each} is given twice", {"id": each})
        seen.add(each)


def taken(ids: Sequence[str]) -> Conflict:
    return Conflict(
        f"there is an example {ids[0]} already"
        + (f", and {len(ids) - 1} more of these" if len(ids) > 1 else ""),
        {"ids": list(ids[:MOST_TOLD])},
    )


def checker_of(dataset: Dataset) -> Checker:
    return Checker(dataset.inputs_schema, dataset.outputs_schema)


def transformer_of(dataset: Dataset) -> Transformer:
    return Transformer(dataset.transformations, dataset.inputs_schema, dataset.outputs_schema)
