"""One server settles a release once, however many ask for it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pilothouse.platform.releases.models import Config, Release
from pilothouse.platform.releases.worker import ReleaseWorker


def test_a_roll_back_is_written_once_by_who_acts_and_the_worker() -> None:
    now = datetime.now(UTC)
    config = Config.model_validate({"route": "chat", "challenger": {"model": "m"}})
    rolled_back = Release(id="1", name="r", kind="staged", config=config, status="rolled_back",
                          before={"settled": True}, created_at=now, updated_at=now,
                          step_since=now)  # fmt: skip
    both = threading.Barrier(2)
    settled: list[str] = []

    class Kept:
        """The releases, what is to be written of them, and whoever listens to changes."""

        release = rolled_back

        def when_changed(self, _: Any) -> None: ...

        def get(self, _: str) -> Release:
            return self.release

        def settle(self, release: Release) -> None:
            settled.append(release.name)
            self.release = replace(release, before={"settled": True, "restored": True})

    kept: Any = Kept()
    worker = ReleaseWorker(kept, kept, kept, kept)

    def settle() -> None:
        both.wait(10)
        worker.settled(rolled_back)

    with ThreadPoolExecutor(2) as pool:
        for task in [pool.submit(settle), pool.submit(settle)]:
            task.result()

    assert settled == ["r"]
