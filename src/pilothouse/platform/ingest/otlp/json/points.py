"""Points of metrics out of their OTLP/JSON objects."""

from __future__ import annotations

from typing import Any

from pilothouse.platform.ingest.otlp.json.fields import (
    Object,
    as_double,
    as_integer,
    double_at,
    each,
    integer_at,
    numbers_at,
    object_at,
    text_at,
    time_at,
    within,
)
from pilothouse.platform.ingest.otlp.json.values import attributes_of
from pilothouse.platform.ingest.otlp.metrics import exponential_buckets, point
from pilothouse.platform.store.points import MetricPoint


def points_of(metric: Object, project: str, resource: Object, scope_name: str) -> list[MetricPoint]:
    def of(data: Object, **values: Any) -> MetricPoint | None:  # Any: `point` is typed
        return point(
            project=project,
            name=text_at(metric, "name"),
            unit=text_at(metric, "unit"),
            resource=resource,
            scope_name=scope_name,
            attributes=attributes_of(data),
            start_ns=time_at(data, "startTimeUnixNano"),
            time_ns=time_at(data, "timeUnixNano"),
            **values,
        )

    def summed(data: Object) -> MetricPoint | None:
        if "asInt" in data:
            return of(data, total=float(integer_at(data, "asInt")))
        return of(data, total=double_at(data, "asDouble"))

    def histogram(data: Object) -> MetricPoint | None:
        bounds = numbers_at(data, "explicitBounds", as_double)
        return measured(data, bounds, numbers_at(data, "bucketCounts", as_integer))

    def exponential(data: Object) -> MetricPoint | None:
        positive, negative = object_at(data, "positive"), object_at(data, "negative")
        below = sum(numbers_at(negative, "bucketCounts", as_integer))
        buckets = exponential_buckets(
            integer_at(data, "scale"),
            below + integer_at(data, "zeroCount"),
            integer_at(positive, "offset"),
            numbers_at(positive, "bucketCounts", as_integer),
        )
        return measured(data, *buckets)

    def measured(data: Object, bounds: list[float], counts: list[int]) -> MetricPoint | None:
        calls, total = integer_at(data, "count"), double_at(data, "sum")
        return of(data, count=calls, total=total, bounds=bounds, counts=counts)

    points: list[MetricPoint | None] = []
    for kind, read in (
        ("gauge", summed),
        ("sum", summed),
        ("histogram", histogram),
        ("exponentialHistogram", exponential),
    ):
        with within(kind):
            points += each(object_at(metric, kind), "dataPoints", read)
    return [kept for kept in points if kept is not None]
