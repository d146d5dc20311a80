"""What shadows cost is counted once, whatever ends in the middle."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from pilothouse.gateway.experiments import Experiments
from pilothouse.gateway.trials import Arm, Mirror
from pilothouse.platform.prompts.service import PromptService
from pilothouse.platform.records import Records
from pilothouse.platform.releases.known import KnownReleases
from pilothouse.platform.releases.prompts import RegistryPrompts


@pytest.fixture
def known(records: Records) -> KnownReleases:
    prompts = RegistryPrompts(PromptService(records))
    return KnownReleases(records, prompts, lambda _: None, failed=lambda _: None)


def test_a_server_that_stops_while_it_writes_counts_nothing_twice(
    known: KnownReleases, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []
    begun, go_on = threading.Event(), threading.Event()

    def write(owed: Any) -> None:
        begun.set()
        go_on.wait(10)
        written.append(sum(owed.values()))

    async def stopped() -> None:
        known.owe("r", 5)
        task = asyncio.create_task(known.keep())
        await asyncio.to_thread(begun.wait, 10)
        task.cancel()
        asyncio.get_running_loop().call_later(0.05, go_on.set)
        with pytest.raises(asyncio.CancelledError):
            await task
        await known.keep()

    monkeypatch.setattr(known, "_write", write)
    asyncio.run(stopped())

    assert written == [5]


def test_a_shadow_that_cannot_be_masked_takes_no_part_of_the_budget(
    known: KnownReleases, monkeypatch: pytest.MonkeyPatch
) -> None:
    arms: Any = Experiments(known)
    arms.attach(arms)
    mirror = Mirror(name="r", arm=Arm(name="shadow", model="m"), share=1.0, budget_nano=10)
    spent: list[int] = []

    async def spend(_: Mirror, nano: int) -> None:
        spent.append(nano)

    def masked(*_: Any) -> Any:
        raise RecursionError

    monkeypatch.setattr(known, "spend", spend)
    monkeypatch.setattr(known, "masked", masked)
    waiting: Any = type("W", (), {"mirror": mirror, "answer": {}, "path": "/messages", "body": {},
                                  "project": "p"})  # fmt: skip
    asyncio.run(arms._one(waiting))

    assert spent == [0]
