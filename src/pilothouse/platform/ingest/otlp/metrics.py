"""Which metrics are kept, and how a data point of any histogram becomes a MetricPoint."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any, Final

import orjson

from pilothouse.platform.ingest.otlp.hosts import is_of_host, of_host
from pilothouse.platform.store.points import MetricPoint

_KEPT: Final = ("gen_ai.", "mcp.", "llm.")


def is_kept_metric(name: str) -> bool:
    """Whether the metric measures calls of models, tools or agents, or the machine they run on."""
    return name.startswith(_KEPT) or is_of_host(name)


def series_of(resource: Mapping[str, Any], scope_name: str, attributes: Mapping[str, Any]) -> str:
    """32 hex digits that keep two senders of one metric apart, whatever the order of attributes."""
    identity = orjson.dumps(
        [resource, scope_name, attributes], option=orjson.OPT_SORT_KEYS, default=repr
    )
    return blake2b(identity, digest_size=16).hexdigest()


def flat(attributes: Mapping[str, Any]) -> dict[str, str]:
    """Attributes as text, JSON where they are not strings."""
    return {
        key: value if isinstance(value, str) else orjson.dumps(value, default=repr).decode()
        for key, value in attributes.items()
    }


def exponential_buckets(
    scale: int, below: int, offset: int, buckets: Sequence[int]
) -> tuple[list[float], list[int]]:
    """Explicit bounds and counts of an exponential histogram; `below` lies under its first bound.

    Bucket i of scale s covers (b**(offset + i), b**(offset + i + 1)] with b = 2**(2**-s).
    """
    if not buckets:
        return [], [below]
    bounds = [_bound(scale, offset + i) for i in range(len(buckets) + 1)]
    return bounds, [below, *buckets, 0]


def _bound(scale: int, index: int) -> float:
    try:
        return float(2.0 ** (index * 2.0**-scale))
    except OverflowError:
        return sys.float_info.max


def point(
    *,
    project: str,
    name: str,
    unit: str,
    resource: Mapping[str, Any],
    scope_name: str,
    attributes: Mapping[str, Any],
    start_ns: int,
    time_ns: int,
    count: int = 0,
    total: float = 0.0,
    bounds: list[float] | None = None,
    counts: list[int] | None = None,
) -> MetricPoint | None:
    """A point of the series that resource, scope and attributes name together.

    None for one that is not kept.
    """
    kept: Mapping[str, Any] | None = attributes
    if is_of_host(name):
        # A sender that could not measure says NaN: there is nothing to show.
        kept = of_host(name, resource, attributes) if math.isfinite(total) else None
    if kept is None:
        return None
    return MetricPoint(
        project=project,
        name=name,
        series=series_of(resource, scope_name, attributes),
        start_ns=start_ns,
        time_ns=time_ns,
        unit=unit,
        attributes=flat(kept),
        count=count,
        sum=total,
        bounds=bounds or [],
        counts=counts or [],
    )
