"""Runs and spans are each other: what came by one protocol is read by another."""

from __future__ import annotations

import json
import urllib.request
import uuid
from datetime import UTC, datetime

import pytest

from langsmith import Client
from langsmith_world import Written, client_of, names
from otlp import attributes, request, span, trace_id
from servers import ServerProcess

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")


@pytest.fixture
def client(server: ServerProcess) -> Client:
    return client_of(server)


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


def test_what_is_no_object_spoils_no_list_of_runs(client: Client, server: ServerProcess) -> None:
    project = f"odd-{uuid.uuid4().hex[:8]}"
    odd: list[dict[str, object]] = [
        {"inputs": ["a"], "outputs": "text", "extra": "e", "events": {"a": 1}, "serialized": "s"},
        {"inputs": 5, "outputs": {"o": 1}, "events": [{"name": "x"}, "y"]},
        {"inputs": {"nan": float("nan")}, "events": [{"name": "x", "kwargs": float("nan")}]},
    ]
    for n, fields in enumerate(odd):
        run = {"id": str(uuid.uuid4()), "name": str(n), "run_type": "chain", **fields}
        body = json.dumps(run | {"session_name": project}).encode()
        said = {"Content-Type": "application/json"}
        assert server.call("POST", "/langsmith/runs", body, said)[0] == 202

    runs = {run.name: run for run in client.list_runs(project_name=project)}

    assert (runs["0"].inputs, runs["0"].outputs) == ({"input": ["a"]}, {"output": "text"})
    assert (runs["0"].extra or {}, runs["0"].events) == ({}, [])
    assert (runs["1"].inputs, runs["1"].outputs) == ({"input": 5}, {"o": 1})
    assert [event["name"] for event in runs["1"].events or []] == ["x"]
    assert len(runs) == 3
