"""Alerts put together, when they are first needed: most servers have no rules."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pilothouse.platform.alerts.work_records import is_any
from pilothouse.platform.projects.service import ProjectDirectory
from pilothouse.platform.records import Records
from pilothouse.platform.sealing import Sealer
from pilothouse.platform.store.engine import Store

if TYPE_CHECKING:
    from pilothouse.platform.alerts.channels import ChannelService, Teller
    from pilothouse.platform.alerts.evaluation import Evaluation
    from pilothouse.platform.alerts.preview import Previews
    from pilothouse.platform.alerts.service import AlertService
    from pilothouse.platform.alerts.worker import AlertWorker

log = logging.getLogger("pilothouse.alerts")

FIRST_AFTER_S: Final = 1.0
"""Nobody waits for the rules of a server that starts: it answers first."""
SHARED_POLL_S: Final = 30.0
"""How often records that other servers share are looked at for rules, where there are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Rules, channels, what evaluates the ones and sends on the others, and what tries them."""

    rules: AlertService
    channels: ChannelService
    evaluation: Evaluation
    previews: Previews
    worker: AlertWorker


class Alerts:
    """The alerts of a server; `private` is whether channels may lead into its own network.

    `tellers` are what else tells on channels, by what they are.
    """

    def __init__(
        self,
        records: Records,
        store: Store,
        projects: ProjectDirectory,
        sealer: Sealer,
        *,
        private: bool,
        server_url: str,
        tellers: Mapping[str, Teller],
    ) -> None:
        self._records = records
        self._store = store
        self._projects = projects
        self._sealer = sealer
        self._private = private
        self._server_url = server_url
        self._tellers = tellers
        self._opening = threading.Lock()
        self._opened: Parts | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._needed = asyncio.Event()

    @property
    def parts(self) -> Parts:
        """All of it; from any thread."""
        with self._opening:
            if self._opened is None:
                self._opened = self._open()
                if self._loop is not None:
                    with contextlib.suppress(RuntimeError):  # the loop has ended: so has the work
                        self._loop.call_soon_threadsafe(self._needed.set)
            return self._opened

    def wake(self) -> None:
        """Have it send what waits on its channels; from any thread."""
        self.parts.worker.wake()

    async def working(self) -> None:
        """Evaluate rules and send what is to be told, once there are any, until cancelled."""
        self._loop = asyncio.get_running_loop()
        pause: float | None = FIRST_AFTER_S
        while self._opened is None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._needed.wait(), pause)
            pause = SHARED_POLL_S if self._records.shared else None
            try:
                if await asyncio.to_thread(self._is_work):
                    break
            except Exception:  # whatever a database says: the next look is another try
                log.exception("alerts were not looked for; trying again in %s s", SHARED_POLL_S)
                pause = SHARED_POLL_S
        parts = await asyncio.to_thread(lambda: self.parts)
        await parts.worker.working()

    def _is_work(self) -> bool:
        with self._records.read() as session:
            return is_any(session)

    def _open(self) -> Parts:
        from pilothouse.platform.alerts.channels import ChannelService
        from pilothouse.platform.alerts.evaluation import Evaluation
        from pilothouse.platform.alerts.outbox import Outbox
        from pilothouse.platform.alerts.preview import Previews
        from pilothouse.platform.alerts.sending import Sender
        from pilothouse.platform.alerts.service import AlertService
        from pilothouse.platform.alerts.worker import AlertWorker

        records, url = self._records, self._server_url
        owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        sender = Sender(private=self._private)
        channels = ChannelService(
            records,
            self._sealer,
            sender,
            private=self._private,
            server_url=url,
            tellers=self._tellers,
        )
        evaluation = Evaluation(self._store)
        rules = AlertService(records, self._projects, server_url=url)
        outbox = Outbox(records, channels, sender, owner)
        worker = AlertWorker(
            records, self._store, self._projects, evaluation, outbox, owner=owner, server_url=url
        )
        rules.on_change(worker.wake)
        return Parts(
            rules=rules,
            channels=channels,
            evaluation=evaluation,
            previews=Previews(self._store),
            worker=worker,
        )
