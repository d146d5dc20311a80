"""Any Python value as text for a span: bounded, and without ever raising."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

TEXT, JSON = "text/plain", "application/json"
MAX_ITEMS = 1_000
"""Of one list or object."""
MAX_NODES = 20_000
MAX_DEPTH = 24
MAX_REPR = 2_000


def as_text(value: Any, limit: int) -> tuple[str, str]:  # Any: that is the point of this module
    """The value as (text, MIME type): a string as it is, all else as JSON of about `limit`."""
    try:
        if type(value) is str:
            return (value if len(value) <= limit else _cut(value, limit)), TEXT
        if isinstance(value, str):
            return _cut(str.__str__(value), limit), TEXT
        return as_json(value, limit), JSON
    except Exception as error:
        return f"<{type(value).__name__} that cannot be shown: {type(error).__name__}>", TEXT


def as_json(value: Any, limit: int) -> str:
    """The value as JSON text."""
    return json.dumps(
        _Reader(limit).plain(value, 0), ensure_ascii=False, separators=(",", ":"), default=str
    )


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    return f"{text[:limit]}… [{len(text) - limit:,} more characters]"


class _Reader:
    """Copies a value into plain JSON, counting what it has seen."""

    __slots__ = ("chars", "nodes", "open")

    def __init__(self, limit: int) -> None:
        self.chars = limit
        self.nodes = MAX_NODES
        self.open: set[int] = set()
        """Ids of the containers being read: meeting one again is a cycle."""

    def plain(self, value: Any, depth: int) -> Any:
        kind = type(value)
        if kind is str:
            return self._text(value)
        if value is None or kind is bool:
            return value
        if kind is int:
            return value if value.bit_length() < 2_000 else f"<int of {value.bit_length()} bits>"
        if kind is float:
            return value if math.isfinite(value) else repr(value)
        self.nodes -= 1
        if self.nodes < 0 or self.chars <= 0:
            return "…"
        if depth >= MAX_DEPTH:
            return f"<{kind.__name__}, too deep>"
        if id(value) in self.open:
            return f"<{kind.__name__}, contains itself>"
        self.open.add(id(value))
        try:
            return self._container(value, kind, depth + 1)
        except Exception as error:
            return f"<{kind.__name__} that cannot be shown: {type(error).__name__}>"
        finally:
            self.open.discard(id(value))

    def _text(self, value: str) -> str:
        if len(value) > self.chars:
            value = _cut(value, max(0, self.chars))
        self.chars -= len(value)
        return value

    def _container(self, value: Any, kind: type, depth: int) -> Any:
        if isinstance(value, dict):
            return self._object(value.items(), len(value), depth)
        if isinstance(value, (list, tuple)):
            fields = getattr(value, "_fields", None)
            if isinstance(fields, tuple):
                return self._object(zip(fields, value, strict=False), len(value), depth)
            return self._array(iter(value), len(value), depth)
        if isinstance(value, (set, frozenset)):
            return self._array(iter(value), len(value), depth)
        return self._other(value, kind, depth)

    def _object(self, items: Any, count: int, depth: int) -> dict[str, Any]:
        copy: dict[str, Any] = {}
        for place, (key, item) in enumerate(items):
            if place >= MAX_ITEMS or self.nodes < 0 or self.chars <= 0:
                copy["…"] = f"{count - place:,} more"
                break
            name = key if type(key) is str else str(key)[:MAX_REPR]
            self.chars -= len(name)
            copy[name] = self.plain(item, depth)
        return copy

    def _array(self, items: Iterator[Any], count: int, depth: int) -> list[Any]:
        copy: list[Any] = []
        for place, item in enumerate(items):
            if place >= MAX_ITEMS or self.nodes < 0 or self.chars <= 0:
                copy.append(f"… {count - place:,} more")
                break
            copy.append(self.plain(item, depth))
        return copy

    def _other(self, value: Any, kind: type, depth: int) -> Any:
        if isinstance(value, Enum):
            return self.plain(value.value, depth)
        if isinstance(value, (bytes, bytearray, memoryview)):
            return _bytes(bytes(value[:64]), len(value))
        if isinstance(value, (str, int, float)):
            return self.plain(_base(value), depth)
        members = _members(value, kind)
        if members is not None:
            return self._object(members, len(members), depth)
        if isinstance(value, Mapping):
            return self._object(value.items(), len(value), depth)
        if hasattr(value, "tolist") and hasattr(value, "shape"):  # numpy, torch and their like
            return self._tensor(value, kind, depth)
        return self._text(_shown(value, kind)[:MAX_REPR])

    def _tensor(self, value: Any, kind: type, depth: int) -> Any:
        size = math.prod(int(side) for side in value.shape)
        if size > MAX_ITEMS:
            return f"<{kind.__name__} of shape {tuple(value.shape)}>"
        return self.plain(value.tolist(), depth)


def _members(value: Any, kind: type) -> list[tuple[str, Any]] | None:
    """Fields of a dataclass or a pydantic model, which is recognized without importing it."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value)]
        return [(name, getattr(value, name, None)) for name in names]
    fields = getattr(kind, "model_fields", None)
    if isinstance(fields, dict):
        extra = getattr(value, "__pydantic_extra__", None) or {}
        return [*((name, getattr(value, name, None)) for name in fields), *extra.items()]
    return None


def _shown(value: Any, kind: type) -> str:
    """One line for what has no JSON form."""
    if isinstance(value, BaseException):
        return f"{kind.__name__}: {value}"
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    if isinstance(value, type) or callable(value):
        return f"<{getattr(value, '__qualname__', kind.__name__)}>"
    return repr(value)


def _base(value: str | float) -> str | int | float:
    """A subclass's value as its plain base type."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int(value)
    return float(value)


def _bytes(start: bytes, count: int) -> str:
    try:
        shown = start.decode()
    except UnicodeDecodeError:
        shown = start.hex(" ")
    return f"<{count:,} bytes: {shown}{'…' if count > len(start) else ''}>"
