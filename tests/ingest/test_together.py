"""Small requests of one moment are taken as one, and each gets its own answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from pilothouse.platform.ingest.batch import Batch
from pilothouse.platform.ingest.errors import Overloaded
from pilothouse.platform.ingest.together import Together
from pilothouse.spans import Source


def of(name: str) -> Batch:
    source = Source(project="p", trace_id="t", span_id=name, name=name, start_ns=1, end_ns=2)
    return Batch(sources=[source], size_bytes=10)


def answers_of(take: Callable[[Batch], None], *names: str) -> list[BaseException | None]:
    async def send() -> list[BaseException | None]:
        together = Together(take)
        waiting = (together.take(of(name)) for name in names)
        return await asyncio.gather(*waiting, return_exceptions=True)

    return asyncio.run(send())


def test_what_comes_at_a_time_is_taken_as_one_batch_in_its_order() -> None:
    taken: list[Batch] = []
    assert answers_of(taken.append, "a", "b", "c") == [None, None, None]
    assert [[s.name for s in batch.sources] for batch in taken] == [["a", "b", "c"]]
    assert taken[0].size_bytes == 30


def test_a_request_that_cannot_be_taken_takes_no_other_with_it() -> None:
    taken: list[str] = []

    def take(batch: Batch) -> None:
        names = [source.name for source in batch.sources]
        if "bad" in names:
            raise ValueError("bad")
        taken.extend(names)

    first, bad, last = answers_of(take, "a", "bad", "c")
    assert first is None
    assert isinstance(bad, ValueError)
    assert last is None
    assert taken == ["a", "c"]


def test_when_nothing_can_be_taken_all_are_asked_to_come_back_at_once() -> None:
    tries = 0

    def take(batch: Batch) -> None:
        nonlocal tries
        tries += 1
        raise Overloaded

    answers = answers_of(take, "a", "b")
    assert [type(answer) for answer in answers] == [Overloaded, Overloaded]
    assert tries == 1


def test_a_client_that_goes_away_leaves_the_others_their_answers() -> None:
    taken: list[Batch] = []

    async def send() -> None:
        together = Together(taken.append)
        gone, stays = (asyncio.ensure_future(together.take(of(name))) for name in "ab")
        await asyncio.sleep(0)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        await stays

    asyncio.run(send())
    assert [s.name for batch in taken for s in batch.sources] == ["a", "b"]
