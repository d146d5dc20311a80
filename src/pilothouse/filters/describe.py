"""What the filter bar can offer: fields, operators, functions, suffixes."""

from __future__ import annotations

from typing import Any, Final

from pilothouse.filters.checks import OPERATORS
from pilothouse.filters.fields import FIELDS, Field, Scope

_OPERATOR_SENTENCES: Final = {
    "=": "is",
    "!=": "is known and something else",
    "<": "is less than",
    "<=": "is at most",
    ">": "is more than",
    ">=": "is at least",
    "~": "looks like a pattern with * and ?",
    "contains": "contains a text, whatever its case",
    "matches": "matches an RE2 expression",
    "in": "is one of (…)",
    "has": "has an entry",
    "exists": "is known",
}
_WORDS: Final = {
    "and": "both hold",
    "or": "one of them holds",
    "not": "does not hold, or is unknown",
}
_FUNCTIONS: Final = (
    ("any(span: …)", "one and the same span of the trace holds all of it"),
    ("all(span: …)", "every span of the trace holds it"),
    ("any(root: …)", "the span that has none above it holds it"),
    ("any(trace: …)", "the trace as a whole holds it, seen from its spans"),
    ("any(metadata: …)", 'one entry holds it: key = "tier" and value != "gold"'),
    ("any(input: …)", 'one entry of the input\'s JSON: key = "messages.content"'),
    ("any(output: …)", "the same of the output"),
    ("any(score: …)", 'one score: name = "quality" and value > 4 and source = "human"'),
    ("now - 2h", "a time before the present one"),
    ('"text"', "full text: stands in the input or output of a span"),
)
_SUFFIXES: Final = {
    "ms": "milliseconds",
    "s": "seconds",
    "m": "minutes",
    "h": "hours",
    "d": "days",
    "k": "thousand",
    "M": "million",
}


def describe(scope: Scope) -> dict[str, Any]:
    """The language as data, with the fields that the scope keeps itself first."""
    owner = "spans" if scope == "spans" else "traces"
    fields = sorted(FIELDS.values(), key=lambda field: owner not in field.owners)
    return {
        "scope": scope,
        "fields": [_field(field, owner) for field in fields],
        "operators": [{"name": k, "sentence": v} for k, v in _OPERATOR_SENTENCES.items()],
        "words": [{"name": k, "sentence": v} for k, v in _WORDS.items()],
        "functions": [{"name": k, "sentence": v} for k, v in _FUNCTIONS],
        "suffixes": [{"name": k, "sentence": v} for k, v in _SUFFIXES.items()],
    }


def _field(field: Field, owner: str) -> dict[str, Any]:
    return {
        "name": field.name,
        "type": field.type,
        "sentence": field.sentence,
        "operators": [*OPERATORS[field.type], "exists"],
        "values": list(field.values),
        "facets": field.facets,
        "open": field.type in ("open", "scores"),
        "own": owner in field.owners,
    }
