"""Fields of OTLP/JSON objects, checked where they are read; a wrong one names its place."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar

import msgspec
import orjson

from pilothouse.platform.ingest.otlp.decoded import MAX_TIME_NS

T = TypeVar("T")
Object = dict[str, Any]  # JSON as it came in: every value is checked where it is read

_INTEGER: Final = re.compile(r"-?[0-9]{1,20}").fullmatch


class Wrong(Exception):
    """A value of the wrong type; its path grows while the exception climbs."""

    def __init__(self, expected: str, path: str = "") -> None:
        super().__init__(expected)
        self.expected = expected
        self.path = path


@contextlib.contextmanager
def within(place: str) -> Iterator[None]:
    """Put a place before the path of what goes wrong inside."""
    try:
        yield
    except Wrong as e:
        raise Wrong(e.expected, join(place, e.path)) from e


def join(place: str, path: str) -> str:
    """A path beneath a place."""
    if not path:
        return place
    return place + path if path.startswith("[") else f"{place}.{path}"


def each(owner: Object, key: str, read: Callable[[Object], T]) -> list[T]:
    """What `read` makes of the objects of a list."""
    items = owner.get(key)
    if items is None:
        return []
    if not isinstance(items, list):
        raise Wrong("expected a list", key)
    results = []
    for i, item in enumerate(items):
        try:
            results.append(read(_object(item)))
        except Wrong as e:
            raise Wrong(e.expected, join(f"{key}[{i}]", e.path)) from e
    return results


def _object(item: Any) -> Object:
    if type(item) is msgspec.Raw:
        item = orjson.loads(memoryview(item))
    if not isinstance(item, dict):
        raise Wrong("expected an object")
    return item


def object_at(owner: Object, key: str) -> Object:
    """An object, {} where it is absent."""
    value = owner.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Wrong("expected an object", key)
    return value


def text_at(owner: Object, key: str) -> str:
    """A string, "" where it is absent."""
    value = owner.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Wrong("expected a string", key)
    return value


def enum_at(owner: Object, key: str, highest: int) -> int:
    """A known value of an enum; an unknown one is 0, "unspecified"."""
    value = owner.get(key)
    if value is None:
        return 0
    if type(value) is not int:
        raise Wrong("expected an integer: names of enum values are not valid in OTLP/JSON", key)
    return value if 0 <= value <= highest else 0


def time_at(owner: Object, key: str) -> int:
    """Nanoseconds since 1970, clamped to what the store can name."""
    value = integer_at(owner, key)
    if value < 0:
        raise Wrong("expected nanoseconds since 1970", key)
    return min(value, MAX_TIME_NS)


def integer_at(owner: Object, key: str) -> int:
    """A 64-bit integer, 0 where it is absent."""
    value = owner.get(key)
    if type(value) is str and value.isdecimal() and len(value) < 20:
        return int(value)
    if value is None:
        return 0
    with within(key):
        return as_integer(value)


def as_integer(value: Any) -> int:
    if (type(value) is str and _INTEGER(value)) or (type(value) is float and value.is_integer()):
        value = int(value)
    if type(value) is not int or not -(2**63) <= value < 2**64:
        raise Wrong("expected a 64-bit integer, as a number or a decimal string")
    return value


def double_at(owner: Object, key: str) -> float:
    """A number, 0.0 where it is absent."""
    value = owner.get(key)
    if value is None:
        return 0.0
    with within(key):
        return as_double(value)


def as_double(value: Any) -> float:
    if type(value) in (int, float):
        return float(value)
    if type(value) is str:
        try:
            return float(value)
        except ValueError:
            pass
    raise Wrong('expected a number, "NaN", "Infinity" or "-Infinity"')


def numbers_at(owner: Object, key: str, read: Callable[[Any], T]) -> list[T]:
    """A list of numbers, each read by `read`."""
    values = owner.get(key)
    if values is None:
        return []
    if not isinstance(values, list):
        raise Wrong("expected a list", key)
    with within(key):
        return [read(value) for value in values]
