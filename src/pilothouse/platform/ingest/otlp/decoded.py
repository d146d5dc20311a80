"""What a request decodes to, and the rules of repair that both encodings share."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

from pilothouse.platform.ingest.batch import Batch
from pilothouse.spans import LogRecord
from pilothouse.spans.model import LOG_ID

MAX_TIME_NS: Final = 2**63 - 1
"""11 April 2262, the last moment that a signed count of nanoseconds can name."""
MAX_DEPTH: Final = 40
"""Levels of arrays and lists inside one attribute: more is a loop in the sender's data."""
ZERO_TRACE: Final = "0" * 32
ZERO_SPAN: Final = "0" * 16

TRACE_ID_REASON: Final = "trace id is not 16 bytes with one of them non-zero"
SPAN_ID_REASON: Final = "span id is not 8 bytes with one of them non-zero"
ATTRIBUTE_REASON: Final = "an attribute cannot be decoded or nests too deeply"


class MalformedBody(Exception):
    """A body that is not what its content type says; the message is for its sender."""


class BadAttribute(Exception):
    """An attribute that cannot be decoded; its span alone is rejected."""


@dataclass(slots=True, kw_only=True)
class Decoded:
    """A batch, and how many records of the request were left out for which reasons."""

    batch: Batch = field(default_factory=Batch)
    rejected: Counter[str] = field(default_factory=Counter)

    @property
    def rejected_count(self) -> int:
        return self.rejected.total()

    @property
    def message(self) -> str:
        """The reasons in English, "" when nothing was left out."""
        if not self.rejected:
            return ""
        reasons = "; ".join(f"{reason} ({n})" for reason, n in self.rejected.items())
        return f"rejected: {reasons}"


def refuse_if_nothing_is_valid(decoded: Decoded) -> None:
    """Raise MalformedBody when every span was rejected: that body was never a trace request."""
    if not decoded.rejected or decoded.batch.sources:
        return
    if TRACE_ID_REASON in decoded.rejected:
        raise MalformedBody(
            "none of the spans has a valid id. A log or metric exporter pointed at /v1/traces "
            "looks like this: send logs to /v1/logs and metrics to /v1/metrics"
        )
    raise MalformedBody(decoded.message)


def event_name_of(attributes: dict[str, Any]) -> str:
    """The event name as SDKs sent it before log records had a field for it."""
    name = attributes.get("event.name")
    return name if isinstance(name, str) else ""


_LOG_ID: Final = re.compile(r"\d{6,12}-[0-9a-f]{16}")


def log_id_of(attributes: dict[str, Any]) -> str:
    """The id that our own export gave a record, taken out of its attributes; else ""."""
    found = attributes.pop(LOG_ID, "") if LOG_ID in attributes else ""
    return found if isinstance(found, str) and _LOG_ID.fullmatch(found) else ""


def is_kept_log(log: LogRecord) -> bool:
    """Whether a record belongs to a trace or tells of a model call; others are application logs."""
    return (
        log.trace_id != ""
        or log.event_name != ""
        or any(key.startswith("gen_ai.") for key in log.attributes)
    )
