"""What is kept beside runs is told with them: examples, datasets, queues, verdicts on traces."""

from __future__ import annotations

import uuid

import pytest

from langsmith import Client
from langsmith_world import Written, call, client_of, names
from otlp import request, span, trace_id
from servers import ServerProcess

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")


@pytest.fixture
def client(server: ServerProcess) -> Client:
    return client_of(server)


def test_runs_that_examples_were_made_of_are_found_whatever_their_protocol(
    client: Client, server: ServerProcess
) -> None:
    project = f"p{uuid.uuid4().hex[:8]}"
    kept, left = uuid.uuid4(), uuid.uuid4()
    for run_id in (kept, left):
        client.create_run(str(run_id), {"q": 1}, "chain", id=run_id, project_name=project)
    client.flush()
    trace = trace_id()
    server.call("POST", "/v1/traces", request(span(trace, name="otlp"), project=project))
    dataset = client.create_dataset(f"d{uuid.uuid4().hex[:8]}")
    client.create_example({"q": 1}, dataset_id=dataset.id, source_run_id=kept)
    body = {"spans": [{"project": project, "trace_id": trace}]}
    status, told = server.call("POST", f"/api/v1/datasets/{dataset.id}/from-spans", body)
    assert status < 300, told

    for text, expected in (
        ("eq(in_dataset, true)", [str(kept), "otlp"]),
        ("eq(in_dataset, false)", [str(left)]),
        ('and(eq(in_dataset, true), eq(name, "otlp"))', ["otlp"]),
    ):
        found = client.list_runs(project_name=project, filter=text)
        assert names(list(found)) == sorted(expected)
    tree = list(client.list_runs(project_name=project, tree_filter="eq(in_dataset, true)"))
    assert names(tree) == sorted([str(kept), "otlp"])


def test_a_run_tells_its_dataset_and_when_it_was_queued(
    client: Client, server: ServerProcess
) -> None:
    project, run_id = f"p{uuid.uuid4().hex[:8]}", uuid.uuid4()
    dataset = client.create_dataset(f"d{uuid.uuid4().hex[:8]}")
    example = client.create_example({"q": 1}, dataset_id=dataset.id)
    client.create_run(
        "row", {"q": 1}, "chain", id=run_id, project_name=project, reference_example_id=example.id
    )
    client.flush()
    queue = client.create_annotation_queue(name="Told")
    client.add_runs_to_annotation_queue(queue.id, run_ids=[run_id])
    session = str(client.read_project(project_name=project).id)
    asked = ["REFERENCE_DATASET_ID", "IS_IN_DATASET", "LAST_QUEUED_AT", "PRICE_MODEL_ID"]
    body = {"project_ids": [session], "ids": [str(run_id)], "selects": asked}

    status, page = call(server, "/api/v2/runs/query", body)

    assert status == 200, page
    [run] = page["items"]
    queued = run.pop("last_queued_at")
    assert run == {
        "reference_dataset_id": str(dataset.id), "is_in_dataset": False, "price_model_id": None,
    }  # fmt: skip
    assert queued is not None


def test_keys_that_clients_read_are_there_even_when_nothing_is(
    client: Client, server: ServerProcess, written: Written
) -> None:
    _, given = call(server, "/feedback", {"session_id": written.project, "key": "all", "score": 1})
    assert (given["run_id"], given["trace_id"]) == (None, None)
    assert server.get(f"/langsmith/sessions/{written.project}")["reference_dataset_id"] is None
    handle = f"p{uuid.uuid4().hex[:8]}"
    assert call(server, "/repos", {"repo_handle": handle})[1]["repo"]["owner"] is None
    [run] = client.list_runs(project_id=written.project, run_type="llm", limit=1)
    for details in (run.prompt_token_details, run.completion_token_details):
        assert None not in (details or {}).values()


def test_facets_lead_to_the_runs_that_they_count(client: Client, written: Written) -> None:
    stats = client.get_run_stats(project_ids=[written.project])
    facets = {(one["key"], one["value"]): one for one in stats["run_facets"]}
    assert facets["run_type", "llm"]["n"] == 3
    for one in facets.values():
        if one["value"] != "chain":  # parsers count as chains
            found = client.list_runs(project_id=written.project, filter=one["query"])
            assert len(list(found)) == one["n"]


def test_feedback_on_a_whole_trace_is_listed_for_its_root(
    client: Client, server: ServerProcess, written: Written
) -> None:
    root = written.roots[1]
    client.create_feedback(trace_id=root, key="whole", score=1, run_id=None)
    client.flush()
    below = next(iter(client.list_runs(parent_run_id=root)))

    assert [one.key for one in client.list_feedback(run_ids=[root])] == ["whole"]
    assert list(client.list_feedback(run_ids=[below.id])) == []
    run = client.read_run(root)
    assert run.feedback_stats is not None
    assert run.feedback_stats["whole"]["n"] == 1
