"""What the runs of items say, shortened for lists and whole for exports."""

from __future__ import annotations

from collections.abc import Sequence

from pilothouse.platform.annotation.models import Item
from pilothouse.platform.query.run_places import RunPlace
from pilothouse.platform.store import spans_read
from pilothouse.platform.store.engine import Store

Preview = tuple[str, str, str]
"""Name, input and output of a run, as far as a list shows them."""


async def previews(
    store: Store, items: Sequence[Item]
) -> list[tuple[Item, Preview | None, Preview | None]]:
    """Items, each with what its run and the other run of a pair show in a line."""
    places = [place for item in items for place in (item.place, item.other) if place]
    found = await spans_read.previews(store, *_asked(places))
    return [
        (
            item,
            found.get(_key(item.place)),
            None if item.other is None else found.get(_key(item.other)),
        )
        for item in items
    ]


async def texts(store: Store, items: Sequence[Item]) -> list[tuple[str, str]]:
    """The (input, output) of the run of each item; empty where the run is gone."""
    found = await spans_read.texts(store, *_asked([item.place for item in items]))
    return [found.get(_key(item.place), ("", "")) for item in items]


def _key(place: RunPlace) -> tuple[int, str, str]:
    return place.project, place.trace_id, place.span_id


def _asked(places: Sequence[RunPlace]) -> tuple[list[int], list[tuple[str, str]]]:
    """Projects, and (trace id, span id) of each, as the store asks for them."""
    return sorted({one.project for one in places}), [(p.trace_id, p.span_id) for p in places]
