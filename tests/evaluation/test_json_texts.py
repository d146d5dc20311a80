"""JSON that models write, and distances of embeddings: what no oracle row asks."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import BaseModel

from oracle_kinds.json_texts import Vectors
from pilothouse.evaluation.metrics.embeddings import EmbeddingDistance
from pilothouse.evaluation.metrics.json_reading import repaired
from pilothouse.evaluation.metrics.json_texts import JsonEquality, JsonSchema, JsonValidity

pytestmark = pytest.mark.slow


class Person(BaseModel):
    name: str
    age: int


def test_half_an_answer_is_not_equal_to_a_whole_one_unless_repair_is_asked_for() -> None:
    texts = {"outputs": '{"a": 1', "reference_outputs": '{"a": 1}'}

    strict = JsonEquality().evaluate(**texts)
    assert strict.score is False
    assert strict.explanation is not None
    assert "the output is no JSON" in strict.explanation
    assert JsonEquality(repair=True).evaluate(**texts).score is True


def test_a_reference_that_is_no_json_is_an_error_and_no_verdict() -> None:
    result = JsonEquality().evaluate(outputs="{}", reference_outputs="{")

    assert result.error is not None
    assert "the reference is no JSON" in result.error.message


def test_a_schema_may_be_a_mapping_a_text_or_a_class() -> None:
    schema = Person.model_json_schema()

    for given in (schema, json.dumps(schema), Person):
        assert (
            JsonSchema()
            .evaluate(outputs='{"name": "Ada", "age": 36}', reference_outputs=given)
            .score
        )
        wrong = JsonSchema().evaluate(outputs='{"name": "Ada"}', reference_outputs=given)
        assert (wrong.score, wrong.explanation) == (False, "'age' is a required property")


def test_what_is_no_schema_is_an_error() -> None:
    result = JsonSchema().evaluate(outputs="1", reference_outputs={"type": "whole"})

    assert result.error is not None
    assert result.error.type == "SchemaError"


def test_a_long_text_that_is_broken_off_is_read_in_one_go() -> None:
    rows = [{"id": i, "text": "x\\y"} for i in range(20_000)]

    assert repaired(json.dumps(rows)[:-5]) == [*rows[:-1], {"id": 19_999, "text": "x"}]
    assert repaired(json.dumps(rows) + " and so on" * 20_000) == rows


def test_validity_says_why_not() -> None:
    assert JsonValidity().evaluate(outputs='```json\n{"a": 1}\n```').score == 1
    result = JsonValidity().evaluate(outputs="{'a': 1}")
    assert result.score == 0
    assert result.explanation is not None


def test_a_vector_without_direction_has_no_cosine() -> None:
    result = EmbeddingDistance(Vectors([0.0, 0.0], [1.0, 0.0])).evaluate(
        outputs="a", reference_outputs="b"
    )

    assert (result.score, result.status) == (None, "error")
    with pytest.warns(UserWarning, match="unequal coordinates"):
        EmbeddingDistance(Vectors(), "hamming")
    with pytest.raises(ValueError, match="no distance 'cos': choose from cosine"):
        EmbeddingDistance(Vectors(), "cos")


_SLOW = "^(a|a)+$"
_LATEST = "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize(
    "hostile",
    [
        {"properties": {"x": {"pattern": _SLOW}}},
        {"patternProperties": {_SLOW: True}},
        {"patternProperties": {_SLOW: True}, "additionalProperties": False},
        {"unevaluatedProperties": False, "anyOf": [{"patternProperties": {_SLOW: True}}]},
        {"properties": {"of": {"$ref": "#"}, "x": {"pattern": _SLOW}}, "$schema": _LATEST},
    ],
)
def test_a_schema_whose_pattern_takes_for_ever_is_an_error_and_no_score(hostile: Any) -> None:
    text = "a" * 40 + "!"
    value = {"of": {"x": text}} if "$schema" in hostile else {"x": text, text: 1}
    result = JsonSchema().evaluate(outputs=value, reference_outputs=hostile)

    assert (result.status, result.score) == ("error", None)
    assert "took longer than" in str(result.error)


@pytest.mark.parametrize(
    ("taken", "fits"),
    [
        ({}, False),
        ({"properties": {"b": True}}, True),
        ({"patternProperties": {"^[ab]": True}}, True),
        ({"allOf": [{"patternProperties": {"^b": {"type": "integer"}}}]}, True),
        ({"anyOf": [{"required": ["c"], "properties": {"b": True}}, True]}, False),
        ({"oneOf": [{"required": ["c"]}, {"additionalProperties": True}]}, True),
        ({"if": {"required": ["a1"]}, "then": {"properties": {"b": True}}}, True),
        ({"if": {"required": ["c"]}, "else": {"properties": {"b": True}}}, True),
        ({"if": {"required": ["c"]}, "then": {"properties": {"b": True}}}, False),
        ({"dependentSchemas": {"a1": {"properties": {"b": True}}}}, True),
        ({"dependentSchemas": {"c": {"properties": {"b": True}}}}, False),
        ({"not": {"not": {"properties": {"b": True}}}}, False),
        ({"$ref": "#/$defs/b", "$defs": {"b": {"properties": {"b": True}}}}, True),
        ({"$dynamicRef": "#b", "$defs": {"b": {"$dynamicAnchor": "b", "minProperties": 1}}}, False),
        ({"allOf": [{"unevaluatedProperties": {"type": "integer"}}]}, True),
    ],
)
def test_fields_are_unevaluated_where_no_schema_of_the_object_speaks_of_them(
    taken: Any, fits: bool
) -> None:
    schema = {"patternProperties": {"^a": True}, **taken, "unevaluatedProperties": False}
    result = JsonSchema().evaluate(outputs={"a1": 2, "b": 1}, reference_outputs=schema)

    assert result.score is fits
    assert result.explanation == (None if fits else "has fields that the schema does not name: 'b'")


def test_a_tree_of_an_earlier_draft_holds_its_fields_to_the_same_schema() -> None:
    tree = {
        "$schema": "https://json-schema.org/draft/2019-09/schema",
        "properties": {"of": {"$recursiveRef": "#"}},
        "unevaluatedProperties": {"type": "integer"},
    }

    assert JsonSchema().evaluate(outputs={"of": {"n": 1}}, reference_outputs=tree).score is True
    assert JsonSchema().evaluate(outputs={"of": {"n": ""}}, reference_outputs=tree).score is False


@pytest.mark.parametrize(("text", "fits"), [('{"a1": 2}', True), ('{"a1": 2, "b": 1}', False)])
def test_a_schema_may_name_fields_by_patterns(text: str, fits: bool) -> None:
    schema = {"patternProperties": {"^a": {"type": "integer"}}, "additionalProperties": False}

    assert JsonSchema().evaluate(outputs=text, reference_outputs=schema).score is fits
