"""Experiments over HTTP."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query, Request, status

from pilothouse.platform.access.workspace import (
    changes_workspace,
    reads_workspace,
    sees_workspace,
)
from pilothouse.platform.datasets.parameters import json_object, page_cursor, place_in
from pilothouse.platform.datasets.reading import place_of
from pilothouse.platform.experiments.comparatives import Comparatives
from pilothouse.platform.experiments.models import Change, Preference
from pilothouse.platform.experiments.running.routes import add_running
from pilothouse.platform.experiments.running.service import ExperimentRuns
from pilothouse.platform.experiments.service import ExperimentService
from pilothouse.platform.experiments.shapes import (
    ComparativeOut,
    ComparativePage,
    ComparisonOut,
    ExperimentChange,
    ExperimentOut,
    ExperimentPage,
    ExperimentRow,
    ExperimentRows,
    NewComparative,
    NewExperiment,
    PreferenceIn,
)
from pilothouse.platform.experiments.significance import Significance
from pilothouse.platform.experiments.significance_routes import add_statistics
from pilothouse.platform.query.scope import filter_of
from pilothouse.platform.routing import ApiRouter, join

Author = Annotated[str, Depends(changes_workspace)]
Limit = Annotated[int, Query(ge=1, le=1000)]
Several = Annotated[
    list[str], Query(alias="experiment", description="Ids, one parameter each.", max_length=20)
]
Baseline = Annotated[
    str | None, Query(description="One of the experiments; the first if left out.")
]


def router(
    experiments: ExperimentService, significance: Significance, runs: ExperimentRuns
) -> APIRouter:
    """The routes of experiments and comparative experiments."""
    routes = ApiRouter(tags=["experiments"])
    _add_lists(routes, experiments)
    add_running(routes, runs)
    readable = ApiRouter(tags=["experiments"], dependencies=[Depends(reads_workspace)])
    _add_comparison(readable, experiments)  # before the others: compare is no id
    add_statistics(readable, significance)
    _add_one(readable, experiments)
    _add_comparatives(readable, experiments.comparatives)
    join(routes, [readable])
    return routes


def _add_lists(routes: APIRouter, experiments: ExperimentService) -> None:
    @routes.get("/experiments")
    async def list_experiments(
        request: Request,
        *,
        dataset: Annotated[str | None, Query(description="Id of a dataset.")] = None,
        q: Annotated[str | None, Query(description="A part of the name.")] = None,
        id: Annotated[list[str] | None, Query()] = None,
        metadata: Annotated[
            str | None, Query(description="A JSON object that theirs contains.")
        ] = None,
        stats: Annotated[bool, Query(description="Whether to measure them.")] = True,
        limit: Limit = 50,
        cursor: str | None = None,
    ) -> ExperimentPage:
        """Experiments, the newest first."""
        if not sees_workspace(request):
            return ExperimentPage(items=[])
        wanted = json_object(metadata, "metadata")
        found = await asyncio.to_thread(
            lambda: experiments.list(
                dataset,
                name_contains=q,
                ids=id,
                metadata=wanted,
                limit=limit + 1,
                after=place_in(cursor, "experiments"),
            )
        )
        shown = found[:limit]
        measured = await experiments.stats([each.id for each in shown]) if stats else {}
        return ExperimentPage(
            items=[ExperimentOut.of(each, measured.get(each.id)) for each in shown],
            next_cursor=page_cursor("experiments", found, limit, place_of),
        )

    @routes.post("/experiments", status_code=status.HTTP_201_CREATED)
    def begin_experiment(body: NewExperiment, author: Author) -> ExperimentOut:
        """A new experiment; send its runs to the project of its name."""
        given: dict[str, Any] = body.model_dump(exclude={"name", "dataset_id", "metadata"})
        extra = {"metadata": body.metadata}
        made = experiments.create(body.name, body.dataset_id, **given, extra=extra, by=author)
        return ExperimentOut.of(made, None)


def _add_comparison(routes: APIRouter, experiments: ExperimentService) -> None:
    @routes.get("/experiments/compare")
    async def compare(experiment: Several, baseline: Baseline = None) -> ComparisonOut:
        """Every score and measure of some experiments against a baseline.

        An example is better, worse or the same by the mean of its runs; durations, tokens and cost
        are the same within five percent.
        """
        found = await experiments.compare(experiment, baseline)
        ids = list(found.experiment_ids)
        chosen = await asyncio.to_thread(lambda: experiments.list(ids=ids, limit=len(ids)))
        by_id = {each.id: each for each in chosen}
        return ComparisonOut.of(found, [by_id[each] for each in ids], await experiments.stats(ids))

    @routes.get("/experiments/compare/rows")
    async def compared_rows(
        experiment: Several,
        *,
        baseline: Baseline = None,
        metric: Annotated[
            str | None, Query(description="A score, or duration_ms, total_tokens, cost.")
        ] = None,
        change: Annotated[Change | None, Query(description="How it changed.")] = None,
        against: Annotated[
            str | None, Query(description="The experiment whose change counts; else the second.")
        ] = None,
        example: Annotated[list[str] | None, Query(max_length=1000)] = None,
        split: Annotated[list[str] | None, Query()] = None,
        filter: Annotated[
            str | None,
            Query(description='What a run of each experiment must be: `status = "error"`.'),
        ] = None,
        preview: bool = False,
        limit: Limit = 50,
        cursor: str | None = None,
    ) -> ExperimentRows:
        """Examples with all their runs in some experiments, and what differs from the baseline."""
        expression = filter_of(filter)
        rows = await experiments.rows(
            experiment,
            baseline_id=baseline,
            metric=metric,
            change=change,
            experiment_id=against,
            example_ids=example,
            splits=split,
            filters=None if expression is None else dict.fromkeys(experiment, expression),
            preview=preview,
            limit=limit + 1,
            after=place_in(cursor, "rows"),
        )
        return ExperimentRows(
            items=[ExperimentRow.of(row) for row in rows[:limit]],
            next_cursor=page_cursor("rows", rows, limit, lambda row: place_of(row.example)),
        )


def _add_one(routes: APIRouter, experiments: ExperimentService) -> None:
    @routes.get("/experiments/{experiment_id}")
    async def get_experiment(experiment_id: str) -> ExperimentOut:
        """One experiment with what was measured of it."""
        found = await asyncio.to_thread(experiments.get, experiment_id)
        stats = await experiments.stats([found.id])
        return ExperimentOut.of(found, stats[found.id])

    @routes.patch("/experiments/{experiment_id}")
    def change_experiment(
        experiment_id: str, body: ExperimentChange, _author: Author
    ) -> ExperimentOut:
        """The experiment after a change; `ended_at` ends it."""
        given = body.model_dump(exclude={"metadata"})
        extra = None
        if body.metadata is not None:
            extra = {**experiments.get(experiment_id).extra, "metadata": body.metadata}
        return ExperimentOut.of(experiments.change(experiment_id, extra=extra, **given), None)

    @routes.delete("/experiments/{experiment_id}", status_code=status.HTTP_204_NO_CONTENT)
    def remove_experiment(experiment_id: str, _author: Author) -> None:
        """Remove an experiment; its runs are removed by a job."""
        experiments.delete(experiment_id)

    @routes.get("/experiments/{experiment_id}/rows")
    async def rows_of_experiment(
        experiment_id: str,
        *,
        example: Annotated[list[str] | None, Query(max_length=1000)] = None,
        split: Annotated[list[str] | None, Query()] = None,
        filter: Annotated[
            str | None, Query(description="What a run of the example must be.")
        ] = None,
        preview: bool = False,
        limit: Limit = 50,
        cursor: str | None = None,
    ) -> ExperimentRows:
        """Examples in the order of their creation, with all runs that the experiment made."""
        expression = filter_of(filter)
        rows = await experiments.rows(
            [experiment_id],
            example_ids=example,
            splits=split,
            filters=None if expression is None else {experiment_id: expression},
            preview=preview,
            limit=limit + 1,
            after=place_in(cursor, "rows"),
        )
        return ExperimentRows(
            items=[ExperimentRow.of(row) for row in rows[:limit]],
            next_cursor=page_cursor("rows", rows, limit, lambda row: place_of(row.example)),
        )


def _add_comparatives(routes: APIRouter, comparatives: Comparatives) -> None:
    @routes.get("/comparative-experiments")
    def list_comparatives(
        dataset: Annotated[str | None, Query(description="Id of a dataset.")] = None,
        limit: Limit = 50,
        cursor: str | None = None,
    ) -> ComparativePage:
        """Comparative experiments, the newest first."""
        found = comparatives.list(dataset, limit=limit + 1, after=place_in(cursor, "comparatives"))
        return ComparativePage(
            items=[ComparativeOut.of(each) for each in found[:limit]],
            next_cursor=page_cursor("comparatives", found, limit, place_of),
        )

    @routes.post("/comparative-experiments", status_code=status.HTTP_201_CREATED)
    def make_comparative(body: NewComparative, _author: Author) -> ComparativeOut:
        """A new comparative experiment."""
        made = comparatives.create(
            body.experiment_ids,
            id=body.id,
            name=body.name,
            description=body.description,
            extra={"metadata": body.metadata},
        )
        return ComparativeOut.of(made)

    @routes.get("/comparative-experiments/{comparative_id}")
    async def get_comparative(comparative_id: str) -> ComparativeOut:
        """A comparative experiment with how often each experiment was preferred."""
        found = await asyncio.to_thread(comparatives.get, comparative_id)
        return ComparativeOut.of(found, await comparatives.preferences(found.id))

    @routes.delete(
        "/comparative-experiments/{comparative_id}", status_code=status.HTTP_204_NO_CONTENT
    )
    def remove_comparative(comparative_id: str, _author: Author) -> None:
        """Remove a comparative experiment; its experiments stay."""
        comparatives.delete(comparative_id)

    @routes.post("/comparative-experiments/{comparative_id}/preferences")
    async def prefer(
        comparative_id: str,
        body: Annotated[list[PreferenceIn], Body(min_length=1, max_length=500)],
        _author: Author,
    ) -> ComparativeOut:
        """Keep preferences; the same one again replaces itself."""
        given = [Preference(**each.model_dump()) for each in body]
        await comparatives.prefer(comparative_id, given)
        return await get_comparative(comparative_id)
