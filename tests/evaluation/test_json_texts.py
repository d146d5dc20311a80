"""JSON that models write, and distances of embeddings: what no oracle row asks."""

from __future__ import annotations

import json

import pytest
from pydantic import BaseModel

from oracle_kinds.json_texts import Vectors
from pilothouse.evaluation.metrics.embeddings import EmbeddingDistance
from pilothouse.evaluation.metrics.json_reading import repaired
from pilothouse.evaluation.metrics.json_texts import JsonEquality, JsonSchema, JsonValidity


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


def test_a_schema_whose_pattern_takes_for_ever_is_an_error_and_no_score() -> None:
    hostile = {"type": "string", "pattern": "^(a|a)+$"}
    result = JsonSchema().evaluate(outputs=f'"{"a" * 40}!"', reference_outputs=hostile)

    assert (result.status, result.score) == ("error", None)
    assert "took longer than" in str(result.error)


@pytest.mark.parametrize(("text", "fits"), [('{"a1": 2}', True), ('{"a1": 2, "b": 1}', False)])
def test_a_schema_may_name_fields_by_patterns(text: str, fits: bool) -> None:
    schema = {"patternProperties": {"^a": {"type": "integer"}}, "additionalProperties": False}

    assert JsonSchema().evaluate(outputs=text, reference_outputs=schema).score is fits
