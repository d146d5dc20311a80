"""Recorded exports beside the repository, decoded as the server does, and what they must say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pilothouse import dialects
from pilothouse.platform.ingest.otlp import protobuf
from pilothouse.platform.ingest.otlp.decoded import MalformedBody
from pilothouse.spans import Content, Fields, LogRecord, Score, Source
from pilothouse.spans.usage import Key, Node, counted

FOLDER = Path(__file__).parents[2].parent / "shared" / "fixtures" / "otlp"


def expectations() -> dict[str, Any]:
    """What `expected.json` says of each capture, {} where the fixtures are not at hand."""
    path = FOLDER / "expected.json"
    if not path.exists():
        return {}
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


@dataclass
class Recorded:
    """A capture after everything that the server does with it, but for the store."""

    sources: list[Source]
    logs: list[LogRecord]
    fields: dict[Key, Fields] = field(default_factory=dict)
    contents: dict[Key, Content] = field(default_factory=dict)
    scores: list[Score] = field(default_factory=list)
    counted: dict[Key, bool] = field(default_factory=dict)

    def of_span(self, span_id: str) -> tuple[Source, Fields, Content]:
        source = next(s for s in self.sources if s.span_id == span_id)
        key = (source.trace_id, span_id)
        return source, self.fields[key], self.contents[key]


def read(want: dict[str, Any]) -> Recorded:
    """Decode the files of a capture, fold its logs into its spans, derive everything."""
    sources: list[Source] = []
    logs: list[LogRecord] = []
    for name in want["files"]:
        body = (FOLDER / f"{name}.pb").read_bytes()
        if name.endswith(".metrics"):
            continue
        if name.endswith(".logs"):
            logs += protobuf.decode_logs(body).batch.logs
        else:
            try:
                sources += protobuf.decode_traces(body).batch.sources
            except MalformedBody as error:
                pytest.fail(f"{name}: {error}")
    return settle(sources, logs)


def settle(sources: list[Source], logs: list[LogRecord]) -> Recorded:
    """What becomes of decoded spans and records."""
    by_span: dict[Key, Source] = {(s.trace_id, s.span_id): s for s in sources}
    for record in logs:
        source = by_span.get((record.trace_id, record.span_id))
        if source is not None:
            source.logs.append(record)
    found = Recorded(sources, logs)
    for key, source in by_span.items():
        fields = dialects.derive(source)
        found.fields[key] = fields
        found.contents[key] = dialects.content(source, fields)
        found.scores += dialects.scores_of(source, fields)
    for record in logs:
        found.scores += dialects.scores_of_log(record)
    found.counted = counted(list(nodes(found)))
    return found


def nodes(found: Recorded) -> Iterator[Node]:
    for source in found.sources:
        key = (source.trace_id, source.span_id)
        fields = found.fields[key]
        yield Node(
            trace_id=source.trace_id,
            span_id=source.span_id,
            parent_span_id=source.parent_span_id,
            has_usage=fields.usage is not None or fields.cost is not None,
            response_id=fields.response_id,
            scope=source.scope_name,
            start=source.start_ns,
            end=source.end_ns,
            has_content=bool(fields.input or fields.output),
        )


def trace_session(found: Recorded, trace_id: str) -> str:
    """A trace's session: an explicit id before a thread's, the root's first, then the earliest."""
    spans = [s for s in found.sources if s.trace_id == trace_id]
    ids = {s.span_id for s in spans}
    ranked = sorted(
        (
            not found.fields[(trace_id, s.span_id)].session_explicit,
            s.parent_span_id in ids,
            s.start_ns,
            found.fields[(trace_id, s.span_id)].session_id,
        )
        for s in spans
        if found.fields[(trace_id, s.span_id)].session_id
    )
    return ranked[0][-1] if ranked else ""
