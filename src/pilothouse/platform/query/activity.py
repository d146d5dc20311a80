"""What the list of projects tells of their traces."""

from __future__ import annotations

import time
from collections.abc import Collection

from pilothouse.platform.projects.models import ProjectActivity
from pilothouse.platform.store import activity
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.shown import rfc3339


class ProjectActivities:
    """Counts the traces of projects."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of(self, numbers: Collection[int]) -> dict[int, ProjectActivity]:
        """The activity of each project, by number."""
        await self._store.visible()
        found = await activity.of_projects(self._store, numbers, int(time.time()))
        return {
            number: ProjectActivity(
                trace_count=each.traces,
                error_count=each.errors,
                last_trace_at=rfc3339(each.last_us),
                activity=each.hours,
            )
            for number, each in found.items()
        }
