"""Schemas: what they refuse, and that they are refused themselves where wrong, on both engines."""

from __future__ import annotations

from uuid import uuid4

import pytest

from dataset_world import QUESTION, question
from pilothouse.platform.datasets import DatasetService
from pilothouse.platform.datasets.models import ExampleChange, NewExample
from pilothouse.platform.errors import BadRequest, Unprocessable


def test_an_example_that_breaks_the_schema_is_named_and_nothing_is_kept(
    datasets: DatasetService,
) -> None:
    dataset = datasets.create("a", inputs_schema=QUESTION)
    wrong = str(uuid4())

    with pytest.raises(Unprocessable) as refused:
        datasets.add(
            dataset.id, [question("fine"), NewExample(id=wrong, inputs={"question": ["x"]})]
        )

    [violation] = refused.value.details["violations"]
    assert (violation["example_id"], violation["position"]) == (wrong, 1)
    assert violation["path"] == "inputs.question"
    assert datasets.count(dataset.id) == 0
    [one] = datasets.add(dataset.id, [question("fine")]).example_ids
    with pytest.raises(Unprocessable, match="inputs: 'question' is a required property"):
        datasets.update(dataset.id, [ExampleChange(id=one, inputs={})])


def test_examples_that_break_a_new_schema_are_told(datasets: DatasetService) -> None:
    dataset = datasets.create("a")
    datasets.add(dataset.id, [question("fine", "yes"), question("no outputs"), NewExample()])

    datasets.change(
        dataset.id,
        inputs_schema=QUESTION,
        outputs_schema={"properties": {"answer": {"const": "no"}}},
    )

    found = [(each.position, each.path) for each in datasets.violations(dataset.id)]
    assert found == [(0, "outputs.answer"), (2, "inputs")]


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"type": "strange"}, "inputs_schema.type"),
        ({"properties": {"a": {"pattern": "("}}}, "inputs_schema.properties.a.pattern"),
        ({"$ref": "https://example.org/schema.json"}, "https://example.org/schema.json"),
        ({"$ref": "#/$defs/none"}, "#/$defs/none"),
        ({"$ref": "#"}, "without end"),
        ([], "an object"),
    ],
)
def test_a_wrong_schema_is_refused(datasets: DatasetService, schema: object, said: str) -> None:
    with pytest.raises(BadRequest) as refused:
        datasets.create("a", inputs_schema=schema)

    assert said in refused.value.message
    assert datasets.list() == []


def test_patterns_and_prebuilt_types_hold(datasets: DatasetService) -> None:
    schema = {
        "properties": {
            "zip": {"pattern": "^[0-9]{5}$"},
            "messages": {
                "items": {"$ref": "https://api.smith.langchain.com/public/schemas/v1/message.json"}
            },
        },
        "patternProperties": {"^n_": {"type": "integer"}},
        "additionalProperties": False,
    }
    dataset = datasets.create("a", inputs_schema=schema)
    fine = {"zip": "12345", "messages": [{"role": "user", "content": "hi"}], "n_1": 1}

    datasets.add(dataset.id, [NewExample(inputs=fine)])
    for wrong, path in (
        ({"zip": "x"}, "inputs.zip"),
        ({"messages": [{"role": "cat"}]}, "inputs.messages[0].role"),
        ({"n_1": "1"}, "inputs.n_1"),
        ({"other": 1}, "inputs"),
    ):
        with pytest.raises(Unprocessable) as refused:
            datasets.add(dataset.id, [NewExample(inputs=wrong)])
        assert refused.value.details["violations"][0]["path"] == path
