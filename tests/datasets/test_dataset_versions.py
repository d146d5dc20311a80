"""Tags, splits, differences and copies of versions, on both engines."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from dataset_world import question, questions
from pilothouse.platform.datasets import DatasetService
from pilothouse.platform.datasets.models import ExampleChange
from pilothouse.platform.errors import BadRequest, NotFound


def test_a_tag_means_a_version_until_it_is_moved(datasets: DatasetService) -> None:
    dataset = datasets.create("a")
    first = datasets.add(dataset.id, [question("1")])
    second = datasets.add(dataset.id, [question("2")])

    datasets.tag(dataset.id, "git:branch:main", first.at)
    tagged = datasets.versions(dataset.id)[1]
    as_tagged = questions(datasets.examples(dataset.id, as_of="git:branch:main"))
    datasets.tag(dataset.id, "git:branch:main", "latest")

    assert tagged.tags == ("git:branch:main",)
    assert as_tagged == ["1"]
    assert datasets.resolve(dataset.id, "git:branch:main").at == second.at
    assert datasets.resolve(dataset.id, "latest").tags == ("latest", "git:branch:main")
    assert datasets.resolve(dataset.id, second.at - timedelta(microseconds=1)).at == first.at
    for wrong in ("nothing", first.at - timedelta(seconds=1)):
        with pytest.raises(NotFound):
            datasets.resolve(dataset.id, wrong)
    with pytest.raises(BadRequest):
        datasets.tag(dataset.id, "latest", first.at)
    datasets.untag(dataset.id, "git:branch:main")
    with pytest.raises(NotFound):
        datasets.examples(dataset.id, as_of="git:branch:main")


def test_splits_are_set_and_read_as_of_a_version(datasets: DatasetService) -> None:
    dataset = datasets.create("a")
    added = datasets.add(dataset.id, [question("1"), question("2")])
    one, two = added.example_ids

    put = datasets.set_split(dataset.id, "train", [one, two])
    datasets.set_split(dataset.id, "base", [one], remove=True)
    datasets.set_split(dataset.id, "train", [two], remove=True)
    datasets.set_split(dataset.id, "base", [two], remove=True)

    assert datasets.splits(dataset.id, added.at) == ["base"]
    assert datasets.splits(dataset.id, put.at) == ["base", "train"]
    assert [each.splits for each in datasets.examples(dataset.id)] == [("train",), ("base",)]


def test_a_diff_says_what_two_versions_do_not_share(datasets: DatasetService) -> None:
    dataset = datasets.create("a")
    added = datasets.add(dataset.id, [question("1"), question("2"), question("3")])
    one, two, _three = added.example_ids
    datasets.update(dataset.id, [ExampleChange(id=one, metadata={"n": 1})])
    datasets.remove([two])
    [four] = datasets.add(dataset.id, [question("4")]).example_ids
    [fleeting] = datasets.add(dataset.id, [question("5")]).example_ids
    datasets.remove([fleeting])

    forth = datasets.diff(dataset.id, added.at, "latest")
    back = datasets.diff(dataset.id, "latest", added.at)

    assert (forth.added, forth.modified, forth.removed) == ((four,), (one,), (two,))
    assert (back.added, back.modified, back.removed) == ((two,), (one,), (four,))
    assert datasets.diff(dataset.id, "latest", "latest").modified == ()


def test_splits_that_are_set_at_once_all_stay(datasets: DatasetService) -> None:
    dataset = datasets.create("splits")
    [one] = datasets.add(dataset.id, [question("a")]).example_ids
    names = [f"split {n}" for n in range(8)]

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda name: datasets.set_split(dataset.id, name, [one]), names))

    assert set(datasets.example(one).splits) == {"base", *names}


def test_a_version_ahead_of_the_clock_is_cloned_listed_and_told_apart(
    datasets: DatasetService,
) -> None:
    source, target = datasets.create("ahead"), datasets.create("of it")
    first = datasets.add(source.id, [question("a")])
    datasets.add(source.id, [question("b")], at=datetime.now(UTC) + timedelta(hours=1))

    datasets.clone(source.id, target.id)

    assert questions(list(datasets.every(source.id))) == ["a", "b"]
    assert questions(list(datasets.every(target.id))) == ["a", "b"]
    assert len(datasets.diff(source.id, first.at, "latest").added) == 1


def test_a_clone_holds_the_same_examples_and_is_made_once(datasets: DatasetService) -> None:
    source, target = datasets.create("a"), datasets.create("b")
    added = datasets.add(source.id, [question("1", "a", splits=["test"]), question("2")])
    datasets.add(source.id, [question("3")])

    first = datasets.clone(source.id, target.id, as_of=added.at)
    again = datasets.clone(source.id, target.id, as_of=added.at)
    some = datasets.clone(source.id, datasets.create("c").id, example_ids=added.example_ids[1:])

    copies = datasets.examples(target.id)
    assert questions(copies) == ["1", "2"]
    assert (copies[0].outputs, copies[0].splits) == ({"answer": "a"}, ("test",))
    assert not {each.id for each in copies} & set(added.example_ids)
    assert (again.at, some.added) == (first.at, 1)
