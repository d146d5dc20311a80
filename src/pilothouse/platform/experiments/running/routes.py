"""Experiments that the server runs, over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, status

from pilothouse.platform.access.workspace import changes_workspace
from pilothouse.platform.experiments.running.service import ExperimentRuns
from pilothouse.platform.experiments.running.shapes import NewRun, RunStarted


def add_running(routes: APIRouter, runs: ExperimentRuns) -> None:
    """The route that begins an experiment on the server."""

    @routes.post("/experiments/run", status_code=status.HTTP_201_CREATED)
    def run_experiment(
        body: NewRun, author: Annotated[str, Depends(changes_workspace)]
    ) -> RunStarted:
        """Run a prompt or an application over a dataset, and judge what it answers.

        A job does it, which may be cancelled and goes on after a restart. Rows stand in the
        experiment as they are done.
        """
        experiment, job_id = runs.start(body, author)
        return RunStarted(experiment_id=experiment.id, job_id=job_id)
