"""What is kept of a metric that somebody sends."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class MetricPoint:
    """One data point: of a histogram or sum, cumulative since `start_ns` as its sender counts, or
    of a gauge, whose value is the sum of no counts."""

    project: str
    name: str
    series: str
    """Hash of resource, scope and attributes: two senders of one metric stay apart."""
    start_ns: int
    time_ns: int
    unit: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    count: int = 0
    sum: float = 0.0
    bounds: list[float] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
