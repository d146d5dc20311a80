"""What LangSmith's generated client reads by the protocol's second version."""

from __future__ import annotations

import asyncio
import json

import pytest

from langsmith_world import QUESTIONS, SPELLINGS, Written, call, client_of
from servers import ServerProcess

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_the_generated_client_reads_runs(
    server: ServerProcess, written: Written, spelling: str
) -> None:
    async def read() -> None:
        runs = client_of(server, spelling).runs
        found = [
            run
            async for run in runs.query_v2(
                project_ids=[written.project],
                filter='eq(run_type, "llm")',
                selects=[
                    "ID",
                    "NAME",
                    "RUN_TYPE",
                    "STATUS",
                    "TOTAL_TOKENS",
                    "PROMPT_TOKEN_DETAILS",
                ],
                page_size=2,
            )
        ]
        assert len(found) == 3
        for run in found:
            assert (run.name, run.run_type, run.status) == ("model", "LLM", "SUCCESS")
            assert run.total_tokens == 8
            assert run.prompt_token_details is not None
            assert run.prompt_token_details.raw == {"cache_read": 2, "priority": 1}
        bare = [run async for run in runs.query_v2(project_ids=[written.project])]
        assert len(bare) == 12
        assert all(run.id and run.name is None for run in bare)
        streamed = runs.streaming.query_v2_items(project_ids=[written.project], page_size=5)
        assert [run.id async for run in streamed] == [run.id for run in bare]

    asyncio.run(read())


def test_usage_of_those_below_is_counted_only_when_asked(
    server: ServerProcess, written: Written
) -> None:
    asked = {
        "project_ids": [written.project],
        "ids": [written.roots[0]],
        "selects": ["TOTAL_TOKENS"],
    }
    _, own = call(server, "/api/v2/runs/query", asked)
    _, whole = call(server, "/api/v2/runs/query", {**asked, "include_subtree_usage": True})
    assert own["items"] == [{"total_tokens": None}]
    assert whole["items"] == [{"total_tokens": 8}]


def test_the_generated_client_reads_one_run_traces_and_links(
    server: ServerProcess, written: Written
) -> None:
    root = written.roots[1]

    async def read() -> None:
        client = client_of(server)
        run = await client.runs.retrieve_v2(
            root,
            project_id=written.project,
            selects=["NAME", "ERROR", "INPUTS", "IS_ROOT", "PARENT_RUN_IDS", "LATENCY_SECONDS"],
        )
        assert (run.name, run.is_root, run.parent_run_ids) == ("desk", True, [])
        assert run.inputs == {"question": QUESTIONS[1], "number": 1}
        assert (run.error or "").startswith("ValueError")
        runs = await client.traces.list_runs(root, project_id=written.project, selects=["NAME"])
        assert [each.name for each in runs.items or ()] == ["desk", "model", "parse", "lookup"]
        traces = [
            trace
            async for trace in client.traces.query(
                project_id=written.project,
                tree_filter='eq(run_type, "llm")',
                selects=["NAME", "TOTAL_TOKENS"],
            )
        ]
        assert [trace.root_run.name for trace in traces if trace.root_run] == ["desk"] * 3
        sums = [trace.trace_aggregates for trace in traces]
        assert [each.total_tokens for each in sums if each] == [8, 8, 8]
        streamed = client.traces.streaming.query_items(
            project_id=written.project, selects=["NAME"], page_size=2
        )
        names = [trace.root_run.name async for trace in streamed if trace.root_run]
        assert names == ["waiting", "desk", "desk", "desk"]
        link = await client.runs.get_url(root, project_id=written.project, trace_id=root)
        assert (link.url or "").startswith("http")
        assert f"/r/{root}" in (link.url or "")

    asyncio.run(read())


def test_the_generated_client_reads_threads(server: ServerProcess, written: Written) -> None:
    async def read() -> None:
        client = client_of(server)
        threads = {t.thread_id: t async for t in client.threads.query(project_id=written.project)}
        first = threads["thread-0"]
        assert (first.count, first.total_tokens, first.num_errored_turns) == (2, 16, 0)
        assert (first.first_trace_id, first.last_trace_id) == (written.roots[0], written.roots[2])
        assert json.loads(first.first_inputs or "")["question"] == QUESTIONS[0]
        assert json.loads(first.last_outputs or "")["answer"]["text"] == QUESTIONS[2].upper()
        assert (threads["thread-1"].last_error or "").startswith("ValueError")
        streamed = client.threads.streaming.query_items(project_id=written.project, page_size=1)
        assert {t.thread_id async for t in streamed} == set(threads)
        turns = [
            turn
            async for turn in client.threads.list_traces(
                "thread-0", project_id=written.project, selects=["NAME", "INPUTS"], page_size=1
            )
        ]
        assert [turn.trace_id for turn in turns] == [written.roots[0], written.roots[2]]
        assert [turn.turn_number for turn in turns] == [1, 2]
        stats = await client.threads.stats(
            "thread-0", session_id=written.project, selects=["TURNS"]
        )
        assert stats.turns == 2
        whole = await client.threads.aggregate_stats(
            project_id=written.project, select=["THREAD_COUNT", "TRACE_COUNT"]
        )
        assert (whole.thread_count, whole.trace_count) == (2, 3)

    asyncio.run(read())


def test_what_only_the_hosted_product_can_do_is_told_so(
    server: ServerProcess, written: Written
) -> None:
    body = {"project_ids": [written.project], "ai_search": "angry people"}
    assert call(server, "/api/v2/runs/query", body)[0] == 501
    for path in (f"/sessions/{written.project}/insights", "/agents/x", "/api/v2/sandboxes/boxes"):
        status, told = call(server, path, {})
        assert (status, told["detail"].startswith("this server does not have")) == (501, True)
    assert client_of(server).list_project_issues("read", status="open") == []
    body = {"project_ids": [written.project], "selects": ["NAMES"]}
    assert call(server, "/api/v2/runs/query", body)[0] == 400
