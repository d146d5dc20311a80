"""Examples by what they say, by their splits and by their ids, on both engines."""

from __future__ import annotations

from uuid import uuid4

import pytest

from dataset_world import question, questions
from pilothouse.filters import parse
from pilothouse.platform.datasets import DatasetService
from pilothouse.platform.datasets.reading import place_of
from pilothouse.platform.errors import BadRequest


@pytest.fixture
def filled(datasets: DatasetService) -> str:
    """A dataset of four questions about capitals and dogs."""
    dataset = datasets.create("filled")
    datasets.add(
        dataset.id,
        [
            question("Capital of France?", "Paris", metadata={"topic": "geo", "n": 1}),
            question('Say "hi"', "Hi", metadata={"topic": "talk", "n": 2}, splits=["train"]),
            question("Straße in Österreich", None, metadata={"n": 3}, splits=["train", "test"]),
            question("Dogs", "Woof 100%", metadata={"topic": "geo", "deep": {"a": [1, 2]}}),
        ],
    )
    return dataset.id


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"splits": ["train"]}, [1, 2]),
        ({"splits": ["test", "base"]}, [0, 2, 3]),
        ({"metadata": {"topic": "geo"}}, [0, 3]),
        ({"metadata": {"deep": {"a": [2]}}}, [3]),
        ({"metadata": {"n": "1"}}, []),
        ({"words": ["capital"]}, [0]),
        ({"words": ["WOOF", "100%"]}, [3]),
        ({"words": ['"hi"']}, [1]),
        ({"words": ["Österreich"]}, [2]),
        ({"filter": 'metadata.topic = "geo" and not metadata.n exists'}, [3]),
        ({"filter": "metadata.n >= 2"}, [1, 2]),
        ({"filter": 'output contains "paris" or input ~ "*dogs*"'}, [0]),
        ({"filter": "not output exists"}, [2]),
        ({"filter": 'metadata.deep.a has "x" or "österreich"'}, [2]),
        ({"filter": 'metadata.topic in ("talk", "none")'}, [1]),
        ({"filter": 'any(metadata: key = "topic" and value = "geo")'}, [0, 3]),
        ({"filter": 'any(metadata: key = "n" and value > 1)'}, [1, 2]),
        ({"filter": 'any(metadata: key = "deep.a" and value = "2")'}, [3]),
        ({"filter": 'not any(metadata: key = "topic")'}, [2]),
        ({"filter": 'any(output: key = "answer" and value contains "woof")'}, [3]),
        ({"filter": 'tags has "train" and start_time > 2020-01-01T00:00:00Z'}, [1, 2]),
    ],
)
def test_examples_are_found(
    datasets: DatasetService, filled: str, wanted: dict[str, object], found: list[int]
) -> None:
    everything = datasets.examples(filled)
    if "filter" in wanted:
        wanted = {"filter": parse(str(wanted["filter"]))}

    assert [everything.index(each) for each in datasets.examples(filled, **wanted)] == found


def test_a_filter_over_a_field_that_examples_lack_is_refused(
    datasets: DatasetService, filled: str
) -> None:
    wanted = parse('model = "gpt-4o" or "woof"')

    with pytest.raises(BadRequest, match="no field 'model'"):
        datasets.examples(filled, filter=wanted)
    assert len(datasets.examples(filled, filter=wanted, strict=False)) == 1


def test_examples_are_found_by_their_ids_in_any_dataset(datasets: DatasetService) -> None:
    first, second = datasets.create("a"), datasets.create("b")
    [one] = datasets.add(first.id, [question("1")]).example_ids
    [two] = datasets.add(second.id, [question("2")]).example_ids

    assert questions(datasets.examples(ids=[two, one, str(uuid4())])) == ["1", "2"]
    assert questions(datasets.examples(second.id, ids=[two, one])) == ["2"]


def test_a_part_of_very_many_ids_is_read(datasets: DatasetService) -> None:
    dataset = datasets.create("a")
    ids = datasets.add(dataset.id, [question(str(n)) for n in range(1200)]).example_ids
    chosen = ids[::2]

    first = datasets.examples(dataset.id, ids=chosen, limit=2, offset=1)
    rest = datasets.examples(dataset.id, ids=chosen, limit=1, after=place_of(first[-1]))

    assert questions(first + rest) == ["2", "4", "6"]
    assert len(datasets.examples(ids=ids, splits=["base"], limit=2000)) == 1200


def test_a_run_over_an_example_can_say_what_the_example_says(datasets: DatasetService) -> None:
    dataset = datasets.create("a")
    [one] = datasets.add(dataset.id, [question("q", metadata={"tier": 1})]).example_ids

    assert datasets.copied_metadata([one, one.upper(), "no uuid", str(uuid4())])[one] == {
        "ls_example_tier": 1,
        "ls_example_dataset_split": ["base"],
        "reference_dataset_id": dataset.id,
    }
