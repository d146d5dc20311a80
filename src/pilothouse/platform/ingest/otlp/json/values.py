"""OTLP/JSON attributes, and the typed values in them."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable
from typing import Any, Final

from pilothouse.platform.ingest.otlp.decoded import MAX_DEPTH, BadAttribute
from pilothouse.platform.ingest.otlp.json.fields import (
    Object,
    Wrong,
    as_double,
    as_integer,
    join,
    within,
)


def attributes_of(owner: Object) -> Object:
    pairs = owner.get("attributes")
    if pairs is None:
        return {}
    if not isinstance(pairs, list):
        raise Wrong('expected a list of {"key", "value"}', "attributes")
    return _pairs(pairs, "attributes", MAX_DEPTH)


def _pairs(pairs: list[Any], path: str, depth: int) -> Object:
    attributes: Object = {}
    for i, pair in enumerate(pairs):
        # The commonest value first; everything else takes the long way.
        if (
            type(pair) is dict
            and type(key := pair.get("key")) is str
            and type(value := pair.get("value")) is dict
            and type(text := value.get("stringValue")) is str
        ):
            attributes[key] = text
            continue
        try:
            key, value = _pair(pair, depth)
        except Wrong as e:
            raise Wrong(e.expected, join(f"{path}[{i}]", e.path)) from e
        attributes[key] = value
    return attributes


def _pair(pair: Any, depth: int) -> tuple[str, Any]:
    if not isinstance(pair, dict):
        raise Wrong('expected an object {"key", "value"}')
    key = pair.get("key", "")
    if not isinstance(key, str):
        raise Wrong("expected a string", "key")
    with within("value"):
        return key, value_of(pair.get("value"), depth)


def value_of(value: Any, depth: int) -> Any:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise Wrong('expected an object such as {"stringValue": …}')
    for key, content in value.items():
        read = _READERS.get(key)
        if read is not None and content is not None:
            return read(content, depth)
    return None


def _string_value(content: Any, _: int) -> str:
    if not isinstance(content, str):
        raise Wrong("expected a string", "stringValue")
    return content


def _bool_value(content: Any, _: int) -> bool:
    if not isinstance(content, bool):
        raise Wrong("expected true or false", "boolValue")
    return content


def _int_value(content: Any, _: int) -> int:
    with within("intValue"):
        return as_integer(content)


def _double_value(content: Any, _: int) -> float:
    with within("doubleValue"):
        return as_double(content)


def _bytes_value(content: Any, _: int) -> bytes:
    if not isinstance(content, str):
        raise Wrong("expected base64 text", "bytesValue")
    text = content.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (Base64Error, ValueError) as e:
        raise Wrong("expected base64 text", "bytesValue") from e


def _array_value(content: Any, depth: int) -> list[Any]:
    if depth == 0:
        raise BadAttribute
    values = []
    for i, value in enumerate(_values(content, "arrayValue")):
        try:
            values.append(value_of(value, depth - 1))
        except Wrong as e:
            raise Wrong(e.expected, join(f"arrayValue.values[{i}]", e.path)) from e
    return values


def _kvlist_value(content: Any, depth: int) -> Object:
    if depth == 0:
        raise BadAttribute
    return _pairs(_values(content, "kvlistValue"), "kvlistValue.values", depth - 1)


def _values(content: Any, key: str) -> list[Any]:
    if not isinstance(content, dict):
        raise Wrong('expected an object {"values": […]}', key)
    values = content.get("values")
    if values is None:
        return []
    if not isinstance(values, list):
        raise Wrong("expected a list", f"{key}.values")
    return values


_READERS: Final[dict[str, Callable[[Any, int], Any]]] = {
    "stringValue": _string_value,
    "boolValue": _bool_value,
    "intValue": _int_value,
    "doubleValue": _double_value,
    "arrayValue": _array_value,
    "kvlistValue": _kvlist_value,
    "bytesValue": _bytes_value,
}
