"""What one ingest request brings, whatever its protocol."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pilothouse.platform.store.large_values import Blob
from pilothouse.platform.store.points import MetricPoint
from pilothouse.spans import LogRecord, Score, Source


@dataclass(slots=True, kw_only=True)
class Batch:
    """Decoded spans, log records and metric points, each carrying the name of its project."""

    sources: list[Source] = field(default_factory=list)
    logs: list[LogRecord] = field(default_factory=list)
    metrics: list[MetricPoint] = field(default_factory=list)
    blobs: list[Blob] = field(default_factory=list)
    """Files that came beside the spans."""
    scores: list[Score] = field(default_factory=list)
    """Verdicts that came for themselves, not written on a span."""
    size_bytes: int = 0
    """What the request measured before decoding (inflated): no value in it is larger."""

    def __bool__(self) -> bool:
        """Whether it brings anything."""
        return bool(self.sources or self.logs or self.metrics or self.blobs or self.scores)


def joined(batches: Sequence[Batch]) -> Batch:
    """All that several batches bring, as one."""
    if len(batches) == 1:
        return batches[0]
    whole = Batch()
    for batch in batches:
        whole.sources += batch.sources
        whole.logs += batch.logs
        whole.metrics += batch.metrics
        whole.blobs += batch.blobs
        whole.scores += batch.scores
        whole.size_bytes += batch.size_bytes
    return whole
