"""Projects as both versions of the protocol make, find and change them, and agents' addresses."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import pytest
from langsmith._exceptions import NotFoundError
from langsmith.utils import LangSmithConflictError

import langsmith
from langsmith import Client
from langsmith_world import call, client_of
from servers import ServerProcess

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")


@pytest.fixture
def client(server: ServerProcess) -> Client:
    return client_of(server)


def test_a_project_keeps_its_usual_dataset_and_tier(client: Client, server: ServerProcess) -> None:
    dataset = client.create_dataset(f"d{uuid.uuid4().hex[:8]}")
    tag = str(uuid.uuid4())
    more = {
        "default_dataset_id": str(dataset.id),
        "trace_tier": "longlived",
        "tag_value_ids": [tag],
    }
    body = {"name": f"p{uuid.uuid4().hex[:8]}", "extra": {"a": 1}, **more}

    status, made = call(server, "/sessions", body)
    client.update_project(made["id"], project_extra={"b": 2})
    changed = server.get(f"/langsmith/sessions/{made['id']}")

    assert status == 200
    assert {name: made[name] for name in more} == more
    assert {name: changed[name] for name in more} == more
    assert (made["extra"], changed["extra"]) == ({"a": 1}, {"b": 2})
    unknown = {"name": f"p{uuid.uuid4().hex[:8]}", "default_dataset_id": str(uuid.uuid4())}
    assert call(server, "/sessions", unknown)[0] == 404


def test_the_generated_client_makes_lists_sorts_and_changes_projects(client: Client) -> None:
    part = uuid.uuid4().hex[:8]
    dataset = client.create_dataset(f"d{part}")

    async def work() -> None:
        sessions = client.sessions
        first = await sessions.create_v2(type="PROJECT", name=f"a {part}", extra={"n": 1})
        again = await sessions.create_v2(type="PROJECT", name=f"a {part}", upsert=True)
        second = await sessions.create_v2(
            type="EXPERIMENT",
            name=f"b {part}",
            reference_dataset_id=str(dataset.id),
            trace_tier="LONG_LIVED",
        )
        assert (first.type, second.type, second.trace_tier) == (
            "PROJECT",
            "EXPERIMENT",
            "LONG_LIVED",
        )
        assert again.id == first.id
        assert second.reference_dataset_id == str(dataset.id)
        changed = await sessions.update_v2(first.id, description="better", trace_tier="SHORT_LIVED")
        assert (changed.description, changed.trace_tier) == ("better", "SHORT_LIVED")
        read = await sessions.retrieve_v2(first.id, include_stats=True)
        assert (read.name, read.run_count, read.extra) == (f"a {part}", 0, {"n": 1})
        pages = sessions.list_v2(name_contains=part, sort_by="NAME", sort_order="asc", page_size=1)
        assert [one.id async for one in pages] == [first.id, second.id]
        kinds = sessions.list_v2(name_contains=part, type=["EXPERIMENT"], include_stats=True)
        assert [one.id async for one in kinds] == [second.id]
        resolved = await sessions.resolve(kind="EXPERIMENT", id=second.id)
        assert resolved.session_id == second.id

    asyncio.run(work())


def test_the_generated_client_lists_datasets(client: Client) -> None:
    part = uuid.uuid4().hex[:8]
    made = [client.create_dataset(f"{name} {part}", metadata={"n": name}) for name in "xyz"]
    client.create_example({"q": 1}, dataset_id=made[1].id)

    async def work() -> None:
        datasets: Any = client.datasets
        newest = [one.id async for one in datasets.list_v2(name_contains=part, page_size=2)]
        assert newest == [str(one.id) for one in reversed(made)]
        fullest = datasets.list_v2(name_contains=part, sort_by="example_count", page_size=1)
        assert [one.name async for one in fullest].index(f"y {part}") == 0
        [one] = [one async for one in datasets.list_v2(name=f"z {part}")]
        assert (one.id, one.session_count) == (str(made[2].id), 0)

    asyncio.run(work())


def test_runs_of_an_agent_lie_in_the_project_of_its_address(
    client: Client, server: ServerProcess
) -> None:
    agent = f"a{uuid.uuid4().hex[:8]}"
    address = langsmith.agent_address(agent, "production")
    with pytest.raises(NotFoundError):
        client._resolve_address(address)

    @langsmith.traceable(address=address)
    def work() -> int:
        return 1

    with langsmith.tracing_context(enabled=True, client=client):
        work()
    client.flush()

    project = client.read_project(project_name=f"{agent}-production")
    assert client._resolve_address(address) == project.id
    assert [run.name for run in client.list_runs(project_id=project.id)] == ["work"]
    wrong = {"id": str(uuid.uuid4()), "name": "x", "run_type": "chain", "address": "lrn:agents/x"}
    assert call(server, "/runs", wrong)[0] == 422


def test_a_name_that_is_taken_is_a_conflict_in_both_versions(
    client: Client, server: ServerProcess
) -> None:
    name = f"p{uuid.uuid4().hex[:8]}"
    client.create_project(name)
    with pytest.raises(LangSmithConflictError):
        client.create_project(name)
    assert call(server, "/api/v2/sessions", {"type": "PROJECT", "name": name})[0] == 409
    lacking = {"type": "EXPERIMENT", "name": f"{name} e"}
    assert call(server, "/api/v2/sessions", lacking)[0] == 422
