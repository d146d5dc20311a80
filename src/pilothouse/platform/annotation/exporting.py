"""A queue with all that was said in it, as lines of JSON or as a table."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final

import orjson

from pilothouse.platform.annotation.models import Item, Review
from pilothouse.platform.annotation.schemas import item_out
from pilothouse.platform.csv_text import line

Rows = AsyncIterator[tuple[Item, Sequence[Review], tuple[str, str]]]
NamesOf = Callable[[Item], Sequence[str | None]]
COLUMNS: Final = (
    "item_id", "run_id", "other_run_id", "session_id", "project", "trace_id", "span_id",
    "reviewer", "status", "key", "score", "value", "preferred", "comment", "updated_at",
    "input", "output",
)  # fmt: skip


async def jsonl(rows: Rows, names_of: NamesOf) -> AsyncIterator[bytes]:
    """One line an item, as `/items` shows it, with all reviews and the run's input and output."""
    async for item, reviews, (given, answered) in rows:
        shown = item_out(item, reviews, names_of(item)).model_dump(mode="json")
        yield orjson.dumps({**shown, "input": given, "output": answered}) + b"\n"


async def table(rows: Rows, names_of: NamesOf) -> AsyncIterator[bytes]:
    """CSV: one row an answer; an item without one has a row of its own."""
    yield line(COLUMNS)
    async for item, reviews, texts in rows:
        place = item.place
        head = (
            item.id, item.run_id, item.other_run_id, item.thread_id, names_of(item)[0] or "",
            place.trace_id, place.span_id,
        )  # fmt: skip
        said: list[tuple[object, ...]] = [
            (
                review.reviewer, review.status, key, answer.get("score"), answer.get("value"),
                answer.get("preferred"), answer.get("comment"), review.updated_at.isoformat(),
            )
            for review in reviews
            for key, answer in review.answers.items()
        ]  # fmt: skip
        for row in said or [("", item.status, *[""] * 6)]:
            yield line((*head, *row, *texts))
