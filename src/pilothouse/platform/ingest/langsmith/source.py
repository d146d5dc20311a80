"""A run as a span's source, and back; nothing of it is lost on the way."""

from __future__ import annotations

from typing import Any, Final

import orjson

from pilothouse.dialects import changed_tags
from pilothouse.dialects import langsmith_run as keys
from pilothouse.platform.ingest.langsmith.runs import (
    JSON_FIELDS,
    Attachment,
    Run,
    json_text,
    parsed_json,
)
from pilothouse.spans import Source
from pilothouse.spans.model import Attributes

_NO_RESOURCE: Final[Attributes] = {}
"""One for all: what is read out of a resource is kept for the next span that has it."""
_JSON_KEYS: Final = {name: keys.PREFIX + name for name in JSON_FIELDS}


def source_of_run(run: Run, version: int = 0) -> Source:
    """The span that a run is."""
    start_us = start_of(run)
    attributes: dict[str, Any] = {keys.TYPE: run.run_type or "chain"}
    for name, key in _JSON_KEYS.items():
        value = getattr(run, name)
        if value is not None:
            attributes[key] = value
    if run.error is not None:
        attributes[keys.ERROR] = run.error
    if run.tags is not None:
        attributes[keys.TAGS] = list(run.tags)
    if run.changed_tags is not None:
        attributes[changed_tags.KEY] = run.changed_tags
    short = {
        keys.DOTTED_ORDER: run.dotted_order,
        keys.EXAMPLE_ID: run.example_id,
        keys.PATCHED: ",".join(sorted(run.patched)),
    }
    attributes |= {key: text for key, text in short.items() if text}
    if run.attachments:
        attributes[keys.ATTACHMENTS] = orjson.dumps(
            {
                name: {"$blob": a.blob, "mime_type": a.mime_type, "size": a.size}
                for name, a in run.attachments.items()
            }
        ).decode()
    if run.example_metadata is not None:
        attributes[keys.EXAMPLE_METADATA] = run.example_metadata
        if not run.parent_id:
            attributes[keys.EXTRA] = _with_metadata(run.extra, run.example_metadata)
    marks = (
        (keys.ASSUMED, run.start_us is None),
        (keys.CONFINED, run.confined),
        (keys.HALF, not run.posted),
    )
    attributes |= {key: True for key, holds in marks if holds}
    failed = bool(run.error) and not keys.interrupted(run.error or "")
    return Source(
        project=run.project,
        trace_id=run.trace_id,
        span_id=run.id,
        parent_span_id=run.parent_id,
        name=run.name or "",
        start_ns=start_us * 1000,
        end_ns=None if run.end_us is None else max(run.end_us, start_us) * 1000,
        status_code=2 if failed else 1 if run.end_us is not None or run.error else 0,
        status_message="interrupted" if run.error and not failed else "",
        attributes=attributes,
        resource=_NO_RESOURCE,
        wire="langsmith",
        version=version,
    )


def _with_metadata(extra: str | None, more: str) -> str:
    """The extra of a run with more metadata; what it says itself stays."""
    said = parsed_json((extra or "{}").encode(), "extra")
    if type(said) is not dict:
        return extra or "{}"
    own = said.get("metadata")
    said["metadata"] = {**orjson.loads(more), **(own if type(own) is dict else {})}
    return json_text(said)


def attachments_of(source: Source) -> dict[str, Attachment]:
    """The files that came with a run, by name."""
    found = orjson.loads(source.attributes.get(keys.ATTACHMENTS) or "{}")
    return {
        name: Attachment(blob=file["$blob"], mime_type=file["mime_type"], size=file["size"])
        for name, file in found.items()
    }


def start_of(run: Run) -> int:
    """When it began, or what stands for that, in microseconds since 1970."""
    return run.start_us if run.start_us is not None else run.assumed_us or 0


def run_of_source(source: Source) -> Run:
    """The run that a stored span was made of."""
    said = source.attributes
    tags = said.get(keys.TAGS)
    return Run(
        id=source.span_id,
        trace_id=source.trace_id,
        project=source.project,
        parent_id=source.parent_span_id,
        dotted_order=said.get(keys.DOTTED_ORDER, ""),
        name=source.name or None,
        run_type=said.get(keys.TYPE),
        start_us=None if said.get(keys.ASSUMED) else source.start_ns // 1000,
        assumed_us=source.start_ns // 1000 if said.get(keys.ASSUMED) else None,
        end_us=None if source.end_ns is None else source.end_ns // 1000,
        **{name: said.get(key) for name, key in _JSON_KEYS.items()},
        error=said.get(keys.ERROR),
        tags=None if tags is None else tuple(tags),
        example_id=said.get(keys.EXAMPLE_ID),
        attachments=attachments_of(source),
        patched=frozenset(filter(None, said.get(keys.PATCHED, "").split(","))),
        posted=not said.get(keys.HALF),
        confined=bool(said.get(keys.CONFINED)),
        example_metadata=said.get(keys.EXAMPLE_METADATA),
        changed_tags=said.get(changed_tags.KEY),
    )
