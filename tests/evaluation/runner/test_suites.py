"""Suites run by the command: what it prints, writes and exits by."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import orjson
import pytest

from pilothouse.cli.main import run

SUITE = """\
name: demo
target: suite_app:answer
data: data.jsonl
evaluators:
  - exact_match
  - use: suite_app:short
    threshold: 1
gates:
  - gate: mean
    metric: exact_match
    value: 0.5
"""
APP = """\
def answer(inputs):
    return inputs["q"].upper()

def short(outputs):
    if outputs == "C":
        raise ValueError("<no> & never")
    return len(outputs) < 2

def fails(inputs):
    raise ValueError("no")
"""
ROWS = [("1", "a", "A"), ("2", "bb", "x"), ("3", "c", "C")]


@pytest.fixture
def suite(tmp_path: Path) -> Iterator[Path]:
    rows = [{"id": i, "inputs": {"q": q}, "reference_outputs": r} for i, q, r in ROWS]
    (tmp_path / "data.jsonl").write_bytes(b"\n".join(map(orjson.dumps, rows)))
    (tmp_path / "suite_app.py").write_text(APP)
    (tmp_path / "suite_broken.py").write_text("answer = anser")
    path = tmp_path / "suite.yaml"
    path.write_text(SUITE)
    yield path
    sys.modules.pop("suite_app", None)


def changed(suite: Path, before: str, after: str) -> str:
    suite.write_text(SUITE.replace(before, after))
    return str(suite)


def test_a_suite_runs_and_is_reported(suite: Path, tmp_path: Path) -> None:
    reports = [tmp_path / f"report.{end}" for end in ("json", "md", "xml")]
    arguments = [word for path in reports for word in ("--report", str(path))]

    code = run(["eval", "run", changed(suite, "name: demo", "max_error_rate: 1\nname: demo"),
                "-e", "x", *arguments])  # fmt: skip

    assert code == 0
    document = orjson.loads(reports[0].read_bytes())
    assert document["summary"]["metrics"]["short"]["n_error"] == 1
    assert document["gates"][0]["outcome"] == "passed"
    assert "| exact_match | 0.667 |" in reports[1].read_text()
    assert "| short | 0.5 |" in reports[1].read_text()
    assert "0.333 to 0.667 |" in reports[1].read_text()
    root = ET.fromstring(reports[2].read_text())  # noqa: S314 # our own
    assert root[0].attrib == {
        "name": "x", "tests": "6", "failures": "1", "errors": "1", "skipped": "0"
    }  # fmt: skip
    assert "<no> & never" in root.findall(".//error")[0].attrib["message"]


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("value: 0.5", "value: 0.9\nmax_error_rate: 1", 1),
        ("data.jsonl", "nowhere.jsonl", 2),
        ("suite_app:answer", "suite_app:fails", 3),
        ("suite_app:answer", "suite_app:anwser", 2),
        ("gate: mean\n    metric: exact_match\n    value: 0.5", "gate: no_regression", 2),
    ],
)
def test_the_exit_code_says_how_it_ended(
    suite: Path, before: str, after: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["eval", "run", changed(suite, before, after)]) == code
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert code != 3 or "3 of 3 rows failed; the first: '1': ValueError: no" in said


def test_a_first_baseline_is_run_without_the_gates_that_need_one(
    suite: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    allowed = SUITE.partition("gates:")[0] + "max_error_rate: 1\ngates: [{gate: no_regression}]\n"
    suite.write_text(allowed)

    assert run(["eval", "run", str(suite), "-e", "main", "--no-gates"]) == 0
    assert run(["eval", "run", str(suite), "--baseline", "main"]) == 0
    assert "passed: no regression" in capsys.readouterr().out


def test_a_command_that_is_called_wrongly_exits_as_no_failed_gate_does(
    suite: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["eval", "run", str(suite), "--baselin", "main"]) == 2
    assert run(["eval", "run"]) == 2
    assert "Possible options: --baseline" in capsys.readouterr().err


def test_too_many_errors_are_said_with_one_of_them_and_how_to_go_on(
    suite: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{"inputs": {"q": str(i)}} for i in range(30)]
    (tmp_path / "data.jsonl").write_bytes(b"\n".join(map(orjson.dumps, rows)))

    code = run(["eval", "run", changed(suite, "suite_app:answer", "suite_app:fails"), "-e", "x"])

    assert code == 3
    said = capsys.readouterr().err
    assert "(max_error_rate); the last: ValueError: no" in said
    assert "go on by --experiment x --resume --retry-errors" in said


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("evaluators", "evaluatorz", "4:1: there is no key 'evaluatorz': did you mean 'evaluators"),
        ("threshold", "treshold", "7:5: suite_app:short takes no 'treshold': did you mean 'thresh"),
        ("metric:", "metrik:", "10:5: gate 'mean' has no 'metrik': did you mean 'metric'"),
        ("gate: mean", "gate: meen", "9:5: there is no gate 'meen': did you mean 'mean'"),
        ("name: demo", "name: [demo", "2:7: expected"),
        ("name: demo", "name: 3", "1:1: 'name' has to be a text, not 3"),
        ("name: demo", "repetitions: 0\nname: demo", "1:1: 'repetitions' has to be at least 1"),
        ("value: 0.5", "value: half", "11:5: gate 'mean': 'value' has to be a number, not 'half'"),
        ("  - exact_match\n", "  - exact_macth\n", "5:5: no evaluator 'exact_macth': did you mean"),
        (
            "  - exact_match\n",
            "  - use: exact_match\n    ignore_cse: true\n",
            "6:5: exact_match takes no 'ignore_cse': did you mean 'ignore_case'",
        ),
        (
            "suite_app:answer",
            "suite_broken:answer",
            "2:1: suite_broken cannot be imported: NameErr",
        ),
        ("data: data.jsonl\n", "", "1:1: data is missing"),
        ("data.jsonl", "no.jsonl", "3:1: there is no file"),
        ("data.jsonl", "sums", "3:1: there is no file"),
        (":answer", ":anser", "2:1: suite_app has no 'anser': did you mean 'answer'"),
        ("name: demo", "name: a\nname: b", "2:1: 'name' stands here twice"),
    ],
)
def test_a_mistake_is_named_by_line_and_column(
    suite: Path, before: str, after: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["eval", "run", changed(suite, before, after)]) == 2
    err = capsys.readouterr().err
    assert f"suite.yaml:{said}" in err
    assert ("dataset:sums" in err) == (after == "sums")


def test_two_experiments_are_compared(suite: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = changed(suite, "  - use: suite_app:short\n    threshold: 1\n", "")
    run(["eval", "run", path, "-e", "a"])
    capsys.readouterr()
    assert run(["eval", "run", path, "-e", "b", "--baseline", "a", "--json"]) == 0
    document = orjson.loads(capsys.readouterr().out)

    assert run(["eval", "compare", "a", "b"]) == 0
    assert "Whether b differs from a in exact_match" in capsys.readouterr().out
    assert document["comparison"]["metrics"][0]["n"] == 3
    assert run(["eval", "compare", "a", "nothing"]) == 2
