"""Values that were kept apart, for a reader who needs all of a span in one piece."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from pilothouse.platform.store import spans_read
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.large_values import attach, attach_to_log, mentioned
from pilothouse.spans import LogRecord, Source

_CONTENT: Final = ("input", "output", "messages_in", "messages_out", "documents", "metadata")


async def put_back_document(store: Store, project: int, span: dict[str, Any]) -> None:
    """Put the values of a span's document back; what is gone stays a marker."""
    holder = Source(
        project="",
        trace_id="",
        span_id="",
        name="",
        start_ns=0,
        attributes={key: span.get(key) for key in _CONTENT},
    )
    blobs = blobs_of_span(holder)
    if blobs:
        await put_back(store, project, holder, blobs)
        span.update(holder.attributes)


def blobs_of_span(source: Source) -> set[str]:
    """The ids of the values that stand apart from a span."""
    return mentioned([source.attributes, *(event.attributes for event in source.events)])


def blobs_of_log(record: LogRecord) -> set[str]:
    """The ids of the values that stand apart from a log record."""
    return mentioned([record.attributes, record.body])


async def put_back(store: Store, project: int, source: Source, blobs: Iterable[str]) -> None:
    """Put the values of a span back; what is gone stays a marker."""
    attach(source, (await _loaded(store, project, blobs)).get)


async def put_back_log(store: Store, project: int, record: LogRecord, blobs: Iterable[str]) -> None:
    """Put the values of a log record back; what is gone stays a marker."""
    attach_to_log(record, (await _loaded(store, project, blobs)).get)


async def _loaded(store: Store, project: int, blobs: Iterable[str]) -> dict[str, bytes]:
    found = {blob: await spans_read.blob(store, blob, [project]) for blob in sorted(blobs)}
    return {blob: kept[1] for blob, kept in found.items() if kept is not None}
