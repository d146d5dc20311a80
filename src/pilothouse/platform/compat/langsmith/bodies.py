"""What routes share: bodies, answers, and who may see what all projects share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import orjson
from fastapi import Depends, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict

from pilothouse.platform.access.workspace import (
    changes_workspace,
    reads_workspace,
    sees_workspace,
)
from pilothouse.platform.ingest.langsmith.inflate import too_large
from pilothouse.platform.store.orders import bad_cursor, read_cursor

PAGE: Final = 100
"""How long a list is where nobody says."""
MOST: Final = 10_000
"""A list that is shorter than its `limit` ends for the client, so that many are given at once."""

Json = dict[str, Any]
Author = Annotated[str, Depends(changes_workspace)]
"""Who changes what all projects share; a key of one project may not."""
Reader = Annotated[str, Depends(reads_workspace)]
"""Who reads one record that all share; there is none for a key of one project."""
Sees = Annotated[bool, Depends(sees_workspace)]
"""Whether the caller sees what all projects share: lists are empty for others."""


def _zoned(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)


Moment = Annotated[datetime, AfterValidator(_zoned)]
"""A time; UTC where it names no zone."""


class Body(BaseModel):
    """A body; keys that we do not know do not matter."""

    model_config = ConfigDict(extra="ignore")


def answer(value: Any, status: int = 200) -> Response:
    """JSON."""
    told = orjson.dumps(value, default=str)
    return Response(told, status_code=status, media_type="application/json")


def time_text(at: datetime | None) -> str | None:
    """A time with its microseconds, as versions of datasets need it."""
    return None if at is None else at.astimezone(UTC).isoformat(timespec="microseconds")


def metadata_of(extra: Mapping[str, Any] | None) -> Json:
    """The metadata that lies in `extra`."""
    found = (extra or {}).get("metadata")
    return dict(found) if isinstance(found, Mapping) else {}


def page_of(limit: int | None) -> int:
    """How many records a `limit` means."""
    return PAGE if limit is None else max(1, min(limit, MOST))


def offset_in(cursor: str | None, name: str) -> int:
    """How much of the list `name` was given before; none without a cursor. Raises BadRequest."""
    match read_cursor(cursor, name) if cursor else [0]:
        case [int(offset)] if 0 <= offset < 2**31:
            return offset
    raise bad_cursor()


def link_base(request: Request) -> str:
    """What stands before the path of a link that this server signed."""
    return str(request.base_url).rstrip("/")


async def body_of(request: Request, limit: int) -> bytes:
    """The body as it came; refused as soon as it passes the limit."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise too_large(limit)
        parts.append(part)
    return b"".join(parts)
