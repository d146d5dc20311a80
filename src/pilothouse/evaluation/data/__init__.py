"""Data for evaluation: where rows come from, how they are chosen, and where results go."""

from pilothouse.evaluation.data.few_shot import FewShots
from pilothouse.evaluation.data.finetuning import export_finetune
from pilothouse.evaluation.data.sources import ServedRows, from_dataset, from_traces
from pilothouse.evaluation.data.upload import Uploaded, upload

__all__ = [
    "FewShots",
    "ServedRows",
    "Uploaded",
    "export_finetune",
    "from_dataset",
    "from_traces",
    "upload",
]
