"""Asking another worker to end a run: by the store, which both of them see.

A worker looks for such wishes while it has runs at work, a few times a second, and says so where it
could do as it was asked.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy.exc import SQLAlchemyError

from pilothouse.serving.store.database import change, rows
from pilothouse.serving.store.leases import now

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from pilothouse.serving.service import Service

log = logging.getLogger("pilothouse.serving")
LOOK_S: Final = 0.4
WAIT_S: Final = 2.0
AGAIN_S: Final = 0.1
KEPT_US: Final = 60 * 1_000_000


class Stops:
    """Wishes of this worker and of the others."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._looking: asyncio.Task[None] | None = None

    def look(self) -> None:
        """There is a run at work: look for wishes as long as there are any."""
        if not self._service.store.persistent:
            return
        if self._looking is None or self._looking.done():
            self._looking = self._service.beside(self._look())

    async def ask(self, owner: str, run_id: str) -> bool:
        """Whether another worker has ended its run."""
        store = self._service.store
        if not store.persistent:
            return False
        await store.open()
        values = {"owner": owner, "id": run_id, "now": now(), "old": now() - KEPT_US}
        await store.database.run(lambda c: _asked(c, values))
        for _ in range(round(WAIT_S / AGAIN_S)):
            await asyncio.sleep(AGAIN_S)
            if await store.database.run(lambda c: list(rows(c, _DONE, values))):
                return True
        return False

    async def _look(self) -> None:
        service, since = self._service, now() - KEPT_US
        while service.running:
            await asyncio.sleep(LOOK_S)
            try:
                asked = await service.store.database.run(
                    lambda c: list(rows(c, _OPEN, {"since": since}))
                )
                for wish in asked:
                    if self.stop_here(wish["owner"], wish["id"]):
                        await service.store.database.run(partial(_do, wish))
            except SQLAlchemyError:  # the next look may succeed
                log.warning("wishes to end runs could not be read", exc_info=True)

    def stop_here(self, owner: str, run_id: str) -> bool:
        """End a run of this worker; False where it has none that the owner may end."""
        run = self._service.running.get(run_id)
        if run is None:
            return False
        principal = run.call.principal if run.call is not None else None
        holder = principal.name if principal is not None else run.context.owner
        if holder != owner:
            return False
        run.stop("cancelled")
        return True


def _do(wish: Mapping[str, Any], connection: Connection) -> None:
    change(connection, _DO, wish)


def _asked(connection: Connection, values: dict[str, Any]) -> None:
    change(connection, "DELETE FROM run_stops WHERE asked < :old", values)
    change(connection, _ASK, values)


_ASK: Final = """
    INSERT INTO run_stops (owner, id, asked, done) VALUES (:owner, :id, :now, 0)
    ON CONFLICT (owner, id) DO UPDATE SET asked = excluded.asked, done = 0
"""
_OPEN: Final = "SELECT owner, id FROM run_stops WHERE done = 0 AND asked > :since"
_DONE: Final = "SELECT id FROM run_stops WHERE owner = :owner AND id = :id AND done = 1"
_DO: Final = "UPDATE run_stops SET done = 1 WHERE owner = :owner AND id = :id"
