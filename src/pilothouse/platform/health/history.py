"""What happened between two looks at the server."""

from __future__ import annotations

from pilothouse.platform.durations import Spread
from pilothouse.platform.health.models import Figures, Sample


def sample_between(before: Figures, after: Figures) -> Sample:
    """The interval that ends with the later figures."""
    seconds = max(1e-9, (after.at - before.at).total_seconds())
    reads = [(before.reads[area], spread) for area, spread in after.reads.items()]
    return Sample(
        at=after.at,
        spans_per_s=(sum(after.spans.values()) - sum(before.spans.values())) / seconds,
        rejected=sum(after.rejected.values()) - sum(before.rejected.values()),
        refused=sum(after.refused.values()) - sum(before.refused.values()),
        queue_bytes=after.queue.bytes,
        lag_s=after.queue.oldest_s,
        commit_ms=_mean_ms([(before.commits, after.commits)]),
        read_ms=_mean_ms(reads),
        cpu=(after.process.cpu_s - before.process.cpu_s) / seconds,
        memory_bytes=after.process.memory_bytes,
        disk_free_bytes=after.disk_free_bytes,
    )


def _mean_ms(pairs: list[tuple[Spread, Spread]]) -> float | None:
    count = sum(after.count - before.count for before, after in pairs)
    seconds = sum(after.seconds - before.seconds for before, after in pairs)
    return seconds * 1000 / count if count else None
