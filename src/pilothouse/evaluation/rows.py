"""A row to be judged, and how an evaluator's parameters are found in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

Where = str | Callable[["Row"], Any]
"""A dotted path from the row (`outputs.answer`, `metadata.docs.0`), or a function of it."""

ALIASES: Final[Mapping[str, str]] = {
    "input": "inputs",
    "output": "outputs",
    "prediction": "outputs",
    "reference": "reference_outputs",
    "reference_output": "reference_outputs",
    "expected": "reference_outputs",
}
"""Names under which other libraries' evaluators ask for the same."""
_ABSENT: Final = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An example with what the application made of it."""

    inputs: Any = None
    outputs: Any = None
    reference_outputs: Any = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    example_id: str | None = None
    cluster: str | None = None
    """Rows of one cluster share a source, so that their scores are not independent."""
    repetition: int = 0
    fields: Mapping[str, Any] = field(default_factory=dict)
    """What else evaluators ask for by name: `contexts`, `messages`, `latency_ms`, `cost` …"""


def row_of(fields: Mapping[str, Any]) -> Row:
    """The row that has these fields, whichever of the names a field was given."""
    own = {ALIASES.get(name, name): value for name, value in fields.items()}
    known = {name: own.pop(name) for name in Row.__slots__ if name in own}
    return Row(**{**known, "fields": {**known.get("fields", {}), **own}})


def bound(row: Row, names: Mapping[str, Where | None]) -> dict[str, Any]:
    """The values that a row has for an evaluator's parameters; those it lacks are left out.

    A parameter without a place of its own is looked for in the row, then in its fields, then
    among the keys of outputs, inputs, reference_outputs and metadata, in this order.
    """
    found: dict[str, Any] = {}
    for name, where in names.items():
        value = _at(row, where) if where is not None else _named(row, name)
        if value is not _ABSENT:
            found[name] = value
    return found


def _named(row: Row, name: str) -> Any:
    own = ALIASES.get(name, name)
    if own in Row.__slots__:
        value = getattr(row, own)
        return _ABSENT if value is None else value
    if name in row.fields:
        return row.fields[name]
    for part in (row.outputs, row.inputs, row.reference_outputs, row.metadata):
        if isinstance(part, Mapping) and name in part:
            return part[name]
    return _ABSENT


def _at(row: Row, where: Where) -> Any:
    if callable(where):
        return where(row)
    first, *rest = where.split(".")
    value = _named(row, first)
    for step in rest:
        if isinstance(value, Mapping) and step in value:
            value = value[step]
        elif isinstance(value, (list, tuple)) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return _ABSENT
    return value


def text_of(value: Any, *, field: str) -> str:
    """The text that an evaluator of texts reads in a field.

    A mapping with one value stands for that value, as applications return `{"answer": "…"}`.
    Raises TypeError for anything else that is no text, saying what to do.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping) and len(value) == 1:
        return text_of(next(iter(value.values())), field=field)
    if isinstance(value, (int, float, bool)):
        return str(value)
    if isinstance(value, Mapping):
        keys = ", ".join(map(str, value))
        raise TypeError(f"{field} has {keys}: say which by mapping={{{field!r}: '{field}.KEY'}}")
    raise TypeError(f"{field} must be a text, not {type(value).__name__}")
