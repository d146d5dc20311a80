"""A large value that lies apart, as an answer that no page can misuse."""

from __future__ import annotations

from typing import Final

from fastapi import Response

_SHOWN: Final = (
    *("image/png", "image/jpeg", "image/gif", "image/webp"),
    *("audio/", "video/", "text/plain"),
)
"""Media that a browser may show; whatever else was sent is only ever downloaded."""
_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, max-age=31536000, immutable",
}


def blob_answer(kind: str, data: bytes) -> Response:
    """The value as it was sent, under its media type."""
    headers = dict(_HEADERS)
    if not kind.startswith(_SHOWN):
        headers["Content-Disposition"] = "attachment"
    kind = kind if kind.isprintable() and "/" in kind else "application/octet-stream"
    return Response(data, media_type=kind, headers=headers)
