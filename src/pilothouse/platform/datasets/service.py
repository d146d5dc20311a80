"""Datasets and their examples, with every version of them.

A write to a dataset makes one version, strictly later than the one before, and happens wholly or
not at all. The same write again finds its work done and makes no second version.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID, uuid4

from pilothouse.platform.datasets import attachments as attached
from pilothouse.platform.datasets import example_records as rows
from pilothouse.platform.datasets import records as kept
from pilothouse.platform.datasets.admission import admit, pieces, tried
from pilothouse.platform.datasets.attachments import Blobs
from pilothouse.platform.datasets.copies import Copies
from pilothouse.platform.datasets.definitions import checked_dataset, rules_of, same
from pilothouse.platform.datasets.guard import BytesGuard
from pilothouse.platform.datasets.matching import contains
from pilothouse.platform.datasets.models import (
    BASE_SPLIT,
    UNSET,
    Dataset,
    DataType,
    Example,
    ExampleChange,
    JsonObject,
    NewExample,
    Summary,
    Trial,
    Unset,
    Version,
    Violation,
    checked_id,
    checked_name,
    checked_splits,
)
from pilothouse.platform.datasets.reading import PIECE, ReadsExamples, place_of
from pilothouse.platform.datasets.schemas import MOST_TOLD
from pilothouse.platform.datasets.versions import AsOf, existing, locked_dataset
from pilothouse.platform.datasets.writing import (
    add_all,
    change_all,
    check_places,
    newest,
    next_version,
    no_twins,
    remove_all,
)
from pilothouse.platform.errors import BadRequest, Conflict, NotFound
from pilothouse.platform.records import Records, micros, micros_of, moment
from pilothouse.platform.records.lists import Place

# `list` is a method of the service, as the contract of its name demands.
Datasets: TypeAlias = list[Dataset]
Examples: TypeAlias = list[Example]
Versions: TypeAlias = list[Version]
Violations: TypeAlias = list[Violation]


class DatasetService(ReadsExamples):
    """Keeps datasets; safe to call from any thread."""

    def __init__(self, records: Records, blobs: Blobs) -> None:
        super().__init__(records)
        self._blobs = blobs
        self._leaving: list[Callable[[str], None]] = []
        self._bytes = BytesGuard()

    # ---- datasets

    def create(
        self,
        name: str,
        *,
        id: str | None = None,
        description: str = "",
        data_type: DataType = "kv",
        metadata: JsonObject | None = None,
        inputs_schema: JsonObject | None = None,
        outputs_schema: JsonObject | None = None,
        transformations: Sequence[JsonObject] | None = None,
        by: str = "",
    ) -> Dataset:
        """A new dataset; the same request with the same id gives the one that it made.

        Raises BadRequest for a wrong schema, Conflict for a name or id that is taken.
        """
        now = moment(micros())
        wanted = checked_dataset(
            Dataset(
                id=str(uuid4()) if id is None else checked_id(id),
                name=checked_name(name),
                description=description,
                data_type=data_type,
                metadata=metadata or {},
                inputs_schema=inputs_schema,
                outputs_schema=outputs_schema,
                transformations=transformations,
                created_by=by,
                created_at=now,
                modified_at=now,
            )
        )
        with self._records.write() as session:
            if kept.add(session, wanted):
                return wanted
            present = kept.one(session, wanted.id)
            if present is not None and same(present, wanted):
                return present
            if present is not None and kept.by_name(session, wanted.name) is None:
                raise Conflict(f"there is a dataset with the id {wanted.id} already")
        raise Conflict(f"there is a dataset {wanted.name!r} already")

    def get(self, dataset_id: str) -> Dataset:
        """The dataset of this id; raises NotFound."""
        with self._records.read() as session:
            return existing(session, dataset_id)

    def named(self, name: str) -> Dataset | None:
        """The dataset of this name, None when there is none."""
        with self._records.read() as session:
            return kept.by_name(session, name.strip())

    def list(
        self,
        *,
        name: str | None = None,
        name_contains: str | None = None,
        ids: Sequence[str] | None = None,
        metadata: JsonObject | None = None,
        data_type: str | None = None,
        limit: int = 50,
        offset: int = 0,
        after: Place | None = None,
    ) -> Datasets:
        """Datasets, the newest first; `metadata` is what theirs must contain."""
        checked = None if ids is None else [checked_id(each) for each in ids]
        found: Datasets = []
        with self._records.read() as session:
            skipped, in_sql = 0, not metadata
            while True:
                some = kept.page(
                    session,
                    name=name,
                    name_contains=name_contains,
                    ids=checked,
                    data_type=data_type,
                    after=after,
                    limit=limit if in_sql else PIECE,
                    offset=offset if in_sql else 0,
                )
                if in_sql:
                    return some
                for dataset in some:
                    if contains(dataset.metadata, metadata):
                        skipped += 1
                        if skipped > offset:
                            found.append(dataset)
                if len(some) < PIECE or len(found) >= limit:
                    return found[:limit]
                after = place_of(some[-1])

    def change(
        self,
        dataset_id: str,
        *,
        name: str | None = None,
        description: str | None = None,
        data_type: DataType | None = None,
        metadata: JsonObject | None = None,
        inputs_schema: JsonObject | Unset | None = UNSET,
        outputs_schema: JsonObject | Unset | None = UNSET,
        transformations: Sequence[JsonObject] | Unset | None = UNSET,
    ) -> Dataset:
        """The dataset after a change; None leaves a value, but takes a schema away.

        Examples that are there already may break a new schema: `violations` says which.
        """
        with self._records.write() as session:
            present = locked_dataset(session, dataset_id)
            given: dict[str, Any] = {
                "name": None if name is None else checked_name(name),
                "description": description,
                "data_type": data_type,
                "metadata": metadata,
            }
            changes = {key: value for key, value in given.items() if value is not None}
            rules = {
                "inputs_schema": inputs_schema,
                "outputs_schema": outputs_schema,
                "transformations": transformations,
            }
            changes |= {k: value for k, value in rules.items() if not isinstance(value, Unset)}
            wanted = checked_dataset(replace(present, **changes))
            if same(present, wanted):
                return present
            changed_at = max(micros(), micros_of(present.modified_at) + 1)
            wanted = replace(wanted, modified_at=moment(changed_at))
            if not kept.change(session, wanted):
                raise Conflict(f"there is a dataset {wanted.name!r} already")
            return wanted

    def delete(self, dataset_id: str) -> None:
        """Remove a dataset with its examples, versions and experiments. Raises NotFound."""
        dataset = self.get(checked_id(dataset_id))
        for leave in self._leaving:
            leave(dataset.id)
        with self._bytes.removing():
            with self._records.write() as session:
                blobs = rows.blobs_of_dataset(session, dataset.id)
                kept.remove(session, dataset.id)
                blobs = rows.unused(session, blobs)
            self._blobs.remove(blobs)

    def before_delete(self, leave: Callable[[str], None]) -> None:
        """Have something called with the id of each dataset that is about to go."""
        self._leaving.append(leave)

    def summaries(self, ids: Sequence[str]) -> dict[str, Summary]:
        """How many examples and experiments some datasets have, and their newest versions."""
        with self._records.read() as session:
            return kept.summaries(session, ids)

    # ---- writing examples

    def add(
        self,
        dataset_id: str,
        examples: Iterable[NewExample],
        *,
        at: datetime | None = None,
        replacing: bool = False,
        by: str = "",
        note: str = "",
    ) -> Version:
        """The version that adds examples, in their order; `examples` is gone through twice.

        All or nothing: Unprocessable where one breaks the schema, Conflict where an id is taken
        (with `replacing` the example there takes the new values). The same examples again, with
        the same ids, give the version that added them. `at` is the earliest time of the version.
        """
        dataset = self.get(checked_id(dataset_id))
        with self._bytes.uploading():
            count = admit(dataset, examples, self._blobs)
            with self._records.write() as session:
                locked = locked_dataset(session, dataset.id)
                if not count:
                    return newest(session, locked)
                if rules_of(locked) != rules_of(dataset):
                    admit(locked, examples, self._blobs)
                return add_all(
                    session,
                    locked,
                    pieces(examples),
                    next_version(locked, at, width=count),
                    count=count,
                    replacing=replacing,
                    by=by,
                    note=note,
                )

    def check(self, dataset_id: str, examples: Iterable[NewExample], *, shown: int = 10) -> Trial:
        """What adding some examples would do; nothing is kept."""
        return tried(self.get(checked_id(dataset_id)), examples, shown)

    def update(
        self,
        dataset_id: str | None,
        changes: Sequence[ExampleChange],
        *,
        by: str = "",
        note: str = "",
    ) -> Version:
        """The version that changes examples; without a dataset, the last one of theirs.

        Raises NotFound for an unknown example, Conflict for one of another dataset, Unprocessable
        where one would break its schema; then nothing is changed.
        """
        ids = [checked_id(change.id) for change in changes]
        no_twins(ids)
        if not ids:
            if dataset_id is None:
                raise BadRequest("name the examples to change")
            return self.version(dataset_id)
        owner = None if dataset_id is None else checked_id(dataset_id)
        uploads = attached.uploads(attached.checked(change.attachments) for change in changes)
        with self._bytes.uploading():
            self._blobs.save(uploads)
            return self._update(owner, ids, lambda _before: changes, by=by, note=note)

    def _update(
        self,
        owner: str | None,
        ids: Sequence[str],
        changes_of: Callable[[Mapping[str, Example]], Sequence[ExampleChange]],
        *,
        by: str,
        note: str = "",
    ) -> Version:
        """As `update`; `changes_of` says what to change, seeing the examples as they are then."""
        with self._records.write() as session:
            if owner is not None:
                existing(session, owner)
            before = rows.of_ids(session, ids)
            check_places(ids, before, changes_of(before), owner)
            datasets = [
                locked_dataset(session, each)
                for each in sorted({example.dataset_id for example in before.values()})
            ]
            before = rows.of_ids(session, ids)  # again, now that nobody else writes
            changes = changes_of(before)
            check_places(ids, before, changes, owner)
            last: Version | None = None
            by_id = dict(zip(ids, changes, strict=True))
            for dataset in datasets:
                mine = [each for each in ids if before[each].dataset_id == dataset.id]
                done = change_all(
                    session,
                    dataset,
                    [(before[each], by_id[each]) for each in mine],
                    by=by,
                    note=note,
                )
                last = done if last is None or done.at > last.at else last
            assert last is not None
            return last

    def remove(
        self,
        ids: Sequence[str],
        *,
        hard: bool = False,
        by: str = "",
        dataset_id: str | None = None,
    ) -> Versions:
        """The versions that remove examples, one a dataset; none for what is gone already.

        With a dataset, an example of another one is a conflict. What was removed can still be
        read as of an earlier version; `hard` takes that away too, with its attachments. Raises
        NotFound for an id that was never there, unless `hard`.
        """
        wanted = list(dict.fromkeys(checked_id(each) for each in ids))
        with self._bytes.removing() if hard else nullcontext():
            made, blobs = self._remove(wanted, dataset_id, hard=hard, by=by)
            self._blobs.remove(blobs)
        return made

    def _remove(
        self, wanted: Sequence[str], dataset_id: str | None, *, hard: bool, by: str
    ) -> tuple[Versions, set[str]]:
        """The versions, and the bytes that nothing refers to any more."""
        with self._records.write() as session:
            owners = rows.once_there(session, wanted)
            if dataset_id is not None:
                owner = existing(session, dataset_id).id
                foreign = [each for each, of in owners.items() if of != owner]
                if foreign:
                    raise Conflict(f"example {foreign[0]} is of another dataset", {"ids": foreign})
            unknown = [each for each in wanted if each not in owners]
            if unknown and not hard:
                raise NotFound(f"there is no example {unknown[0]}", {"ids": unknown[:MOST_TOLD]})
            datasets = [locked_dataset(session, each) for each in sorted(set(owners.values()))]
            present = rows.of_ids(session, wanted)
            blobs = rows.blobs_of(session, wanted) if hard else set()
            made = []
            for dataset in datasets:
                mine = [each for each, found in present.items() if found.dataset_id == dataset.id]
                if mine:
                    made.append(remove_all(session, dataset, mine, by=by))
            if hard:
                rows.erase(session, wanted)
                blobs = rows.unused(session, blobs)
        return made, blobs

    # ---- attachments, splits and copies

    def attachment(self, example_id: str, name: str, as_of: AsOf = None) -> tuple[str, bytes]:
        """(media type, bytes) of an attachment. Raises NotFound."""
        one = self.example(example_id, as_of).attachments.get(name)
        found = None if one is None else self._blobs.load(one.blob)
        if one is None or found is None:
            raise NotFound(f"example {example_id} has no attachment {name!r}")
        return one.mime_type, found[1]

    def set_split(
        self,
        dataset_id: str,
        split: str,
        example_ids: Sequence[str],
        *,
        remove: bool = False,
        by: str = "",
    ) -> Version:
        """The version in which some examples are in a split, or with `remove` are not.

        An example that is left in none is in `base`.
        """
        [name] = checked_splits([split])
        ids = list(dict.fromkeys(checked_id(each) for each in example_ids))
        if not ids:
            return self.version(dataset_id)

        def change(each: str, splits: Sequence[str]) -> ExampleChange:
            others = [one for one in splits if one != name]
            return ExampleChange(
                id=each, splits=others or [BASE_SPLIT] if remove else [*splits, name]
            )

        def changes_of(present: Mapping[str, Example]) -> Sequence[ExampleChange]:
            return [change(e, present[e].splits if e in present else ()) for e in ids]

        return self._update(checked_id(dataset_id), ids, changes_of, by=by)

    def clone(
        self,
        source_id: str,
        target_id: str,
        *,
        as_of: AsOf = None,
        example_ids: Sequence[str] | None = None,
        splits: Sequence[str] | None = None,
        by: str = "",
    ) -> Version:
        """The version of the target that holds copies of the source's examples.

        A copy has an id made of the two, so that cloning again adds nothing twice.
        """
        source, target = self.get(checked_id(source_id)), self.get(checked_id(target_id))
        chosen = None if example_ids is None else {checked_id(each) for each in example_ids}
        copies = Copies(self, source.id, UUID(target.id), as_of, chosen, splits)
        return self.add(target.id, copies, replacing=True, by=by, note=f"clone of {source.name}")
