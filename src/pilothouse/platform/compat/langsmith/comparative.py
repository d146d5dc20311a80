"""Comparative experiments: which of two outputs was preferred."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import Field

from pilothouse.platform.compat.langsmith.bodies import (
    Author,
    Body,
    Json,
    Moment,
    Reader,
    answer,
    page_of,
    time_text,
)
from pilothouse.platform.compat.langsmith.services import Services
from pilothouse.platform.experiments.models import ComparativeExperiment, Experiment, ScoreStats
from pilothouse.platform.records.settings import workspace_id


class NewComparative(Body):
    """A comparative experiment to make."""

    id: UUID | None = None
    name: str | None = None
    description: str | None = None
    experiment_ids: list[UUID] = Field(min_length=1)
    reference_dataset_id: UUID | None = None
    created_at: Moment | None = None
    extra: Json | None = None


def router(services: Services) -> APIRouter:
    """The routes of comparative experiments; to be included before those of one dataset."""
    routes = APIRouter(prefix="/datasets")
    comparatives = services.experiments.comparatives

    async def shown(found: ComparativeExperiment) -> Json:
        stats = await comparatives.preferences(found.id)
        return await asyncio.to_thread(_with_names, services, found, stats)

    @routes.post("/comparative")
    def create(body: NewComparative, _author: Author) -> Response:
        dataset = body.reference_dataset_id
        made = comparatives.create(
            [str(one) for one in body.experiment_ids],
            id=None if body.id is None else str(body.id),
            name=body.name or "",
            description=body.description or "",
            dataset_id=None if dataset is None else str(dataset),
            extra=body.extra,
            created_at=body.created_at,
        )
        return answer(_with_names(services, made, {}))

    @routes.get("/comparative/{comparative_id}")
    async def read(comparative_id: UUID, _reader: Reader) -> Response:
        found = await asyncio.to_thread(comparatives.get, str(comparative_id))
        return answer(await shown(found))

    @routes.delete("/comparative/{comparative_id}")
    def delete(comparative_id: UUID, _author: Author) -> Response:
        comparatives.delete(str(comparative_id))
        return answer({"message": "the comparative experiment is deleted"})

    @routes.get("/{dataset_id}/comparative")
    async def list_of_dataset(
        dataset_id: UUID,
        _reader: Reader,
        id: Annotated[list[UUID] | None, Query()] = None,
        name: str | None = None,
        name_contains: str | None = None,
        limit: int | None = None,
        offset: Annotated[int, Query(ge=0)] = 0,
    ) -> Response:
        owner = (await asyncio.to_thread(services.datasets.get, str(dataset_id))).id
        known = await asyncio.to_thread(comparatives.list, owner, limit=10_000)
        ids = None if id is None else {str(one) for one in id}
        part = (name_contains or "").lower()
        found = [
            each
            for each in known
            if (ids is None or each.id in ids)
            and (name is None or each.name == name)
            and part in each.name.lower()
        ]
        some = found[offset : offset + page_of(limit)]
        return answer([await shown(each) for each in some])

    return routes


def _with_names(
    services: Services, found: ComparativeExperiment, stats: Mapping[str, Sequence[ScoreStats]]
) -> Json:
    ids = list(found.experiment_ids)
    known: dict[str, Experiment] = {
        each.id: each for each in services.experiments.list(ids=ids, limit=len(ids))
    }
    return {
        "id": found.id,
        "tenant_id": workspace_id(services.records),
        "name": found.name or None,
        "description": found.description or None,
        "reference_dataset_id": found.dataset_id,
        "created_at": time_text(found.created_at),
        "modified_at": time_text(found.modified_at),
        "extra": dict(found.extra),
        "experiments_info": [
            {"id": each, "name": known[each].name} for each in ids if each in known
        ],
        "feedback_stats": {
            experiment: {each.name: _stats(each) for each in some}
            for experiment, some in stats.items()
            if some
        },
    }


def _stats(score: ScoreStats) -> Json:
    return {
        "n": score.n,
        "avg": score.mean,
        "values": dict(score.labels),
        "comments": list(score.comments),
        "sources": [],
        "min": score.min,
        "max": score.max,
        "stdev": score.stdev,
        "errors": score.errors,
    }
