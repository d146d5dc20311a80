"""Files of a message: kept apart from it, and given to the target as OpenAI writes them.

A kept message names its files as parts `{"type": "attachment", "id": …, "name", "kind", "size"}`.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Final

from pilothouse.serving.chat import Messages
from pilothouse.serving.errors import NotFound
from pilothouse.serving.store.files import File, FileStore
from pilothouse.serving.store.store import Store

PART: Final = "attachment"
TEXTS: Final = ("text/", "application/json", "application/xml", "application/yaml")
USUAL: Final = ("image/*", "application/pdf", "text/*", "application/json")
"""What targets that take a list of messages are offered."""
TEXT_CHARS: Final = 200_000


def accepted(shape: str | None, chosen: tuple[str, ...]) -> tuple[str, ...]:
    """Media types that a mount takes."""
    if chosen:
        return chosen
    return USUAL if shape in ("list", "state") else ()


def is_accepted(kind: str, accept: tuple[str, ...]) -> bool:
    """Whether a media type is among those, of which some end in `/*`."""
    whole = f"{kind.partition('/')[0]}/*"
    return kind in accept or whole in accept or "*/*" in accept


def part_of(file: File) -> dict[str, Any]:
    """How a kept message names a file."""
    size = len(file.data)
    return {"type": PART, "id": file.id, "name": file.name, "kind": file.kind, "size": size}


async def given_files(store: Store, owner: str, thread_id: str, messages: Messages) -> Messages:
    """Messages with their files inside, for a target."""
    files = FileStore(store)
    given: Messages = []
    for message in messages:
        content = message.get("content")
        if isinstance(content, list):
            parts = [
                await _filled(files, owner, thread_id, part)
                if isinstance(part, Mapping) and part.get("type") == PART
                else part
                for part in content
            ]
            message = {**message, "content": parts}  # noqa: PLW2901 - the same one, filled
        given.append(message)
    return given


async def _filled(
    files: FileStore, owner: str, thread_id: str, part: Mapping[str, Any]
) -> dict[str, Any]:
    try:
        file = await files.read(owner, thread_id, str(part.get("id")))
    except NotFound:
        return {"type": "text", "text": f"(the file {part.get('name')!r} is not there any more)"}
    if file.kind.startswith(TEXTS):
        text = file.data.decode("utf-8", "replace")[:TEXT_CHARS]
        return {"type": "text", "text": f"File {file.name}:\n\n{text}\n"}
    address = f"data:{file.kind};base64,{base64.b64encode(file.data).decode()}"
    if file.kind.startswith("image/"):
        return {"type": "image_url", "image_url": {"url": address}}
    return {"type": "file", "file": {"filename": file.name, "file_data": address}}
