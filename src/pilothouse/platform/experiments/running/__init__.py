"""Experiments that the server runs itself: a prompt or an application over a dataset, judged."""

from pilothouse.platform.experiments.running.service import ExperimentRuns

__all__ = ["ExperimentRuns"]
