"""Files that people attached to their messages."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Final

from pilothouse.serving.errors import NotFound
from pilothouse.serving.store.database import change, rows
from pilothouse.serving.store.leases import now
from pilothouse.serving.store.store import Store

NAME_CHARS: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One attached file."""

    id: str
    name: str
    kind: str
    """Its media type, as the browser told it."""
    data: bytes


class FileStore:
    """The table of files."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def keep(self, owner: str, thread_id: str, name: str, kind: str, data: bytes) -> File:
        """Keep one of a thread."""
        file = File(id=uuid.uuid4().hex, name=name[:NAME_CHARS], kind=kind, data=data)
        values = {
            "owner": owner,
            "id": file.id,
            "thread": thread_id,
            "name": file.name,
            "kind": kind,
            "size": len(data),
            "data": data,
            "now": now(),
        }
        sql = """
            INSERT INTO files (owner, id, thread_id, name, kind, size, data, created)
            VALUES (:owner, :id, :thread, :name, :kind, :size, :data, :now)
        """
        await self._store.open()
        await self._store.database.run(lambda c: change(c, sql, values))
        return file

    async def read(self, owner: str, thread_id: str, file_id: str) -> File:
        """One; raises NotFound, for those of others too."""
        await self._store.open()
        sql = """
            SELECT id, name, kind, data FROM files
            WHERE owner = :owner AND thread_id = :thread AND id = :id
        """
        values = {"owner": owner, "thread": thread_id, "id": file_id}
        for row in await self._store.database.run(lambda c: list(rows(c, sql, values))):
            return File(id=row["id"], name=row["name"], kind=row["kind"], data=bytes(row["data"]))
        raise NotFound(f"there is no file {file_id!r}")
