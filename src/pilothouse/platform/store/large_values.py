"""Values too large for a row are taken out of a span and stored by their hash.

What is left in their place is a marker: {"$blob": id, "bytes", "mime_type", "preview", "encoding"}.
In a value that is JSON text, the large strings inside are taken out one by one (images in a chat,
mostly), so that the messages around them stay readable.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

import orjson

from pilothouse.spans import LogRecord, Source

LARGE_BYTES: Final = 256 * 1024
"""A value above this leaves its span."""
LARGE_STATUS_CHARACTERS: Final = 16 * 1024
"""A status message above this leaves its span: every list shows it."""
STATUS_KEY: Final = "pilothouse.status_message"
"""The attribute that stands for a status message which was taken out."""
LARGE_LEAF_BYTES: Final = 64 * 1024
"""A string above this leaves the large JSON text that it stands in."""
PREVIEW_CHARACTERS: Final = 256

# No string of fewer characters can be larger in UTF-8, which has at most 4 bytes for each.
_LARGE_CHARACTERS: Final = LARGE_BYTES // 4
_LEAF_CHARACTERS: Final = LARGE_LEAF_BYTES // 4


@dataclass(slots=True, frozen=True, kw_only=True)
class Blob:
    """A value that stands apart."""

    id: str
    """SHA-256 of the data, in hex."""
    mime_type: str
    data: bytes
    project: str


def detach(source: Source) -> list[Blob]:
    """Take the large values of a span's attributes and events out of it, leaving markers.

    Of a large status message its beginning stays, and an attribute with the marker.
    """
    blobs: dict[str, Blob] = {}
    if len(source.status_message) > LARGE_STATUS_CHARACTERS:
        marker = _put(source.status_message, source.project, blobs)
        source.attributes = {**source.attributes, STATUS_KEY: marker}
        source.status_message = source.status_message[:PREVIEW_CHARACTERS]
    _detach_from(source.attributes, source.project, blobs)
    for event in source.events:
        _detach_from(event.attributes, source.project, blobs)
    return list(blobs.values()) if blobs else []


def detach_from_log(record: LogRecord) -> list[Blob]:
    """Take the large values of a log record's attributes and body out of it, leaving markers."""
    blobs: dict[str, Blob] = {}
    _detach_from(record.attributes, record.project, blobs)
    holder = {"body": record.body}
    _detach_from(holder, record.project, blobs)
    record.body = holder["body"]
    return list(blobs.values())


def attach(source: Source, fetch: Callable[[str], bytes | None]) -> None:
    """Put the values back that `detach` took out; `fetch` gives a blob's data by its id.

    A marker whose blob is gone stays.
    """
    status = source.attributes.get(STATUS_KEY)
    if isinstance(status, dict) and is_marker(status):
        whole = _fetched(status, fetch)
        if isinstance(whole, str):
            source.status_message = whole
            del source.attributes[STATUS_KEY]
    for attributes in (source.attributes, *(event.attributes for event in source.events)):
        for key, value in attributes.items():
            attributes[key] = _attached(value, fetch)


def attach_to_log(record: LogRecord, fetch: Callable[[str], bytes | None]) -> None:
    """Put the values back that `detach_from_log` took out."""
    record.attributes = _attached(record.attributes, fetch)
    record.body = _attached(record.body, fetch)


def mentioned(value: Any) -> set[str]:  # Any: attributes, a body or any value in them
    """The ids of the values that stand apart from this one."""
    if isinstance(value, dict):
        if is_marker(value):
            return {value["$blob"]}
        return set().union(*map(mentioned, value.values()))
    if isinstance(value, list):
        return set().union(*map(mentioned, value))
    if isinstance(value, str) and _MARKER_IN_TEXT in value:
        return {part.partition('"')[0] for part in value.split(_MARKER_IN_TEXT)[1:]}
    return set()


# ---- out


def _detach_from(attributes: dict[str, Any], project: str, blobs: dict[str, Blob]) -> None:
    # Assigning to keys that exist does not disturb the iteration.
    for key, value in attributes.items():
        kind = type(value)
        if kind is str:
            if len(value) > _LARGE_CHARACTERS and _size(value) > LARGE_BYTES:
                attributes[key] = _without(value, project, blobs)
        elif kind is bytes:
            if len(value) > LARGE_BYTES:
                attributes[key] = _put(value, project, blobs)
        elif kind is dict or kind is list:
            _detach_from_structure(value, project, blobs)


def _detach_from_structure(
    structure: dict[str, Any] | list[Any], project: str, blobs: dict[str, Blob]
) -> None:
    waiting: list[dict[str, Any] | list[Any]] = [structure]
    while waiting:
        holder = waiting.pop()
        # Any: the keys of a dict or the indexes of a list, each right for its holder.
        places: Any = holder.items() if isinstance(holder, dict) else enumerate(holder)
        for place, value in places:
            kind = type(value)
            if kind is dict or kind is list:
                waiting.append(value)
            elif (
                kind is str and len(value) > _LARGE_CHARACTERS and _size(value) > LARGE_BYTES
            ) or (kind is bytes and len(value) > LARGE_BYTES):
                holder[place] = _put(value, project, blobs)


def _without(text: str, project: str, blobs: dict[str, Blob]) -> Any:
    """JSON text with its large strings replaced by markers; else a marker for all of it."""
    if not text.lstrip().startswith(("{", "[")):
        return _put(text, project, blobs)
    try:
        leaves = _large_strings(orjson.loads(text))
    except orjson.JSONDecodeError:
        return _put(text, project, blobs)
    found: dict[str, Blob] = {}
    rest = text
    for leaf in leaves:
        spelt = next((s for s in _spellings(leaf) if s in rest), None)
        if spelt is not None:
            marker = orjson.dumps(_put(leaf, project, found)).decode()
            rest = rest.replace(spelt, marker)
    if not found or _size(rest) > LARGE_BYTES:
        return _put(text, project, blobs, mime_type="application/json")
    blobs.update(found)
    return rest


def _large_strings(structure: Any) -> set[str]:
    leaves: set[str] = set()
    waiting = [structure]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
        elif (
            isinstance(value, str)
            and len(value) > _LEAF_CHARACTERS
            and _size(value) > LARGE_LEAF_BYTES
        ):
            leaves.add(value)
    return leaves


def _spellings(text: str) -> tuple[str, ...]:
    """How JSON writers spell a string: with or without escapes beyond ASCII, with `/` or `\\/`."""
    plain, ascii_only = orjson.dumps(text).decode(), json.dumps(text)
    return plain, ascii_only, plain.replace("/", "\\/"), ascii_only.replace("/", "\\/")


def _put(
    value: str | bytes, project: str, blobs: dict[str, Blob], mime_type: str = ""
) -> dict[str, Any]:
    """A marker for the value, whose blob is added to `blobs`."""
    if isinstance(value, bytes):
        data, encoding, preview = value, "binary", ""
        mime_type = _type_of_bytes(value) or "application/octet-stream"
    else:
        data, encoding, mime_type = _encoded(value, mime_type)
        preview = value[:PREVIEW_CHARACTERS]
    blob = Blob(id=sha256(data).hexdigest(), mime_type=mime_type, data=data, project=project)
    blobs[blob.id] = blob
    return {
        "$blob": blob.id,
        "bytes": len(data),
        "mime_type": mime_type,
        "preview": preview,
        "encoding": encoding,
    }


_DATA_URL: Final = re.compile(r"data:(?P<type>[\w.+-]+/[\w.+-]+)(?:;[\w.+-]+=[\w.+-]+)*;base64,")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/]{64}").match


def _encoded(text: str, mime_type: str) -> tuple[bytes, str, str]:
    """Data, encoding and type of a string: base64 is kept decoded where that loses nothing."""
    url = _DATA_URL.match(text)
    if url or _BASE64(text):
        base64 = text[url.end() :] if url else text
        data = _decoded(base64)
        kind = url["type"] if url else _type_of_bytes(data or b"")
        if data is not None and kind:
            return data, "base64", kind
    return text.encode("utf-8", "replace"), "utf-8", mime_type or "text/plain"


def _decoded(base64: str) -> bytes | None:
    try:
        data = b64decode(base64, validate=True)
    except (Base64Error, ValueError):
        return None
    return data if b64encode(data).decode() == base64 else None


# First bytes → type; "RIFF" and MP4 hold theirs further on.
_MAGIC: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"BM", "image/bmp"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"\x1aE\xdf\xa3", "video/webm"),
)
_RIFF: Final = {b"WAVE": "audio/wav", b"WEBP": "image/webp", b"AVI ": "video/x-msvideo"}


def _type_of_bytes(data: bytes) -> str:
    """The type that a file's first bytes tell, "" when they do not."""
    if data.startswith(b"RIFF"):
        return _RIFF.get(data[8:12], "")
    if data[4:8] == b"ftyp":
        return "video/mp4"
    return next((kind for magic, kind in _MAGIC if data.startswith(magic)), "")


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))


# ---- back


def _attached(value: Any, fetch: Callable[[str], bytes | None]) -> Any:
    if isinstance(value, str):
        return _attached_in_text(value, fetch)
    if isinstance(value, list):
        return [_attached(item, fetch) for item in value]
    if isinstance(value, dict):
        if is_marker(value):
            return _fetched(value, fetch)
        return {key: _attached(item, fetch) for key, item in value.items()}
    return value


def is_marker(value: dict[str, Any]) -> bool:
    """Whether a dict stands for a value that was taken out."""
    return isinstance(value.get("$blob"), str) and "encoding" in value


def _fetched(marker: dict[str, Any], fetch: Callable[[str], bytes | None]) -> Any:
    data = fetch(marker["$blob"])
    if data is None:
        return marker
    if marker["encoding"] == "binary":
        return data
    if marker["encoding"] == "base64":
        url = _DATA_URL.match(marker.get("preview") or "")
        return (url[0] if url else "") + b64encode(data).decode()
    return data.decode("utf-8", "replace")


_MARKER_IN_TEXT: Final = '{"$blob":"'
_decode_json: Final = json.JSONDecoder().raw_decode


def _attached_in_text(text: str, fetch: Callable[[str], bytes | None]) -> str:
    parts, done = [], 0
    while (at := text.find(_MARKER_IN_TEXT, done)) >= 0:
        try:
            marker, end = _decode_json(text, at)
        except (ValueError, RecursionError):
            break
        value = _fetched(marker, fetch) if is_marker(marker) else marker
        parts += [text[done:at], text[at:end] if value is marker else orjson.dumps(value).decode()]
        done = end
    return "".join([*parts, text[done:]]) if parts else text
