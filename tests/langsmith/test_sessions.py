"""Projects as both versions of the protocol make, find and change them, and agents' addresses."""

from __future__ import annotations

import asyncio
import datetime
import urllib.parse
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


def test_projects_are_filtered_by_what_is_known_of_them(
    client: Client, server: ServerProcess
) -> None:
    part = uuid.uuid4().hex[:8]
    about = {
        "red": {"team": "search", "tier": "gold"},
        "blue": {"team": "search", "other": "gold"},
        "green": {"owner": "search"},
    }
    for name, metadata in about.items():
        client.create_project(f"{part} {name}", metadata=metadata)
    client.update_project(client.read_project(project_name=f"{part} red").id, description="warm")

    def found(condition: str) -> set[str]:
        query = urllib.parse.urlencode({"filter": condition, "name_contains": part})
        items = server.get(f"/langsmith/api/v2/sessions?{query}")["items"]
        return {one["name"].removeprefix(f"{part} ") for one in items}

    assert found(f"eq(name, '{part} red')") == {"red"}
    assert found(f'in(name, ["{part} red", "{part} blue"])') == {"red", "blue"}
    assert found('and(eq(metadata_key, "team"), eq(metadata_value, "search"))') == {"red", "blue"}
    assert found('and(eq(metadata_key, "tier"), eq(metadata_value, "gold"))') == {"red"}
    assert found('and(eq(metadata_key, "team"), neq(metadata_value, "search"))') == set()
    assert found('neq(metadata_key, "team")') == {"green"}
    assert found('has(metadata, \'{"owner": "search"}\')') == {"green"}
    assert found('or(exists(metadata, "owner"), like(description, "w_r%"))') == {"red", "green"}
    assert found('not(search("RED"))') == {"blue", "green"}
    assert found("eq(end_time, null)") == {"red", "blue", "green"}
    assert found('gt(start_time, "2100-01-01")') == set()
    for wrong in ("eq(colour, 'red')", "eq(name", 'has(metadata, "{")', "and()", "eq(name, null)"):
        query = urllib.parse.urlencode({"filter": wrong})
        status, said = server.call("GET", f"/langsmith/api/v2/sessions?{query}")
        assert (status, said["detail"].startswith("filter: ")) == (400, True), said


def test_a_project_has_facets_and_a_dashboard(
    client: Client, server: ServerProcess, project: str
) -> None:
    start = datetime.datetime(2026, 11, 20, 12, tzinfo=datetime.UTC)
    for number, kind in enumerate(("chain", "chain", "llm")):
        client.create_run(
            f"run {number % 2}",
            {},
            kind,
            project_name=project,
            start_time=start,
            end_time=start + datetime.timedelta(seconds=2),
            error="boom" if number == 2 else None,
        )
    client.flush()
    session = client.read_project(project_name=project, include_stats=True)
    expected = [("chain", 2), ("llm", 1), ("error", 1)]
    assert [(one["value"], one["n"]) for one in session.run_facets or []] == expected
    listed = server.get(f"/langsmith/sessions?name={project}&facets=true")
    assert [(one["value"], one["n"]) for one in listed[0]["run_facets"]] == expected
    asked = {"name": project, "include_facets": "true", "include_stats": "true"}
    asked["stats_filter"] = 'eq(run_type, "llm")'
    query = urllib.parse.urlencode(asked)
    [one] = server.get(f"/langsmith/api/v2/sessions?{query}")["items"]
    assert (one["run_count"], one["error_rate"]) == (1, 1.0)
    assert [(each["value"], each["n"]) for each in one["run_facets"]] == [("llm", 1), ("error", 1)]

    of_day: Any = {"start_time": start, "end_time": start + datetime.timedelta(hours=2)}

    asked: list[dict[str, Any]] = [
        {"stride": {"hours": 1}},
        {"group_by": {"attribute": "name"}},
        {"group_by": {"attribute": "run_type", "max_groups": 2}},
    ]

    async def work() -> list[Any]:
        async with client._get_langsmith_api() as api:  # nothing else closes it
            read = api.sessions.dashboard
            return [await read(str(session.id), accept="*/*", **of_day, **one) for one in asked]

    whole, by_name, by_type = asyncio.run(work())

    def points(section: Any, metric: str) -> dict[Any, float]:
        series = {s.id: s.metric for chart in section.charts for s in chart.series}
        return {
            (point.timestamp, point.group): point.value
            for chart in section.charts
            for point in chart.data
            if series[point.series_id] == metric and point.value
        }

    assert points(whole, "run_count") == {(start, None): 3}
    assert points(whole, "latency_p99") == {(start, None): 2.0}
    assert points(whole, "error_rate") == {(start, None): pytest.approx(1 / 3)}
    assert points(by_name, "run_count") == {(start, "run 0"): 2, (start, "run 1"): 1}
    assert points(by_type, "run_count") == {(start, "chain"): 2, (start, "llm"): 1}
    assert points(by_type, "error_rate") == {(start, "llm"): 1.0}
    path = f"/sessions/{session.id}/dashboard"
    assert call(server, path, {"stride": {"minutes": 1}})[0] == 422
    empty = call(server, path, {"omit_data": True})[1]
    assert [chart["data"] for chart in empty["charts"]] == [[]] * 5


def test_a_revision_beside_a_run_is_read_as_the_clients_read_it(
    client: Client, server: ServerProcess, project: str
) -> None:
    run_id, revision = uuid.uuid4(), str(uuid.uuid4())
    body = {"id": str(run_id), "name": "r", "run_type": "chain", "session_name": project}
    body |= {"revision_id": revision, "extra": {"metadata": {"a": 1}}}
    assert call(server, "/runs", body)[0] == 202
    run = client.read_run(run_id)
    assert (str(run.revision_id), run.metadata["a"]) == (revision, 1)
