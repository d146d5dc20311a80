"""The SQL of what changed since a moment ago."""

from __future__ import annotations

from pilothouse.platform.store.binds import Binds
from pilothouse.platform.store.engine import Store


async def newest(store: Store) -> int:
    """The version of the trace that changed last; 0 when there is none."""
    [(version,)] = await store.rows("SELECT max(version) FROM traces")
    return int(version)


def between(seen: int, newest_version: int) -> tuple[str, Binds]:
    """The condition on traces that changed after one version and up to another.

    The ids come from the narrow version column without FINAL; the rest of the row is then read
    for these traces only.
    """
    binds = Binds()
    after, upto = binds.integer(seen), binds.integer(newest_version)
    changed = f"version > {after} AND version <= {upto}"
    ids = f"SELECT project, hour, trace_id FROM traces WHERE {changed}"
    return f"(project, hour, trace_id) IN ({ids}) AND version > {after}", binds
