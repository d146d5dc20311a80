"""Model benchmarks in their public row formats, scored as the reference harness scores them."""

from pilothouse.evaluation.benchmarks.catalogue import TASKS
from pilothouse.evaluation.benchmarks.report import BenchmarkReport, report_of
from pilothouse.evaluation.benchmarks.running import Asked, arun_benchmark, run_benchmark

__all__ = ["TASKS", "Asked", "BenchmarkReport", "arun_benchmark", "report_of", "run_benchmark"]
