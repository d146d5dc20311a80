"""Spans as OTLP writes them in protobuf, byte by byte.

Message objects cost more than all else that a span needs: an ended span of ours is turned into its
bytes at once, and a batch is those bytes one after the other. The field numbers are those of
`opentelemetry/proto/trace/v1/trace.proto`; a test compares the outcome with the library's own.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from pilothouse.tracing.trouble import warn_once

ATTRIBUTE: Final = b"\x4a"
"""Field 9 of a span."""
EVENT_ATTRIBUTE: Final = b"\x1a"
LINK_ATTRIBUTE: Final = b"\x22"
LOCAL, REMOTE = b"\x85\x01\x00\x01\x00\x00", b"\x85\x01\x00\x03\x00\x00"
"""Flags, field 16: it is known where the parent is, and whether that is another process."""
_SMALL: Final = [bytes((n,)) for n in range(128)]
_TEXTS: Final = [b"\x12" + bytes((n + 2,)) for n in range(126)]
"""How a value begins that is a text of so many bytes."""
_OK: Final = b"\x7a\x02\x18\x01"
_TRUE, _FALSE = b"\x10\x01", b"\x10\x00"
_time: Final = struct.Struct("<Q").pack
_double: Final = struct.Struct("<d").pack


def sized(tag: bytes, data: bytes) -> bytes:
    """A field of bytes, text or a message."""
    return tag + varint(len(data)) + data


def varint(number: int) -> bytes:
    """A number of up to 64 bits, not negative."""
    if number < 128:
        return _SMALL[number]
    parts = bytearray()
    while number > 127:
        parts.append(number & 127 | 128)
        number >>= 7
    parts.append(number)
    return bytes(parts)


def attributes(values: Mapping[str, Any], tag: bytes) -> bytes:
    """Attributes; one of which the value cannot be said is left out, and told once."""
    parts = []
    for name, value in values.items():
        if type(value) is str and name:  # most are: spelled out, since each call costs
            raw = text(value)
            size = len(raw)
            whole = b"\x0a" + (_SMALL[size] if size < 128 else varint(size)) + raw
            pair = _key(name) + (_TEXTS[size] if size < 126 else _begun(len(whole))) + whole
            size = len(pair)
            parts.append(tag + (_SMALL[size] if size < 128 else varint(size)) + pair)
            continue
        said = _said(value)
        if said is None or not name:
            warn_once(f"attribute:{name}", f"the attribute {name!r} is left out: {_why(value)}")
            continue
        pair = _key(name) + b"\x12" + varint(len(said)) + said
        parts.append(tag + varint(len(pair)) + pair)
    return b"".join(parts)


def event(name: str, at_ns: int, values: Mapping[str, Any]) -> bytes:
    """Field 11 of a span."""
    said = sized(b"\x12", text(name))
    return sized(b"\x5a", b"\x09" + _time(at_ns) + said + attributes(values, EVENT_ATTRIBUTE))


def link(trace_id: int, span_id: int, values: Mapping[str, Any], *, remote: bool) -> bytes:
    """Field 13 of a span."""
    flags = b"\x35\x00\x03\x00\x00" if remote else b"\x35\x00\x01\x00\x00"
    ids = b"\x0a\x10" + trace_id.to_bytes(16, "big") + b"\x12\x08" + span_id.to_bytes(8, "big")
    return sized(b"\x6a", ids + attributes(values, LINK_ATTRIBUTE) + flags)


def status(code: int, message: str | None) -> bytes:
    """Field 15 of a span."""
    if code == 1 and not message:
        return _OK
    said = sized(b"\x12", text(message)) if message else b""
    return sized(b"\x7a", said + (b"\x18" + _SMALL[code] if code else b""))


def times(start_ns: int, end_ns: int) -> bytes:
    """Fields 7 and 8 of a span."""
    return b"\x39" + _time(start_ns) + b"\x41" + _time(end_ns)


def request(resource: bytes, scope: bytes, spans: Iterable[bytes]) -> bytes:
    """An export request of spans, each a field 2 of their scope, under one resource."""
    inside = scope + b"".join(spans)
    return sized(b"\x0a", resource + sized(b"\x12", inside))


def text(value: str) -> bytes:
    """UTF-8; half a surrogate pair, which it cannot say, becomes a question mark."""
    try:
        return value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-8", "replace")


def _begun(size: int) -> bytes:
    return b"\x12" + varint(size)


@lru_cache(maxsize=4096)
def _key(name: str) -> bytes:
    return sized(b"\x0a", text(name))


def _said(value: Any) -> bytes | None:  # Any: what somebody set as an attribute
    """An AnyValue; None for what has none."""
    kind = type(value)
    if kind is str:
        return sized(b"\x0a", text(value))
    if kind is bool:
        return _TRUE if value else _FALSE
    if kind is int:
        return _whole(value)
    if kind is float:
        return b"\x21" + _double(value)
    return _of_subclass(value)


def _whole(value: int) -> bytes | None:
    if value.bit_length() > 63:
        return None
    return b"\x18" + varint(value if value >= 0 else value + (1 << 64))


def _of_subclass(value: Any) -> bytes | None:
    if isinstance(value, str):
        return sized(b"\x0a", text(str.__str__(value)))
    if isinstance(value, int):
        return _whole(int(value))
    if isinstance(value, float):
        return b"\x21" + _double(value)
    if isinstance(value, (bytes, bytearray)):
        return sized(b"\x3a", bytes(value))
    if isinstance(value, Sequence):
        inner = [said for each in value if (said := _said(each)) is not None]
        return sized(b"\x2a", b"".join(sized(b"\x0a", each) for each in inner))
    if isinstance(value, Mapping):
        return sized(b"\x32", attributes({str(k): v for k, v in value.items()}, b"\x0a"))
    return None


def _why(value: Any) -> str:
    if isinstance(value, int):
        return "the number has more than 64 bits"
    return f"a {type(value).__name__} has no form there"
