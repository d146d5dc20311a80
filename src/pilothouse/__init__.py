"""Pilothouse takes LLM applications from pilot to production.

    import pilothouse as ph

    ph.init(project="support")

Each name is loaded when it is first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pilothouse.client import Client
    from pilothouse.evaluation.benchmarks import arun_benchmark, run_benchmark
    from pilothouse.evaluation.langchain import load_dataset, load_evaluator, load_evaluators
    from pilothouse.evaluation.runner import aevaluate, evaluate
    from pilothouse.tracing import (
        Session,
        Span,
        end_session,
        flush,
        init,
        observe,
        score,
        session,
        shutdown,
        span,
        trace,
    )

    __version__: str

_HOME = {
    "Client": "pilothouse.client",
    "Session": "pilothouse.tracing",
    "Span": "pilothouse.tracing",
    "aevaluate": "pilothouse.evaluation.runner",
    "arun_benchmark": "pilothouse.evaluation.benchmarks",
    "end_session": "pilothouse.tracing",
    "evaluate": "pilothouse.evaluation.runner",
    "flush": "pilothouse.tracing",
    "init": "pilothouse.tracing",
    "load_dataset": "pilothouse.evaluation.langchain",
    "load_evaluator": "pilothouse.evaluation.langchain",
    "load_evaluators": "pilothouse.evaluation.langchain",
    "observe": "pilothouse.tracing",
    "run_benchmark": "pilothouse.evaluation.benchmarks",
    "score": "pilothouse.tracing",
    "session": "pilothouse.tracing",
    "shutdown": "pilothouse.tracing",
    "span": "pilothouse.tracing",
    "trace": "pilothouse.tracing",
}

__all__ = [
    "Client",
    "Session",
    "Span",
    "__version__",
    "aevaluate",
    "arun_benchmark",
    "end_session",
    "evaluate",
    "flush",
    "init",
    "load_dataset",
    "load_evaluator",
    "load_evaluators",
    "observe",
    "run_benchmark",
    "score",
    "session",
    "shutdown",
    "span",
    "trace",
]


def __getattr__(name: str) -> Any:  # Any: the type checker reads the imports above
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            value = version("pilothouse")
        except PackageNotFoundError:  # run from a checkout that is not installed
            value = "0.0.0"
    elif name in _HOME:
        value = getattr(import_module(_HOME[name]), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
