"""The text of an OTLP/JSON request as values, spans of a large one left to be read singly."""

from __future__ import annotations

from typing import Any, Final, Required, TypedDict

import msgspec
import orjson

from pilothouse.platform.half_characters import mended_json
from pilothouse.platform.ingest.otlp.decoded import MalformedBody

LARGE_BYTES: Final = 1_000_000
"""From here on a trace request is parsed span by span: whoever parses holds Python's lock."""


class _ScopeSpans(TypedDict, total=False):
    scope: Any
    spans: list[msgspec.Raw]


class _ResourceSpans(TypedDict, total=False):
    resource: Any
    scopeSpans: list[_ScopeSpans]


class _Traces(TypedDict, total=False):
    resourceSpans: Required[list[_ResourceSpans]]


_coarse: Final = msgspec.json.Decoder(_Traces)
"""Reads a request but not the spans in it."""


def parse_but_spans(body: bytes) -> Any:  # Any: JSON not yet looked at
    """A trace request whose spans `each` parses one by one; raises what msgspec raises."""
    return _coarse.decode(body)


def parse(body: bytes) -> Any:  # Any: JSON not yet looked at
    """The whole body; what is no UTF-8 or half a surrogate pair is replaced."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as e:
        repaired = mended_json(body.decode("utf-8", "replace"))
        try:
            return orjson.loads(repaired)
        except orjson.JSONDecodeError:
            raise MalformedBody(f"the body is not valid JSON: {e}") from e
