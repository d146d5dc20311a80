"""Versions of datasets: what a tag or a time means, what two versions do not share."""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias

from pilothouse.platform.datasets import example_records as rows
from pilothouse.platform.datasets import records as kept
from pilothouse.platform.datasets.models import (
    LATEST,
    LONGEST_TAG,
    Dataset,
    Diff,
    Version,
    checked_id,
)
from pilothouse.platform.errors import BadRequest, NotFound
from pilothouse.platform.records import Records, Session, micros, micros_of, moment

AsOf: TypeAlias = datetime | str | None
"""A moment, a tag, `latest`, a time as text, or None for the present."""


class Versioned:
    """What one may ask of the versions of datasets."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def versions(
        self,
        dataset_id: str,
        *,
        search: str = "",
        before: datetime | None = None,
        limit: int = 50,
        offset: int = 0,
    ) -> list[Version]:
        """The versions of a dataset, the newest first; `before` leaves out that one and later."""
        with self._records.read() as session:
            dataset = existing(session, dataset_id)
            return kept.versions(
                session,
                dataset.id,
                at_most=None if before is None else micros_of(before) - 1,
                search=search,
                limit=limit,
                offset=offset,
            )

    def version(self, dataset_id: str, as_of: AsOf = LATEST) -> Version:
        """The version that a tag or a time means: `resolve` by another name."""
        return self.resolve(dataset_id, as_of)

    def resolve(self, dataset_id: str, as_of: AsOf) -> Version:
        """The version of a tag, or the newest one up to a time. Raises NotFound."""
        with self._records.read() as session:
            dataset = existing(session, dataset_id)
            at = self._moment_of(session, dataset.id, as_of)
            found = kept.versions(session, dataset.id, at_most=at, search="", limit=1, offset=0)
        if not found:
            raise NotFound(f"dataset {dataset.name!r} has no version as of {_told(as_of)}")
        return found[0]

    def state(self, dataset_id: str, as_of: AsOf = None) -> datetime:
        """The time as of which a dataset is and stays what it is now, or was then.

        Not the clock's: a version may be ahead of it, by the examples that it added at once.
        """
        with self._records.read() as session:
            dataset = existing(session, dataset_id)
            is_new = kept.newest(session, dataset.id) is None
        if as_of is None:
            return dataset.modified_at
        if is_new and isinstance(as_of, datetime):
            return as_of
        return self.resolve(dataset_id, as_of).at

    def tag(self, dataset_id: str, tag: str, version: AsOf) -> Version:
        """The version that a tag means from now on: that of a time, or of another tag."""
        tag = _checked_tag(tag)
        found = self.resolve(dataset_id, version)
        with self._records.write() as session:
            locked_dataset(session, found.dataset_id)
            kept.set_tag(session, found.dataset_id, tag, micros_of(found.at))
        return self.resolve(dataset_id, found.at)

    def untag(self, dataset_id: str, tag: str) -> None:
        """Forget a tag. Raises NotFound."""
        with self._records.write() as session:
            dataset = locked_dataset(session, checked_id(dataset_id))
            if not kept.remove_tag(session, dataset.id, tag):
                raise NotFound(f"dataset {dataset.name!r} has no tag {tag!r}")

    def tags(self, dataset_id: str) -> dict[str, datetime]:
        """The version of each tag of a dataset; `latest` is not among them."""
        with self._records.read() as session:
            dataset = existing(session, dataset_id)
            found = kept.tags(session, dataset.id)
        return {tag: moment(at) for at, names in found.items() for tag in names}

    def diff(self, dataset_id: str, from_version: AsOf, to_version: AsOf) -> Diff:
        """What adds up from one version to another, whichever of them is the newer."""
        with self._records.read() as session:
            dataset = existing(session, dataset_id)
            first = self._moment_of(session, dataset.id, from_version)
            last = self._moment_of(session, dataset.id, to_version)
            now = max(micros(), kept.newest(session, dataset.id) or 0)
            start, end = (now if first is None else first), (now if last is None else last)
            between = (dataset.id, min(start, end), max(start, end))
            ended = rows.ended_between(session, *between)
            begun = rows.begun_between(session, *between)
        gone, there = set(ended), set(begun)
        added = tuple(each for each in begun if each not in gone)
        removed = tuple(each for each in ended if each not in there)
        modified = tuple(each for each in begun if each in gone)
        if start > end:
            added, removed = removed, added
        return Diff(added=added, modified=modified, removed=removed)

    def splits(self, dataset_id: str, as_of: AsOf = None) -> list[str]:
        """The splits that examples are in."""
        with self._records.read() as session:
            dataset = existing(session, dataset_id)
            at = self._state(session, dataset.id, as_of)
            return sorted(rows.splits(session, dataset.id, at))

    def _state(self, session: Session, dataset_id: str, as_of: AsOf) -> int | None:
        """The micros of a state, None for the present one, which is the fastest to read."""
        at = self._moment_of(session, dataset_id, as_of)
        if at is None:
            return None
        newest = kept.newest(session, dataset_id)
        return None if newest is not None and at >= newest else at

    def _moment_of(self, session: Session, dataset_id: str, as_of: AsOf) -> int | None:
        if as_of is None or as_of == LATEST:
            return None
        if isinstance(as_of, datetime):
            return micros_of(as_of)
        tagged = kept.tagged(session, dataset_id, as_of)
        if tagged is not None:
            return tagged
        # A plus sign in an address that was not escaped arrives as a space.
        zoned = as_of[:11] + as_of[11:].replace(" ", "+")
        try:
            return micros_of(datetime.fromisoformat(zoned))
        except ValueError:
            raise NotFound(
                f"there is no tag {as_of!r}; a version is a tag or a time", {"as_of": as_of}
            ) from None


def existing(session: Session, dataset_id: str) -> Dataset:
    wanted = checked_id(dataset_id)
    found = kept.one(session, wanted)
    if found is None:
        raise NotFound(f"there is no dataset {wanted}", {"id": wanted})
    return found


def locked_dataset(session: Session, dataset_id: str) -> Dataset:
    wanted = checked_id(dataset_id)
    found = kept.locked(session, wanted)
    if found is None:
        raise NotFound(f"there is no dataset {wanted}", {"id": wanted})
    return found


def _checked_tag(tag: str) -> str:
    tag = tag.strip()
    if not tag or len(tag) > LONGEST_TAG or not tag.isprintable():
        raise BadRequest(f"a tag has 1 to {LONGEST_TAG} printable characters")
    if tag == LATEST:
        raise BadRequest("the tag latest always means the newest version; it cannot be moved")
    return tag


def _told(as_of: AsOf) -> str:
    return repr(as_of) if isinstance(as_of, str) else str(as_of or LATEST)
