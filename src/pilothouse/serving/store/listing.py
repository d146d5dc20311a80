"""Lists of conversations, by name and by words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pilothouse.serving.store.database import rows
from pilothouse.serving.store.models import Thread
from pilothouse.serving.store.store import Store, as_thread
from pilothouse.serving.values import to_json

if TYPE_CHECKING:
    from sqlalchemy import Connection


class Listing:
    """Reads them a page at a time."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def read(
        self, owner: str, *, page: str, words: str, before: int | None, limit: int
    ) -> list[Thread]:
        """Those begun on a page, newest first; `before` is the `updated` of the last one before.

        `words` stand in the title or in a message, in capitals or not.
        """
        values = {
            "owner": owner,
            "before": before or 2**62,
            "limit": limit,
            "page": f'%"chat_page":{_like(page)}%',
            "words": f"%{_like(words)[1:-1].lower()}%",
            "title": f"%{_escaped(words).lower()}%",
        }
        sql = _LIST.format(found=_FOUND if words else "")

        def act(connection: Connection) -> list[Thread]:
            return [as_thread(row) for row in rows(connection, sql, values)]

        await self._store.open()
        return await self._store.database.run(act)

    async def has_run(self, owner: str, thread_id: str, run_id: str) -> bool:
        """Whether a message of a thread came of a run."""
        sql = """
            SELECT 1 AS one FROM messages
            WHERE owner = :owner AND thread_id = :thread AND run_id = :run
            LIMIT 1
        """
        values: dict[str, Any] = {"owner": owner, "thread": thread_id, "run": run_id}
        await self._store.open()
        return bool(await self._store.database.run(lambda c: list(rows(c, sql, values))))


def _like(text: str) -> str:
    """A text as it stands in JSON, for LIKE."""
    return _escaped(to_json(text).decode())


def _escaped(text: str) -> str:
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")


_FOUND: Final = """
    AND (LOWER(title) LIKE :title ESCAPE '!' OR EXISTS (
      SELECT 1 FROM messages
      WHERE messages.owner = threads.owner AND messages.thread_id = threads.id
        AND LOWER(content) LIKE :words ESCAPE '!'
    ))
"""
_LIST: Final = """
    SELECT * FROM threads
    WHERE owner = :owner AND updated < :before AND metadata LIKE :page ESCAPE '!' {found}
    ORDER BY updated DESC
    LIMIT :limit
"""
