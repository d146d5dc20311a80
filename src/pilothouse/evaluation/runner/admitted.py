"""Which values options, suite keys and gate keys may have, and what is said of others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_WORDS: Final = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "list[Any]": "a list",
    "Sequence[str]": "a list",
    "dict[str, Any]": "a mapping",
    "Policy": "pass or fail",
}
_KINDS: Final[Mapping[str, Any]] = {
    "str": str,
    "int": int,
    "float": (int, float),
    "bool": bool,
    "list[Any]": list,
    "Sequence[str]": (list, tuple),
    "dict[str, Any]": dict,
    "Policy": str,
}
_AT_LEAST: Final[Mapping[str, float]] = {
    "repetitions": 1,
    "max_concurrency": 1,
    "judge_concurrency": 1,
    "budget": 0,
}


def misfit(key: str, value: Any, wanted: str) -> str | None:
    """What is wrong with the kind of a value; `wanted` is its annotation as it is written."""
    plain, _, optional = wanted.partition(" | ")
    if value is None and optional:
        return None
    fits = isinstance(value, _KINDS[plain]) and isinstance(value, bool) == (plain == "bool")
    if fits and plain == "Policy":
        fits = value in ("pass", "fail")
    return None if fits else f"{key!r} has to be {_WORDS[plain]}, not {value!r}"


def out_of_bounds(key: str, value: Any) -> str | None:
    """What is wrong with the value of an option of `evaluate`; NaN is never right."""
    if value is None:
        return None
    if key == "timeout_s" and not value > 0:
        return f"{key!r} has to be above 0, not {value!r}: None waits for ever"
    if key == "max_error_rate" and not 0 <= value <= 1:
        return f"{key!r} is a share from 0 to 1, not {value!r}"
    least = _AT_LEAST.get(key)
    if least is not None and not value >= least:
        return f"{key!r} has to be at least {least:g}, not {value!r}"
    return None
