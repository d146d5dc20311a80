"""Datasets, and how their examples are written, on both engines."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import uuid4

import pytest

from dataset_world import QUESTION, MemoryBlobs, question, questions
from pilothouse.platform.datasets import DatasetService
from pilothouse.platform.datasets.models import (
    AttachmentOperations,
    ExampleChange,
    NewExample,
    Upload,
)
from pilothouse.platform.datasets.reading import place_of
from pilothouse.platform.errors import BadRequest, Conflict, NotFound, Unprocessable
from pilothouse.platform.records import Records


def test_a_dataset_comes_back_as_it_was_made(datasets: DatasetService) -> None:
    made = datasets.create(
        " Capitals ",
        description="of countries",
        data_type="chat",
        metadata={"runtime": {"sdk_version": "0.4.2"}, "team": "geo"},
        inputs_schema=QUESTION,
        transformations=[{"path": ["inputs"], "transformation_type": "remove_extra_fields"}],
        by="ann@example.org",
    )

    assert datasets.get(made.id) == made
    assert datasets.named("Capitals") == made
    assert datasets.named("capitals") is None
    assert (made.name, made.created_by, made.outputs_schema) == (
        "Capitals",
        "ann@example.org",
        None,
    )


def test_the_same_request_again_gives_the_dataset_that_it_made(datasets: DatasetService) -> None:
    chosen = str(uuid4())
    made = datasets.create("a", id=chosen, description="first")

    assert datasets.create("a", id=chosen.upper(), description="first") == made
    for name, other in (("a", None), ("a", str(uuid4())), ("b", chosen)):
        with pytest.raises(Conflict):
            datasets.create(name, id=other, description="second")


def test_datasets_are_found_by_name_id_type_and_metadata(datasets: DatasetService) -> None:
    first = datasets.create("Support 100%", metadata={"team": {"name": "a", "size": 2}})
    second = datasets.create("support chat", data_type="chat", metadata={"team": {"name": "b"}})

    assert datasets.list() == [second, first]
    assert datasets.list(name_contains="SUPPORT") == [second, first]
    assert datasets.list(name_contains="100%") == [first]
    assert datasets.list(name="support chat") == [second]
    assert datasets.list(ids=[first.id]) == [first]
    assert datasets.list(ids=[]) == []
    assert datasets.list(data_type="chat") == [second]
    assert datasets.list(metadata={"team": {"name": "a"}}) == [first]
    assert datasets.list(metadata={"team": {"size": "2"}}) == []
    assert datasets.list(limit=1, after=place_of(second)) == [first]
    assert datasets.list(limit=1, offset=1) == [first]


def test_a_change_leaves_what_it_does_not_name(datasets: DatasetService) -> None:
    made = datasets.create("a", description="old", inputs_schema=QUESTION)
    datasets.create("taken")

    renamed = datasets.change(made.id, name="b")
    bare = datasets.change(made.id, inputs_schema=None)

    assert (renamed.name, renamed.description, renamed.inputs_schema) == ("b", "old", QUESTION)
    assert bare.inputs_schema is None
    assert bare.modified_at > renamed.modified_at > made.modified_at
    with pytest.raises(Conflict):
        datasets.change(made.id, name="taken")


def test_a_dataset_goes_with_all_that_belongs_to_it(datasets: DatasetService) -> None:
    gone: list[str] = []
    datasets.before_delete(gone.append)
    made = datasets.create("a")
    [example_id] = datasets.add(made.id, [question("x")]).example_ids

    datasets.delete(made.id)

    assert gone == [made.id]
    for ask in (datasets.get, datasets.versions, datasets.delete):
        with pytest.raises(NotFound):
            ask(made.id)
    with pytest.raises(NotFound):
        datasets.example(example_id)


def test_examples_keep_the_order_in_which_they_were_given(datasets: DatasetService) -> None:
    dataset = datasets.create("a")
    names = [f"question {number}" for number in range(2500)]

    first = datasets.add(dataset.id, [question(name) for name in names])
    second = datasets.add(dataset.id, [question("last")])

    assert questions(datasets.examples(dataset.id, limit=3000)) == [*names, "last"]
    assert questions(list(datasets.every(dataset.id))) == [*names, "last"]
    assert (first.added, second.added, second.at > first.at) == (2500, 1, True)
    datasets.set_split(dataset.id, "hard", second.example_ids)
    summary = datasets.summaries([dataset.id])[dataset.id]
    assert (summary.example_count, summary.version_count) == (datasets.count(dataset.id), 3)
    assert summary.split_count == len(datasets.splits(dataset.id)) == 2


def test_a_page_goes_on_where_the_one_before_ended(datasets: DatasetService) -> None:
    dataset = datasets.create("a")
    added = datasets.add(dataset.id, [question(str(number)) for number in range(5)])
    datasets.add(dataset.id, [question("later")])

    first = datasets.examples(dataset.id, as_of=added.at, limit=3)
    rest = datasets.examples(dataset.id, as_of=added.at, limit=3, after=place_of(first[-1]))

    assert questions(first + rest) == ["0", "1", "2", "3", "4"]
    assert questions(datasets.examples(dataset.id, limit=2, offset=4)) == ["4", "later"]


def test_every_earlier_state_can_be_read(datasets: DatasetService) -> None:
    dataset = datasets.create("a")
    one, two = str(uuid4()), str(uuid4())
    added = datasets.add(dataset.id, [question("1", id=one), question("2", id=two)])
    changed = datasets.update(dataset.id, [ExampleChange(id=one, inputs={"question": "1b"})])
    [removed] = datasets.remove([two])

    def state(at: datetime) -> list[str]:
        return questions(datasets.examples(dataset.id, as_of=at))

    tick = timedelta(microseconds=1)
    assert state(added.at - tick) == []
    assert state(added.at) == ["1", "2"]
    assert state(changed.at - tick) == ["1", "2"]
    assert state(changed.at) == ["1b", "2"]
    assert state(removed.at) == ["1b"]
    assert state(removed.at + tick) == ["1b"]
    assert questions(datasets.examples(dataset.id)) == ["1b"]
    assert datasets.example(two, as_of=changed.at).inputs == {"question": "2"}
    assert datasets.example(one).modified_at == changed.at
    assert datasets.get(dataset.id).modified_at == removed.at
    with pytest.raises(NotFound):
        datasets.example(two)


def test_versions_are_listed_with_what_they_changed(datasets: DatasetService) -> None:
    dataset = datasets.create("a")
    one = str(uuid4())
    added = datasets.add(dataset.id, [question("1", id=one), question("2")], by="ann", note="seed")
    changed = datasets.update(None, [ExampleChange(id=one, metadata={"n": 1})])
    [removed] = datasets.remove([one])

    listed = datasets.versions(dataset.id)

    assert [each.at for each in listed] == [removed.at, changed.at, added.at]
    assert [(v.added, v.modified, v.removed) for v in listed] == [(0, 0, 1), (0, 1, 0), (2, 0, 0)]
    assert [each.tags for each in listed] == [("latest",), (), ()]
    assert (listed[2].created_by, listed[2].note) == ("ann", "seed")
    assert datasets.versions(dataset.id, search="SEED") == [listed[2]]
    assert datasets.versions(dataset.id, before=removed.at, limit=1) == [listed[1]]


def test_versions_strictly_increase_however_fast_they_come(datasets: DatasetService) -> None:
    dataset = datasets.create("a")
    future = datetime.now(UTC) + timedelta(days=1)

    made = [datasets.add(dataset.id, [question("x")], at=future).at for _ in range(20)]

    assert made[0] == future
    assert made == sorted(set(made))


def test_the_same_examples_again_make_no_version(datasets: DatasetService) -> None:
    dataset = datasets.create("a")
    new = [question(str(number), id=str(uuid4())) for number in range(3)]
    added = datasets.add(dataset.id, new)

    again = datasets.add(dataset.id, new)

    assert (again.at, again.example_ids) == (added.at, added.example_ids)
    assert len(datasets.versions(dataset.id)) == 1
    with pytest.raises(Conflict):
        datasets.add(dataset.id, [replace(new[0], inputs={"question": "other"})])
    with pytest.raises(Conflict):
        datasets.add(dataset.id, [question("new"), new[0]])
    assert len(datasets.versions(dataset.id)) == 1


def test_an_id_of_another_dataset_is_taken(datasets: DatasetService) -> None:
    here, there = datasets.create("a"), datasets.create("b")
    chosen = str(uuid4())
    datasets.add(here.id, [question("x", id=chosen)])

    with pytest.raises(Conflict):
        datasets.add(there.id, [question("x", id=chosen)])
    with pytest.raises(Conflict):
        datasets.update(there.id, [ExampleChange(id=chosen, metadata={})])
    assert len(datasets.versions(here.id)) == 1
    assert datasets.versions(there.id) == []


def test_an_id_is_free_again_once_its_example_was_removed(datasets: DatasetService) -> None:
    dataset = datasets.create("a")
    chosen = str(uuid4())
    first = datasets.add(dataset.id, [question("old", id=chosen)])
    datasets.remove([chosen])

    datasets.add(dataset.id, [question("new", id=chosen)])

    assert datasets.example(chosen).inputs == {"question": "new"}
    assert datasets.example(chosen, as_of=first.at).inputs == {"question": "old"}


def test_replacing_takes_over_what_is_there(datasets: DatasetService) -> None:
    dataset = datasets.create("a")
    chosen = str(uuid4())
    datasets.add(dataset.id, [question("old", id=chosen), question("second")])

    version = datasets.add(
        dataset.id, [question("new", id=chosen), question("third")], replacing=True
    )

    assert (version.added, version.modified) == (1, 1)
    assert questions(datasets.examples(dataset.id)) == ["new", "second", "third"]


def test_an_update_keeps_what_it_does_not_give(datasets: DatasetService) -> None:
    dataset = datasets.create("a")
    [one] = datasets.add(
        dataset.id,
        [question("q", "a", metadata={"n": 1}, splits=["train"], source_run_id="run-1")],
    ).example_ids

    first = datasets.update(dataset.id, [ExampleChange(id=one, metadata={"n": 2})])
    kept = datasets.example(one)
    datasets.update(dataset.id, [ExampleChange(id=one, outputs=None, splits="test")])
    emptied = datasets.example(one)
    again = datasets.update(dataset.id, [ExampleChange(id=one, outputs=None, splits=["test"])])

    assert (kept.inputs, kept.outputs) == ({"question": "q"}, {"answer": "a"})
    assert (kept.metadata, kept.splits, kept.source_run_id) == ({"n": 2}, ("train",), "run-1")
    assert (emptied.outputs, emptied.splits) == (None, ("test",))
    assert again.at == emptied.modified_at > first.at


def test_one_wrong_id_leaves_everything_as_it_was(datasets: DatasetService) -> None:
    dataset = datasets.create("a")
    [one] = datasets.add(dataset.id, [question("q")]).example_ids

    with pytest.raises(NotFound):
        datasets.update(
            dataset.id,
            [ExampleChange(id=one, metadata={"n": 1}), ExampleChange(id=str(uuid4()), metadata={})],
        )
    with pytest.raises(NotFound):
        datasets.remove([one, str(uuid4())])
    with pytest.raises(BadRequest):
        datasets.add(dataset.id, [NewExample(id="no uuid")])

    assert datasets.example(one).metadata == {}


def test_removing_again_does_nothing_and_hard_takes_history_too(
    datasets: DatasetService, blobs: MemoryBlobs
) -> None:
    dataset = datasets.create("a")
    both = {"a.txt": Upload(data=b"shared"), "b.txt": Upload(data=b"own")}
    gone, stays = datasets.add(
        dataset.id,
        [
            question("gone", attachments=both),
            question("stays", attachments={"a.txt": Upload(data=b"shared")}),
        ],
    ).example_ids
    [removed] = datasets.remove([gone])

    assert datasets.remove([gone]) == []
    assert datasets.example(gone, as_of=removed.at - timedelta(microseconds=1))
    datasets.remove([gone, str(uuid4())], hard=True)
    with pytest.raises(NotFound):
        datasets.example(gone, as_of=removed.at - timedelta(microseconds=1))
    assert {data for _, data in blobs.kept.values()} == {b"shared"}
    assert datasets.attachment(stays, "a.txt") == ("application/octet-stream", b"shared")


def test_bytes_that_come_again_while_they_are_removed_stay(records: Records) -> None:
    again = question("again", attachments={"a.txt": Upload(data=b"same")})

    class Watched(MemoryBlobs):
        def remove(self, blobs: Iterable[str]) -> None:
            upload.start()
            upload.join(0.2)  # it would be done by now if nothing held it up
            super().remove(blobs)

    blobs = Watched()
    datasets = DatasetService(records, blobs)
    dataset = datasets.create("a")
    first = question("first", attachments={"a.txt": Upload(data=b"same")})
    [gone] = datasets.add(dataset.id, [first]).example_ids
    upload = threading.Thread(target=lambda: datasets.add(dataset.id, [again]))

    datasets.remove([gone], hard=True)
    upload.join()

    [stays] = datasets.examples(dataset.id)
    assert datasets.attachment(stays.id, "a.txt") == ("application/octet-stream", b"same")


def test_json_survives_exactly_but_for_half_of_a_character(datasets: DatasetService) -> None:
    dataset = datasets.create("a")
    odd = {"big": 2**70, "nul": "a\x00b", "float": 1e-7, "é": ["漢", None, {}]}
    half = [NewExample(inputs={"half": "a\ud83d"}, outputs={"big": 2**70})]

    [one] = datasets.add(dataset.id, [NewExample(inputs=odd, metadata={"k": odd})]).example_ids

    assert datasets.example(one).inputs == odd
    assert datasets.example(one).metadata == {"k": odd}
    [two] = datasets.add(dataset.id, half).example_ids
    assert datasets.example(two).inputs == {"half": "a\ufffd"}  # no answer could say it
    assert datasets.example(two).outputs == {"big": 2**70}


def test_attachments_follow_what_an_update_says_of_them(datasets: DatasetService) -> None:
    dataset = datasets.create("a")
    files = {name: Upload(data=name.encode(), mime_type="text/plain") for name in ("a", "b", "c")}
    [one] = datasets.add(dataset.id, [question("q", attachments=files)]).example_ids

    def after(**change: object) -> dict[str, bytes]:
        datasets.update(dataset.id, [ExampleChange(id=one, **change)])
        found = datasets.example(one).attachments
        return {name: datasets.attachment(one, name)[1] for name in found}

    operations = AttachmentOperations(rename={"a": "x.y"}, retain=["b"])
    new = {"n": Upload(data=b"new")}

    assert after(metadata={"n": 1}) == {"a": b"a", "b": b"b", "c": b"c"}
    assert after(operations=operations, attachments=new) == {"x.y": b"a", "b": b"b", "n": b"new"}
    assert after(operations=operations) == {"x.y": b"a", "b": b"b"}  # a repeated rename
    with pytest.raises(Unprocessable):
        after(operations=AttachmentOperations(retain=["nothing"]))
    assert after(attachments=new) == {"n": b"new"}
    assert after(operations=AttachmentOperations()) == {}


def test_writers_at_once_each_make_a_version(datasets: DatasetService) -> None:
    dataset = datasets.create("a")
    [shared] = datasets.add(dataset.id, [question("shared")]).example_ids

    def write(number: int) -> list[datetime]:
        added = datasets.add(dataset.id, [question(f"{number}-{i}") for i in range(10)])
        changed = datasets.update(None, [ExampleChange(id=shared, metadata={"by": number})])
        return [added.at, changed.at]

    with ThreadPoolExecutor(6) as threads:
        made = [at for each in threads.map(write, range(12)) for at in each]

    assert len(set(made)) == 24
    assert datasets.count(dataset.id) == 121
    assert len(datasets.history(shared)) == 13
    states = [(each.modified_at, until) for each, until in datasets.history(shared)]
    assert all(older[1] == newer[0] for newer, older in pairwise(states))
