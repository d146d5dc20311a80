"""Runs code of others in a process of its own, without network, files or other processes."""

from pilothouse.evaluation.sandbox.code import CodeEvaluator, default_sandbox
from pilothouse.evaluation.sandbox.errors import (
    BadResult,
    BadSource,
    CodeRaised,
    Crashed,
    NetworkDenied,
    OutOfMemory,
    ProcessDenied,
    SandboxError,
    TimedOut,
    Unconfined,
)
from pilothouse.evaluation.sandbox.limits import Confinement, Limits
from pilothouse.evaluation.sandbox.pool import Sandbox

__all__ = [
    "BadResult",
    "BadSource",
    "CodeEvaluator",
    "CodeRaised",
    "Confinement",
    "Crashed",
    "Limits",
    "NetworkDenied",
    "OutOfMemory",
    "ProcessDenied",
    "Sandbox",
    "SandboxError",
    "TimedOut",
    "Unconfined",
    "default_sandbox",
]
