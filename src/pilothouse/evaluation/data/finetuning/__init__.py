"""Exports rows as files that models are fine-tuned with."""

from pilothouse.evaluation.data.finetuning.exporting import Exported, export_finetune
from pilothouse.evaluation.data.finetuning.formats import FORMATS
from pilothouse.evaluation.data.finetuning.samples import (
    Sample,
    Unusable,
    pairs_of_scores,
    pairs_of_verdicts,
    preferred,
    sample_of,
)

__all__ = [
    "FORMATS",
    "Exported",
    "Sample",
    "Unusable",
    "export_finetune",
    "pairs_of_scores",
    "pairs_of_verdicts",
    "preferred",
    "sample_of",
]
