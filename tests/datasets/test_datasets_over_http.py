"""Datasets, examples and files through the REST API of a server process."""

from __future__ import annotations

import base64
import csv
import io
import json
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from otlp import attributes, request, span, trace_id
from servers import ServerProcess

pytestmark = pytest.mark.slow

QUESTION = {
    "type": "object",
    "properties": {"question": {"type": "string"}},
    "required": ["question"],
}


def made(server: ServerProcess, path: str, body: Any, method: str = "POST") -> Any:
    """The answer to a write that must succeed."""
    status, answer = server.call(method, f"/api/v1{path}", body)
    assert status in (200, 201), answer
    return answer


def refused(server: ServerProcess, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """Status and error of a request that must fail."""
    status, answer = server.call(method, f"/api/v1{path}", body)
    assert isinstance(answer, dict), answer
    return status, answer["error"]


def new_dataset(server: ServerProcess, **more: Any) -> str:
    """The id of a new dataset."""
    return str(made(server, "/datasets", {"name": f"set {uuid4()}", **more})["id"])


def examples(server: ServerProcess, dataset: str, query: str = "") -> list[dict[str, Any]]:
    """The examples of a dataset, by pages of two."""
    items: list[dict[str, Any]] = []
    cursor = ""
    while True:
        path = f"/api/v1/datasets/{dataset}/examples?limit=2&cursor={cursor}{query}"
        page = server.get(path)
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        cursor = page["next_cursor"]


def test_a_dataset_is_made_listed_changed_and_removed(server: ServerProcess) -> None:
    name = f"Support {uuid4()}"
    body = {"id": str(uuid4()), "name": name, "metadata": {"team": "a"}, "inputs_schema": QUESTION}

    first = made(server, "/datasets", body)
    again = made(server, "/datasets", body)
    changed = made(server, f"/datasets/{first['id']}", {"inputs_schema": None}, "PATCH")

    assert first == again
    assert (first["example_count"], first["version"]) == (0, None)
    assert (changed["inputs_schema"], changed["name"]) == (None, name)
    listed = server.get(f"/api/v1/datasets?q={quote(name.lower())}")["items"]
    assert listed == [changed]
    assert server.get(f"/api/v1/datasets?name={quote(name)}")["items"] == [changed]
    assert server.get('/api/v1/datasets?metadata={"team":"b"}')["items"] == []
    assert refused(server, "POST", "/datasets", {"name": name})[0] == 409
    assert server.call("DELETE", f"/api/v1/datasets/{first['id']}")[0] == 204
    assert refused(server, "GET", f"/datasets/{first['id']}")[0] == 404


def test_examples_are_added_found_changed_and_read_as_of_then(server: ServerProcess) -> None:
    dataset = new_dataset(server)
    new = [
        {"inputs": {"question": f"{n}?"}, "outputs": {"answer": n}, "metadata": {"n": n}}
        for n in range(5)
    ]

    written = made(server, f"/datasets/{dataset}/examples", new)
    one = written["example_ids"][1]
    made(server, f"/examples/{one}", {"outputs": None, "splits": ["hard"]}, "PATCH")
    server.call("DELETE", f"/api/v1/examples/{written['example_ids'][4]}")

    then = quote(written["version"]["version"])
    assert [each["inputs"] for each in examples(server, dataset, f"&as_of={then}")] == [
        each["inputs"] for each in new
    ]
    now = examples(server, dataset)
    assert [each["outputs"] for each in now] == [{"answer": 0}, None, {"answer": 2}, {"answer": 3}]
    assert [each["metadata"]["n"] for each in examples(server, dataset, "&split=hard")] == [1]
    assert [each["metadata"]["n"] for each in examples(server, dataset, "&q=3%3F")] == [3]
    found = examples(server, dataset, "&filter=" + quote("metadata.n > 0 and output exists"))
    assert [each["metadata"]["n"] for each in found] == [2, 3]
    history = server.get(f"/api/v1/examples/{one}/history")["items"]
    assert [each["outputs"] for each in history] == [None, {"answer": 1}]
    assert history[1]["until"] == history[0]["modified_at"]
    versions = server.get(f"/api/v1/datasets/{dataset}/versions?limit=2")
    assert [each["removed"] for each in versions["items"]] == [1, 0]
    rest = server.get(f"/api/v1/datasets/{dataset}/versions?cursor={versions['next_cursor']}")
    assert [each["added"] for each in rest["items"]] == [5]


def test_versions_have_tags_splits_and_a_diff(server: ServerProcess) -> None:
    dataset = new_dataset(server)
    first = made(server, f"/datasets/{dataset}/examples", {"inputs": {"a": 1}})
    tag = f"/datasets/{dataset}/tags/git:branch:feature/x"
    made(server, tag, {}, "PUT")
    second = made(server, f"/datasets/{dataset}/examples", {"inputs": {"a": 2}})
    made(server, f"/datasets/{dataset}/splits/test", {"example_ids": first["example_ids"]}, "PUT")

    diff = server.get(f"/api/v1/datasets/{dataset}/versions/diff?from=git:branch:feature/x")

    assert (diff["added"], diff["modified"]) == (second["example_ids"], first["example_ids"])
    assert diff["from_version"] == first["version"]["version"]
    assert server.get(f"/api/v1/datasets/{dataset}/splits")["items"] == ["base", "test"]
    assert server.get(f"/api/v1/datasets/{dataset}/tags")["items"] == [
        {"tag": "git:branch:feature/x", "version": first["version"]["version"]}
    ]
    tagged = server.get(f"/api/v1/datasets/{dataset}/versions/latest")
    assert tagged["tags"] == ["latest"]
    assert server.call("DELETE", f"/api/v1{tag}")[0] == 204
    assert (
        refused(server, "GET", f"/datasets/{dataset}/examples?as_of=git:branch:feature/x")[0] == 404
    )


def test_bad_input_is_told_and_changes_nothing(server: ServerProcess) -> None:
    dataset = new_dataset(server, inputs_schema=QUESTION)
    other = new_dataset(server)
    [theirs] = made(server, f"/datasets/{other}/examples", {"inputs": {}})["example_ids"]
    path = f"/datasets/{dataset}/examples"

    broken = refused(server, "POST", path, [{"inputs": {"question": "x"}}, {"inputs": {}}])
    foreign = refused(server, "PATCH", path, [{"id": theirs, "metadata": {}}])
    unknown = refused(server, "PATCH", path, [{"id": str(uuid4()), "metadata": {}}])
    schema = refused(server, "POST", "/datasets", {"name": "x", "inputs_schema": {"type": 1}})

    assert broken[0] == 422
    assert broken[1]["details"]["violations"][0]["position"] == 1
    assert (foreign[0], unknown[0], schema[0]) == (409, 404, 400)
    assert refused(server, "GET", f"{path}?filter=model%20%3D%20%22x%22")[0] == 400
    assert refused(server, "GET", f"{path}?cursor=nonsense")[0] == 400
    assert refused(server, "GET", f"{path}?metadata=[]")[0] == 400
    assert refused(server, "GET", "/datasets/no-uuid")[0] == 400
    assert refused(server, "GET", f"/datasets/{uuid4()}/examples")[0] == 404
    assert refused(server, "POST", path, {"inputs": {"question": "x"}, "inptus": {}})[0] == 400
    assert examples(server, dataset) == []


def test_half_of_a_character_is_replaced_wherever_it_came_from(server: ServerProcess) -> None:
    dataset = new_dataset(server)
    row = b'{"question": "a\\ud800b"}'
    path = f"/datasets/{dataset}/import"

    tried = made(server, f"{path}/preview?format=jsonl", row)
    made(server, f"{path}?format=jsonl", row)
    made(server, f"/datasets/{dataset}/examples", b'{"inputs": %s}' % row)

    assert tried["rows"][0]["inputs"] == {"question": "a\ufffdb"}
    assert [e["inputs"] for e in examples(server, dataset)] == [{"question": "a\ufffdb"}] * 2


def test_attachments_come_and_go(server: ServerProcess) -> None:
    dataset = new_dataset(server)
    data = base64.b64encode(b"\x89PNG picture").decode()
    picture = {"picture 1.png": {"data": data, "mime_type": "image/png"}}

    [one] = made(server, f"/datasets/{dataset}/examples", {"attachments": picture})["example_ids"]
    shown = server.get(f"/api/v1/examples/{one}")["attachments"]["picture 1.png"]
    renamed = made(server, f"/examples/{one}", {"rename": {"picture 1.png": "p.png"}}, "PATCH")

    assert (shown["mime_type"], shown["bytes"]) == ("image/png", 12)
    assert list(renamed["attachments"]) == ["p.png"]
    assert server.get(renamed["attachments"]["p.png"]["path"]) == b"\x89PNG picture"
    assert refused(server, "GET", f"/examples/{one}/attachments/none")[0] == 404


def test_a_clone_has_the_schema_and_the_examples(server: ServerProcess) -> None:
    dataset = new_dataset(server, inputs_schema=QUESTION)
    made(server, f"/datasets/{dataset}/examples", {"inputs": {"question": "x"}})

    clone = made(server, f"/datasets/{dataset}/clone", {"name": f"clone {uuid4()}"})

    assert (clone["inputs_schema"], clone["example_count"]) == (QUESTION, 1)
    assert [each["inputs"] for each in examples(server, clone["id"])] == [{"question": "x"}]


# ---- files


def test_a_csv_file_is_tried_then_imported(server: ServerProcess) -> None:
    dataset = new_dataset(server, inputs_schema=QUESTION)
    file = (
        'question,answer,split,note\r\n"What, then?",a,train,\r\n'
        '"two\nlines",,"[""a"",""b""]",n\r\n'
    )
    mapping = json.dumps({
        "inputs": {"question": "question"},
        "outputs": {"text": "answer"},
        "metadata": {"note": "note"},
        "split": "split",
    })  # fmt: skip
    path = f"/datasets/{dataset}/import"

    preview = made(server, f"{path}/preview?format=csv", file.encode())
    kept_nothing = examples(server, dataset)
    made(server, f"{path}?format=csv&name=q.csv&mapping={quote(mapping)}", file.encode())

    assert kept_nothing == []
    assert [each["name"] for each in preview["columns"]] == ["question", "answer", "split", "note"]
    assert preview["mapping"]["outputs"] == {"answer": "answer"}
    assert (preview["row_count"], preview["broken_count"]) == (2, 0)
    assert preview["rows"][0]["inputs"] == {"question": "What, then?", "note": ""}
    first, second = examples(server, dataset)
    assert (first["inputs"], first["outputs"]) == ({"question": "What, then?"}, {"text": "a"})
    assert (second["inputs"]["question"], second["splits"]) == ("two\nlines", ["a", "b"])
    assert second["metadata"] == {"note": "n"}
    version = server.get(f"/api/v1/datasets/{dataset}/versions")["items"][0]
    assert version["note"] == "import of q.csv"


def test_a_parquet_file_keeps_its_types(server: ServerProcess) -> None:
    dataset = new_dataset(server)
    buffer = io.BytesIO()
    table = pa.table({
        "prompt": ["a", "b"],
        "context": [["x", "y"], None],
        "expected": [{"score": 0.5, "ok": True}, None],
    })  # fmt: skip
    pq.write_table(table, buffer)

    made(server, f"/datasets/{dataset}/import?format=parquet", buffer.getvalue())

    first, second = examples(server, dataset)
    assert first["inputs"] == {"prompt": "a", "context": ["x", "y"]}
    assert first["outputs"] == {"expected": {"score": 0.5, "ok": True}}
    assert (second["inputs"], second["outputs"]) == ({"prompt": "b", "context": None}, None)


@pytest.mark.parametrize("fmt", ["jsonl", "csv"])
def test_an_export_can_be_imported_again(server: ServerProcess, fmt: str) -> None:
    dataset, copy = new_dataset(server), new_dataset(server)
    new = [
        {
            "inputs": {"question": 'a "quoted"\nline', "k": "ü"},
            "outputs": {"answer": "42"},
            "metadata": {"tier": "gold"},
            "splits": ["train", "a b"],
        },
        {"inputs": {"question": "b"}, "outputs": None},
    ]
    made(server, f"/datasets/{dataset}/examples", new)

    file = server.get(f"/api/v1/datasets/{dataset}/export?format={fmt}")
    again = file.replace(b"\xef\xbb\xbf", b"")
    for each in examples(server, dataset):  # an id is of one dataset only
        again = again.replace(each["id"].encode(), str(uuid4()).encode())
    made(server, f"/datasets/{copy}/import?format={fmt}", again)

    first, second = examples(server, copy)
    assert {key: first[key] for key in new[0]} == new[0]
    assert second["outputs"] is None
    assert second["inputs"]["question"] == "b"


def test_fine_tuning_lines_hold_conversations(server: ServerProcess) -> None:
    dataset = new_dataset(server)
    human = {
        "lc": 1,
        "type": "constructor",
        "id": ["langchain", "schema", "messages", "HumanMessage"],
        "kwargs": {"content": "Hi", "type": "human"},
    }
    new = [
        {"inputs": {"messages": [[human]]}, "outputs": {"output": "Hello"}},
        {
            "inputs": {"input": [{"role": "user", "content": "Hi"}]},
            "outputs": {"output": {"role": "assistant", "content": "Hello"}},
        },
        {"inputs": {"question": "no answer"}},
    ]
    made(server, f"/datasets/{dataset}/examples", new)

    file = server.get(f"/api/v1/datasets/{dataset}/export?format=openai_ft")

    wanted = {
        "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
    }
    assert [json.loads(line) for line in file.splitlines()] == [wanted, wanted]


@pytest.mark.parametrize(
    ("fmt", "file", "said"),
    [
        ("csv", b"", "empty"),
        ("csv", b"a,a\n1,2\n", "'a' is there twice"),
        ("csv", b"a,b\n1\n", "line 2 has 1 values for 2 columns"),
        ("csv", b"a\n\xff\n", "not UTF-8"),
        ("jsonl", b'{"a": 1}\n{"a"\n', "line 2 is no JSON"),
        ("jsonl", b"[1]\n", "line 1 is no JSON object"),
        ("parquet", b"PAR1 not really", "no Parquet file"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_its_place(
    server: ServerProcess, fmt: str, file: bytes, said: str
) -> None:
    dataset = new_dataset(server)

    status, error = refused(server, "POST", f"/datasets/{dataset}/import?format={fmt}", file)

    assert status == 400
    assert said in error["message"]
    assert examples(server, dataset) == []


def test_one_row_that_breaks_the_schema_stops_an_import(server: ServerProcess) -> None:
    dataset = new_dataset(server, inputs_schema=QUESTION)
    file = b'{"inputs": {"question": "a"}}\n{"inputs": {"question": 2}}\n'

    preview = made(server, f"/datasets/{dataset}/import/preview?format=jsonl", file)
    status, error = refused(server, "POST", f"/datasets/{dataset}/import?format=jsonl", file)

    assert (preview["row_count"], preview["broken_count"]) == (2, 1)
    assert preview["violations"][0]["path"] == "inputs.question"
    assert (status, error["details"]["violations"][0]["position"]) == (422, 1)
    unknown = quote('{"inputs": {"question": "nothing"}}')
    path = f"/datasets/{dataset}/import?format=jsonl&mapping={unknown}"
    assert "no column 'nothing'" in refused(server, "POST", path, file)[1]["message"]


# ---- spans


def record(server: ServerProcess, values: dict[str, Any]) -> dict[str, str]:
    """The ids of a root span with some attributes that the server has stored."""
    root = span(trace_id(), attributes=attributes(values))
    status, _ = server.call("POST", "/v1/traces", request(root))
    assert status == 200
    return {"trace_id": root["traceId"], "span_id": root["spanId"]}


def test_spans_become_examples_once(server: ServerProcess) -> None:
    recorded = record(
        server, {"input.value": '{"question": "Capital of France?"}', "output.value": "Paris"}
    )
    dataset = new_dataset(server)
    body = {"spans": [{"trace_id": recorded["trace_id"]}], "constant": {"origin": "trace"}}

    first = made(server, f"/datasets/{dataset}/from-spans", body)
    again = made(server, f"/datasets/{dataset}/from-spans", body)

    [example] = examples(server, dataset)
    assert example["inputs"] == {"question": "Capital of France?"}
    assert example["outputs"] == {"output": "Paris"}
    assert example["metadata"] == {"origin": "trace"}
    assert example["source"] == recorded
    assert (first["skipped"], again["skipped"]) == (0, 1)
    assert first["example_ids"] == again["example_ids"] == [example["id"]]


def test_a_mapping_takes_parts_of_a_span(server: ServerProcess) -> None:
    recorded = record(
        server, {"input.value": '{"turns": [{"text": "a"}, {"text": "b"}]}', "user.id": "u-1"}
    )
    dataset = new_dataset(server)
    mapping = {
        "inputs": {"last": "input.turns[-1].text", "none": "input.turns[7].text"},
        "metadata": {"user": "user_id"},
        "with_outputs": False,
        "splits": ["mapped"],
    }

    made(server, f"/datasets/{dataset}/from-spans", {"spans": [recorded], **mapping})

    [example] = examples(server, dataset)
    assert example["inputs"] == {"last": "b", "none": None}
    assert (example["outputs"], example["metadata"]) == (None, {"user": "u-1"})
    assert example["splits"] == ["mapped"]
    missing = {"spans": [{"trace_id": "0" * 31 + "1"}]}
    assert refused(server, "POST", f"/datasets/{dataset}/from-spans", missing)[0] == 404


def test_csv_columns_are_those_of_all_examples(server: ServerProcess) -> None:
    dataset = new_dataset(server)
    made(server, f"/datasets/{dataset}/examples", [{"inputs": {"a": 1}}, {"inputs": {"b": [1]}}])

    file = server.get(f"/api/v1/datasets/{dataset}/export?format=csv").decode()

    rows = list(csv.DictReader(io.StringIO(file)))
    assert [(row["inputs.a"], row["inputs.b"]) for row in rows] == [("1", ""), ("", "[1]")]
