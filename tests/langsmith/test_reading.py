"""What LangSmith's own client reads back, of runs that it wrote and of spans of other protocols."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from langsmith.run_helpers import traceable, tracing_context
from langsmith.schemas import Run
from langsmith.utils import LangSmithError, LangSmithNotFoundError

from langsmith import Client
from otlp import attributes, request, span, trace_id
from servers import ServerProcess

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
SPELLINGS = ("/langsmith", "/langsmith/api/v1")
QUESTIONS = ("where is my parcel?", "may I return shoes?", "is it open?")


@dataclass(frozen=True, slots=True)
class Written:
    """What the tests of this module read."""

    project: str
    roots: tuple[str, ...]
    """Ids of the root runs, in the order of their start."""


def client_of(server: ServerProcess, spelling: str = SPELLINGS[0]) -> Client:
    return Client(api_url=server.url + spelling, api_key="none", auto_batch_tracing=True)


@pytest.fixture(scope="module")
def written(server: ServerProcess) -> Written:
    client = client_of(server)
    roots: list[str] = []

    @traceable(
        run_type="llm",
        name="model",
        metadata={"ls_provider": "openai", "ls_model_name": "gpt-4o", "ls_temperature": 0.5},
    )
    def model(messages: list[dict[str, str]]) -> dict[str, Any]:
        return {
            "choices": [{"message": {"role": "assistant", "content": "Soon."}}],
            "usage_metadata": {
                "input_tokens": 5,
                "output_tokens": 3,
                "total_tokens": 8,
                "input_token_details": {"cache_read": 2, "priority": 1},
                "input_cost": 1e-06,
                "output_cost": 2e-06,
            },
        }

    @traceable(run_type="tool", name="lookup", tags=["slow"])
    def lookup(number: int) -> int:
        if number == 1:
            raise ValueError("no such parcel")
        return number

    @traceable(run_type="parser", name="parse")
    def parse(text: str) -> str:
        return text

    @traceable(name="desk", tags=["production"])
    def desk(question: str, number: int) -> dict[str, Any]:
        model([{"role": "user", "content": question}])
        parse("x")
        if number < 2:
            lookup(number)
        return {"answer": {"text": question.upper(), "steps": [{"kind": "look"}]}}

    with tracing_context(project_name="read", enabled=True, client=client):
        for number, question in enumerate(QUESTIONS):
            run_id = uuid.uuid4()
            about = {"tier": "gold" if number else "silver", "session_id": f"thread-{number % 2}"}
            try:
                desk(question, number, langsmith_extra={"run_id": run_id, "metadata": about})
            except ValueError:
                assert number == 1
            roots.append(str(run_id))
    client.flush()
    client.create_run(
        "waiting", {"q": 1}, "chain", project_name="read", id=(waiting := uuid.uuid4())
    )
    project = client.read_run(roots[0]).session_id
    assert client.read_run(waiting).status == "pending"
    return Written(str(project), tuple(roots))


@pytest.fixture
def client(server: ServerProcess) -> Client:
    return client_of(server)


def names(runs: list[Run]) -> list[str]:
    return sorted(run.name for run in runs)


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


# ---------------------------------------------------------------------- the second version


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
    body = {"project_ids": [written.project], "selects": ["NAMES"]}
    assert call(server, "/api/v2/runs/query", body)[0] == 400


# ---------------------------------------------------------------------- other protocols


def test_a_span_of_otlp_is_a_run_as_complete_as_any(server: ServerProcess) -> None:
    trace = trace_id()
    messages = [{"role": "user", "parts": [{"type": "text", "content": "Hello?"}]}]
    answer = [
        {
            "role": "assistant",
            "parts": [
                {"type": "text", "content": "Hi."},
                {"type": "tool_call", "id": "c1", "name": "look", "arguments": {"at": 1}},
            ],
            "finish_reason": "stop",
        }
    ]
    root = span(
        trace,
        "00000000000000a1",
        name="agent",
        attributes=attributes({"session.id": "s-9", "input.value": "Hello?"}),
    )
    model = span(
        trace,
        "00000000000000a2",
        "00000000000000a1",
        at_s=0.1,
        name="chat gpt-4o",
        attributes=attributes(
            {
                "gen_ai.operation.name": "chat",
                "gen_ai.provider.name": "openai",
                "gen_ai.request.model": "gpt-4o",
                "gen_ai.request.temperature": 0.2,
                "gen_ai.usage.input_tokens": 11,
                "gen_ai.usage.output_tokens": 4,
                "gen_ai.input.messages": json.dumps(messages),
                "gen_ai.output.messages": json.dumps(answer),
            }
        ),
    )
    tool = span(
        trace,
        "00000000000000a3",
        "00000000000000a2",
        at_s=0.2,
        name="look",
        status={"code": 2, "message": "gone"},
        attributes=attributes(
            {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "look"}
        ),
    )
    server.call("POST", "/v1/traces", request(root, model, tool, project="otlp"))
    client = client_of(server)

    found = {run.name: run for run in client.list_runs(trace_id=str(uuid.UUID(trace)))}

    agent, chat, look = found["agent"], found["chat gpt-4o"], found["look"]
    assert (chat.run_type, look.run_type, agent.status) == ("llm", "tool", "success")
    assert chat.inputs == {"messages": [{"role": "user", "content": "Hello?"}]}
    assert chat.outputs is not None
    said = chat.outputs["choices"][0]["message"]
    assert (said["role"], said["content"]) == ("assistant", "Hi.")
    assert said["tool_calls"][0]["function"] == {"name": "look", "arguments": '{"at":1}'}
    assert chat.metadata["ls_model_name"] == "gpt-4o"
    assert chat.metadata["usage_metadata"]["total_tokens"] == 15
    assert chat.extra is not None
    assert chat.extra["invocation_params"]["temperature"] == 0.2
    assert (chat.total_tokens, agent.total_tokens) == (15, 15)
    assert agent.total_cost is not None
    assert agent.total_cost > 0
    assert look.status == "error"
    assert "gone" in (look.error or "")
    assert look.dotted_order.startswith(chat.dotted_order + ".")
    assert chat.dotted_order.startswith(agent.dotted_order + ".")
    assert look.parent_run_ids == [agent.id, chat.id]
    assert {run.trace_id for run in found.values()} == {uuid.UUID(trace)}
    whole = client.read_run(agent.id, load_child_runs=True)
    assert [child.name for child in whole.child_runs or ()] == ["chat gpt-4o"]
    assert [child.name for child in whole.child_runs[0].child_runs or ()] == ["look"]
    session = str(agent.session_id)
    for text in (
        f'eq(id, "{chat.id}")',
        f'eq(parent_run_id, "{agent.id}")',
        'and(eq(run_type, "llm"), gt(total_tokens, 10))',
    ):
        assert names(list(client.list_runs(project_id=session, filter=text))) == ["chat gpt-4o"]
    assert names(list(client.list_runs(project_id=session, filter='eq(thread_id, "s-9")'))) != []


def test_a_run_of_the_client_is_a_span_as_complete_as_any(
    server: ServerProcess, written: Written
) -> None:
    trace = server.get(f"/api/v1/traces/{written.roots[1]}")
    spans = {one["name"]: one for one in trace["spans"]}

    assert set(spans) == {"desk", "model", "parse", "lookup"}
    assert spans["model"]["kind"] == "llm"
    assert spans["model"]["model"] == "gpt-4o"
    assert spans["model"]["usage"]["cached_tokens"] == 2
    assert spans["lookup"]["status"] == "error"
    assert spans["lookup"]["error_type"] == "ValueError"
    assert spans["desk"]["metadata"]["tier"] == "gold"
    assert spans["desk"]["session_id"] == "thread-1"


def test_feedback_is_counted_and_filtered_by(server: ServerProcess, written: Written) -> None:
    root = written.roots[2]
    for score, comment in ((5, "great"), (1, "poor")):
        body = {"trace_id": root, "span_id": root, "name": "stars", "value": score}
        body["identifier"] = comment
        status, _ = server.call(
            "POST", "/api/v1/scores", {**body, "comment": comment, "source": "human"}
        )
        assert status == 200
    client = client_of(server)

    run = client.read_run(root)
    assert run.feedback_stats is not None
    assert (run.feedback_stats["stars"]["n"], run.feedback_stats["stars"]["avg"]) == (2, 3)
    for text, count in (
        ('and(eq(feedback_key, "stars"), gt(feedback_score, 4))', 1),
        ('and(eq(feedback_key, "stars"), gt(feedback_score, 5))', 0),
        ('and(eq(feedback_key, "stars"), eq(feedback_source, "human"))', 1),
        ('and(eq(is_root, true), neq(feedback_key, "stars"))', 3),
    ):
        assert len(list(client.list_runs(project_id=written.project, filter=text))) == count
    stats = client.get_run_stats(project_ids=[written.project], is_root=True)
    assert stats["feedback_stats"]["stars"]["n"] == 2


def test_json_is_given_back_letter_by_letter(server: ServerProcess) -> None:
    run_id = str(uuid.uuid4())
    inputs = '{"big": 123456789012345678901234567890, "float": 1.50, "e": "\\u00e9", "n": null}'
    about = {"id": run_id, "trace_id": run_id, "name": "exact", "run_type": "chain"}
    about["dotted_order"] = f"20261121T100000123456Z{run_id}"
    parts = ((f"post.{run_id}", json.dumps(about)), (f"post.{run_id}.inputs", inputs))
    body = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n'
        f"Content-Type: application/json\r\nContent-Length: {len(said)}\r\n\r\n{said}\r\n"
        for name, said in parts
    )
    server.call(
        "POST",
        "/langsmith/runs/multipart",
        f"{body}--b--\r\n".encode(),
        {"Content-Type": "multipart/form-data; boundary=b"},
    )
    with urllib.request.urlopen(f"{server.url}/langsmith/runs/{run_id}", timeout=30) as answer:
        said = answer.read().decode()
    assert inputs in said
    assert json.loads(said)["start_time"] == "2026-11-21T10:00:00.123456+00:00"


def test_attachments_are_read_by_links_that_need_no_key(client: Client, written: Written) -> None:
    run_id = uuid.uuid4()
    now = datetime.now(UTC)
    client.create_run(
        "pictured",
        {"q": 1},
        "chain",
        id=run_id,
        trace_id=run_id,
        dotted_order=f"{now:%Y%m%dT%H%M%S%fZ}{run_id}",
        start_time=now,
        project_name="pictured",
        attachments={"a picture": ("image/png", b"\x89PNG-bytes")},
    )
    client.flush()

    run = client.read_run(run_id)

    assert run.attachments["a picture"]["mime_type"] == "image/png"
    assert run.attachments["a picture"]["reader"].read() == b"\x89PNG-bytes"


def call(server: ServerProcess, path: str, body: Any) -> tuple[int, Any]:
    """Status and JSON of a POST."""
    sent = urllib.request.Request(
        f"{server.url}/langsmith{path}",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(sent, timeout=60) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as e:
        with e:
            return e.code, json.loads(e.read())
