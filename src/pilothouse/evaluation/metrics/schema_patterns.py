"""JSON schemas whose regular expressions come from others: each may take a moment, not for ever."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pilothouse.evaluation.extras import required

LONGEST_S: Final = 0.25
"""How long one expression may look at one text; one without backtracking needs microseconds."""

# Any, throughout: jsonschema brings no types


def bounded(kind: Any) -> Any:
    """A class of validators that bounds the expressions of schemas.

    What it makes raises TimeoutError for an expression that takes longer than LONGEST_S.
    """
    keywords = {
        "pattern": _pattern,
        "patternProperties": _properties,
        "additionalProperties": _additional,
    }
    return required("jsonschema").validators.extend(kind, keywords)


def _found(pattern: str, text: str) -> bool:
    try:
        return required("regex").search(pattern, text, timeout=LONGEST_S) is not None
    except TimeoutError:
        raise TimeoutError(f"the pattern {pattern!r} took longer than {LONGEST_S} s") from None


def _pattern(_validator: Any, pattern: str, value: Any, _schema: Any) -> Iterator[Any]:
    if isinstance(value, str) and not _found(pattern, value):
        yield required("jsonschema").ValidationError(f"{value!r} does not match {pattern!r}")


def _properties(
    validator: Any, patterns: Mapping[str, Any], value: Any, _schema: Any
) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for pattern, schema in patterns.items():
            for name, each in value.items():
                if _found(pattern, name):
                    yield from validator.descend(each, schema, path=name, schema_path=pattern)


def _additional(validator: Any, allowed: Any, value: Any, schema: Any) -> Iterator[Any]:
    if not isinstance(value, Mapping):
        return
    named, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    extra = [
        name
        for name in value
        if name not in named and not any(_found(pattern, name) for pattern in patterns)
    ]
    if isinstance(allowed, Mapping):
        for name in extra:
            yield from validator.descend(value[name], allowed, path=name)
    elif not allowed and extra:
        listed = ", ".join(repr(name) for name in extra)
        said = f"the schema allows no further properties; there are {listed}"
        yield required("jsonschema").ValidationError(said)
