"""What was said of runs; a second vote of one owner by one key replaces the first."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from pilothouse.serving.errors import NotFound
from pilothouse.serving.store.database import change, rows
from pilothouse.serving.store.store import Store
from pilothouse.serving.values import to_json

_KEEP: Final = """
    INSERT INTO feedback (id, owner, run_id, key_name, body, created, modified)
    VALUES (:id, :owner, :run, :key, :body, :now, :now)
    ON CONFLICT (owner, run_id, key_name) DO UPDATE SET body = :body, modified = :now
"""
_ONE: Final = "SELECT * FROM feedback WHERE owner = :owner AND run_id = :run AND key_name = :key"


class FeedbackStore:
    """The table of feedback."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def keep(
        self, owner: str, run_id: str, key: str, said: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Keep it; -> the whole of it."""
        values = {
            "id": str(uuid.uuid4()),
            "owner": owner,
            "run": run_id,
            "key": key,
            "body": to_json(dict(said)).decode(),
            "now": time.time_ns() // 1000,
        }
        await self._store.open()

        def act(connection: Any) -> dict[str, Any]:
            change(connection, _KEEP, values)
            return next(_shown(row) for row in rows(connection, _ONE, values))

        return await self._store.database.run(act)

    async def of_run(self, owner: str, run_id: str) -> list[dict[str, Any]]:
        """All that was said of a run by this owner."""
        await self._store.open()
        sql = "SELECT * FROM feedback WHERE owner = :owner AND run_id = :run ORDER BY created"
        values = {"owner": owner, "run": run_id}
        return await self._store.database.run(lambda c: [_shown(r) for r in rows(c, sql, values)])

    async def of_runs(self, owner: str, runs: Sequence[str], key: str) -> list[dict[str, Any]]:
        """What was said of several runs by one key."""
        if not runs:
            return []
        await self._store.open()
        names = {f"run{number}": run for number, run in enumerate(runs)}
        listed = ", ".join(f":{name}" for name in names)
        sql = f"""
            SELECT * FROM feedback
            WHERE owner = :owner AND key_name = :key AND run_id IN ({listed})
        """  # noqa: S608 - names of parameters
        values = {"owner": owner, "key": key, **names}
        return await self._store.database.run(lambda c: [_shown(r) for r in rows(c, sql, values)])

    async def one(self, owner: str, feedback_id: str) -> dict[str, Any]:
        """By its id; raises NotFound."""
        await self._store.open()
        sql = "SELECT * FROM feedback WHERE owner = :owner AND id = :id"
        values = {"owner": owner, "id": feedback_id}
        found = await self._store.database.run(lambda c: [_shown(r) for r in rows(c, sql, values)])
        if not found:
            raise NotFound(f"there is no feedback {feedback_id!r}")
        return found[0]

    async def delete(self, owner: str, feedback_id: str) -> None:
        """Raises NotFound."""
        await self.one(owner, feedback_id)
        sql = "DELETE FROM feedback WHERE owner = :owner AND id = :id"
        values = {"owner": owner, "id": feedback_id}
        await self._store.database.run(lambda c: change(c, sql, values))


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "run_id": row["run_id"],
        "key": row["key_name"],
        **orjson.loads(row["body"]),
        "created_at": _time(row["created"]),
        "modified_at": _time(row["modified"]),
    }


def _time(micros: int) -> str:
    return datetime.fromtimestamp(micros / 1e6, UTC).isoformat()
