"""Statistics of experiments over HTTP."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query

from pilothouse.platform.experiments.significance import Significance
from pilothouse.platform.experiments.significance_shapes import (
    CalibrationOut,
    ComparisonStatistics,
    MatrixOut,
)

Ids = Annotated[
    list[str], Query(alias="experiment", description="Ids, one parameter each.", max_length=20)
]


def add_statistics(routes: APIRouter, significance: Significance) -> None:
    """The routes of statistics."""

    @routes.get("/experiments/compare/statistics")
    async def compare_by_statistics(
        experiment: Ids,
        *,
        baseline: Annotated[
            str | None, Query(description="The experiment to compare with; the first if left out.")
        ] = None,
        against: Annotated[
            str | None, Query(description="The candidate; the first other one if left out.")
        ] = None,
        metric: Annotated[str | None, Query(description="Only this score or measure.")] = None,
    ) -> ComparisonStatistics:
        """Whether a candidate differs from a baseline beyond chance, in every score and measure.

        Runs are paired by example, repetitions averaged first; p-values are raised for the number
        of metrics. Runs that failed have no measures, and errors of evaluators no scores: both are
        counted.
        """
        found = await significance.compared(experiment, baseline, against)
        return await asyncio.to_thread(ComparisonStatistics.of, found, metric)

    @routes.get("/experiments/compare/matrix")
    async def compare_every_pair(
        experiment: Ids,
        metric: Annotated[
            str | None, Query(description="A score or measure; the first score if left out.")
        ] = None,
    ) -> MatrixOut:
        """Every experiment against every other, by which does better on an example."""
        return MatrixOut.of(await significance.matrix(experiment, metric))

    @routes.get("/experiments/{experiment_id}/calibration")
    async def calibrate_judge(
        experiment_id: str,
        judge: Annotated[str, Query(description="The name of the judge's score.")],
        human: Annotated[str, Query(description="The name of people's score.")],
        *,
        threshold: Annotated[
            float | None, Query(description="Compares which side of it both fall on.")
        ] = None,
        before: Annotated[
            str | None,
            Query(description="Id of an earlier experiment: whether the agreement fell since."),
        ] = None,
        limit: Annotated[int, Query(ge=0, le=1000, description="Most disagreements.")] = 100,
    ) -> CalibrationOut:
        """How far a judge agrees with people on the runs of an experiment."""
        found = await significance.agreement(experiment_id, judge, human, threshold, before)
        return await asyncio.to_thread(CalibrationOut.of, found, judge, human, limit)
