"""IFEval: whether a model keeps to instructions that can be checked by a program."""

from pilothouse.evaluation.benchmarks.ifeval.checks import CHECKS
from pilothouse.evaluation.benchmarks.ifeval.following import TASK, followed

__all__ = ["CHECKS", "TASK", "followed"]
