"""The UUID by which the LangSmith protocol names a span.

A run that came by that protocol keeps its own id, which is the id of its span. A span of another
one gets a UUIDv5 of its project, trace and id; a trace's UUID is its 32 hex digits.
"""

from __future__ import annotations

import re
import uuid
from typing import Final

NAMESPACE: Final = uuid.UUID(bytes=b"pilothouse.spans")
"""Never changes: ids made with it stand in other people's notes and links."""
_HEX: Final = re.compile(r"[0-9a-f]{32}")


def run_id(project: int, trace_id: str, span_id: str) -> str:
    """The UUID of a span; one that is named by a UUID keeps it."""
    if is_uuid(span_id):
        return span_id
    return str(uuid.uuid5(NAMESPACE, f"{project}:{trace_id}:{span_id}"))


def is_uuid(text: str) -> bool:
    """Whether an id is spelt as a UUID: ids of our other protocols never look so."""
    return len(text) == 36 and text[8] == text[23] == "-"


def trace_uuid(trace_id: str) -> str:
    """The UUID of a trace."""
    if _HEX.fullmatch(trace_id):
        t = trace_id
        return f"{t[:8]}-{t[8:12]}-{t[12:16]}-{t[16:20]}-{t[20:]}"
    if is_uuid(trace_id):
        return trace_id
    return str(uuid.uuid5(NAMESPACE, trace_id))


def trace_ids(trace: str) -> tuple[str, ...]:
    """The spellings under which a trace of this UUID may be stored."""
    trace = trace.lower()
    return (trace, trace.replace("-", ""))
