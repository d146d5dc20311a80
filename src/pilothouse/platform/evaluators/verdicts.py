"""The stored scores of an evaluator, with what its model read and answered."""

from __future__ import annotations

import math
from typing import Any, Final

import orjson

from pilothouse.platform.evaluators.models import PROJECT
from pilothouse.platform.query.scope import Projects
from pilothouse.platform.query.scores import ScoreService
from pilothouse.platform.store import online
from pilothouse.platform.store.engine import Store

TRACE: Final = "evaluator_trace_id"
RAW: Final = "raw"
COST: Final = "cost"
SHARE: Final = "sampling_share"
"""What the metadata of a score says of the calls behind it, and the share of its like judged."""


class Verdicts:
    """Reads the scores that evaluators gave."""

    def __init__(self, store: Store, scores: ScoreService, projects: Projects) -> None:
        self._store = store
        self._scores = scores
        self._projects = projects

    async def page(
        self,
        evaluator_id: str,
        project: str | None,
        *,
        status: str | None,
        limit: int,
        cursor: str | None,
    ) -> dict[str, Any]:
        """One page, the newest first."""
        wanted = {"identifier": evaluator_id} | ({"status": status} if status else {})
        page: dict[str, Any] = orjson.loads(
            await self._scores.page(project, wanted=wanted, limit=limit, cursor=cursor)
        )
        prompts = await self._prompts(
            [trace for item in page["items"] if (trace := item["metadata"].get(TRACE))]
        )
        for item in page["items"]:
            metadata = item["metadata"]
            item["prompt"] = prompts.get(metadata.get(TRACE, ""))
            item["raw"] = metadata.get(RAW)
            item["cost"] = _dollars(metadata.get(COST, ""))
        return page

    async def _prompts(self, trace_ids: list[str]) -> dict[str, str]:
        """What the first call of some evaluations read, by their traces."""
        project = self._projects.find(PROJECT)
        if project is None or not trace_ids:
            return {}
        inputs = await online.first_inputs(self._store, project, trace_ids, "llm")
        return {trace_id: _as_text(text) for trace_id, text in inputs.items()}


def _dollars(text: str) -> float | None:
    """A cost; None for what is none, as whoever gives scores writes there what they like."""
    try:
        found = float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def _as_text(text: str) -> str:
    """Messages as a person reads them; anything else as it is."""
    try:
        turns = orjson.loads(text)
        return "\n\n".join(f"[{turn['role']}]\n{turn['content']}" for turn in turns)
    except (orjson.JSONDecodeError, TypeError, KeyError):
        return text
