"""What LangSmith's own client reads back of runs that it wrote."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from langsmith.utils import LangSmithError, LangSmithNotFoundError

from langsmith import Client
from langsmith_world import QUESTIONS, Written, call, client_of, names
from servers import ServerProcess

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")


@pytest.fixture
def client(server: ServerProcess) -> Client:
    return client_of(server)


ALL_FILTERS: list[tuple[dict[str, Any], list[str]]] = [
    ({"is_root": True}, ["desk", "desk", "desk", "waiting"]),
    ({"run_type": "llm"}, ["model"] * 3),
    ({"run_type": "parser"}, ["parse"] * 3),
    ({"run_type": "chain"}, ["desk", "desk", "desk", "waiting"]),
    ({"error": True}, ["desk", "lookup"]),
    ({"error": False, "run_type": "tool"}, ["lookup"]),
    ({"query": "PARCEL", "is_root": True}, ["desk", "desk"]),
    ({"filter": 'eq(status, "pending")'}, ["waiting"]),
    ({"filter": "neq(error, null)"}, ["desk", "lookup"]),
    ({"filter": 'search("no such parcel")'}, ["desk", "lookup"]),
    ({"filter": 'search(error, "No Such")'}, ["desk", "lookup"]),
    ({"filter": 'and(eq(is_root, true), has(tags, "production"))'}, ["desk"] * 3),
    ({"filter": 'has("tags", "slow")'}, ["lookup", "lookup"]),
    ({"filter": 'in(name, ["parse", "waiting"])'}, ["parse"] * 3 + ["waiting"]),
    ({"filter": 'like(name, "l%k_p")'}, ["lookup", "lookup"]),
    ({"filter": 'and(eq(execution_order, 1), lt(latency, "100s"))'}, ["desk"] * 3),
    ({"filter": "gt(latency, 1000)"}, []),
    ({"filter": "and(eq(is_root, true), gt(total_tokens, 7))"}, ["desk"] * 3),
    ({"filter": "eq(total_tokens, 8)", "run_type": "llm"}, ["model"] * 3),
    ({"filter": "lt(total_cost, 1)", "run_type": "llm"}, ["model"] * 3),
    (
        {"filter": 'and(eq(metadata_key, "tier"), eq(metadata_value, "gold"))', "is_root": True},
        ["desk", "desk"],
    ),
    (
        {"filter": 'and(eq(metadata_key, "tier"), neq(metadata_value, "gold"))', "is_root": True},
        ["desk"],
    ),
    ({"filter": 'neq(metadata_key, "tier")', "is_root": True}, ["waiting"]),
    (
        {"filter": 'and(neq(metadata_key, "tier"), neq(metadata_value, "gold"))', "is_root": True},
        ["waiting"],
    ),
    ({"filter": 'has(metadata, \'{"tier": "gold"}\')', "is_root": True}, ["desk", "desk"]),
    ({"filter": 'exists(metadata, "tier")', "is_root": True}, ["desk"] * 3),
    (
        {
            "filter": 'and(in(metadata_key, ["session_id", "conversation_id", "thread_id"]),'
            ' eq(metadata_value, "thread-1"))',
            "is_root": True,
        },
        ["desk"],
    ),
    ({"filter": 'eq(thread_id, "thread-0")', "is_root": True}, ["desk", "desk"]),
    (
        {"filter": 'and(eq(input_key, "messages.content"), eq(input_value, "is it open?"))'},
        ["model"],
    ),
    (
        {"filter": 'and(eq(output_key, "answer.steps.kind"), eq(output_value, "look"))'},
        ["desk", "desk"],
    ),
    ({"filter": 'eq(output_key, "answer.text")'}, ["desk", "desk"]),
    ({"filter": 'eq(run_type, "tool")', "trace_filter": 'eq(status, "error")'}, ["lookup"]),
    (
        {"is_root": True, "tree_filter": 'and(eq(run_type, "tool"), eq(status, "error"))'},
        ["desk"],
    ),
    ({"filter": 'gt(start_time, "2100-01-01T00:00:00")'}, []),
    ({"filter": 'not(or(eq(run_type, "chain"), eq(run_type, "tool")))'}, ["model", "parse"] * 3),
]


@pytest.mark.parametrize(("asked", "expected"), ALL_FILTERS, ids=lambda x: str(x)[:90])
def test_a_documented_form_of_list_runs_finds_what_it_says(
    client: Client, written: Written, asked: dict[str, Any], expected: list[str]
) -> None:
    assert names(list(client.list_runs(project_id=written.project, **asked))) == sorted(expected)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('eq(nam, "x")', "column 4: there is no field 'nam'; did you mean 'name'"),
        ('eq(name, "x"', "column 13: the filter ends too early"),
        ('equals(name, "x")', "column 1: there is no operator 'equals'"),
        ('gt(latency, "soon")', "column 13: 'soon' is no duration"),
        ('in(name, "x")', "column 10: in asks for a list"),
        ('and(eq(name, "x"), "y")', "column 20: a value stands where a condition belongs"),
    ],
)
def test_a_wrong_filter_is_answered_with_its_column_and_the_mistake(
    client: Client, written: Written, text: str, told: str
) -> None:
    for parameter in ("filter", "trace_filter", "tree_filter"):
        with pytest.raises(LangSmithError) as raised:
            list(client.list_runs(project_id=written.project, **{parameter: text}))
        assert f"{parameter}: {told}" in str(raised.value).replace("\\", "")
        assert "400" in str(raised.value)


def test_nothing_that_names_runs_is_refused(server: ServerProcess, written: Written) -> None:
    assert call(server, "/runs/query", {"limit": 5})[0] == 400
    assert call(server, "/runs/query", {"session": ["no-uuid"]})[0] == 422
    unknown = {"session": [str(uuid.uuid4())]}
    assert call(server, "/runs/query", unknown) == (200, {"runs": [], "cursors": {"next": None}})


def test_pages_follow_each_other_without_repeating_or_losing_a_run(
    server: ServerProcess, written: Written
) -> None:
    for order in ("asc", "desc"):
        body: dict[str, Any] = {
            "session": [written.project],
            "limit": 2,
            "order": order,
            "select": ["id"],
        }
        seen: list[dict[str, Any]] = []
        while True:
            status, page = call(server, "/runs/query", body)
            assert status == 200
            seen += page["runs"]
            if page["cursors"]["next"] is None:
                break
            body["cursor"] = page["cursors"]["next"]
        assert len({run["id"] for run in seen}) == len(seen) == 12
        starts = [run["start_time"] for run in seen]
        assert starts == sorted(starts, reverse=order == "desc")


def test_a_limit_above_a_page_is_clamped_and_an_offset_skips(
    server: ServerProcess, written: Written
) -> None:
    whole = call(server, "/runs/query", {"session": [written.project], "limit": 250})[1]["runs"]
    rest = call(server, "/runs/query", {"session": [written.project], "offset": 10})[1]["runs"]
    assert [run["id"] for run in rest] == [run["id"] for run in whole][10:]


def test_a_narrow_selection_still_has_what_clients_need(
    server: ServerProcess, written: Written
) -> None:
    body = {"session": [written.project], "select": ["total_tokens"], "is_root": True}
    for run in call(server, "/runs/query", body)[1]["runs"]:
        assert run["name"]
        assert run["run_type"] == "chain"
        assert {
            "id",
            "start_time",
            "trace_id",
            "session_id",
            "status",
            "dotted_order",
        } <= run.keys()
        assert "inputs" not in run
        assert "attachments" not in run
        assert run["total_tokens"] == (8 if run["name"] == "desk" else None)


def test_a_run_is_read_with_all_below_it(client: Client, written: Written) -> None:
    run = client.read_run(written.roots[1], load_child_runs=True)

    assert run.child_runs is not None
    assert [child.name for child in run.child_runs] == ["model", "parse", "lookup"]
    model = run.child_runs[0]
    assert (model.prompt_tokens, model.completion_tokens, model.total_tokens) == (5, 3, 8)
    assert model.prompt_token_details == {"cache_read": 2, "priority": 1}
    assert model.prompt_cost == Decimal("1e-06")
    assert model.total_cost == Decimal("3e-06")
    assert (run.total_tokens, run.total_cost) == (8, Decimal("3e-06"))
    assert run.error is not None
    assert run.error.startswith("ValueError('no such parcel')")
    assert "Traceback" in run.error
    assert run.status == "error"
    assert run.metadata["tier"] == "gold"
    assert run.tags == ["production"]
    assert run.inputs == {"question": QUESTIONS[1], "number": 1}
    assert all(child.parent_run_ids == [run.id] for child in run.child_runs)
    assert run.app_path is not None
    assert f"/projects/p/{written.project}/r/{run.id}?" in run.app_path


def test_an_unknown_run_is_not_found(client: Client) -> None:
    with pytest.raises(LangSmithNotFoundError):
        client.read_run(uuid.uuid4())


def test_runs_are_listed_by_ids_parents_traces_and_times(client: Client, written: Written) -> None:
    root = written.roots[0]
    by_id = list(client.list_runs(run_ids=list(written.roots)))
    assert {str(run.id) for run in by_id} == set(written.roots)
    below = list(client.list_runs(parent_run_id=root))
    assert names(below) == ["lookup", "model", "parse"]
    assert names(list(client.list_runs(trace_id=root))) == ["desk", "lookup", "model", "parse"]
    later = datetime.now(UTC) + timedelta(hours=1)
    assert list(client.list_runs(project_id=written.project, start_time=later)) == []


def test_statistics_sum_what_was_selected(client: Client, written: Written) -> None:
    stats = client.get_run_stats(project_ids=[written.project], is_root=True)
    assert (stats["run_count"], stats["total_tokens"], stats["error_rate"]) == (4, 24, 0.25)
    assert stats["latency_p50"] > 0
    assert stats["last_run_start_time"]
    models = client.get_run_stats(project_ids=[written.project], run_type="llm")
    assert (models["run_count"], models["prompt_tokens"]) == (3, 15)
    one = client.get_run_stats(project_ids=[written.project], id=[written.roots[0]])
    assert one["run_count"] == 1
    none = client.get_run_stats(project_ids=[str(uuid.uuid4())])
    assert none["run_count"] == 0
    assert "feedback_stats" in none


def test_threads_hold_their_turns(client: Client, written: Written) -> None:
    threads = {t["thread_id"]: t for t in client.list_threads(project_id=written.project)}
    assert {thread: t["count"] for thread, t in threads.items()} == {"thread-0": 2, "thread-1": 1}
    turns = list(client.read_thread(thread_id="thread-0", project_id=written.project))
    assert [str(run.id) for run in turns] == [written.roots[0], written.roots[2]]
    failed = client.read_thread(
        thread_id="thread-1", project_id=written.project, filter='eq(status, "error")'
    )
    assert [str(run.id) for run in failed] == [written.roots[1]]
