"""Examples as they are now or were then: one, some by their ids, or those that are looked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final, Protocol, TypeAlias

from pilothouse.filters import Expression
from pilothouse.platform.datasets import example_records as rows
from pilothouse.platform.datasets.matching import contains, keys_of, matcher
from pilothouse.platform.datasets.models import Example, JsonObject, Violation, checked_id, is_id
from pilothouse.platform.datasets.rows import dumps
from pilothouse.platform.datasets.schemas import MOST_TOLD
from pilothouse.platform.datasets.versions import AsOf, Versioned, existing
from pilothouse.platform.datasets.writing import checker_of
from pilothouse.platform.errors import BadRequest, NotFound
from pilothouse.platform.records import Session, micros_of, moment
from pilothouse.platform.records.lists import Place

PIECE: Final = 1_000
"""Examples that are read at a time."""
Test: TypeAlias = Callable[[Example], bool]


class Placed(Protocol):
    """What stands in a list by the time of its creation."""

    @property
    def id(self) -> str: ...
    @property
    def created_at(self) -> datetime: ...


def place_of(record: Placed) -> Place:
    """Where a page that ends with this record goes on."""
    return micros_of(record.created_at), record.id


class ReadsExamples(Versioned):
    """What one may ask of examples."""

    def example(self, example_id: str, as_of: AsOf = None) -> Example:
        """One example, now or as of a version of its dataset. Raises NotFound."""
        wanted = checked_id(example_id)
        with self._records.read() as session:
            owner = rows.once_there(session, [wanted]).get(wanted)
            if owner is None:
                raise NotFound(f"there is no example {wanted}", {"id": wanted})
            at = self._state(session, owner, as_of)
            found = rows.of_ids(session, [wanted], at).get(wanted)
        if found is None:
            raise NotFound(
                f"there is no example {wanted}" + ("" if as_of is None else " as of then"),
                {"id": wanted},
            )
        return found

    def sources(self, among: Sequence[str] | None = None) -> set[str]:
        """The runs that examples were made of, a UUID or `trace:span`; all, or those of some."""
        with self._records.read() as session:
            return rows.sources(session, among)

    def owners(self, example_ids: Sequence[str]) -> dict[str, str]:
        """The dataset of each example that is or was there."""
        with self._records.read() as session:
            return rows.once_there(session, example_ids)

    def examples(
        self,
        dataset_id: str | None = None,
        *,
        ids: Sequence[str] | None = None,
        as_of: AsOf = None,
        splits: Sequence[str] | None = None,
        metadata: JsonObject | None = None,
        filter: Expression | None = None,
        strict: bool = True,
        words: Sequence[str] = (),
        limit: int = 50,
        offset: int = 0,
        after: Place | None = None,
    ) -> list[Example]:
        """Examples of a dataset in the order of their creation, or some by their ids.

        `as_of` is inclusive; `splits`: in any of them; `metadata`: what theirs contains; `words`:
        pieces that the inputs or outputs have in them. Fields that examples lack are refused in a
        filter, or unknown where it is not `strict`.
        """
        wanted = _test_of(splits, metadata, filter, strict=strict)
        with self._records.read() as session:
            if ids is not None:
                part = (offset, limit, after)
                return self._by_ids(session, dataset_id, ids, as_of, wanted, part)
            if dataset_id is None:
                raise BadRequest("examples are asked for by their dataset or by their ids")
            dataset = existing(session, dataset_id)
            at = self._state(session, dataset.id, as_of)
            holding = {"metadata": keys_of(metadata or {})}
            if splits and len(splits) == 1:
                holding["splits"] = [dumps(splits[0])]
            matching: list[Example] = []
            skipped = 0
            while True:
                size = limit + offset - skipped if wanted is None else PIECE
                some = rows.page(
                    session,
                    dataset.id,
                    as_of=at,
                    holding=holding,
                    words=words,
                    after=after,
                    limit=size,
                )
                kept_of_page = [each for each in some if wanted is None or wanted(each)]
                matching += kept_of_page[max(0, offset - skipped) :]
                skipped += len(kept_of_page)
                if len(some) < size or len(matching) >= limit:
                    return matching[:limit]
                after = place_of(some[-1])

    def copied_metadata(self, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """What a run over each of some examples says of it: its metadata under `ls_example_…`.

        Ids that are no UUID, or that there is no example of, are left out: runs name what they
        like.
        """
        wanted = [each for each in dict.fromkeys(ids) if is_id(each)]
        with self._records.read() as session:
            found = rows.of_ids(session, [checked_id(each) for each in wanted])
        return {
            each: {
                **{f"ls_example_{key}": value for key, value in found[key_id].metadata.items()},
                "ls_example_dataset_split": list(found[key_id].splits),
                "reference_dataset_id": found[key_id].dataset_id,
            }
            for each in wanted
            if (key_id := checked_id(each)) in found
        }

    def every(
        self, dataset_id: str, *, as_of: AsOf = None, splits: Sequence[str] | None = None
    ) -> Iterator[Example]:
        """All examples in the order of their creation, read piece by piece from one state."""
        at = self.state(dataset_id, as_of)
        after: Place | None = None
        while True:
            some = self.examples(dataset_id, as_of=at, splits=splits, limit=PIECE, after=after)
            yield from some
            if len(some) < PIECE:
                return
            after = place_of(some[-1])

    def count(self, dataset_id: str, as_of: AsOf = None) -> int:
        """How many examples a dataset has, now or as of a version."""
        with self._records.read() as session:
            dataset = existing(session, dataset_id)
            return rows.count(session, dataset.id, self._state(session, dataset.id, as_of))

    def history(self, example_id: str) -> list[tuple[Example, datetime | None]]:
        """Every state of an example, the newest first, with the version that ended it."""
        wanted = checked_id(example_id)
        with self._records.read() as session:
            found = rows.history(session, wanted)
        if not found:
            raise NotFound(f"there is no example {wanted}", {"id": wanted})
        return [(example, moment(until)) for example, until in found]

    def violations(self, dataset_id: str, limit: int = MOST_TOLD) -> list[Violation]:
        """Where examples break the schema that their dataset has now."""
        with self._records.read() as session:
            checker = checker_of(existing(session, dataset_id))
        found: list[Violation] = []
        if checker:
            for position, example in enumerate(self.every(dataset_id)):
                parts = (("inputs", example.inputs), ("outputs", example.outputs))
                found += checker.violations(example.id, position, *parts)
                if len(found) >= limit:
                    break
        return found[:limit]

    def _by_ids(
        self,
        session: Session,
        dataset_id: str | None,
        ids: Sequence[str],
        as_of: AsOf,
        wanted: Test | None,
        part: tuple[int, int, Place | None],
    ) -> list[Example]:
        """A part (offset, limit, after) of the examples of some ids."""
        offset, limit, after = part
        checked = list(dict.fromkeys(checked_id(each) for each in ids))
        owners = rows.once_there(session, checked)
        chosen = sorted({*owners.values()})
        if dataset_id is not None:
            owner = existing(session, dataset_id).id
            chosen = [each for each in chosen if each == owner]
        found: list[Example] = []
        for owner in chosen:
            mine = [each for each in checked if owners.get(each) == owner]
            at = self._state(session, owner, as_of)
            if wanted is None and len(chosen) == 1 and len(mine) > rows.CHUNK:
                # Of many only the part that is asked for is read whole.
                places = [
                    each
                    for each in rows.places_of_ids(session, mine, at)
                    if after is None or each > after
                ]
                mine = [example_id for _, example_id in places[offset : offset + limit]]
                offset = 0
            found += rows.of_ids(session, mine, at).values()
        found = [
            each
            for each in sorted(found, key=place_of)
            if _is_after(each, after) and (wanted is None or wanted(each))
        ]
        return found[offset : offset + limit]


def _test_of(
    splits: Sequence[str] | None,
    metadata: JsonObject | None,
    filter: Expression | None,
    *,
    strict: bool,
) -> Test | None:
    """What an example must be to be found; None where nothing is asked of it."""
    if not splits and not metadata and filter is None:
        return None
    holds = None if filter is None else matcher(filter, strict=strict)
    return lambda example: (
        (not splits or any(each in example.splits for each in splits))
        and (not metadata or contains(example.metadata, metadata))
        and (holds is None or holds(example))
    )


def _is_after(example: Example, after: Place | None) -> bool:
    return after is None or place_of(example) > after
