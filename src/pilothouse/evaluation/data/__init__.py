"""Data for evaluation: where rows come from, and where results go."""

from pilothouse.evaluation.data.sources import ServedRows, from_dataset, from_traces
from pilothouse.evaluation.data.upload import Uploaded, upload

__all__ = ["ServedRows", "Uploaded", "from_dataset", "from_traces", "upload"]
