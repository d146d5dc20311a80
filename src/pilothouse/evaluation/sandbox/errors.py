"""What can go wrong with code in a sandbox.

SandboxError
├── BadSource         the source cannot be read, or lacks the function
├── CodeRaised        the code raised an error of its own
├── TimedOut          it took too long, by the clock or of the processor
├── OutOfMemory       it wanted more memory than it may have
├── Crashed           its process ended
├── BadResult         what it returned is no JSON, or too large
├── NetworkDenied     it wanted the network
├── ProcessDenied     it wanted to start or reach another process
└── Unconfined        this platform cannot confine it
"""

from __future__ import annotations

from pilothouse.evaluation.errors import EvaluationError


class SandboxError(EvaluationError):
    """The root of the errors of this package."""


class BadSource(SandboxError, ValueError):
    """The source cannot be read, or lacks the function."""


class CodeRaised(SandboxError):
    """The code raised an error of its own."""

    def __init__(self, type: str, message: str, line: int | None) -> None:
        where = "" if line is None else f" (line {line})"
        super().__init__(f"{type}: {message}{where}" if message else f"{type}{where}")
        self.type = type
        """The name of the error's class."""
        self.line = line
        """The line of the source that it comes from."""


class TimedOut(SandboxError):
    """The code took too long, by the clock or of the processor."""


class OutOfMemory(SandboxError):
    """The code wanted more memory than it may have."""


class Crashed(SandboxError):
    """The process that ran the code ended."""


class BadResult(SandboxError):
    """What the code returned is no JSON, or too large."""


class NetworkDenied(SandboxError):
    """The code wanted the network."""


class ProcessDenied(SandboxError):
    """The code wanted to start or reach another process."""


class Unconfined(SandboxError):
    """This platform cannot confine code, and nobody allowed to run it all the same."""
