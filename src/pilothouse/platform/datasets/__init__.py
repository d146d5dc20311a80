"""Datasets: examples with every version of them, splits, schemas and attachments."""

from pilothouse.platform.datasets.service import DatasetService

__all__ = ["DatasetService"]
