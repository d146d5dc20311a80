"""Assistants: each graph has one by itself, and owners keep versions of their own."""

from __future__ import annotations

import difflib
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import orjson

from pilothouse.serving.errors import NotFound, Refusal
from pilothouse.serving.langgraph.models import Assistant
from pilothouse.serving.langgraph.names import assistant_of_graph
from pilothouse.serving.langgraph.records import text
from pilothouse.serving.store.database import change, rows
from pilothouse.serving.store.leases import now

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from pilothouse.serving.mounts import Mount
    from pilothouse.serving.service import Service

FIELDS: Final = ("name", "description", "config", "context", "metadata")
SEARCHED: Final = 10_000


class Assistants:
    """What runs are asked of."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._begun = now()

    def mount_of(self, graph_id: str) -> Mount:
        """The target of a graph's name; Refusal 422 with the nearest names."""
        found = self._service.mount(graph_id)
        if found is None:
            names = list(self._service.mounts)
            near = difflib.get_close_matches(graph_id, names, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names)}"
            raise Refusal(f"there is no graph {graph_id!r}; {hint}", status=422)
        return found

    async def one(self, owner: str, named: str) -> Assistant:
        """By its id or by its graph's name; NotFound for ids, Refusal 422 for names."""
        for mount in self._service.mounts.values():
            if named in (mount.name, assistant_of_graph(mount.name)):
                return self._of_graph(mount)
        found = await self._rows(_ONE, {"owner": owner, "id": named})
        if found:
            return _assistant(found[0])
        try:
            uuid.UUID(named)
        except ValueError:
            return self._of_graph(self.mount_of(named))
        raise NotFound(f"there is no assistant {named!r}")

    async def all(self, owner: str) -> list[Assistant]:
        """Those of the graphs, then the owner's."""
        own = [self._of_graph(mount) for mount in self._service.mounts.values()]
        found = await self._rows(_ALL, {"owner": owner, "most": SEARCHED})
        return own + [_assistant(row) for row in found]

    async def add(self, owner: str, body: Mapping[str, Any]) -> Assistant:
        """A new one; Refusal 409 where its id is taken."""
        mount = self.mount_of(str(body.get("graph_id") or ""))
        named = str(body.get("assistant_id") or uuid.uuid4())
        try:
            named = str(uuid.UUID(named))
        except ValueError:
            raise Refusal(f"assistant_id {named!r} is no UUID", status=422) from None
        taken = await self._rows(_ONE, {"owner": owner, "id": named})
        if taken or any(named == assistant_of_graph(m) for m in self._service.mounts):
            if body.get("if_exists") == "do_nothing":
                return await self.one(owner, named)
            raise Refusal(f"there is an assistant {named!r} already", status=409, code="conflict")
        made = Assistant(id=named, graph_id=mount.name, name=str(body.get("name") or mount.name))
        return await self._keep(owner, made, body, version=1)

    async def change(self, owner: str, named: str, body: Mapping[str, Any]) -> Assistant:
        """A version more; raises NotFound, Refusal 409 for what a graph has by itself."""
        known = await self._own(owner, named)
        if body.get("graph_id"):
            self.mount_of(str(body["graph_id"]))
        versions = await self.versions(owner, named)
        return await self._keep(owner, known, body, version=versions[0].version + 1)

    async def choose(self, owner: str, named: str, version: int) -> Assistant:
        """Let another version be the latest."""
        await self._own(owner, named)
        values = {"owner": owner, "id": named, "version": version}
        if not await self._rows(_VERSION, values):
            raise NotFound(f"assistant {named!r} has no version {version}")
        await self._service.store.database.run(lambda c: change(c, _CHOOSE, values))
        return await self.one(owner, named)

    async def versions(self, owner: str, named: str) -> list[Assistant]:
        """The newest first."""
        known = await self.one(owner, named)
        found = await self._rows(_VERSIONS, {"owner": owner, "id": known.id})
        return [_assistant(row) for row in found] or [known]

    async def delete(self, owner: str, named: str) -> None:
        """With all its versions."""
        await self._own(owner, named)
        values = {"owner": owner, "id": named}
        await self._service.store.database.run(lambda c: change(c, _DELETE, values))

    async def _own(self, owner: str, named: str) -> Assistant:
        known = await self.one(owner, named)
        if known.id == assistant_of_graph(known.graph_id):
            raise Refusal(
                "the assistant of a graph cannot be changed; make one of your own",
                status=409, code="conflict",
            )  # fmt: skip
        return known

    async def _keep(
        self, owner: str, known: Assistant, body: Mapping[str, Any], version: int
    ) -> Assistant:
        kept = {name: getattr(known, name) for name in FIELDS}
        for name in FIELDS:
            given = body.get(name)
            if given is None:
                continue
            if not isinstance(given, str if name in ("name", "description") else dict):
                raise Refusal(f"{name}: of the wrong type", status=422)
            kept[name] = (
                {**known.metadata, **given}
                if isinstance(given, dict) and name == "metadata"
                else given
            )
        values = {
            "owner": owner,
            "id": known.id,
            "version": version,
            "graph": str(body.get("graph_id") or known.graph_id),
            "body": text(kept),
            "created": known.created or now(),
            "now": now(),
        }

        def act(connection: Connection) -> None:
            change(connection, _FORMER, values)
            change(connection, _ADD, values)

        await self._service.store.open()
        await self._service.store.database.run(act)
        return await self.one(owner, known.id)

    def _of_graph(self, mount: Mount) -> Assistant:
        return Assistant(
            id=assistant_of_graph(mount.name),
            graph_id=mount.name,
            name=mount.name,
            metadata={"created_by": "system"},
            created=self._begun,
            updated=self._begun,
        )

    async def _rows(self, sql: str, values: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        await self._service.store.open()
        return await self._service.store.database.run(lambda c: list(rows(c, sql, values)))


def _assistant(row: Mapping[str, Any]) -> Assistant:
    return Assistant(
        id=row["id"],
        graph_id=row["graph_id"],
        version=row["version"],
        created=row["created"],
        updated=row["updated"],
        **orjson.loads(row["body"]),
    )


_ONE: Final = "SELECT * FROM graph_assistants WHERE owner = :owner AND id = :id AND latest = 1"
_ALL: Final = """
    SELECT * FROM graph_assistants WHERE owner = :owner AND latest = 1
    ORDER BY created DESC, id LIMIT :most
"""
_VERSION: Final = """
    SELECT * FROM graph_assistants WHERE owner = :owner AND id = :id AND version = :version
"""
_VERSIONS: Final = """
    SELECT * FROM graph_assistants WHERE owner = :owner AND id = :id ORDER BY version DESC
"""
_CHOOSE: Final = """
    UPDATE graph_assistants SET latest = CASE WHEN version = :version THEN 1 ELSE 0 END
    WHERE owner = :owner AND id = :id
"""
_FORMER: Final = "UPDATE graph_assistants SET latest = 0 WHERE owner = :owner AND id = :id"
_ADD: Final = """
    INSERT INTO graph_assistants (owner, id, version, latest, graph_id, body, created, updated)
    VALUES (:owner, :id, :version, 1, :graph, :body, :created, :now)
"""
_DELETE: Final = "DELETE FROM graph_assistants WHERE owner = :owner AND id = :id"
