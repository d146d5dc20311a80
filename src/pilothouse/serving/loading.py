"""Finds what `pilothouse serve module:name` names."""

from __future__ import annotations

import importlib
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pilothouse.serving.errors import SetupError


def load(spec: str) -> Any:
    """The object that `module:name` names; the working directory is looked in first.

    Raises SetupError with one line for whatever is wrong with it.
    """
    module_name, colon, attribute = spec.partition(":")
    if not colon or not module_name or not attribute:
        raise SetupError(f"{spec!r} names no object: write module:name, e.g. my_app:chain")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        found: Any = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name and module_name.startswith(error.name):
            raise SetupError(f"there is no module {module_name!r} in {here}") from None
        raise _failed(module_name, error) from error
    except Exception as error:
        raise _failed(module_name, error) from error
    for part in attribute.split("."):
        if not hasattr(found, part):
            raise SetupError(f"{module_name} has no {attribute!r}")
        found = getattr(found, part)
    return found


def _failed(module: str, error: Exception) -> SetupError:
    frames = [] if isinstance(error, SyntaxError) else traceback.extract_tb(error.__traceback__)
    where = f" ({frames[-1].filename}:{frames[-1].lineno})" if frames else ""
    return SetupError(f"importing {module} failed: {type(error).__name__}: {error}{where}")


def named(specs: Sequence[str]) -> list[tuple[str, str]]:
    """(path, module:name) of each argument: one alone is at the root, several at their names.

    `/path=module:name` says a path.
    """
    found = []
    for spec in specs:
        path, equals, rest = spec.partition("=")
        if equals:
            found.append((f"/{path.strip('/')}" if path.strip("/") else "", rest))
        else:
            found.append(("" if len(specs) == 1 else "/" + spec.rpartition(":")[2], spec))
    return found
