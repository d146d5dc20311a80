"""UUIDs as ids of OTLP spans, which have no room for them: attributes tell them.

LangSmith's own server reads these attributes, so its clients send them; we write them where a run
of LangSmith leaves in OTLP.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any, Final

from pilothouse.spans.model import Source

TRACE: Final = "langsmith.trace.id"
SPAN: Final = "langsmith.span.id"
PARENT: Final = "langsmith.span.parent_id"
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TRACE_HEX: Final = re.compile(r"[0-9a-f]{32}")
_SPAN_HEX: Final = re.compile(r"[0-9a-f]{16}")


def are_told(attributes: dict[str, Any]) -> bool:
    """Whether attributes may name other ids than the span's own."""
    return SPAN in attributes or TRACE in attributes or PARENT in attributes


def take(source: Source) -> None:
    """Give the span the ids that its attributes name; what is no UUID is left alone."""
    a = source.attributes
    source.trace_id = _uuid(a.get(TRACE)) or source.trace_id
    source.span_id = _uuid(a.get(SPAN)) or source.span_id
    source.parent_span_id = _uuid(a.get(PARENT)) or source.parent_span_id


def told(source: Source) -> dict[str, str]:
    """The attributes that name what OTLP's own ids cannot hold."""
    ids = {TRACE: source.trace_id, SPAN: source.span_id, PARENT: source.parent_span_id}
    return {key: ident for key, ident in ids.items() if _UUID.fullmatch(ident)}


def trace_hex(trace_id: str) -> str:
    """The trace's id in OTLP's spelling: its own, a UUID's digits, else made from it."""
    if _TRACE_HEX.fullmatch(trace_id):
        return trace_id
    if _UUID.fullmatch(trace_id):
        return trace_id.replace("-", "")
    return _made(trace_id, 16)


def span_hex(span_id: str) -> str:
    """The span's id in OTLP's spelling: its own, else made from it; "" stays."""
    if not span_id or _SPAN_HEX.fullmatch(span_id):
        return span_id
    return _made(span_id, 8)


def _uuid(value: Any) -> str:  # Any: an attribute
    if type(value) is not str:
        return ""
    found = value.strip().lower()
    return found if _UUID.fullmatch(found) else ""


def _made(ident: str, size: int) -> str:
    return hashlib.blake2b(ident.encode("utf-8", "replace"), digest_size=size).hexdigest()
