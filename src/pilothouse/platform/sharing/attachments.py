"""The route that signed links of attachments lead to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Final

from fastapi import APIRouter, Query, Response

from pilothouse.platform.errors import Forbidden, NotFound
from pilothouse.platform.sharing.signed import Attachment, Signed
from pilothouse.platform.store import spans_read
from pilothouse.platform.store.engine import Store

ReadBlob = Callable[[str, int], Awaitable[bytes | None]]
_HEADERS: Final = {
    # What others uploaded must never run as a page of this server.
    "content-security-policy": "sandbox; default-src 'none'",
    "content-disposition": "attachment",
    "x-content-type-options": "nosniff",
    "cache-control": "private, max-age=3600",
}


def blobs_of(store: Store) -> ReadBlob:
    """Reads the bytes of a blob of a project; 0 holds those of the workspace."""

    async def read(blob: str, project: int) -> bytes | None:
        await store.visible()
        found = await spans_read.blob(store, blob, [project])
        return None if found is None else found[1]

    return read


def router(read: ReadBlob, signed: Signed, prefix: str = "") -> APIRouter:
    """`/attachments/{blob}`, to be mounted under each protocol's prefix."""
    routes = APIRouter(prefix=prefix, tags=["shares"])

    @routes.get("/attachments/{blob}", response_model=None)
    async def attachment(
        blob: str,
        project: Annotated[int, Query(ge=0, lt=2**32)],
        mime_type: Annotated[str, Query(alias="type", max_length=300)],
        expires: int,
        sig: Annotated[str, Query(max_length=200)],
    ) -> Response:
        """The bytes of an attachment, for whoever has a link that this server signed."""
        wanted = Attachment(blob=blob, project=project, mime_type=mime_type)
        if not signed.opens(wanted, expires, sig):
            raise Forbidden("this link is not good or not good any more; ask for it again")
        data = await read(blob, project)
        if data is None:
            raise NotFound("the attachment is gone")
        kind = mime_type if mime_type.isascii() and mime_type.isprintable() else ""
        return Response(data, media_type=kind or "application/octet-stream", headers=_HEADERS)

    return routes
