"""Figures of projects, as the protocol shows them beside their names."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pilothouse.filters import Expression
from pilothouse.platform.compat.langsmith.bodies import Json
from pilothouse.platform.compat.langsmith.run_stats import facets
from pilothouse.platform.compat.langsmith.services import Services
from pilothouse.platform.ingest.langsmith.times import iso_of
from pilothouse.platform.projects.models import Project
from pilothouse.platform.store import experiments as sql
from pilothouse.platform.store.selection import Selection


class SessionStats:
    """Reads the figures of projects, of all that are asked for at once."""

    def __init__(self, services: Services) -> None:
        self._store = services.store
        self._feedback = services.feedback

    async def of(
        self,
        projects: Sequence[Project],
        *,
        faceted: bool = False,
        runs: Expression | None = None,
        since: datetime | None = None,
    ) -> dict[int, Json]:
        """By the number of the project; a run counts where it is the root of its trace.

        `runs` and `since` narrow the figures (not what was said of runs) to some roots.
        """
        numbers = [each.id for each in projects]
        if not numbers:
            return {}
        await self._store.visible()
        roots = None
        if runs is not None or since is not None:
            names = {each.id: each.name for each in projects}
            roots = Selection(projects=names, filter=runs, since=since)
        figures, kinds, verdicts = await asyncio.gather(
            sql.figures(self._store, numbers, roots),
            self._kinds(numbers, roots, faceted=faceted),
            self._feedback.stats_of_projects(numbers),
        )
        return {
            number: _shown(figures.get(number, {}), kinds.get(number, {}) if faceted else None)
            | dict(
                zip(
                    ("feedback_stats", "session_feedback_stats"),
                    verdicts.get(number, ({}, {})),
                    strict=True,
                )
            )
            for number in numbers
        }

    async def _kinds(
        self, numbers: Sequence[int], roots: Selection | None, *, faceted: bool
    ) -> dict[int, dict[str, int]]:
        return await sql.kinds(self._store, numbers, roots) if faceted else {}


def _shown(row: Mapping[str, Any], kinds: Mapping[str, int] | None) -> Json:
    count = int(row.get("run_count") or 0)
    return {
        "run_count": count,
        "latency_p50": _seconds(row.get("latency_p50_us")),
        "latency_p99": _seconds(row.get("latency_p99_us")),
        "first_token_p50": _seconds(row.get("first_token_p50_us")),
        "first_token_p99": _seconds(row.get("first_token_p99_us")),
        "total_tokens": int(row.get("total_tokens") or 0),
        "prompt_tokens": int(row.get("input_tokens") or 0),
        "completion_tokens": int(row.get("output_tokens") or 0),
        "total_cost": row.get("cost_total"),
        "prompt_cost": row.get("cost_input"),
        "completion_cost": row.get("cost_output"),
        "error_rate": int(row["error_count"]) / count if count else None,
        "last_run_start_time": iso_of(int(row["last_us"])) if count else None,
        "run_facets": [] if kinds is None else facets({**row, "kinds": kinds}),
    }


def _seconds(micros: float | None) -> float | None:
    return None if micros is None else micros / 1_000_000
