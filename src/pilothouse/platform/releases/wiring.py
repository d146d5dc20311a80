"""Releases put together, when they are first needed: most servers have none."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pilothouse.platform.ingest.maskers import Maskers
from pilothouse.platform.projects.service import ProjectDirectory
from pilothouse.platform.prompts.service import PromptService
from pilothouse.platform.providers.service import Providers
from pilothouse.platform.records import Records, Session
from pilothouse.platform.store.engine import Store

if TYPE_CHECKING:
    from pilothouse.gateway.experiments import Experiments
    from pilothouse.platform.gateway.tables import GatewayTables
    from pilothouse.platform.releases.catalogue import GatewayNames
    from pilothouse.platform.releases.known import KnownReleases
    from pilothouse.platform.releases.looking import Looking
    from pilothouse.platform.releases.models import ShadowConfig
    from pilothouse.platform.releases.pairs import KeepsScores, Pairs
    from pilothouse.platform.releases.service import Releases
    from pilothouse.platform.releases.worker import ReleaseWorker

log = logging.getLogger("pilothouse.releases")

FIRST_AFTER_S: Final = 1.5
"""Nobody waits for the releases of a server that starts: it answers first."""
SHARED_POLL_S: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """All that releases are made of."""

    releases: Releases
    known: KnownReleases
    arms: Experiments
    pairs: Pairs
    looking: Looking
    worker: ReleaseWorker


def telling_on(session: Session, channel_id: str) -> list[str]:
    """The names of the releases at work that tell on a channel of alerts."""
    from pilothouse.platform.releases.records import names_on

    return names_on(session, channel_id)


class ReleaseDoor:
    """The releases of a server."""

    def __init__(
        self,
        records: Records,
        store: Store,
        projects: ProjectDirectory,
        prompts: PromptService,
        providers: Providers,
        scores: KeepsScores,
        maskers: Maskers,
        *,
        tables: Callable[[], GatewayTables],
        posted: Callable[[], None],
        server_url: str,
    ) -> None:
        """`tables` opens the gateway; `posted` is called when messages wait to be sent."""
        self._records = records
        self._store = store
        self._projects = projects
        self._prompts = prompts
        self._providers = providers
        self._scores = scores
        self._maskers = maskers
        self._tables = tables
        self._posted = posted
        self._server_url = server_url
        self._opening = threading.Lock()
        self._parts: Parts | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._needed = asyncio.Event()

    def open(self) -> Parts:
        """All of it; from any thread, as often as one likes."""
        with self._opening:
            if self._parts is None:
                self._parts = self._open()
                if self._loop is not None:
                    with contextlib.suppress(RuntimeError):  # the loop has ended
                        self._loop.call_soon_threadsafe(self._needed.set)
        return self._parts

    async def working(self) -> None:
        """Look at releases, once there are any, until cancelled."""
        self._loop = asyncio.get_running_loop()
        pause: float | None = FIRST_AFTER_S
        while self._parts is None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._needed.wait(), pause)
            pause = SHARED_POLL_S if self._records.shared else None
            try:
                if await asyncio.to_thread(self._is_any):
                    await asyncio.to_thread(self.open)
            except Exception:  # whatever a database says: the next look is another try
                log.exception("releases were not looked for; trying again")
                pause = SHARED_POLL_S
        parts = self._parts
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(parts.worker.working())
            tasks.create_task(parts.known.working())
            tasks.create_task(parts.pairs.working())

    def _is_any(self) -> bool:
        from pilothouse.platform.releases.records import is_any

        with self._records.read() as session:
            return is_any(session)

    def _open(self) -> Parts:
        from pilothouse.gateway.experiments import Experiments
        from pilothouse.platform.releases.known import KnownReleases
        from pilothouse.platform.releases.looking import Looking, NumbersOf
        from pilothouse.platform.releases.pairs import Pairs
        from pilothouse.platform.releases.promoting import Promotions
        from pilothouse.platform.releases.prompts import RegistryPrompts
        from pilothouse.platform.releases.service import Releases
        from pilothouse.platform.releases.worker import ReleaseWorker

        prompts = RegistryPrompts(self._prompts)
        releases = Releases(
            self._records, self._names, prompts, posted=self._posted, server_url=self._server_url
        )
        looking = Looking(self._store, NumbersOf(self._projects))
        promotions = Promotions(self._names, prompts, releases.settled)
        worker = ReleaseWorker(self._records, releases, looking, promotions)
        known = KnownReleases(self._records, prompts, self._maskers, failed=worker.failed)

        def settings_of(name: str) -> ShadowConfig | None:
            return releases.get(name).config.shadow

        pairs = Pairs(self._scores, self._projects, self._providers.chat, settings_of, known.owe)
        known.compare = pairs.take
        known.refresh()
        releases.when_changed(known.refresh)
        return Parts(
            releases=releases,
            known=known,
            arms=Experiments(known),
            pairs=pairs,
            looking=looking,
            worker=worker,
        )

    def _names(self) -> GatewayNames:
        from pilothouse.platform.releases.catalogue import GatewayNames

        return GatewayNames(self._tables())
