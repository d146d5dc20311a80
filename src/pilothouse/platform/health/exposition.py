"""Figures as Prometheus reads them: its text format, or OpenMetrics for who asks for that.

Imported at the first scrape: the library takes a tenth of a second that no start should pay.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from pilothouse.platform.durations import BOUNDS_S, Spread
from pilothouse.platform.health.metrics import METRICS, Metric
from pilothouse.platform.health.models import Figures

_ENDS: Final = [*map(str, BOUNDS_S), "+Inf"]


def exposed(figures: Figures, accept: str) -> tuple[bytes, str]:
    """The text of a scrape, and its content type; `accept` is the header of the request."""
    encode, content_type = choose_encoder(accept)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Snapshot(figures))
    return encode(registry), content_type


class _Snapshot(Collector):
    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def describe(self) -> Iterable[Family]:
        return []  # else it is collected once more, to see its names

    def collect(self) -> Iterator[Family]:
        for metric in METRICS:
            yield _family(metric, self._figures)


def _family(metric: Metric, figures: Figures) -> Family:
    if metric.kind == "histogram":
        spreads = HistogramMetricFamily(metric.name, metric.sentence, labels=metric.labels)
        for labels, value in metric.read(figures):
            if isinstance(value, Spread):
                ends = zip(_ENDS, map(float, accumulate(value.counts)), strict=True)
                spreads.add_metric(labels, list(ends), value.seconds)
        return spreads
    made = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
    family = made(metric.name, metric.sentence, labels=metric.labels)
    for labels, value in metric.read(figures):
        if isinstance(value, int | float):
            family.add_metric(labels, value)
    return family
