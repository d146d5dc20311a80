"""Annotation queues as LangSmith's own clients fill, read and finish them."""

from __future__ import annotations

import asyncio
import csv
import datetime
import io
import uuid
from typing import Any

import pytest
from langsmith.utils import LangSmithNotFoundError

from langsmith import Client
from otlp import request, span, trace_id
from servers import ServerProcess

pytestmark = [
    pytest.mark.filterwarnings("ignore::langsmith.utils.LangSmithWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


def runs_in(client: Client, project: str, count: int) -> list[uuid.UUID]:
    ids = [uuid.uuid4() for _ in range(count)]
    now = datetime.datetime.now(datetime.UTC)
    for number, run_id in enumerate(ids):
        client.create_run(
            f"run {number}",
            {"number": number},
            "chain",
            id=run_id,
            project_name=project,
            outputs={"answer": number},
            start_time=now,
            end_time=now,
        )
    client.flush()
    return ids


def names(runs: Any) -> list[str]:
    return [run.name for run in runs]


def test_a_queue_is_made_found_changed_and_deleted(client: Client) -> None:
    name = f"queue {uuid.uuid4().hex[:8]}"
    rubric: Any = [{"feedback_key": "mood", "description": "How?", "is_required": True}]
    made = client.create_annotation_queue(
        name=name, description="d", rubric_instructions="Be fair.", rubric_items=rubric
    )
    assert (made.name, made.description, made.rubric_instructions) == (name, "d", "Be fair.")
    assert made.rubric_items is not None
    assert made.rubric_items[0]["feedback_key"] == "mood"
    again = client.create_annotation_queue(name=name, queue_id=made.id)
    assert again.id == made.id
    assert [one.id for one in client.list_annotation_queues(name=name)] == [made.id]
    assert [one.id for one in client.list_annotation_queues(queue_ids=[made.id])] == [made.id]
    client.update_annotation_queue(made.id, name=f"{name}!", description="other")
    got = client.read_annotation_queue(made.id)
    assert (got.name, got.description) == (f"{name}!", "other")
    client.delete_annotation_queue(made.id)
    with pytest.raises(LangSmithNotFoundError):
        client.read_annotation_queue(made.id)


def test_runs_are_added_once_read_in_order_and_taken_out(client: Client, project: str) -> None:
    first, second, third = runs_in(client, project, 3)
    queue = client.create_annotation_queue(name="Runs")
    client.add_runs_to_annotation_queue(queue.id, run_ids=[first, second])
    client.add_runs_to_annotation_queue(queue.id, run_ids=[second, third])
    listed = list(client.list_runs_from_annotation_queue(queue.id))
    assert names(listed) == ["run 0", "run 1", "run 2"]
    assert (listed[1].inputs, listed[1].outputs) == ({"number": 1}, {"answer": 1})
    assert listed[0].added_at is not None
    assert client.get_run_from_annotation_queue(queue.id, index=2).id == third
    with pytest.raises(LangSmithNotFoundError):
        client.get_run_from_annotation_queue(queue.id, index=3)
    client.delete_run_from_annotation_queue(queue.id, run_id=second)
    assert names(client.list_runs_from_annotation_queue(queue.id)) == ["run 0", "run 2"]
    with pytest.raises(LangSmithNotFoundError):
        client.add_runs_to_annotation_queue(queue.id, run_ids=[uuid.uuid4()])


def test_runs_are_added_by_their_keys(client: Client, project: str) -> None:
    [run_id] = runs_in(client, project, 1)
    run = client.read_run(run_id)
    queue = client.create_annotation_queue(name="Keys")
    client.add_runs_to_annotation_queue(
        queue.id,
        runs=[{"run_id": run.id, "session_id": run.session_id, "start_time": run.start_time}],
    )
    assert [one.id for one in client.list_runs_from_annotation_queue(queue.id)] == [run_id]


def test_a_finished_review_moves_a_run_to_the_completed(
    client: Client, server: ServerProcess, project: str
) -> None:
    first, second = runs_in(client, project, 2)
    queue = client.create_annotation_queue(name="Review")
    client.add_runs_to_annotation_queue(queue.id, run_ids=[first, second])
    path = f"/langsmith/annotation-queues/{queue.id}"
    item = server.get(f"{path}/run/0")["queue_run_id"]

    async def finish() -> None:
        async with client._get_langsmith_api() as api:  # nothing else closes it
            await api.annotation_queues.create_run_status(item, status="completed")

    asyncio.run(finish())
    of: Any = {
        status: [r.id for r in client.list_runs_from_annotation_queue(queue.id, status=status)]
        for status in ("needs_my_review", "completed")
    }
    assert of == {"needs_my_review": [second], "completed": [first]}
    assert server.get(f"{path}/size?status=completed") == {"size": 1}
    assert server.get(f"{path}/total_size") == {"size": 2}
    assert server.get(f"{path}/total_archived") == {"size": 1}


def test_the_newer_client_lists_counts_and_finishes_items(client: Client, project: str) -> None:
    ids = [str(run_id) for run_id in runs_in(client, project, 3)]
    queue = client.create_annotation_queue(name="Items")

    async def work() -> None:
        async with client._get_langsmith_api() as api:  # nothing else closes it
            queues, key = api.annotation_queues, str(queue.id)
            items = queues.items
            added = await items.create(key, items=[{"item_type": "RUN", "run_id": i} for i in ids])
            assert [one.run_id for one in added.items or []] == ids
            pages = items.list(key, status="needs_my_review", page_size=2)
            listed = [one async for one in pages]
            assert [one.run_id for one in listed] == ids
            done = await items.create_status(listed[0].id or "", status="completed")
            assert (done.is_archived, done.status) == (True, "completed")
            later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=1)
            again = await items.create_status(
                listed[0].id or "", override_added_at=later.isoformat()
            )
            assert (again.is_archived, again.status) == (False, None)
            pages = items.list(key, status="needs_my_review")
            assert [one.run_id async for one in pages] == [*ids[1:], ids[0]]
            await items.create_status(listed[0].id or "", status="completed")
            assert (await items.retrieve_count(key, status="archived")).count == 1
            await items.delete_all(key, item_ids=[listed[1].id or ""])
            assert (await items.retrieve_count(key, status="all")).count == 2
            found = await queues.retrieve_queues(ids[0])
            assert [one.id for one in found] == [key]

    asyncio.run(work())


def test_threads_stand_in_queues_and_items_are_moved_and_placed(
    client: Client, project: str
) -> None:
    [run_id] = runs_in(client, project, 1)
    started = datetime.datetime.now(datetime.UTC)
    for turn in range(2):
        client.create_run(
            f"turn {turn}",
            {"turn": turn},
            "chain",
            project_name=project,
            start_time=started,
            end_time=started,
            extra={"metadata": {"thread_id": "talk"}},
        )
    client.flush()
    session = str(client.read_project(project_name=project).id)
    queue = client.create_annotation_queue(name="Threads")
    thread = {"item_type": "THREAD", "thread_id": "talk", "project_id": session}
    run = {"item_type": "RUN", "run_id": str(run_id)}

    async def work() -> None:
        async with client._get_langsmith_api() as api:  # nothing else closes it
            items, key = api.annotation_queues.items, str(queue.id)
            added = (await items.create(key, items=[run, thread])).items or []
            again = (await items.create(key, items=[thread, run])).items or []
            assert [one.id for one in again] == [one.id for one in added]
            assert [(one.item_type, one.thread_id, one.project_id) for one in added] == [
                ("RUN", None, session),
                ("THREAD", "talk", session),
            ]
            talk = added[1].id or ""
            listed = [one async for one in items.list(key, status="needs_my_review", page_size=1)]
            assert [one.item_type for one in listed] == ["RUN", "THREAD"]
            only = items.list(key, status="needs_my_review", item_type="THREAD")
            assert [one.id async for one in only] == [talk]
            later = started + datetime.timedelta(days=1)
            none = items.list(key, status="needs_my_review", min_start_time=later)
            assert [one async for one in none] == []

            there = await items.retrieve_placement(talk, queue_id=key)
            assert (there.section, there.position) == ("needs_my_review", 1)
            cursor = there.cursor or ""
            forward = items.list(key, status="needs_my_review", cursor=cursor)
            assert [one.id async for one in forward] == [talk]
            long_ago = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
            moved = await items.update(
                talk, queue_id=key, added_at=long_ago, last_reviewed_time=long_ago
            )
            assert (moved.added_at, moved.last_reviewed_time) == (long_ago.isoformat(),) * 2
            there = await items.retrieve_placement(talk, queue_id=key)
            assert (there.position, there.cursor) == (0, None)
            backward = items.list(
                key, status="needs_my_review", cursor=cursor, direction="backward", page_size=1
            )
            assert [one.id async for one in backward] == [talk]
            done = await items.create_status(talk, status="completed")
            assert done.is_archived
            archived = await items.retrieve_count(
                key, status="archived", start_time=started.isoformat()
            )
            assert archived.count == 1
            archived = await items.retrieve_count(
                key, status="archived", end_time=started.isoformat()
            )
            assert archived.count == 0

    asyncio.run(work())
    # What lists runs alone does not show threads.
    assert [one.id for one in client.list_runs_from_annotation_queue(queue.id)] == [run_id]


def test_a_queue_is_filled_from_projects_and_exported(
    client: Client, server: ServerProcess, project: str
) -> None:
    ids = runs_in(client, project, 2)
    session = str(client.read_project(project_name=project).id)
    queue = client.create_annotation_queue(name="Filled")

    async def work() -> str:
        async with client._get_langsmith_api() as api:  # nothing else closes it
            queues, key = api.annotation_queues, str(queue.id)
            await queues.populate(queue_id=key, session_ids=[session])
            await queues.populate(queue_id=key, session_ids=[session])
            assert (await queues.retrieve_total_size(key)).size == 2
            exported = await queues.with_raw_response.export(key)
            return (await exported.read()).decode()

    rows = list(csv.DictReader(io.StringIO(asyncio.run(work()))))
    assert {row["run_id"] for row in rows} == {str(one) for one in ids}
    assert {row["output"] for row in rows} == {'{"answer":0}', '{"answer":1}'}


def test_pairs_tell_both_of_their_runs(client: Client, server: ServerProcess, project: str) -> None:
    first, second, third = map(str, runs_in(client, project, 3))
    body = {"name": "P", "queue_type": "pairwise"}
    _, made = server.call("POST", "/langsmith/annotation-queues", body)
    path = f"/langsmith/annotation-queues/{made['id']}/runs"
    pairs = [{"run_id": first, "other_run_id": second}, {"run_id": third, "other_run_id": first}]
    _, added = server.call("POST", path, pairs)
    listed = server.get(path)
    told = [{one["run_id"], one["other_run_id"]} for one in added]
    assert told == [{first, second}, {third, first}]
    assert [{one["id"], one["other_run_id"]} for one in listed] == told
    status, said = server.call("POST", path, [first, pairs[0]])
    assert (status, "other_run_id" in said["detail"]) == (422, True)


def test_runs_of_other_protocols_stand_in_queues_too(
    client: Client, server: ServerProcess, project: str
) -> None:
    server.call("POST", "/v1/traces", request(span(trace_id()), project=project))
    [run] = client.list_runs(project_name=project)
    queue = client.create_annotation_queue(name="Others")
    client.add_runs_to_annotation_queue(queue.id, run_ids=[run.id])
    [listed] = client.list_runs_from_annotation_queue(queue.id)
    assert (listed.id, listed.name, listed.inputs) == (run.id, run.name, {})
    client.delete_run_from_annotation_queue(queue.id, run_id=run.id)
    assert list(client.list_runs_from_annotation_queue(queue.id)) == []
