"""Rows from a server and from Hugging Face, and experiments that go back to the server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import pilothouse as ph
from otlp import attributes, request, span, trace_id
from pilothouse.cli.main import run
from pilothouse.client import Client
from pilothouse.client.errors import ApiError
from pilothouse.evaluation.data import from_dataset, from_traces, upload
from pilothouse.evaluation.data.sources import served
from pilothouse.evaluation.runner import BadData, aevaluate, evaluate
from servers import ServerProcess

HALF = 60
SEVEN = ""
"""Whether the target knows the seven by now."""


@pytest.fixture(scope="module")
def filled(server: ServerProcess) -> Iterator[Client]:
    """A server with a dataset of two splits, and a project of traces."""
    with Client(server.url) as client:
        _fill(client)
        yield client


def _fill(client: Client) -> None:
    dataset = client.create_dataset("sums of numbers")
    client.add_examples(
        dataset["id"],
        *(
            {
                "inputs": {"n": n},
                "outputs": {"twice": 2 * n},
                "splits": ["low" if n < HALF else "high"],
            }
            for n in range(2 * HALF)
        ),
    )
    spans = []
    for n in range(3):
        trace = trace_id()
        about = {"pilothouse.project": "desk", "input.value": f"q{n}", "output.value": f"a{n}"}
        root = span(trace, attributes=attributes({**about, "session.id": f"s{n % 2}"}))
        documents = {"openinference.span.kind": "RETRIEVER", "pilothouse.project": "desk"}
        documents["retrieval.documents.0.document.content"] = f"doc {n}"
        spans += [root, span(trace, parent=root["spanId"], attributes=attributes(documents))]
    client.send_spans(request(*spans))


@pytest.fixture
def client(filled: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setenv("PILOTHOUSE_ENDPOINT", filled.endpoint)
    return filled


def twice(inputs: dict[str, int]) -> dict[str, int]:
    return {"twice": inputs["n"] * 2 if inputs["n"] % 10 else -1}


def right(outputs: Any, reference_outputs: Any) -> bool:
    return bool(outputs == reference_outputs)


@pytest.mark.slow
def test_an_experiment_over_a_dataset_of_the_server_stands_there_when_it_is_done(
    client: Client,
) -> None:
    found = evaluate(twice, "sums of numbers", [right], experiment="over the server")
    recorded = evaluate(None, from_traces("over the server"), [lambda outputs: "twice" in outputs])

    assert recorded.summary.rows == 2 * HALF, "all that was sent can be read right after"
    assert found.summary.metrics["right"].n_ok == 2 * HALF
    kept = upload(found)
    assert (kept.sent, kept.earlier) == (0, 2 * HALF), "it was sent already"
    stats = client.experiment(kept.id)["stats"]
    assert stats is not None
    assert (stats["run_count"], stats["example_count"]) == (2 * HALF, 2 * HALF)
    [score] = stats["scores"]
    assert (score["name"], score["n"], score["mean"]) == ("right", 2 * HALF, 0.9)
    row = next(client.experiment_rows(kept.id))
    [of_row] = row["runs"][kept.id]
    assert row["example"]["outputs"] == {"twice": 2 * row["example"]["inputs"]["n"]}
    assert json.loads(of_row["output"]) == twice(row["example"]["inputs"])


@pytest.mark.slow
def test_what_was_broken_off_is_sent_on_and_nothing_twice(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(inputs: str) -> str:
        if inputs == "7" and not SEVEN:
            raise RuntimeError("no seven")
        return inputs

    def judged(outputs: str) -> Any:
        return {"key": "length", "score": len(outputs), "comment": "characters"}

    data = [{"id": f"e{n}", "inputs": str(n), "expected": "x"} for n in range(250)]
    found = evaluate(answer, data, [judged], experiment="broken off")
    given, calls = Client.send_spans, iter((True, False))

    def breaks(self: Client, spans: Any) -> None:
        if not next(calls):
            raise KeyboardInterrupt
        given(self, spans)

    def takes_few(self: Client, spans: Any) -> None:
        if len(spans["resourceSpans"][0]["scopeSpans"][0]["spans"]) > 60:
            raise ApiError(413, "too_large", "the body has more than 64 MiB")
        given(self, spans)

    with monkeypatch.context() as torn:
        torn.setattr(Client, "send_spans", breaks)
        with pytest.raises(KeyboardInterrupt):
            upload(found, dataset="made of rows")
        torn.setattr(Client, "send_spans", takes_few)
        sent = upload(found, dataset="made of rows")

    assert (sent.sent, sent.earlier) == (150, 100)
    stats = client.experiment(sent.id)["stats"]
    assert stats is not None
    assert (stats["run_count"], stats["error_count"]) == (250, 1)
    assert [(s["name"], s["n"]) for s in stats["scores"]] == [("length", 249)]
    [dataset] = client.datasets(name="made of rows")
    assert dataset["example_count"] == 250
    with pytest.raises(BadData, match="run over no dataset of the server"):
        upload(found)
    assert run(["eval", "upload", "broken off", "--dataset", "made of rows"]) == 0

    monkeypatch.setattr(f"{__name__}.SEVEN", "seven")
    again = evaluate(answer, data, [judged], experiment="broken off", resume="errors")
    assert upload(again, dataset="made of rows").sent == 1, "the row that was asked again"
    stats = client.experiment(sent.id)["stats"]
    assert stats is not None
    assert (stats["run_count"], stats["error_count"]) == (250, 0)
    assert [(s["name"], s["n"]) for s in stats["scores"]] == [("length", 250)]


@pytest.mark.slow
def test_a_version_and_a_split_are_kept_to(client: Client) -> None:
    rows = from_dataset("sums of numbers", split="low")

    client.add_examples(rows.about["dataset_id"], {"inputs": {"n": 7}, "splits": ["low"]})

    assert [row["inputs"]["n"] for row in rows] == list(range(HALF)), "as it was when asked for"
    named = served("dataset:sums%20of%20numbers?split=low")
    assert len(list(named)) == HALF + 1
    with pytest.raises(BadData, match="did you mean 'sums of numbers'"):
        evaluate(twice, "sums of number", [right], upload=False)
    with pytest.raises(BadData, match="did you mean 'split'"):
        served("dataset:x?splt=low")


@pytest.mark.slow
def test_traces_are_rows_with_what_was_retrieved(client: Client, tmp_path: Path) -> None:
    def grounded(outputs: str, contexts: list[str]) -> bool:
        return contexts == [f"doc {outputs[-1]}"]

    found = evaluate(None, from_traces("desk"), [grounded], journal=False)

    assert found.summary.metrics["grounded"].mean == 1
    assert sorted(found.clusters.values()) == ["s0", "s0", "s1"]
    [span_row] = from_traces("desk", scope="spans", filter='name = "work"', q="q1", limit=1)
    assert (span_row["inputs"], span_row["outputs"]) == ("q1", "a1")
    (tmp_path / "suite.yaml").write_text("name: s\ndata: traces:desk?limit=2\nevaluators: []\n")
    assert run(["eval", "run", str(tmp_path / "suite.yaml")]) == 0


def test_without_a_server_the_error_says_where_it_was_looked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PILOTHOUSE_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(BadData, match=r"no answer from http://127.0.0.1:9"):
        evaluate(twice, "refunds", [right])
    with pytest.raises(ValueError, match="upload='DATASET'"):
        evaluate(twice, [{"n": 1}], [right], upload=True)

    found = evaluate(twice, [{"n": 1}], [right], upload="refunds", experiment="kept")

    assert found.summary.rows == 1
    assert "try again by pilothouse eval upload kept --dataset refunds" in capsys.readouterr().err


class Table:
    """As Hugging Face's datasets look from outside."""

    def __init__(self, columns: list[str], rows: list[dict[str, Any]]) -> None:
        self.column_names = columns
        self.features = dict.fromkeys(columns, "string")
        self._rows = rows

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self._rows)

    def to_dict(self) -> None:
        raise AssertionError("reads all of it at once")


def test_datasets_of_hugging_face_are_read_as_they_are() -> None:
    rows = [{"inputs.q": str(n), "expected": n} for n in range(3)]
    table = Table(["inputs.q", "expected"], rows)

    found = ph.evaluate(lambda inputs: int(inputs["q"]), table, [right], journal=False)

    assert found.summary.metrics["right"].mean == 1
    with pytest.raises(BadData, match="the splits train, test: give one, as data"):
        evaluate(twice, {"train": table, "test": table}, [right])


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("x.jsonl", '{"q": 1}\n\n{"question": 2}\n', r"x\.jsonl:3: example 2 has 'question' and"),
        ("x.jsonl", '{"id": 1, "q": 1}\n{"id": 1, "q": 2}\n', r"x\.jsonl:2: example 2 has the id"),
        (
            "x.jsonl",
            '{"input": {"q": 1}}\n{"input": "q"}\n',
            r"x\.jsonl:2: the inputs of example 2 are",
        ),
        ("x.jsonl", '{"q": 1,}\n', r"x\.jsonl:1:9: no JSON: "),
        ("x.csv", "q,hint\na,b\nc\n", r"x\.csv:3: no cell for column 'hint'"),
        ("x.csv", "id,q\n1,a\n1,b\n", r"x\.csv:3: example 2 has the id '1'"),
    ],
)
def test_bad_rows_of_files_are_said_with_their_place(
    tmp_path: Path, name: str, content: str, said: str
) -> None:
    (tmp_path / name).write_text(content)

    with pytest.raises(BadData, match=said):
        evaluate(twice, tmp_path / name, [right])


def test_columns_that_are_missing_now_and_then_are_no_mistake(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("q,hint,note\na,b,\nc,,d\n")
    rows = [{"q": 1, "hint": 2}, {"q": 2}, {"q": 3, "hint": 4}]
    nested = [{"inputs": 1, "metadata": {}}, {"inputs": 2, "expected": 2}]

    for data in (tmp_path / "x.csv", rows, nested):
        assert evaluate(lambda inputs: 1, data, journal=False).summary.rows > 1


def test_rows_that_come_by_and_by_are_read_as_ever() -> None:
    async def rows() -> Any:
        for n in range(3):
            yield {"n": n + 1}

    found = asyncio.run(aevaluate(twice, rows(), [], journal=False))

    assert found.summary.rows == 3
