"""The items of queues: how runs get into a queue, are looked at there and taken out."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from pilothouse.platform.annotation import item_records, run_texts
from pilothouse.platform.annotation.existing import existing_item, existing_queue, item_of_queue
from pilothouse.platform.annotation.models import ANY, Item, NewItem, Placement, Wanted, drawn
from pilothouse.platform.errors import BadRequest, NotFound
from pilothouse.platform.query.run_places import RunPlace, RunPlaces
from pilothouse.platform.records import Records, Session, micros_of
from pilothouse.platform.store import places as stored
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.selection import Selection

MOST_POPULATED: Final = 10_000
"""Items in one go."""
Items = list[Item]  # names for annotations: in the class, `list` is a method
Previews = list[tuple[Item, run_texts.Preview | None, run_texts.Preview | None]]


class QueueItems:
    """Items of queues; `reviewer` and `by` are the name of who asks."""

    def __init__(self, records: Records, store: Store, places: RunPlaces) -> None:
        self._records = records
        self._store = store
        self._places = places

    async def add(self, queue_id: str, run_ids: Sequence[str], *, by: str = "") -> Items:
        """Add runs by id. Raises NotFound with the ids of those that are not here."""
        ids = list(dict.fromkeys(run_ids))
        found = await self._found(ids)
        items = [NewItem(run_id=run_id, place=found[run_id]) for run_id in ids]
        return await asyncio.to_thread(self.add_placed, queue_id, items, by=by)

    async def add_pairs(
        self, queue_id: str, pairs: Sequence[tuple[str, str]], *, by: str = ""
    ) -> Items:
        """Add pairs of runs by id. Raises NotFound with the ids of those that are not here."""
        found = await self._found(sorted({run_id for pair in pairs for run_id in pair}))
        items = [
            NewItem(run_id=a, place=found[a], other_run_id=b, other=found[b])
            for a, b in dict.fromkeys(pairs)
        ]
        return await asyncio.to_thread(self.add_placed, queue_id, items, by=by)

    async def add_threads(
        self, queue_id: str, threads: Sequence[tuple[int, str]], *, by: str = ""
    ) -> Items:
        """Add threads: (project, session id) of each. Raises NotFound."""
        wanted = list(dict.fromkeys(threads))
        await self._store.visible()
        projects = sorted({project for project, _ in wanted})
        found = await stored.of_sessions(self._store, projects, [name for _, name in wanted])
        missing = [name for project, name in wanted if (project, name) not in found]
        if missing:
            raise NotFound(f"there is no session {missing[0]!r}", {"session_ids": missing[:100]})
        items = []
        for project, name in wanted:
            span_id, _, trace_id, start_us = found[project, name]
            place = RunPlace(project=project, trace_id=trace_id, span_id=span_id, start_us=start_us)
            items.append(NewItem(run_id="", place=place, thread_id=name))
        return await asyncio.to_thread(self.add_placed, queue_id, items, by=by)

    def add_placed(self, queue_id: str, items: Sequence[NewItem], *, by: str = "") -> Items:
        """The given items in the queue, added where they were not in it yet.

        Raises NotFound, BadRequest when pairs and single runs are mixed up.
        """
        with self._records.write() as session:
            queue = existing_queue(session, queue_id)
            for item in items:
                if (item.other is not None) != (queue.kind == "pairwise"):
                    wanted = "pairs of runs" if queue.kind == "pairwise" else "single runs"
                    raise BadRequest(f"queue {queue.name!r} takes {wanted}")
            # A pair from the time before pairs were drawn stays as it stands.
            before = {_what(item) for item in _there(session, queue_id, items)}
            new = [drawn(queue_id, item) for item in items if _what(item) not in before]
            item_records.add(session, queue_id, [(str(uuid.uuid4()), item) for item in new], by)
            return _there(session, queue_id, items)

    async def populate(
        self, queue_id: str, selection: Selection, *, scope: str, limit: int, by: str = ""
    ) -> int:
        """Add the newest spans of a selection, or the roots of its newest traces; -> how many new.

        Raises NotFound, BadRequest.
        """
        before = await asyncio.to_thread(self._total, queue_id)
        await self._store.visible()
        found = await stored.selected(self._store, scope, selection, min(limit, MOST_POPULATED))
        items = [
            NewItem(
                run_id=span_id,
                place=RunPlace(
                    project=project, trace_id=trace_id, span_id=span_id, start_us=start_us
                ),
            )
            for span_id, project, trace_id, start_us in reversed(found)  # the oldest first
            if span_id
        ]
        await asyncio.to_thread(self.add_placed, queue_id, items, by=by)
        return await asyncio.to_thread(self._total, queue_id) - before

    def list(
        self,
        queue_id: str,
        wanted: Wanted = ANY,
        *,
        limit: int = 100,
        offset: int = 0,
        after: item_records.Key | None = None,
        before: item_records.Key | None = None,
    ) -> Items:
        """Items in the order in which they were added, in the state in which a reviewer sees them.

        `after` is (added_at in micros, id) of the item before; with `before` come the last items
        before that place. Raises NotFound.
        """
        with self._records.read() as session:
            existing_queue(session, queue_id)
            return item_records.page(
                session, queue_id, wanted, limit=limit, offset=offset, after=after, before=before
            )

    def count(self, queue_id: str, wanted: Wanted = ANY) -> int:
        """How many items are wanted. Raises NotFound."""
        with self._records.read() as session:
            existing_queue(session, queue_id)
            return item_records.count(session, queue_id, wanted)

    def placement(self, queue_id: str, item_id: str, reviewer: str) -> Placement:
        """Where an item stands, as a reviewer sees it. Raises NotFound."""
        with self._records.read() as session:
            item = item_of_queue(session, queue_id, item_id, reviewer)
            place = (micros_of(item.added_at), item.id)
            section = Wanted(status=item.status, reviewer=reviewer)
            position = item_records.count(session, queue_id, section, before=place)
            earlier = item_records.page(session, queue_id, limit=1, before=place)
        last = (micros_of(earlier[0].added_at), earlier[0].id) if earlier else None
        return Placement(item=item, position=position, before=last)

    def change(
        self,
        queue_id: str,
        item_id: str,
        *,
        added_at: datetime | None = None,
        reviewed_at: datetime | None = None,
    ) -> Item:
        """Move an item in the order, or say when it was reviewed; None leaves. Raises NotFound."""
        with self._records.write() as session:
            item_of_queue(session, queue_id, item_id)
            item_records.change(
                session, item_id, added_us=micros_of(added_at), reviewed_us=micros_of(reviewed_at)
            )
            return existing_item(session, item_id)

    def get(self, item_id: str, reviewer: str = "") -> Item:
        """One item. Raises NotFound."""
        with self._records.read() as session:
            return existing_item(session, item_id, reviewer)

    def last_added(self, run_ids: Sequence[str]) -> dict[str, datetime]:
        """When some runs were last put into a queue; those that never were are left out."""
        with self._records.read() as session:
            return item_records.last_added(session, run_ids)

    def remove(self, queue_id: str, ids: Sequence[str]) -> int:
        """Remove items by their ids or those of their runs; -> how many. Raises NotFound."""
        with self._records.write() as session:
            existing_queue(session, queue_id)
            return item_records.remove(session, queue_id, ids)

    async def previews(self, queue_id: str, item_ids: Sequence[str]) -> Previews:
        """Some items, each with what its run and the other run of a pair show in a line."""
        items = await asyncio.to_thread(self._some, queue_id, item_ids)
        return await run_texts.previews(self._store, items)

    def _some(self, queue_id: str, item_ids: Sequence[str]) -> Items:
        with self._records.read() as session:
            existing_queue(session, queue_id)
            return item_records.of_ids(session, queue_id, item_ids)

    async def _found(self, run_ids: Sequence[str]) -> dict[str, RunPlace]:
        found = await self._places.find(run_ids)
        missing = [run_id for run_id in run_ids if run_id not in found]
        if missing:
            raise NotFound(
                f"there is no run {missing[0]!r}"
                + (f", nor {len(missing) - 1} others" if len(missing) > 1 else ""),
                {"run_ids": missing[:100]},
            )
        return found

    def _total(self, queue_id: str) -> int:
        with self._records.read() as session:
            return existing_queue(session, queue_id).total


def _what(item: NewItem | Item) -> tuple[int, str] | frozenset[str]:
    """What an item of a queue is, however a pair is turned."""
    if item.thread_id:
        return item.place.project, item.thread_id
    return frozenset((item.run_id, item.other_run_id))


def _there(session: Session, queue_id: str, items: Sequence[NewItem]) -> Items:
    """Those of some items that a queue has."""
    wanted = {_what(item) for item in items}
    threads = sorted({item.thread_id for item in items if item.thread_id})
    runs = {item.run_id for item in items} | {item.other_run_id for item in items}
    found = item_records.of_runs(session, queue_id, sorted(runs - {""}))
    found += item_records.of_threads(session, queue_id, threads)
    return sorted(
        (item for item in found if _what(item) in wanted), key=lambda item: (item.added_at, item.id)
    )
