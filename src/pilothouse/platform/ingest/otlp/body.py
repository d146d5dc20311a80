"""Request bodies inflated, never beyond a limit."""

from __future__ import annotations

import zlib
from typing import Final

from pilothouse.platform.ingest.otlp.answers import Refusal
from pilothouse.platform.ingest.otlp.decoded import MalformedBody

# Content-Encoding → zlib's window bits
WINDOW_BITS: Final = {"gzip": 31, "x-gzip": 31, "deflate": 15}


def inflate(body: bytes, encoding: str, limit_bytes: int) -> bytes:
    """The inflated body; Refusal 413 as soon as it passes the limit, MalformedBody if broken."""
    try:
        return _inflate(body, WINDOW_BITS[encoding], limit_bytes)
    except zlib.error as e:
        if encoding == "deflate":
            # Some clients send the bare deflate stream without zlib's header.
            try:
                return _inflate(body, -15, limit_bytes)
            except zlib.error:
                pass
        raise MalformedBody(f"the body is not valid {encoding} data: {e}") from e


def too_large(limit_bytes: int) -> Refusal:
    """The 413 of a body above the limit, as sent or inflated."""
    return Refusal(413, f"the body is larger than {limit_bytes} bytes: send smaller batches")


def _inflate(body: bytes, window_bits: int, limit_bytes: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    rest = body
    while True:
        inflater = zlib.decompressobj(window_bits)
        # One byte above the limit tells a body that is too large from one that just fits.
        part = inflater.decompress(rest, limit_bytes + 1 - size)
        parts.append(part)
        size += len(part)
        if size > limit_bytes:
            raise too_large(limit_bytes)
        if not inflater.eof:
            raise zlib.error("the stream ends too early")
        rest = inflater.unused_data.lstrip(b"\0")  # gzip files may be padded with zeros
        if not rest:
            return parts[0] if len(parts) == 1 else b"".join(parts)
        if window_bits != WINDOW_BITS["gzip"]:
            raise zlib.error("bytes follow the end of the stream")
