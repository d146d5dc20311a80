"""Annotation queues over HTTP, against a server process."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from otlp import JSON, attributes, request, span, trace_id
from servers import ServerProcess

QUEUES = "/api/v1/annotation-queues"


@pytest.fixture(scope="module")
def spans(server: ServerProcess) -> list[dict[str, Any]]:
    """Three roots of traces with an input and an output."""
    sent = [
        span(
            trace_id(),
            at_s=n,
            attributes=attributes(
                {"input.value": f'{{"q": "in {n}"}}', "output.value": f"out {n}"}
            ),
        )
        for n in range(3)
    ]
    body = json.dumps(request(*sent, project="reviewed")).encode()
    assert server.call("POST", "/v1/traces", body, JSON)[0] == 200
    return sent


@pytest.fixture
def queue(server: ServerProcess, spans: list[dict[str, Any]]) -> dict[str, Any]:
    """A queue of the three with a rubric and a dataset."""
    status, dataset = server.call("POST", "/api/v1/datasets", {"name": f"reviewed {trace_id()}"})
    assert status == 201, dataset
    rubric = [
        {
            "feedback_key": "tone",
            "categories": [{"value": 1, "label": "kind"}, {"value": 0, "label": "rude"}],
            "is_required": True,
        },
        {"feedback_key": "stars", "min": 1, "max": 5},
    ]
    status, made = server.call(
        "POST", QUEUES, {"name": "tone", "rubric": rubric, "dataset_id": dataset["id"]}
    )
    assert status == 201, made
    ids = [sent["spanId"] for sent in spans]
    status, added = server.call("POST", f"{QUEUES}/{made['id']}/items", {"run_ids": ids})
    assert (status, len(added["items"])) == (200, 3), added
    return dict(made)


def test_items_are_reviewed_one_after_the_other(
    server: ServerProcess, queue: dict[str, Any], spans: list[dict[str, Any]]
) -> None:
    base = f"{QUEUES}/{queue['id']}"
    reviewed = []
    while True:
        _, answer = server.call("POST", f"{base}/next")
        item = answer["item"]
        if item is None:
            break
        reviewed.append(item["run"]["span_id"])
        status, said = server.call(
            "PUT",
            f"{base}/items/{item['id']}/review",
            {"answers": {"tone": "kind", "stars": {"score": 4, "comment": "fine"}}},
        )
        assert (status, said["status"], said["reviewer"]) == (200, "done", "local")

    progress = server.get(f"{base}/progress")
    scores = server.get(f"/api/v1/scores?trace_id={spans[0]['traceId']}&name=stars")["items"]
    done = server.get(f"{base}/items?status=completed")["items"]

    assert reviewed == [sent["spanId"] for sent in spans]
    assert (progress["total"], progress["completed"]) == (3, 3)
    assert {(s["value"], s["comment"], s["identifier"]) for s in scores} == {(4, "fine", "local")}
    assert [item["run"]["project"] for item in done] == ["reviewed"] * 3
    assert done[0]["reviews"][0]["answers"]["tone"] == {"score": 1.0, "value": "kind"}
    asked = f"item_id={done[0]['id']}&item_id={done[2]['id']}&item_id=nowhere"
    shown = server.get(f"{base}/previews?{asked}")["items"]
    assert [one["item_id"] for one in shown] == [done[0]["id"], done[2]["id"]]
    assert (shown[0]["run"]["name"], shown[0]["other"]) == (spans[0]["name"], None)


def test_a_reviewed_run_becomes_an_example_once(
    server: ServerProcess, queue: dict[str, Any]
) -> None:
    base = f"{QUEUES}/{queue['id']}"
    [item, *_] = server.get(f"{base}/items")["items"]
    server.call("PUT", f"{base}/items/{item['id']}/review", {"answers": {"tone": "rude"}})
    path = f"{base}/items/{item['id']}/example"

    status, made = server.call("POST", path, {"outputs": {"output": "should be"}})
    _, again = server.call("POST", path, {"outputs": {"output": "better"}})

    examples = server.get(f"/api/v1/datasets/{queue['dataset_id']}/examples")["items"]
    assert status == 200, made
    assert made == again
    assert [(e["id"], e["inputs"], e["outputs"]) for e in examples] == [
        (made["example_id"], {"q": "in 0"}, {"output": "better"})
    ]
    assert examples[0]["metadata"]["reviews"]["local"]["tone"]["value"] == "rude"
    assert server.get(f"{base}/items/{item['id']}")["example_id"] == made["example_id"]


def test_a_queue_is_exported_as_lines_and_as_a_table(
    server: ServerProcess, queue: dict[str, Any]
) -> None:
    base = f"{QUEUES}/{queue['id']}"
    [item, *_] = server.get(f"{base}/items")["items"]
    answers = {"tone": "kind", "stars": {"comment": '=HYPERLINK("http://x")'}}
    server.call("PUT", f"{base}/items/{item['id']}/review", {"answers": answers})

    lines = [json.loads(line) for line in server.get(f"{base}/export").splitlines()]
    table = list(csv.DictReader(io.StringIO(server.get(f"{base}/export?format=csv").decode())))

    assert [line["input"] for line in lines] == [f'{{"q": "in {n}"}}' for n in range(3)]
    assert lines[0]["reviews"][0]["answers"]["tone"]["value"] == "kind"
    assert [(r["key"], r["value"], r["status"]) for r in table[:2]] == [
        ("tone", "kind", "done"),
        ("stars", "", "done"),
    ]
    assert table[1]["comment"].startswith("'=")
    assert len(table) == 4


def test_a_queue_is_filled_and_paged(server: ServerProcess, queue: dict[str, Any]) -> None:
    _, made = server.call("POST", QUEUES, {"name": "filled"})
    base = f"{QUEUES}/{made['id']}"
    body = {"project": "reviewed", "scope": "traces", "filter": 'name = "work"'}

    status, filled = server.call("POST", f"{base}/populate", body)
    first = server.get(f"{base}/items?limit=2")
    rest = server.get(f"{base}/items?cursor={first['next_cursor']}")

    assert (status, filled) == (200, {"added": 3})
    assert (len(first["items"]), len(rest["items"]), rest["next_cursor"]) == (2, 1, None)
    names = [q["name"] for q in server.get(f"{QUEUES}?query=FILL")["items"]]
    assert names == ["filled"]
    run = first["items"][0]["run"]["run_id"]
    assert made["id"] in [q["id"] for q in server.get(f"{QUEUES}?run_id={run}")["items"]]


def test_agreement_is_answered_for_each_question(
    server: ServerProcess, queue: dict[str, Any]
) -> None:
    found = server.get(f"{QUEUES}/{queue['id']}/agreement?level=ordinal")["items"]

    assert [(k["key"], k["level"], k["krippendorff_alpha"]) for k in found] == [
        ("tone", "ordinal", None),
        ("stars", "ordinal", None),
    ]
    assert server.get(f"{QUEUES}/{queue['id']}/disagreements")["items"] == []


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "", {"name": ""}, 400),
        ("POST", "", {"name": "x", "reviewers_per_item": 0}, 400),
        ("POST", "", {"name": "x", "rubric": [{"feedback_key": "a"}, {"feedback_key": "a"}]}, 400),
        ("POST", "", {"name": "x", "rubric": [{"feedback_key": "a", "min": 2, "max": 1}]}, 400),
        ("GET", "/nowhere", None, 404),
        ("GET", "/nowhere/items", None, 404),
        ("GET", "/nowhere/export", None, 404),
        ("GET", "/nowhere/previews?item_id=a", None, 404),
        ("POST", "/nowhere/next", None, 404),
        ("POST", "/{id}/items", {}, 400),
        ("POST", "/{id}/items", {"run_ids": ["nowhere"]}, 404),
        ("POST", "/{id}/items", {"pairs": [{"first": "a", "second": "b"}]}, 404),
        ("POST", "/{id}/populate", {"project": "nowhere"}, 404),
        ("POST", "/{id}/populate", {"project": "reviewed", "filter": "("}, 400),
        ("PUT", "/{id}/items/nowhere/review", {"answers": {}}, 404),
        ("GET", "/{id}/items?cursor=nonsense", None, 400),
        ("DELETE", "/{id}/items/nowhere", None, 404),
    ],
)
def test_bad_input_is_told(
    server: ServerProcess,
    queue: dict[str, Any],
    method: str,
    path: str,
    body: Any,
    status: int,
) -> None:
    answer, told = server.call(method, QUEUES + path.format(id=queue["id"]), body)

    assert answer == status, told
    assert told["error"]["message"]
