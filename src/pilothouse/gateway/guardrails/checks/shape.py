"""The check that an answer is JSON of a schema."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from pilothouse.gateway.guardrails.models import Check, Judgement, Subject

_FENCE: Final = "```"
_LONGEST: Final = 300
_TOLD: Final = 3


def json_schema(schema: Mapping[str, Any] | None) -> Check:
    """Whether an answer is JSON of a schema; None for the one that the request asks for.

    Raises ValueError for what is no schema.
    """
    if schema is not None:
        _validator(schema)

    async def judge(subject: Subject) -> Judgement:
        wanted = _asked_for(subject.body) if schema is None else schema
        if wanted is None:
            return Judgement(passed=True, reason="the request asks for no schema")
        for _, text in subject.parts:
            found = held_to(wanted, text)
            if not found.passed:
                return found
        return Judgement(passed=True, score=1.0)

    return Check(judge=judge, wants_content=True)


def held_to(schema: Mapping[str, Any], text: str) -> Judgement:
    """Whether a text is JSON of a schema; a fence of Markdown around it does not count.

    Raises ValueError for what is no schema.
    """
    try:
        value = json.loads(_unfenced(text))
    except ValueError as error:
        return Judgement(passed=False, score=0.0, reason=f"it is no JSON: {error}")
    except RecursionError:
        return Judgement(passed=False, score=0.0, reason="it is nested too deeply")
    errors = sorted(_validator(schema).iter_errors(value), key=lambda each: str(each.json_path))
    if not errors:
        return Judgement(passed=True, score=1.0)
    told = "; ".join(f"{each.json_path}: {each.message[:_LONGEST]}" for each in errors[:_TOLD])
    return Judgement(passed=False, score=0.0, reason=f"it does not keep to the schema: {told}")


def _unfenced(text: str) -> str:
    """What stands within a fence, else all of it."""
    bare = text.strip()
    if not (bare.startswith(_FENCE) and bare.endswith(_FENCE)):
        return text
    first, line_ends, rest = bare[len(_FENCE) : -len(_FENCE)].partition("\n")
    return rest if line_ends and first.rstrip(" \t") in ("", "json") else text


def _asked_for(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The schema of `response_format`, or of `text.format` of the responses API."""
    for outer, name in (("response_format", "json_schema"), ("text", "format")):
        given = body.get(outer)
        form = given.get(name) if isinstance(given, Mapping) else None
        if isinstance(form, Mapping) and isinstance(form.get("schema"), Mapping):
            found: Mapping[str, Any] = form["schema"]
            return found
    return None


def _validator(schema: Mapping[str, Any]) -> Any:  # Any: jsonschema brings no types
    """A validator whose expressions take a moment at most. Raises ValueError."""
    from jsonschema import SchemaError

    from pilothouse.evaluation.metrics.json_texts import canonical, validator_of

    try:
        return validator_of(canonical(schema))
    except SchemaError as error:
        raise ValueError(f"schema: {error.message[:_LONGEST]}") from None
