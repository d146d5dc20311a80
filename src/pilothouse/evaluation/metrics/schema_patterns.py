"""JSON schemas whose regular expressions come from others: each may take a moment, not for ever.

jsonschema searches by Python's `re`, in which a few characters keep a process busy for years. Here
each keyword that holds expressions is written for an engine that is handed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pilothouse.evaluation.extras import required

LONGEST_S: Final = 0.25
"""How long one expression may look at one text; one without backtracking needs microseconds."""
_MOST_TOLD: Final = 10
_LONGEST_TOLD: Final = 100  # characters

Search = Callable[[str, str], bool]
"""Whether an expression is found in a text."""

# Any, throughout: jsonschema brings no types


def bounded(kind: Any) -> Any:
    """A class of validators that bounds the expressions of schemas.

    What it makes raises TimeoutError for an expression that takes longer than LONGEST_S.
    """
    return searching(kind, _found)


def searching(kind: Any, search: Search) -> Any:
    """A class of validators that looks for the expressions of schemas by `search` alone."""
    keywords = _Keywords(search)
    own = {
        "pattern": keywords.pattern,
        "patternProperties": keywords.pattern_properties,
        "additionalProperties": keywords.additional_properties,
        "unevaluatedProperties": keywords.unevaluated_properties,
    }
    known = {name: check for name, check in own.items() if name in kind.VALIDATORS}
    made = required("jsonschema").validators.extend(kind, known)
    made.evolve = _evolving(made.evolve)
    return made


def _evolving(evolve: Callable[..., Any]) -> Callable[..., Any]:
    """Makes validators of inner schemas, which stay of their class whatever `$schema` they name.

    jsonschema would take its own class for them, and `{"$ref": "#"}` leads to the outermost one.
    """

    def evolved(validator: Any, **changes: Any) -> Any:
        schema = changes.get("schema", validator.schema)
        if isinstance(schema, Mapping) and "$schema" in schema:
            changes["schema"] = {key: each for key, each in schema.items() if key != "$schema"}
        return evolve(validator, **changes)

    return evolved


def _found(pattern: str, text: str) -> bool:
    try:
        return required("regex").search(pattern, text, timeout=LONGEST_S) is not None
    except TimeoutError:
        raise TimeoutError(f"the pattern {pattern!r} took longer than {LONGEST_S} s") from None


@dataclass(frozen=True, slots=True)
class _Keywords:
    """The keywords that hold expressions, as jsonschema calls them."""

    search: Search

    def pattern(self, _validator: Any, pattern: str, value: Any, _schema: Any) -> Iterator[Any]:
        if isinstance(value, str) and not self.search(pattern, value):
            said = f"{value[:_LONGEST_TOLD]!r} does not match {pattern!r}"
            yield required("jsonschema").ValidationError(said)

    def pattern_properties(
        self, validator: Any, patterns: Mapping[str, Any], value: Any, _schema: Any
    ) -> Iterator[Any]:
        if not isinstance(value, Mapping):
            return
        for pattern, schema in patterns.items():
            for name, each in value.items():
                if self.search(pattern, name):
                    yield from validator.descend(each, schema, path=name, schema_path=pattern)

    def additional_properties(
        self, validator: Any, allowed: Any, value: Any, schema: Any
    ) -> Iterator[Any]:
        if isinstance(value, Mapping):
            extra = value.keys() - self._named(schema, value)
            yield from _held_to(validator, allowed, value, extra)

    def unevaluated_properties(
        self, validator: Any, allowed: Any, value: Any, schema: Mapping[str, Any]
    ) -> Iterator[Any]:
        if isinstance(value, Mapping):
            beside = {key: each for key, each in schema.items() if key != "unevaluatedProperties"}
            extra = value.keys() - self._evaluated(validator, beside, value)
            yield from _held_to(validator, allowed, value, extra)

    def _named(self, schema: Mapping[str, Any], value: Mapping[str, Any]) -> set[str]:
        """The fields that a schema itself says something of."""
        patterns = schema.get("patternProperties", {})
        return {
            name
            for name in value
            if name in schema.get("properties", {})
            or any(self.search(pattern, name) for pattern in patterns)
        }

    def _evaluated(self, validator: Any, schema: Any, value: Mapping[str, Any]) -> set[str]:
        """Those that it, or any schema that it applies to the same value, says something of."""
        if not isinstance(schema, Mapping):
            return set()
        if not schema.keys().isdisjoint(("additionalProperties", "unevaluatedProperties")):
            return set(value)
        names = self._named(schema, value)
        for inner in _applied(validator, schema, value):
            names |= self._evaluated(inner, inner.schema, value)
        return names


def _applied(validator: Any, schema: Mapping[str, Any], value: Mapping[str, Any]) -> Iterator[Any]:
    """Validators of the schemas that a schema applies to the same value, and that the value keeps.

    https://json-schema.org/draft/2020-12/json-schema-core#section-11.3
    """
    for keyword in ("$ref", "$dynamicRef", "$recursiveRef"):
        if keyword in schema:
            resolver = validator._resolver
            resolved = (
                required("referencing.jsonschema").lookup_recursive_ref(resolver)
                if keyword == "$recursiveRef"
                else resolver.lookup(schema[keyword])
            )
            yield validator.evolve(schema=resolved.contents, _resolver=resolved.resolver)
    parts = [part for keyword in ("allOf", "anyOf", "oneOf") for part in schema.get(keyword, ())]
    parts += [part for name, part in schema.get("dependentSchemas", {}).items() if name in value]
    if "if" in schema:
        kept = validator.evolve(schema=schema["if"]).is_valid(value)
        parts += [schema["if"], schema.get("then", True)] if kept else [schema.get("else", True)]
    for part in parts:
        inner = validator.evolve(schema=part)
        if inner.is_valid(value):
            yield inner


def _held_to(
    validator: Any, allowed: Any, value: Mapping[str, Any], extra: Iterable[str]
) -> Iterator[Any]:
    """What is wrong with fields that nothing else speaks of."""
    names = [name for name in value if name in extra]
    if isinstance(allowed, Mapping):
        for name in names:
            yield from validator.descend(value[name], allowed, path=name)
    elif not allowed and names:
        listed = ", ".join(repr(name[:_LONGEST_TOLD]) for name in names[:_MOST_TOLD])
        yield required("jsonschema").ValidationError(
            f"has fields that the schema does not name: {listed}"
        )
