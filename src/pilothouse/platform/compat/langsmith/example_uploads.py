"""Examples with attachments as multipart bodies: created, changed, put in place of others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from pilothouse.platform.access.workspace import changes_workspace
from pilothouse.platform.compat.langsmith.bodies import Json, answer, body_of, time_text
from pilothouse.platform.compat.langsmith.example_sources import ExampleSources, Sourced
from pilothouse.platform.compat.langsmith.examples import (
    ExampleIn,
    changed,
    operations_of,
    sourced,
)
from pilothouse.platform.compat.langsmith.services import Services
from pilothouse.platform.datasets.models import (
    UNSET,
    ExampleChange,
    NewExample,
    Upload,
    Version,
)
from pilothouse.platform.errors import Unprocessable
from pilothouse.platform.ingest.langsmith.inflate import inflated
from pilothouse.platform.ingest.langsmith.runs import parsed_json, uuid_in
from pilothouse.platform.ingest.langsmith.upload import Part, parts_of

_UUID_LENGTH: Final = 36
_ATTACHMENT: Final = ".attachment."


@dataclass(slots=True, kw_only=True)
class Sent:
    """The parts of one example."""

    id: str
    body: Json | None = None
    parts: dict[str, Json | None] = field(default_factory=dict)
    """Inputs, outputs and attachments_operations, as far as they came."""
    attachments: dict[str, Upload] = field(default_factory=dict)


def router(services: Services) -> APIRouter:
    """The routes of the platform that take examples as multipart."""
    routes = APIRouter(prefix="/platform")
    datasets, limit = services.datasets, services.settings.max_request_bytes
    sources = ExampleSources(services)

    async def taken(request: Request) -> tuple[str, list[Sent]]:
        author = changes_workspace(request)
        body = await body_of(request, limit)
        content_type = request.headers.get("content-type", "")
        encoding = request.headers.get("content-encoding", "").strip().lower()

        def read() -> list[Sent]:
            return read_examples(inflated(body, encoding, limit), content_type)

        return author, await asyncio.to_thread(read)

    @routes.post("/datasets/{dataset_id}/examples", status_code=201)
    async def create(dataset_id: UUID, request: Request) -> Response:
        await asyncio.to_thread(datasets.get, str(dataset_id))
        author, sent = await taken(request)
        made = await sources.filled([_new(each) for each in sent])
        made = [_attached(each, one) for each, one in zip(made, sent, strict=True)]
        version = await asyncio.to_thread(_adding(services, str(dataset_id), made, author))
        return answer(_told(sent, version), 201)

    @routes.patch("/datasets/{dataset_id}/examples")
    async def change(dataset_id: UUID, request: Request) -> Response:
        await asyncio.to_thread(datasets.get, str(dataset_id))
        author, sent = await taken(request)
        changes = [_change(each) for each in sent]
        version = await asyncio.to_thread(
            lambda: datasets.update(str(dataset_id), changes, by=author)
        )
        return answer(_told(sent, version))

    @routes.post("/examples/multipart")
    async def put(request: Request) -> Response:
        author, sent = await taken(request)
        made = await sources.filled([_new(each) for each in sent])
        by_dataset: dict[str, list[NewExample]] = {}
        for example, each in zip(made, sent, strict=True):
            owner = uuid_in((each.body or {}).get("dataset_id"), f"{each.id}: dataset_id")
            if not owner:
                raise Unprocessable(f"example {each.id} names no dataset_id")
            by_dataset.setdefault(owner, []).append(_attached(example, each))
        version: Version | None = None
        for owner, some in by_dataset.items():
            version = await asyncio.to_thread(
                _adding(services, owner, some, author, replacing=True)
            )
        return answer(_told(sent, version), 201)

    return routes


def read_examples(body: bytes, content_type: str) -> list[Sent]:
    """The examples of a multipart body, in its order. Raises BadRequest, Unprocessable."""
    found: dict[str, Sent] = {}
    for part in parts_of(body, content_type):
        where = f"part {part.name[:120]!r}"
        example_id = uuid_in(part.name[:_UUID_LENGTH], f"{where}: its id")
        rest = part.name[_UUID_LENGTH:]
        one = found.setdefault(example_id, Sent(id=example_id))
        if not rest:
            one.body = _object(part, where) or {}
        elif rest in (".inputs", ".outputs", ".attachments_operations"):
            one.parts[rest[1:]] = _object(part, where)
        elif rest.startswith(_ATTACHMENT) and len(rest) > len(_ATTACHMENT):
            name = rest.removeprefix(_ATTACHMENT)
            one.attachments[name] = Upload(data=part.data, mime_type=part.mime_type)
        else:
            raise Unprocessable(
                f"{where} is none of ID, ID.inputs, ID.outputs, ID.attachment.NAME and"
                " ID.attachments_operations"
            )
    for one in found.values():
        if one.body is None:
            raise Unprocessable(f"example {one.id} has parts, but not the part {one.id} itself")
    return list(found.values())


def _object(part: Part, where: str) -> Json | None:
    value = parsed_json(part.data, where)
    if value is None or isinstance(value, dict):
        return value
    raise Unprocessable(f"{where} is a JSON object, not {type(value).__name__}")


def _told(sent: Sequence[Sent], version: Version | None) -> Json:
    at = None if version is None else time_text(version.at)
    return {"count": len(sent), "example_ids": [each.id for each in sent], "as_of": at}


def _in(sent: Sent) -> ExampleIn:
    said = {**(sent.body or {}), "id": sent.id, **sent.parts}
    try:
        return ExampleIn.model_validate(said)
    except ValidationError as error:
        first = error.errors()[0]
        path = ".".join(str(step) for step in first["loc"])
        raise Unprocessable(f"example {sent.id}: {path}: {first['msg']}") from None


def _new(sent: Sent) -> Sourced:
    return sourced(_in(sent))


def _attached(example: NewExample, sent: Sent) -> NewExample:
    if not sent.attachments:
        return example
    return replace(example, attachments={**example.attachments, **sent.attachments})


def _change(sent: Sent) -> ExampleChange:
    said = _in(sent)
    change = ExampleChange(
        id=sent.id,
        inputs=said.inputs,
        outputs=UNSET if said.outputs is None else said.outputs,
        attachments=sent.attachments,
        operations=operations_of(sent.parts.get("attachments_operations")),
        dataset_id=None if said.dataset_id is None else str(said.dataset_id),
    )
    return changed(change, said.metadata, said.split)


def _adding(
    services: Services,
    dataset_id: str,
    examples: Sequence[NewExample],
    author: str,
    *,
    replacing: bool = False,
) -> Callable[[], Version]:
    return lambda: services.datasets.add(dataset_id, examples, by=author, replacing=replacing)
