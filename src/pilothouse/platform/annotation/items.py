"""The items of queues: how runs get into a queue, are looked at there and taken out."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from pilothouse.platform.annotation import item_records, run_texts
from pilothouse.platform.annotation.existing import existing_item, existing_queue
from pilothouse.platform.annotation.models import Item, ItemStatus, NewItem
from pilothouse.platform.errors import BadRequest, NotFound
from pilothouse.platform.query.run_places import RunPlace, RunPlaces
from pilothouse.platform.records import Records
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

    def add_placed(self, queue_id: str, items: Sequence[NewItem], *, by: str = "") -> Items:
        """The items of the given runs in the queue, added where they were not in it yet.

        Raises NotFound, BadRequest when pairs and single runs are mixed up.
        """
        with self._records.write() as session:
            queue = existing_queue(session, queue_id)
            for item in items:
                if (item.other is not None) != (queue.kind == "pairwise"):
                    wanted = "pairs of runs" if queue.kind == "pairwise" else "single runs"
                    raise BadRequest(f"queue {queue.name!r} takes {wanted}")
            item_records.add(session, queue_id, [(str(uuid.uuid4()), item) for item in items], by)
            if not items:
                return []
            wanted_runs = {(item.run_id, item.other_run_id) for item in items}
            found = item_records.page(
                session,
                queue_id,
                run_ids=sorted({item.run_id for item in items}),
                limit=len(items) * 100,
            )
        return [item for item in found if (item.run_id, item.other_run_id) in wanted_runs]

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
        *,
        status: ItemStatus | None = None,
        reviewer: str = "",
        limit: int = 100,
        offset: int = 0,
        after: tuple[int, str] | None = None,
    ) -> Items:
        """Items in the order in which they were added, in the state in which a reviewer sees them.

        `after` is (added_at in micros, id) of the item before. Raises NotFound.
        """
        with self._records.read() as session:
            existing_queue(session, queue_id)
            return item_records.page(
                session,
                queue_id,
                status=status,
                reviewer=reviewer,
                limit=limit,
                offset=offset,
                after=after,
            )

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
            return item_records.page(session, queue_id, run_ids=item_ids, limit=len(item_ids))

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
