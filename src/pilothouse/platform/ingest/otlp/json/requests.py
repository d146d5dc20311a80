"""OTLP/JSON requests read group by group into batches."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any, Final

import msgspec
import orjson

from pilothouse.dialects import project_of
from pilothouse.dialects.project import ATTRIBUTES as PROJECT_KEYS
from pilothouse.platform.ingest.batch import Batch
from pilothouse.platform.ingest.otlp.decoded import (
    ATTRIBUTE_REASON,
    BadAttribute,
    Decoded,
    MalformedBody,
    is_kept_log,
    refuse_if_nothing_is_valid,
)
from pilothouse.platform.ingest.otlp.json.body import LARGE_BYTES, parse, parse_but_spans
from pilothouse.platform.ingest.otlp.json.fields import (
    Object,
    Wrong,
    each,
    object_at,
    text_at,
    within,
)
from pilothouse.platform.ingest.otlp.json.points import points_of
from pilothouse.platform.ingest.otlp.json.records import log_of, span_of
from pilothouse.platform.ingest.otlp.json.values import attributes_of
from pilothouse.platform.ingest.otlp.metrics import is_kept_metric
from pilothouse.spans import otlp_ids

_NO_HEADERS: Final[Mapping[str, str]] = {}


def decode_traces(body: bytes, headers: Mapping[str, str] = _NO_HEADERS) -> Decoded:
    """Spans of a trace request; `headers` (lower-case names) may name the project."""
    if len(body) > LARGE_BYTES:
        # What this refuses is read as a whole, to repair it or to say what is wrong.
        with contextlib.suppress(msgspec.DecodeError, orjson.JSONDecodeError):
            return _decode_traces(parse_but_spans(body), len(body), headers)
    return _decode_traces(parse(body), len(body), headers)


def _decode_traces(request: Any, size_bytes: int, headers: Mapping[str, str]) -> Decoded:
    decoded = Decoded(batch=Batch(size_bytes=size_bytes))

    def take(group: Object, resource: Object) -> None:
        project = project_of(headers, resource, {})

        def take_scope(scope_spans: Object) -> None:
            scope = _scope(scope_spans)

            def take_span(span: Object) -> None:
                try:
                    source = span_of(span, decoded, resource, scope)
                except BadAttribute:
                    decoded.rejected[ATTRIBUTE_REASON] += 1
                    return
                if source is not None:
                    if otlp_ids.are_told(source.attributes):
                        otlp_ids.take(source)
                    source.project = _project(headers, project, resource, source.attributes)
                    decoded.batch.sources.append(source)

            each(scope_spans, "spans", take_span)

        each(group, "scopeSpans", take_scope)

    each_group(request, "resourceSpans", take)
    refuse_if_nothing_is_valid(decoded)
    return decoded


def decode_logs(body: bytes, headers: Mapping[str, str] = _NO_HEADERS) -> Decoded:
    """Log records of a log request that say something about a span or a model call."""
    decoded = Decoded(batch=Batch(size_bytes=len(body)))
    positions = count(1)

    def take(group: Object, resource: Object) -> None:
        project = project_of(headers, resource, {})

        def take_scope(scope_logs: Object) -> None:
            scope_name = _scope(scope_logs)[0]

            def take_record(record: Object) -> None:
                try:
                    log = log_of(record, resource, scope_name, next(positions))
                except BadAttribute:
                    decoded.rejected[ATTRIBUTE_REASON] += 1
                    return
                if is_kept_log(log):
                    log.project = _project(headers, project, resource, log.attributes)
                    decoded.batch.logs.append(log)

            each(scope_logs, "logRecords", take_record)

        each(group, "scopeLogs", take_scope)

    each_group(parse(body), "resourceLogs", take)
    return decoded


def decode_metrics(body: bytes, headers: Mapping[str, str] = _NO_HEADERS) -> Decoded:
    """Points of a metric request that measure model calls; others are dropped."""
    decoded = Decoded(batch=Batch(size_bytes=len(body)))

    def take(group: Object, resource: Object) -> None:
        project = project_of(headers, resource, {})

        def take_scope(scope_metrics: Object) -> None:
            scope_name = _scope(scope_metrics)[0]

            def take_metric(metric: Object) -> None:
                if not is_kept_metric(text_at(metric, "name")):
                    return
                try:
                    decoded.batch.metrics += points_of(metric, project, resource, scope_name)
                except BadAttribute:
                    decoded.rejected[ATTRIBUTE_REASON] += 1

            each(scope_metrics, "metrics", take_metric)

        each(group, "scopeMetrics", take_scope)

    each_group(parse(body), "resourceMetrics", take)
    return decoded


def each_group(request: Any, groups: str, take: Callable[[Object, Object], None]) -> None:
    """Hand every resource group and its resource attributes to `take`."""
    if not isinstance(request, dict):
        raise MalformedBody("the body is not a JSON object")
    if groups not in request:
        for other in ("resourceSpans", "resourceLogs", "resourceMetrics"):
            if other in request:
                signal = other.removeprefix("resource").lower().replace("spans", "traces")
                raise MalformedBody(
                    f"the body has {other}, not {groups}: send it to /v1/{signal} instead"
                )
    try:
        each(request, groups, lambda group: take(group, _resource(group)))
    except Wrong as e:
        raise MalformedBody(f"{e.path}: {e.expected}") from e


def _resource(group: Object) -> Object:
    with within("resource"):
        try:
            return attributes_of(object_at(group, "resource"))
        except BadAttribute as e:
            raise MalformedBody("a resource of the request nests too deeply") from e


def _scope(group: Object) -> tuple[str, str, Object]:
    scope = object_at(group, "scope")
    with within("scope"):
        try:
            return text_at(scope, "name"), text_at(scope, "version"), attributes_of(scope)
        except BadAttribute as e:
            raise MalformedBody("a scope of the request nests too deeply") from e


def _project(
    headers: Mapping[str, str], group_project: str, resource: Object, attributes: Object
) -> str:
    if any(key in attributes for key in PROJECT_KEYS):
        return project_of(headers, resource, attributes)
    return group_project
