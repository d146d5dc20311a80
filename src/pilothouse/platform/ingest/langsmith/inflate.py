"""Request bodies inflated, never beyond a limit."""

from __future__ import annotations

import zlib
from typing import Final

import zstandard

from pilothouse.platform.errors import ApiError, BadRequest

_STEP: Final = 1024
"""Bytes inflated at a time: they make 32 MB at the most, whoever made them."""


class TooLarge(ApiError):
    """More than a request may bring."""

    status, code = 413, "too_large"


def inflated(body: bytes, encoding: str, limit_bytes: int) -> bytes:
    """The plain body; a zstd stream need not say how large it gets.

    Raises TooLarge as soon as it passes the limit, BadRequest where the data are broken.
    """
    if encoding in ("", "identity"):
        return body
    try:
        if encoding == "zstd":
            return _unzstd(body, limit_bytes)
        if encoding in ("gzip", "x-gzip", "deflate"):
            return _unzip(body, 15 if encoding == "deflate" else 31, limit_bytes)
    except (zlib.error, zstandard.ZstdError) as e:
        raise BadRequest(f"the body is not valid {encoding} data: {e}") from None
    raise BadRequest(f"content encoding {encoding[:40]!r} is not taken: send zstd or gzip")


def _unzstd(body: bytes, limit_bytes: int) -> bytes:
    found = bytearray()
    rest = body
    while rest:
        stream = zstandard.ZstdDecompressor(max_window_size=1 << 27).decompressobj()
        for start in range(0, len(rest), _STEP):
            found += stream.decompress(rest[start : start + _STEP])
            if len(found) > limit_bytes:
                raise too_large(limit_bytes)
            if stream.eof:
                rest = stream.unused_data + rest[start + _STEP :]
                break
        else:
            raise BadRequest("the body ends in the middle of its zstd data")
    return bytes(found)


def _unzip(body: bytes, window_bits: int, limit_bytes: int) -> bytes:
    stream = zlib.decompressobj(window_bits)
    # One byte above the limit tells a body that is too large from one that just fits.
    found = stream.decompress(body, limit_bytes + 1)
    if len(found) > limit_bytes:
        raise too_large(limit_bytes)
    if not stream.eof:
        raise BadRequest("the body ends in the middle of its compressed data")
    return found


def too_large(limit_bytes: int) -> TooLarge:
    """The 413 of a body above the limit, as sent or inflated."""
    return TooLarge(f"the body is larger than {limit_bytes} bytes: send smaller batches")
