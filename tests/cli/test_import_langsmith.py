"""A copy from one server to another by LangSmith's protocol, stopped by force and started again."""

from __future__ import annotations

import datetime
import json
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any

import pytest
from langsmith.schemas import FileEntry

from langsmith import Client
from otlp import attributes, request, span, trace_id
from servers import ServerProcess

prompts = pytest.importorskip("langchain_core.prompts")
pytestmark = pytest.mark.filterwarnings("ignore::langsmith.utils.LangSmithWarning")
RUNS = 350


def command(source: ServerProcess, target: ServerProcess, state: Path) -> list[str]:
    return [
        str(Path(sys.executable).parent / "pilothouse"),
        *("import", "langsmith", "--api-url", f"{source.url}/langsmith/api/v1"),
        *("--endpoint", target.url, "--state", str(state), "--json"),
    ]


def fill_queues(
    client: Client, threads: uuid.UUID, first: uuid.UUID, now: datetime.datetime
) -> None:
    """A thread in one queue, and a queue of pairs of which one is judged."""
    extra = {"metadata": {"thread_id": "talk"}}
    second = uuid.uuid4()
    client.create_run(
        "turn", {}, "chain", id=second, project_name="app", extra=extra, start_time=now
    )
    client.flush()
    session = client.read_project(project_name="app").id
    pairs = uuid.uuid4()

    def ask(path: str, body: Any) -> Any:
        return client.request_with_retries("POST", path, json=body).json()

    thread = {"item_type": "THREAD", "thread_id": "talk", "project_id": str(session)}
    ask(f"/v1/platform/annotation-queues/{threads}/items", {"items": [thread]})
    body = {"name": "which is better", "queue_type": "pairwise", "id": str(pairs)}
    ask("/annotation-queues", body)
    pair = {"run_id": str(first), "other_run_id": str(second)}
    [item] = ask(f"/annotation-queues/{pairs}/runs", [pair])
    ask(f"/annotation-queues/status/{item['id']}", {"status": "completed"})


def fill(client: Client) -> None:
    now = datetime.datetime.now(datetime.UTC)
    first = uuid.uuid4()
    for number in range(RUNS):
        client.create_run(
            f"run {number}",
            {"number": number},
            "chain",
            id=first if number == 0 else uuid.uuid4(),
            project_name="app",
            outputs={"answer": number},
            extra={"metadata": {"n": number}},
            tags=["t"],
            start_time=now,
            end_time=now,
            attachments={"note": ("text/plain", b"\x00of a run")} if number == 0 else None,
            trace_id=first if number == 0 else None,
            dotted_order=f"{now:%Y%m%dT%H%M%S%fZ}{first}" if number == 0 else None,
        )
    client.flush()
    client.create_feedback_config(
        "good", feedback_config={"type": "continuous", "min": 0, "max": 9}
    )
    queue = client.create_annotation_queue(name="to look at", description="Look.")
    client.add_runs_to_annotation_queue(queue.id, run_ids=[first])
    fill_queues(client, queue.id, first, now)
    client.create_feedback(first, "good", score=1, comment="yes")
    dataset = client.create_dataset("questions", description="asked")
    rows: Any = [{"inputs": {"q": n}, "outputs": {"a": n}} for n in range(3)]
    client.create_examples(dataset_id=dataset.id, examples=rows)
    examples = list(client.list_examples(dataset_id=dataset.id))
    client.delete_example(examples[0].id)
    client.update_example(
        examples[1].id,
        outputs={"a": "changed"},
        metadata={"m": 1},
        attachments={"picture": ("image/png", b"\x89of an example")},
    )
    tried = [
        client.evaluate(
            lambda inputs: {"a": inputs["q"]},
            data="questions",
            evaluators=[lambda outputs, reference_outputs: outputs == reference_outputs],
            experiment_prefix=prefix,
        ).experiment_name
        for prefix in ("try", "again")
    ]
    client.evaluate(tuple(tried), evaluators=[prefer_the_first], experiment_prefix="which")
    client.flush()
    for text in ("One {x}", "Two {x}"):
        prompt = prompts.ChatPromptTemplate.from_messages([("system", text)])
        tags = ["prod"] if text.startswith("One") else None
        client.push_prompt("greet", object=prompt, description="Hello", commit_tags=tags)
    for files in ({"a.md": "one", "b.md": "two"}, {"a.md": "three", "b.md": None}):
        entries: Any = {path: text and FileEntry(content=text) for path, text in files.items()}
        client.push_skill("tidy", files=entries)


def prefer_the_first(runs: Any, example: Any) -> Any:
    return {"key": "better", "scores": {runs[0].id: 1, runs[1].id: 0}}


def read(attachments: Any) -> dict[str, Any]:
    """By name, what is in the files."""
    return {
        name: (file["mime_type"], file["reader"].read())
        for name, file in (attachments or {}).items()
    }


def seen(client: Client) -> Any:
    """What the copy has to have as the original has it."""
    found: dict[str, Any] = {}
    for project in client.list_projects():
        runs = sorted(client.list_runs(project_id=project.id), key=lambda run: str(run.id))
        found[f"project {project.name}"] = (
            str(project.reference_dataset_id),
            [
                (
                    *(run.id, run.name, run.inputs, run.outputs, run.tags, run.start_time),
                    *(run.end_time, run.extra, run.reference_example_id, run.parent_run_id),
                    *(read(run.attachments),),
                )
                for run in runs
            ],
            sorted(
                (str(one.id), one.key, one.score, one.comment, str(one.run_id))
                for one in client.list_feedback(session=[str(project.id)])
            ),
        )
    for dataset in client.list_datasets():
        examples = client.list_examples(dataset_id=dataset.id, include_attachments=True)
        of_dataset = client.request_with_retries("GET", f"/datasets/{dataset.id}/comparative")
        found["comparisons"] = [
            {key: one[key] for key in ("id", "name", "experiments_info", "feedback_stats")}
            for one in of_dataset.json()
        ]
        found[f"dataset {dataset.name}"] = (
            dataset.id,
            dataset.description,
            [
                (one.id, one.inputs, one.outputs, one.metadata, read(one.attachments))
                for one in examples
            ],
            len(list(client.list_dataset_versions(dataset_id=dataset.id)))
            if hasattr(client, "list_dataset_versions")
            else None,
        )
    for queue in client.list_annotation_queues():
        run = client.get_run_from_annotation_queue(queue.id, index=0)
        path = f"/v1/platform/annotation-queues/{queue.id}/items"
        items = client.request_with_retries("GET", path).json()["items"]
        found[f"queue {queue.name}"] = (
            *(queue.description, run.id, run.inputs),
            [(one["run_id"], one.get("other_run_id"), one["thread_id"]) for one in items],
            client.request_with_retries("GET", f"{path}/count?status=archived").json(),
        )
    found["keys"] = [
        (config.feedback_key, config.feedback_config) for config in client.list_feedback_configs()
    ]
    for repo in client.list_prompts().repos:
        commits = list(client.list_prompt_commits(repo.repo_handle))
        found[f"prompt {repo.repo_handle}"] = (
            repo.description,
            [
                client.pull_prompt_commit(f"{repo.repo_handle}:{one.commit_hash}").manifest
                for one in commits
            ],
            client.pull_prompt_commit(f"{repo.repo_handle}:prod").manifest,
        )
    found["skill"] = client.pull_skill("tidy").files
    return found


def test_a_copy_that_was_killed_goes_on_and_ends_as_the_original(
    server_in: Any, tmp_path: Path
) -> None:
    source, target = server_in(name="source"), server_in(name="target")
    clients = [
        Client(api_url=f"{each.url}/langsmith", api_key="none", disable_prompt_cache=True)
        for each in (source, target)
    ]
    fill(clients[0])
    state = tmp_path / "state.json"
    killed = subprocess.Popen(command(source, target, state), stdout=subprocess.DEVNULL)
    while killed.poll() is None:
        if state.exists() and '"runs' in state.read_text("utf-8"):
            killed.kill()
        time.sleep(0.001)
    assert killed.wait() != 0, "it was stopped before its end"
    done = subprocess.run(
        command(source, target, state), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["copied"]["runs"] >= RUNS
    wanted = {"datasets": 1, "annotation queues": 2, "comparisons of experiments": 1}
    wanted |= {"attachments of runs": 1, "settings of feedback keys": 1}
    wanted |= {"versions of prompts": 2, "tags of prompts": 1, "versions of skills": 2}
    assert {name: said["copied"][name] for name in wanted} == wanted
    assert said["left_out"] == {}
    assert seen(clients[1]) == seen(clients[0])
    again = subprocess.run(
        command(source, target, state), capture_output=True, text=True, check=False
    )
    assert json.loads(again.stdout) == said, "what is done is not done again"
    for client in clients:
        client.close()


def test_traces_of_opentelemetry_are_copied_whole_with_their_scores(
    server_in: Any, tmp_path: Path
) -> None:
    source, target = server_in(name="source"), server_in(name="target")
    trace = trace_id()
    named = attributes({"pilothouse.project": "desk", "input.value": "Hello?"})
    root = span(trace, name="agent", attributes=named)
    inner = span(trace, parent=root["spanId"], name="tool", attributes=named)
    assert source.call("POST", "/v1/traces", request(root, inner))[0] == 200
    score = {"name": "good", "value": 1, "trace_id": trace, "span_id": inner["spanId"]}
    assert source.call("POST", "/api/v1/scores", score)[0] == 200

    done = subprocess.run(
        command(source, target, tmp_path / "state.json"),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["left_out"] == {}
    [found] = target.get("/api/v1/traces?project=desk")["items"]
    assert (found["name"], found["span_count"]) == ("agent", 2)
    [kept] = target.get("/api/v1/scores?project=desk")["items"]
    spans = target.get(f"/api/v1/traces/{found['trace_id']}")["spans"]
    names = {one["span_id"]: (one["name"], one["parent_span_id"]) for one in spans}
    assert names[kept["span_id"]] == ("tool", found["root_span_id"])


def test_a_source_that_does_not_answer_is_named(tmp_path: Path, server_in: Any) -> None:
    target = server_in()
    told = subprocess.run(
        [
            *(str(Path(sys.executable).parent / "pilothouse"), "import", "langsmith"),
            *("--api-url", f"{target.url}/nowhere", "--endpoint", target.url),
            *("--state", str(tmp_path / "state.json")),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 1
    assert "/nowhere the address of an API?" in told.stderr
