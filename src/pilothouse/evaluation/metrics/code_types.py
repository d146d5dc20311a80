"""Whether Python that a model wrote keeps to its types."""

from __future__ import annotations

import atexit
import functools
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from pilothouse.evaluation.evaluators import Evaluator
from pilothouse.evaluation.metrics.code import python_of, syntax_error, verdict
from pilothouse.evaluation.results import EvaluationResult
from pilothouse.evaluation.rows import Where

_MOST_S: Final = 120
_FINDING: Final = re.compile(r"candidate\.py:(\d+): error: (.*?)(?:  \[([\w-]+)\])?$", re.MULTILINE)


class CodeTypes(Evaluator):
    """Whether mypy finds no error in Python, which it reads and does not run.

    Packages without types count as unknown. The first row takes seconds: mypy reads Python's own
    library and keeps what it found for the next.
    """

    name = "code_types"
    cheap = False

    def __init__(
        self,
        *,
        strict: bool = False,
        name: str | None = None,
        threshold: float | None = None,
        mapping: Mapping[str, Where] | None = None,
    ) -> None:
        """`strict` has mypy ask for all that it can. Raises ImportError without mypy."""
        if find_spec("mypy") is None:
            raise ImportError("this needs mypy: pip install mypy")
        self.strict = strict
        super().__init__(name=name, threshold=threshold, mapping=mapping)

    def judge(self, *, outputs: object) -> EvaluationResult:
        """The findings stand in the metadata. Raises TimeoutExpired after two minutes."""
        code = python_of(outputs)
        wrong = syntax_error(code)
        if wrong is not None:
            return verdict(self.name, "typed", "unparsable", wrong)
        found = [
            {"line": int(line), "rule": rule, "message": message}
            for line, message, rule in _FINDING.findall(self._checked(code))
        ]
        said = "\n".join(f"line {one['line']}: {one['message']}" for one in found)
        return verdict(self.name, "typed", "faulty", said or None, findings=found)

    def _checked(self, code: str) -> str:
        """What mypy says. Raises RuntimeError where it could not read the code."""
        options = ["--config-file=", "--ignore-missing-imports", "--no-color-output"]
        options += ["--no-error-summary", "--cache-dir", _cache()]
        options += ["--strict"] if self.strict else ["--check-untyped-defs"]
        with tempfile.TemporaryDirectory(prefix="pilothouse-mypy-") as folder:
            Path(folder, "candidate.py").write_text(code, "utf-8")
            done = subprocess.run(  # noqa: S603 # mypy, by this interpreter; it runs no code it reads
                [sys.executable, "-m", "mypy", *options, "candidate.py"],
                cwd=folder,
                capture_output=True,
                text=True,
                check=False,
                timeout=_MOST_S,
            )
        if done.returncode not in (0, 1):
            raise RuntimeError(f"mypy ended with {done.returncode}: {done.stderr or done.stdout}")
        return done.stdout


@functools.cache
def _cache() -> str:
    """The folder in which mypy keeps what it knows of libraries, for as long as this process."""
    folder = tempfile.mkdtemp(prefix="pilothouse-mypy-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
