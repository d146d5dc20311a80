"""JSON Schemas of inputs and outputs: checked when they are set, held to when examples are written.

Nothing is fetched: a reference leads to the schema itself or to one of the types that LangSmith
publishes under its own addresses, which are kept here. Patterns run on RE2, so that no example can
keep the server busy with one.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import re2

from pilothouse.evaluation.metrics.schema_patterns import searching
from pilothouse.platform.datasets.models import Violation
from pilothouse.platform.datasets.rows import dumps, loads
from pilothouse.platform.errors import BadRequest, Unprocessable

if TYPE_CHECKING:
    from jsonschema.protocols import Validator
    from referencing import Registry

MOST_TOLD: Final = 100
"""Violations that one answer lists."""
LARGEST: Final = 1_000_000
"""Characters of a schema."""
_TYPES: Final = "https://api.smith.langchain.com/public/schemas/v1/"
MESSAGE: Final = f"{_TYPES}message.json"
TOOL: Final = f"{_TYPES}tooldef.json"
_PREBUILT: Final[Mapping[str, Mapping[str, Any]]] = {
    MESSAGE: {
        "type": "object",
        "properties": {
            "role": {"enum": ["system", "developer", "user", "assistant", "tool", "function"]},
            "content": {"type": ["string", "array", "null"]},
            "name": {"type": "string"},
            "tool_calls": {"type": "array", "items": {"type": "object"}},
            "tool_call_id": {"type": "string"},
        },
        "required": ["role"],
    },
    TOOL: {
        "type": "object",
        "properties": {
            "type": {"const": "function"},
            "function": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "description": {"type": "string"},
                    "parameters": {"type": "object"},
                },
                "required": ["name"],
            },
        },
        "required": ["type", "function"],
    },
}
_DATA: Final = frozenset({"const", "enum", "default", "examples"})
"""Keywords whose values are data, not schemas."""
_MAPS: Final = frozenset({"properties", "patternProperties", "$defs", "definitions"})
"""Keywords whose values hold schemas by names of the user's own."""

Part = tuple[str, Any]
"""("inputs" or "outputs", value). Any: the user's own JSON."""


def check_schema(schema: Any, what: str) -> None:
    """Raise BadRequest, with the place of the mistake, for a schema that cannot be used."""
    if schema is None:
        return
    if not isinstance(schema, dict):
        raise BadRequest(f"{what} is a JSON Schema, an object", {"parameter": what})
    if len(dumps(schema)) > LARGEST:
        raise BadRequest(f"{what} has more than {LARGEST} characters", {"parameter": what})
    import jsonschema

    try:
        validator = _validator(dumps(schema))
        type(validator).check_schema(schema)
    except jsonschema.SchemaError as error:
        where = _path(what, error.absolute_path)
        raise BadRequest(
            f"{where}: {error.message[:300]}", {"parameter": what, "path": where}
        ) from None
    except RecursionError:
        raise BadRequest(f"{what} is nested too deeply", {"parameter": what}) from None
    for path, pattern in _patterns(schema, what):
        try:
            re2.compile(pattern)
        except re2.error as error:
            raise BadRequest(
                f"{path}: cannot use the pattern {pattern!r}: {error}",
                {"parameter": what, "path": path},
            ) from None
    _check_references(schema, what)
    # A reference without end shows only when something is held to the schema.
    examples: tuple[Any, ...] = ({}, [], "")
    for value in examples:
        _errors(validator, what, value)


def _check_references(schema: Mapping[str, Any], what: str) -> None:
    from referencing.exceptions import Unresolvable
    from referencing.jsonschema import DRAFT202012

    found = list(_schemas(schema, what))
    if any("$id" in each for where, each in found if where != what):
        return  # what a reference means depends on its place; it shows when it is used
    root = DRAFT202012.create_resource(schema)
    resolver = _registry().resolver_with_root(root)
    for where, each in found:
        reference = each.get("$ref")
        if isinstance(reference, str):
            try:
                resolver.lookup(reference)
            except Unresolvable:
                raise BadRequest(
                    f"{where}: there is nothing at {reference!r}; nothing is fetched",
                    {"parameter": what, "path": where},
                ) from None


class Checker:
    """Holds examples to the schemas of their dataset."""

    def __init__(
        self, inputs_schema: Mapping[str, Any] | None, outputs_schema: Mapping[str, Any] | None
    ) -> None:
        self._validators = {
            name: _validator(dumps(schema))
            for name, schema in (("inputs", inputs_schema), ("outputs", outputs_schema))
            if schema is not None
        }

    def __bool__(self) -> bool:
        return bool(self._validators)

    def violations(self, example_id: str, position: int, *parts: Part) -> list[Violation]:
        """Where an example breaks a schema; outputs that are null are unknown, not wrong."""
        return [
            Violation(example_id=example_id, position=position, path=path, message=message)
            for name, value in parts
            if name in self._validators and not (name == "outputs" and value is None)
            for path, message in _errors(self._validators[name], name, value)
        ]


def refuse(violations: Sequence[Violation]) -> None:
    """Raise Unprocessable, naming example and path, if there is any violation."""
    if not violations:
        return
    first = violations[0]
    message = f"example {first.position} ({first.example_id}): {first.path}: {first.message}"
    if len(violations) > 1:
        message += f"; and {len(violations) - 1} more"
    raise Unprocessable(
        message, {"violations": [each.as_json() for each in violations[:MOST_TOLD]]}
    )


@functools.lru_cache(maxsize=256)
def _validator(text: str) -> Validator:
    from jsonschema import Draft202012Validator, validators

    schema = loads(text)
    kind = searching(validators.validator_for(schema, default=Draft202012Validator), _found)
    made: Validator = kind(schema, registry=_registry())
    return made


@functools.cache
def _registry() -> Registry[Any]:
    from referencing import Registry
    from referencing.jsonschema import DRAFT202012

    return Registry().with_resources(
        (address, DRAFT202012.create_resource(prebuilt)) for address, prebuilt in _PREBUILT.items()
    )


def _errors(validator: Validator, name: str, value: Any) -> list[tuple[str, str]]:
    from referencing.exceptions import Unresolvable

    try:
        found = [
            (_path(name, error.absolute_path), error.message[:300])
            for error in validator.iter_errors(value)
        ]
    except Unresolvable as error:
        raise BadRequest(
            f"the schema of {name} refers to {error.ref!r}, which is not there"
        ) from None
    except RecursionError:
        raise BadRequest(f"the schema of {name}, or a value, is nested without end") from None
    return sorted(found)


def _path(name: str, parts: Iterable[str | int]) -> str:
    steps = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return name + "".join(steps)


def _patterns(schema: Any, path: str) -> Iterator[tuple[str, str]]:
    """Every regular expression of a schema with its place."""
    for where, each in _schemas(schema, path):
        if isinstance(each.get("pattern"), str):
            yield f"{where}.pattern", each["pattern"]
        if isinstance(each.get("patternProperties"), dict):
            for pattern in each["patternProperties"]:
                yield f"{where}.patternProperties", pattern


def _schemas(schema: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The schema and every schema in it, each with its place."""
    waiting: list[tuple[Any, str, bool]] = [(schema, path, False)]
    while waiting:
        value, where, is_map = waiting.pop()
        if isinstance(value, list):
            waiting += [(each, f"{where}[{i}]", False) for i, each in enumerate(value)]
        elif isinstance(value, dict):
            if not is_map:
                yield where, value
            for key, each in value.items():
                if is_map or key not in _DATA:
                    waiting.append((each, f"{where}.{key}", not is_map and key in _MAPS))


@functools.lru_cache(maxsize=1024)
def _compiled(pattern: str) -> Any:  # Any: the library is not typed
    return re2.compile(pattern)


def _found(pattern: str, text: str) -> bool:
    return _compiled(pattern).search(text) is not None
