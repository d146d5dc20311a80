"""An experiment for those who read it: machines (JSON, JUnit XML) and people (Markdown)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from pilothouse.evaluation.runner.errors import ExperimentError
from pilothouse.evaluation.runner.experiment import Experiment
from pilothouse.evaluation.runner.reports.document import as_json
from pilothouse.evaluation.runner.reports.junit import as_junit
from pilothouse.evaluation.runner.reports.markdown import as_markdown

FORMATS: Final[Mapping[str, Callable[[Experiment], str]]] = {
    ".json": as_json,
    ".md": as_markdown,
    ".xml": as_junit,
}
"""By the end of the file's name."""


def write_report(experiment: Experiment, path: Path) -> None:
    """Writes the report that the file's name asks for. Raises ExperimentError for another name."""
    write = FORMATS.get(path.suffix.lower())
    if write is None:
        raise ExperimentError(f"a report ends in {', '.join(FORMATS)}, not {path.name!r}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(write(experiment), "utf-8")


__all__ = ["FORMATS", "as_json", "as_junit", "as_markdown", "write_report"]
