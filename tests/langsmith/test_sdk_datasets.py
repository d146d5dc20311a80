"""Datasets and examples through LangSmith's own client, against a server process."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from langsmith.schemas import (
    AttachmentsOperations,
    Dataset,
    DataType,
    ExampleCreate,
    ExampleUpdate,
    ExampleUpsertWithAttachments,
)

from langsmith import Client
from langsmith import utils as errors


@pytest.fixture
def dataset(client: Client) -> Dataset:
    return client.create_dataset(f"d{uuid.uuid4().hex[:8]}", metadata={"team": "a"})


def add(client: Client, dataset: Dataset, count: int, **more: Any) -> list[str]:
    done = client.create_examples(
        dataset_id=dataset.id,
        examples=[
            {"inputs": {"q": i}, "outputs": {"a": i * 2}, "metadata": {"even": i % 2 == 0}} | more
            for i in range(count)
        ],
    )
    return [str(each) for each in done["example_ids"]]


def test_datasets_are_made_found_and_deleted(client: Client, dataset: Dataset) -> None:
    assert dataset.metadata is not None
    assert dataset.metadata["team"] == "a"
    assert dataset.metadata["runtime"]["sdk_version"]
    assert client.read_dataset(dataset_name=dataset.name).id == dataset.id
    assert client.has_dataset(dataset_name=dataset.name)
    assert not client.has_dataset(dataset_name=dataset.name + "x")
    listed = client.list_datasets(dataset_name_contains=dataset.name[1:], metadata={"team": "a"})
    assert [each.id for each in listed] == [dataset.id]
    assert not list(client.list_datasets(dataset_name=dataset.name, metadata={"team": "b"}))
    with pytest.raises(errors.LangSmithConflictError):
        client.create_dataset(dataset.name)
    client.delete_dataset(dataset_id=dataset.id)
    with pytest.raises(errors.LangSmithNotFoundError):
        client.read_dataset(dataset_id=dataset.id)


def test_examples_are_kept_with_a_split_that_is_always_there(
    client: Client, dataset: Dataset
) -> None:
    one = client.create_example({"q": 1}, dataset_id=dataset.id)
    assert one.metadata == {"dataset_split": ["base"]}
    assert one.outputs is None
    other = client.create_example(
        {}, outputs={"a": 1}, metadata={"m": 1}, dataset_id=dataset.id, split="test"
    )
    assert other.metadata == {"m": 1, "dataset_split": ["test"]}
    client.update_example(other.id, metadata={"m": 2})
    read = client.read_example(other.id)
    assert read.metadata == {"m": 2, "dataset_split": ["test"]}
    assert (read.inputs, read.outputs) == ({}, {"a": 1})
    client.update_example(other.id, split=["a", "b"])
    assert client.read_example(other.id).metadata == {"m": 2, "dataset_split": ["a", "b"]}
    client.delete_example(one.id)
    with pytest.raises(errors.LangSmithNotFoundError):
        client.read_example(one.id)
    assert client.read_example(one.id, as_of=one.modified_at).inputs == {"q": 1}
    assert [each.id for each in client.list_examples(dataset_id=dataset.id)] == [other.id]
    assert client.read_dataset(dataset_id=dataset.id).example_count == 1


def test_lists_of_examples_are_as_long_as_asked_for(client: Client, dataset: Dataset) -> None:
    ids = add(client, dataset, 130)
    assert [str(each.id) for each in client.list_examples(dataset_id=dataset.id)] == ids
    some = client.list_examples(dataset_id=dataset.id, limit=100, offset=10)
    assert [str(each.id) for each in some] == ids[10:110]
    found = client.list_examples(dataset_id=dataset.id, metadata={"even": True})
    assert [each.inputs["q"] for each in found] == list(range(0, 130, 2))
    found = client.list_examples(example_ids=ids[5:8])
    assert [str(each.id) for each in found] == ids[5:8]
    found = client.list_examples(dataset_id=dataset.id, filter='exists(metadata, "even")')
    assert len(list(found)) == 130
    found = client.list_examples(dataset_id=dataset.id, filter='exists(metadata, "odd")')
    assert not list(found)
    with pytest.raises(errors.LangSmithError, match="400"):
        list(client.list_examples(dataset_id=dataset.id, filter="exists(metadata"))
    with pytest.raises(errors.LangSmithNotFoundError):
        list(client.list_examples(dataset_id=uuid.uuid4()))


def test_what_cannot_be_written_tells_why(client: Client, dataset: Dataset) -> None:
    [first] = add(client, dataset, 1)
    with pytest.raises(errors.LangSmithConflictError):
        client.create_example({"q": 9}, dataset_id=dataset.id, example_id=first)
    with pytest.raises(errors.LangSmithNotFoundError):
        client.create_example({"q": 9}, dataset_id=uuid.uuid4())
    with pytest.raises(errors.LangSmithNotFoundError):
        client.update_example(uuid.uuid4(), inputs={"q": 1}, dataset_id=dataset.id)
    other = client.create_dataset(f"d{uuid.uuid4().hex[:8]}")
    with pytest.raises(errors.LangSmithConflictError):
        client.update_examples(
            dataset_id=other.id, updates=[ExampleUpdate(id=uuid.UUID(first), inputs={"q": 5})]
        )
    assert client.read_example(first).inputs == {"q": 0}


def test_a_schema_refuses_examples_with_422(client: Client) -> None:
    schema = {"type": "object", "properties": {"q": {"type": "string"}}, "required": ["q"]}
    strict = client.create_dataset(f"d{uuid.uuid4().hex[:8]}", inputs_schema=schema)
    read = client.read_dataset(dataset_id=strict.id)
    assert read.inputs_schema == schema
    with pytest.raises(errors.LangSmithError, match="422"):
        client.create_examples(
            dataset_id=strict.id, examples=[{"inputs": {"q": "x"}}, {"inputs": {"q": 1}}]
        )
    assert client.read_dataset(dataset_id=strict.id).example_count == 0
    client.create_example({"q": "x"}, dataset_id=strict.id)


def test_attachments_go_in_come_out_by_link_and_change(client: Client, dataset: Dataset) -> None:
    example = ExampleCreate(
        id=uuid.uuid4(),
        inputs={"q": 1},
        attachments={"a.b.txt": ("text/plain", b"one"), "pic": ("image/png", b"\x89PNG")},
    )
    client.create_examples(dataset_id=dataset.id, examples=[example])
    read = client.read_example(example.id)
    assert read.attachments is not None
    assert {n: each["mime_type"] for n, each in read.attachments.items()} == {
        "a.b.txt": "text/plain", "pic": "image/png"
    }  # fmt: skip
    answer = httpx.get(read.attachments["pic"]["presigned_url"])
    assert (answer.status_code, answer.content) == (200, b"\x89PNG")
    [listed] = client.list_examples(dataset_id=dataset.id, include_attachments=True)
    assert listed.attachments is not None
    assert listed.attachments["a.b.txt"]["reader"].read() == b"one"
    client.update_examples(
        dataset_id=dataset.id,
        updates=[
            ExampleUpdate(
                id=example.id,
                attachments={"new": ("text/plain", b"two")},
                attachments_operations=AttachmentsOperations(rename={"pic": "photo"}),
            )
        ],
    )
    changed = client.read_example(example.id)
    assert sorted(changed.attachments or {}) == ["new", "photo"]
    assert changed.inputs == {"q": 1}
    client.update_example(example.id, inputs={"q": 2})
    assert sorted(client.read_example(example.id).attachments or {}) == ["new", "photo"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_upserting_puts_examples_in_place_of_others(client: Client, dataset: Dataset) -> None:
    [first] = add(client, dataset, 1)
    some = [
        ExampleUpsertWithAttachments(id=each, dataset_id=dataset.id, inputs={"q": "new"})
        for each in (uuid.UUID(first), uuid.uuid4())
    ]
    done = client.upsert_examples_multipart(upserts=some)
    assert done["count"] == 2
    found = client.list_examples(dataset_id=dataset.id)
    assert [each.inputs for each in found] == [{"q": "new"}] * 2


def test_versions_tags_and_splits(client: Client, dataset: Dataset) -> None:
    ids = add(client, dataset, 3)
    first = client.read_dataset_version(dataset_id=dataset.id, tag="latest")
    client.update_dataset_tag(dataset_id=dataset.id, as_of=first.as_of, tag="prod")
    client.update_example(ids[0], inputs={"q": "changed"})
    client.delete_example(ids[1])
    added = client.create_example({"q": "late"}, dataset_id=dataset.id)
    versions = list(client.list_dataset_versions(dataset_id=dataset.id))
    assert len(versions) == 4
    assert [each.tags for each in versions] == [["latest"], None, None, ["prod"]]
    assert versions[0].as_of > versions[1].as_of > versions[-1].as_of == first.as_of
    then = client.list_examples(dataset_id=dataset.id, as_of="prod")
    assert [each.inputs["q"] for each in then] == [0, 1, 2]
    then = client.list_examples(dataset_id=dataset.id, as_of=added.modified_at)
    assert [each.inputs["q"] for each in then] == ["changed", 2, "late"]
    found = client.read_dataset_version(dataset_id=dataset.id, as_of=datetime.now(UTC))
    assert found.as_of == versions[0].as_of
    diff = client.diff_dataset_versions(
        dataset_id=dataset.id, from_version="prod", to_version=versions[0].as_of
    )
    assert [str(each) for each in diff.examples_modified] == [ids[0]]
    assert [str(each) for each in diff.examples_removed] == [ids[1]]
    assert diff.examples_added == [added.id]
    with pytest.raises(errors.LangSmithNotFoundError):
        client.read_dataset_version(dataset_id=dataset.id, tag="nobody")
    client.update_dataset_splits(dataset_id=dataset.id, split_name="hard", example_ids=[ids[0]])
    assert client.list_dataset_splits(dataset_id=dataset.id) == ["base", "hard"]
    [hard] = client.list_examples(dataset_id=dataset.id, splits=["hard"])
    assert str(hard.id) == ids[0]
    client.update_dataset_splits(
        dataset_id=dataset.id, split_name="hard", example_ids=[ids[0]], remove=True
    )
    assert client.list_dataset_splits(dataset_id=dataset.id) == ["base"]
    assert client.list_dataset_splits(dataset_id=dataset.id, as_of="prod") == ["base"]


def test_a_hard_delete_leaves_nothing_in_the_past(client: Client, dataset: Dataset) -> None:
    ids = add(client, dataset, 2)
    before = client.read_example(ids[0]).modified_at
    client.delete_examples(ids[:1], hard_delete=True)
    with pytest.raises(errors.LangSmithNotFoundError):
        client.read_example(ids[0], as_of=before)
    client.delete_examples(ids[1:])
    assert client.read_example(ids[1], as_of=before).inputs == {"q": 1}


def test_files_become_datasets(client: Client, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text('question,answer\n"one, two",3\nfour,5\n')
    name = f"d{uuid.uuid4().hex[:8]}"
    made = client.upload_csv(str(file), ["question"], ["answer"], name=name, description="x")
    assert (made.name, made.description, made.example_count) == (name, "x", 2)
    found = list(client.list_examples(dataset_id=made.id))
    assert [each.inputs for each in found] == [{"question": "one, two"}, {"question": "four"}]
    assert [each.outputs for each in found] == [{"answer": "3"}, {"answer": "5"}]
    with pytest.raises(errors.LangSmithError):
        client.upload_csv(str(file), ["question"], ["answer"], name=name)


def test_conversations_go_out_for_fine_tuning(client: Client) -> None:
    dataset = client.create_dataset(f"d{uuid.uuid4().hex[:8]}", data_type=DataType.chat)
    client.create_chat_example(
        messages=[{"type": "human", "data": {"content": "Hi"}}],
        generations={"type": "ai", "data": {"content": "Hello"}},
        dataset_id=dataset.id,
    )
    [line] = client.read_dataset_openai_finetuning(dataset_id=dataset.id)
    assert [each["role"] for each in line["messages"]] == ["user", "assistant"]


def test_an_example_is_made_of_a_run(client: Client, dataset: Dataset) -> None:
    run_id = uuid.uuid4()
    client.create_run(
        "work", {"q": 1}, "chain", id=run_id, outputs={"a": 2}, end_time=datetime.now(UTC)
    )
    client.flush()
    run = client.read_run(run_id)
    made = client.create_example_from_run(run, dataset_id=dataset.id)
    assert (made.inputs, made.outputs) == ({"q": 1}, {"a": 2})
    taken = client.create_example(
        dataset_id=dataset.id, source_run_id=run_id, use_source_run_io=True, inputs={}
    )
    assert (taken.inputs, taken.outputs) == ({"q": 1}, {"a": 2})
    assert taken.source_run_id == run_id


def test_projects_are_made_found_changed_and_deleted(client: Client) -> None:
    name = f"p{uuid.uuid4().hex[:8]}"
    made = client.create_project(name, description="x", metadata={"a": {"b": 1}})
    assert made.reference_dataset_id is None
    with pytest.raises(errors.LangSmithConflictError):
        client.create_project(name)
    assert client.create_project(name, upsert=True).id == made.id
    assert client.read_project(project_name=name).id == made.id
    assert client.read_project(project_id=made.id, include_stats=True).run_count == 0
    end = datetime(2026, 1, 1, tzinfo=UTC)
    changed = client.update_project(made.id, description="y", end_time=end)
    assert changed.description == "y"
    found = list(client.list_projects(name_contains=name[2:], metadata={"a": {"b": 1}}))
    assert [each.id for each in found] == [made.id]
    assert found[0].end_time is not None
    assert found[0].end_time.replace(tzinfo=UTC) == end
    assert not list(client.list_projects(name=name, metadata={"a": {"b": 2}}))
    with pytest.raises(errors.LangSmithError):
        client.read_project(project_name=name + "x")
    client.create_run("work", {"q": 1}, "chain", project_name=name, end_time=datetime.now(UTC))
    client.flush()
    deadline = time.monotonic() + 60
    while client.read_project(project_id=made.id, include_stats=True).run_count != 1:
        assert time.monotonic() < deadline
    client.delete_project(project_id=made.id)
    with pytest.raises(errors.LangSmithNotFoundError):
        client.read_project(project_id=made.id)


def test_a_workspace_has_a_project_from_the_start(client: Client) -> None:
    assert next(iter(client.list_projects(limit=1))).tenant_id
