"""Measures over time and groups."""

from __future__ import annotations

from typing import Any

from pilothouse.platform.query.scope import Projects, filter_of, projects_of
from pilothouse.platform.query.sums_models import MetricsQuestion
from pilothouse.platform.store import aggregates
from pilothouse.platform.store.aggregates import Question, field_of, interval_s
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.selection import Selection
from pilothouse.platform.store.shown import rfc3339
from pilothouse.platform.store.text_match import pieces


class MetricQueries:
    """Measures traces, spans and sessions."""

    def __init__(self, store: Store, projects: Projects) -> None:
        self._store = store
        self._projects = projects

    async def answer(self, asked: MetricsQuestion) -> dict[str, Any]:
        """The series of a question. Raises BadRequest, NotFound."""
        question = Question(
            scope=asked.scope,
            selection=Selection(
                projects=projects_of(self._projects, asked.project, plain=True),
                since=asked.since,
                until=asked.until,
                filter=filter_of(asked.filter),
                pieces=tuple(pieces(asked.q or "")),
            ),
            measures=[aggregates.measure_of(text) for text in dict.fromkeys(asked.measures)],
            group_by=[field_of(text, "group_by") for text in asked.group_by],
            interval_s=None if not asked.interval else interval_s(asked.interval),
            limit=asked.limit,
        )
        await self._store.visible()
        found = await aggregates.measure(self._store, question)
        series: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        for time_s, group, values in found.rows:
            time = None if time_s is None else rfc3339(time_s * 1_000_000)
            if time is None and asked.since is not None:
                time = asked.since.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            series.setdefault(group, []).append({"time": time, **values})
        return {
            "interval": asked.interval,
            "series": [
                {
                    "group": dict(zip(asked.group_by, (v or None for v in group), strict=True)),
                    "points": points,
                }
                for group, points in series.items()
            ],
            "truncated": found.truncated,
        }
