"""What all groups of routes read of a request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import orjson

from pilothouse.serving.errors import Refusal

if TYPE_CHECKING:
    from pilothouse.serving.call import Call
    from pilothouse.serving.replies import Head

MOST: Final = 1_000


def owner_of(call: Call) -> str:
    """Whose things the request may see."""
    return call.principal.name if call.principal is not None else ""


async def body_of(call: Call) -> dict[str, Any]:
    """The body, an object; an empty one where there is none."""
    data = await call.body()
    if not data.strip():
        return {}
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise Refusal(f"the body is no JSON: {error.msg}", status=422) from None
    if not isinstance(value, dict):
        raise Refusal("the body must be a JSON object", status=422)
    return value


def number(given: Mapping[str, Any], name: str, default: int, most: int = MOST) -> int:
    """A whole number that is not negative, of a body or a query."""
    value = given.get(name)
    if value is None:
        return default
    try:
        found = int(value)
    except (TypeError, ValueError):
        found = -1
    if not 0 <= found <= most:
        raise Refusal(f"{name} {value!r}: a number from 0 to {most:,}", status=422)
    return found


def text_of(given: Mapping[str, Any], name: str) -> str | None:
    """A text, where one is given."""
    value = given.get(name)
    if value is not None and (not isinstance(value, str) or "\x00" in value):
        raise Refusal(f"{name}: must be a text", status=422)
    return value


def texts_of(given: Mapping[str, Any], name: str) -> list[str] | None:
    """A list of texts, where one is given."""
    value = given.get(name)
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise Refusal(f"{name}: must be a list of texts", status=422)
    return value


def object_of(given: Mapping[str, Any], name: str) -> dict[str, Any]:
    """An object; an empty one where none is given."""
    value = given.get(name)
    if value is not None and not isinstance(value, dict):
        raise Refusal(f"{name}: must be an object", status=422)
    return value or {}


def truth(given: Mapping[str, Any], name: str) -> bool:
    """A yes or no, of a body or a query."""
    return str(given.get(name) or "").lower() in ("1", "true", "yes")


def chosen(value: dict[str, Any], select: Any) -> dict[str, Any]:
    """The fields that were asked for; all where none were. `values.x` asks for a part."""
    if not select:
        return value
    names = [select] if isinstance(select, str) else texts_of({"select": select}, "select") or []
    found = {name: value[name] for name in names if name in value}
    for name in names:
        whole, _, part = name.partition(".")
        inner = value.get(whole)
        if part and isinstance(inner, Mapping) and part in inner:
            found.setdefault(whole, {})
            found[whole] = {**found[whole], part: inner[part]}
    return found


def page(
    found: Sequence[Any], given: Mapping[str, Any], *, default: int = 10
) -> tuple[list[Any], Head]:
    """A part of a list, and the headers that say of the rest."""
    limit, offset = number(given, "limit", default), number(given, "offset", 0, 10**9)
    head = [(b"x-pagination-total", b"%d" % len(found))]
    if offset + limit < len(found):
        head.append((b"x-pagination-next", b"%d" % (offset + limit)))
    return list(found[offset : offset + limit]), head


def includes(whole: Any, part: Any) -> bool:
    """Whether an object says all that another says, at any depth."""
    if isinstance(part, Mapping):
        return isinstance(whole, Mapping) and all(
            key in whole and includes(whole[key], each) for key, each in part.items()
        )
    return bool(whole == part)


def ordered(found: list[Any], given: Mapping[str, Any], fields: Mapping[str, str]) -> list[Any]:
    """By `sort_by` and `sort_order`; `fields` are attributes by the name that clients use."""
    by = text_of(given, "sort_by")
    if by is None:
        return found
    if by not in fields:
        raise Refusal(f"sort_by {by!r}: use {', '.join(fields)}", status=422)
    down = str(given.get("sort_order") or "desc").lower() != "asc"
    return sorted(found, key=lambda each: getattr(each, fields[by]), reverse=down)
