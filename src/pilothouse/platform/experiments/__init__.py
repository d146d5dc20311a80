"""Experiments: runs over the examples of a dataset, compared with each other."""

from pilothouse.platform.experiments.service import ExperimentService

__all__ = ["ExperimentService"]
