"""What examples take from the runs that they are made of: inputs, outputs, attachments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson

from pilothouse.dialects import langsmith_run as keys
from pilothouse.platform.access.models import ANYONE
from pilothouse.platform.compat.langsmith.run import Reader
from pilothouse.platform.compat.langsmith.run_queries import RunQueries
from pilothouse.platform.compat.langsmith.services import Services
from pilothouse.platform.datasets.models import NewExample, Upload
from pilothouse.platform.errors import NotFound
from pilothouse.platform.store import spans_read

_READ: Final = ("inputs", "outputs", "extra", "s3_urls")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sourced:
    """An example to make, and what of its run it takes."""

    example: NewExample
    takes_io: bool = False
    takes_attachments: tuple[str, ...] = ()

    @property
    def run_id(self) -> str:
        """The run to read, "" for none."""
        return self.example.source_run_id if self.takes_io or self.takes_attachments else ""


class ExampleSources:
    """Reads the runs that examples are made of."""

    def __init__(self, services: Services) -> None:
        self._store = services.store
        self._queries = RunQueries(services)

    async def filled(self, given: Sequence[Sourced]) -> list[NewExample]:
        """The examples with all that they take from their runs. Raises NotFound."""
        ids = sorted({each.run_id for each in given} - {""})
        found = await self._runs(ids) if ids else {}
        return [
            await self._filled(each, found[each.run_id]) if each.run_id else each.example
            for each in given
        ]

    async def _runs(self, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        await self._store.visible()
        # Only who may change what all projects share comes here: that one sees every project.
        names = self._queries.names(ANYONE)
        places = await self._queries.keys(names, ids)
        for each in ids:
            if each not in places:
                raise NotFound(f"there is no run {each}")
        shaped = await self._queries.shaped(
            names, [places[each] for each in ids], _READ, _taken, rolled_up=False
        )
        return dict(zip(ids, shaped, strict=True))

    async def _filled(self, one: Sourced, run: dict[str, Any]) -> NewExample:
        example = one.example
        if one.takes_io:
            example = replace(example, inputs=run["inputs"], outputs=run["outputs"] or None)
            tools = run["tools"]
            example = replace(example, tools=tools) if isinstance(tools, list) else example
        attachments = dict(example.attachments)
        for name in one.takes_attachments:
            said = run["files"].get(name.removeprefix("attachment."))
            read = None if said is None else await self._read(said["$blob"], run["project"])
            if said is None or read is None:
                raise NotFound(f"run {example.source_run_id} has no attachment {name!r}")
            attachments[name.removeprefix("attachment.")] = Upload(
                data=read, mime_type=said["mime_type"]
            )
        return replace(example, attachments=attachments)

    async def _read(self, blob: str, project: int) -> bytes | None:
        found = await spans_read.blob(self._store, blob, [project])
        return None if found is None else found[1]


def _taken(reader: Reader) -> dict[str, Any]:
    files = reader.said.get(keys.ATTACHMENTS)
    # What was received is given as text that is to be sent on; here it is needed as values.
    sent = {"extra": reader.extra(), "inputs": reader.inputs(), "outputs": reader.outputs()}
    read = orjson.loads(orjson.dumps(sent))
    params = (read["extra"] or {}).get("invocation_params")
    return {
        "inputs": read["inputs"] or {},
        "outputs": read["outputs"],
        "tools": params.get("tools") if isinstance(params, dict) else None,
        "files": orjson.loads(files) if files else {},
        "project": reader.row["project"],
    }
