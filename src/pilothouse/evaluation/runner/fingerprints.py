"""What a target's answers and an evaluator's verdicts depend on, in a few digits.

A stored result is used again only where these are the same.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import partial
from types import CodeType
from typing import Any, Final

from pilothouse.evaluation.evaluators import Evaluator
from pilothouse.evaluation.runner.documents import digest
from pilothouse.evaluation.runner.targets import Target

_OWN: Final = frozenset(
    ("parameters", "required", "threshold", "mapped", "judge", "ajudge", "_sync", "_async")
)
"""What every evaluator has, and the threshold: it changes who passes, not the score."""


def evaluator_fingerprint(evaluator: Evaluator) -> str:
    """Of an evaluator: its class, version and settings, and the source of functions among them."""
    kind = type(evaluator)
    settings = {k: v for k, v in vars(evaluator).items() if k not in _OWN}
    return digest(
        [
            f"{kind.__module__}.{kind.__qualname__}",
            evaluator.version,
            evaluator.name,
            evaluator.direction,
            {name: _content(where, 0) for name, where in evaluator.parameters.items()},
            {name: _content(value, 0) for name, value in sorted(settings.items())},
        ]
    )


def target_fingerprint(target: Target) -> str:
    """Of a target its name alone: an application changes in more places than can be seen."""
    return digest(["target", target.name])


def _content(value: Any, depth: int) -> Any:
    """What of a value is the same in another process; of unknown objects their type and fields."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if depth > 4:  # deeper than any setting; objects may refer to each other
        return type(value).__qualname__
    if isinstance(value, Mapping):
        return {str(k): _content(v, depth + 1) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_content(v, depth + 1) for v in value]
    if isinstance(value, set | frozenset):
        return sorted(str(_content(v, depth + 1)) for v in value)
    if isinstance(value, partial):
        return [_content(part, depth + 1) for part in (value.func, value.args, value.keywords)]
    if isinstance(value, type):
        return f"{value.__module__}.{value.__qualname__}"
    if inspect.isroutine(value):
        return _function(value)
    name = getattr(value, "name", None)
    if isinstance(name, str):  # a model: which one it is, not its connections
        return f"{type(value).__qualname__}:{name}"
    fields = {k: v for k, v in getattr(value, "__dict__", {}).items() if not k.startswith("_")}
    return [type(value).__qualname__, _content(fields, depth + 1)]


def _function(function: Any) -> list[Any]:
    name = getattr(function, "__qualname__", str(function))
    try:
        return [name, inspect.getsource(function)]
    except (OSError, TypeError):  # of C, or typed in at a prompt
        code = getattr(function, "__code__", None)
        return [name, None if code is None else _compiled(code)]


def _compiled(code: CodeType) -> list[Any]:
    constants = [
        _compiled(value) if isinstance(value, CodeType) else repr(value) for value in code.co_consts
    ]
    return [code.co_code.hex(), list(code.co_names), constants]
