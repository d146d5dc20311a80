"""Libraries that some metrics need and a lean install does not have."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def required(module: str, *, extra: str = "eval") -> Any:  # Any: a module is what it holds
    """The module. Raises ImportError that says what to install where it is missing."""
    try:
        return import_module(module)
    except ModuleNotFoundError as e:
        if e.name != module and not module.startswith(f"{e.name}."):
            raise
        package = module.partition(".")[0]
        raise ImportError(f"this needs {package}: pip install 'pilothouse[{extra}]'") from None
