"""Stores the rows of an experiment while it runs, many at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import TYPE_CHECKING, Final, Protocol

from pilothouse.platform.experiments.running.orders import Order, OrderedEvaluator
from pilothouse.platform.experiments.running.spans import scores_of, sources_of
from pilothouse.platform.ingest.batch import Batch
from pilothouse.platform.patience import insist

if TYPE_CHECKING:
    from pilothouse.evaluation.runner.records import RowResult
    from pilothouse.platform.experiments.running.answers import Call
    from pilothouse.spans import Score

EVERY_S: Final = 1.0
"""An insert costs as much as many rows, so that they are gathered."""
ROWS_AT_ONCE: Final = 200


class Spans(Protocol):
    """What takes spans and answers once they are safe."""

    async def accept_from(self, decode: Callable[[], Batch]) -> None: ...


class Scores(Protocol):
    """What keeps scores of known projects."""

    async def write(self, placed: list[tuple[int, Score]]) -> None: ...


class Storing:
    """The rows that are done and not stored yet. They leave it once they are safe."""

    def __init__(
        self,
        order: Order,
        evaluators: Mapping[str, OrderedEvaluator],
        notes: MutableMapping[tuple[str, int], Call],
        spans: Spans,
        scores: Scores,
        project: Callable[[], tuple[int, str]],
    ) -> None:
        """`evaluators` are by the name of their scores. `project` is where the rows belong now."""
        self._order = order
        self._evaluators = evaluators
        self._notes = notes
        self._spans = spans
        self._scores = scores
        self._project = project
        self._waiting: list[RowResult] = []
        self._sending = asyncio.Lock()
        self.first: Callable[[], Awaitable[None]] | None = None
        """Is awaited before rows are stored: what anybody can see is not to be paid for again."""

    def add(self, row: RowResult) -> None:
        """Have a row stored soon."""
        self._waiting.append(row)

    async def store(self) -> None:
        """Store rows until it is cancelled. Raises NotFound where the experiment was removed."""
        while True:
            await asyncio.sleep(EVERY_S)
            await self.flush()

    async def flush(self) -> None:
        """Store all that waits."""
        async with self._sending:
            while self._waiting:
                rows = self._waiting[:ROWS_AT_ONCE]
                if self.first is not None:
                    await self.first()
                await self._send(rows)
                del self._waiting[: len(rows)]
                for row in rows:
                    self._notes.pop((row.row.example_id or "", row.row.repetition), None)

    async def _send(self, rows: list[RowResult]) -> None:
        noted = [self._notes.get((row.row.example_id or "", row.row.repetition)) for row in rows]

        async def spans() -> None:
            _, name = await asyncio.to_thread(self._project)  # it may have been renamed meanwhile
            await self._spans.accept_from(lambda: self._batch(name, rows, noted))

        async def scores() -> None:
            number, name = await asyncio.to_thread(self._project)
            given = [s for row in rows for s in scores_of(name, self._order, row, self._evaluators)]
            await self._scores.write([(number, score) for score in given])

        await insist(spans)
        await insist(scores)

    def _batch(self, name: str, rows: list[RowResult], noted: list[Call | None]) -> Batch:
        return Batch(
            sources=[
                source
                for row, call in zip(rows, noted, strict=True)
                for source in sources_of(name, self._order, row, call)
            ]
        )
