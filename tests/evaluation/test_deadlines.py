"""One clock of a loop that gives up what takes too long."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest

from pilothouse.evaluation import deadlines
from pilothouse.evaluation.deadlines import Alarms, of_loop


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadlines, "_MOST_S", 0.005)


async def within(limit_s: float, wait: Awaitable[Any]) -> str:
    try:
        with of_loop().within(limit_s):
            await wait
    except TimeoutError:
        return "given up"
    return "done"


def test_what_takes_too_long_is_given_up_and_the_others_go_on() -> None:
    async def both() -> list[str]:
        ended = asyncio.Event()
        late, early = within(0.01, asyncio.Event().wait()), within(30, ended.wait())
        first = asyncio.create_task(late)
        second = asyncio.create_task(early)
        found = [await first]
        ended.set()
        return [*found, await second]

    assert asyncio.run(both()) == ["given up", "done"]


def test_a_task_that_somebody_cancels_is_cancelled_and_not_late() -> None:
    async def cancelled() -> bool:
        task = asyncio.create_task(within(30, asyncio.Event().wait()))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return task.cancelled()

    assert asyncio.run(cancelled())


def test_the_clock_stops_when_nobody_waits() -> None:
    async def later() -> Alarms:
        await within(30, asyncio.sleep(0))
        of_loop()._look()
        return of_loop()

    alarms = asyncio.run(later())

    assert (alarms._timer, alarms._waiting) == (None, set())
