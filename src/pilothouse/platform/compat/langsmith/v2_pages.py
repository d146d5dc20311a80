"""Pages of lists in the protocol's second version."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from fastapi import Request, Response

from pilothouse.platform.compat.langsmith.bodies import answer

_EVENTS: Final = "text/event-stream"


def page(request: Request, items: Sequence[dict[str, Any]], cursor: str | None) -> Response:
    """A page as JSON, or as the events from which a client that asks for those rebuilds it.

    Such a client reads JSON as an empty page. A page is whole before it goes out, so that one
    event puts all of it in place.
    """
    told = answer({"items": items, "next_cursor": cursor})
    if _EVENTS not in request.headers.get("accept", ""):
        return told
    event = b'event: data\ndata: [{"op":"add","path":"","value":%b}]\n\n'
    return Response(event % bytes(told.body), media_type=_EVENTS)
