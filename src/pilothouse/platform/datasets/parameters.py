"""Parameters that the lists of datasets, examples and experiments share."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from pilothouse.platform.errors import BadRequest
from pilothouse.platform.records.lists import Place
from pilothouse.platform.store.orders import bad_cursor, read_cursor, write_cursor

T = TypeVar("T")


def json_object(text: str | None, parameter: str) -> dict[str, Any] | None:
    """A parameter that holds a JSON object. Raises BadRequest."""
    if not text:
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise BadRequest(f"{parameter} is a JSON object", {"parameter": parameter})
    return found


def place_in(cursor: str | None, kind: str) -> Place | None:
    """Where the page before ended. Raises BadRequest."""
    if not cursor:
        return None
    place = read_cursor(cursor, kind)
    match place:
        case [int(at), str(record_id)] if abs(at) < 2**63:
            return at, record_id
    raise bad_cursor()


def page_cursor(
    kind: str, found: Sequence[T], limit: int, place_of: Callable[[T], Place]
) -> str | None:
    """Where the next page begins, if more was found than the page holds."""
    return write_cursor(kind, list(place_of(found[limit - 1]))) if len(found) > limit else None
