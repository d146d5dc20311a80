"""pilothouse eval bench: figures on the terminal, and exit codes for CI."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fakes.openai_server import Answer, OpenAI
from pilothouse.cli.main import run


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "test.jsonl"
    lines = [{"frage": f"1 + {n}?", "answer": f"#### {n + 1}"} for n in range(4)]
    path.write_text("\n".join(map(json.dumps, lines)), "utf-8")
    return path


def bench(llm: OpenAI, rows: Path, *more: str) -> int:
    llm.script = llm.script or (lambda _: Answer(text="#### 2"))
    server = ["--base-url", llm.base_url, "--progress", "none"]
    asked = ["-m", "m", "-d", str(rows), "--shots", "0", "--column", "question=frage"]
    return run(["eval", "bench", "gsm8k", *asked, *server, *more])


def test_figures_are_printed_with_all_they_depend_on(
    llm: OpenAI, rows: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench(llm, rows, "-e", "first") == 0

    printed = capsys.readouterr()
    assert "generate, 0 shots" in printed.out
    assert "prompt: 'Question: … Answer:'" in printed.out
    assert "exact_match_strict" in printed.out
    assert "the number after ####" in printed.out
    assert "note: 4 rows are no published split" in printed.err
    assert run(["eval", "compare", "first", "first"]) == 0


def test_json_has_groups_gates_and_the_comparison(
    llm: OpenAI, rows: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bench(llm, rows, "-e", "first")
    capsys.readouterr()

    code = bench(llm, rows, "--json", "--baseline", "first", "--at-least", "exact_match_strict=0.9")

    document = json.loads(capsys.readouterr().out)
    assert code == 1
    assert document["metrics"]["exact_match_flexible"]["mean"] == 0.25
    assert document["gates"][0]["outcome"] == "failed"
    assert document["comparison"]["metrics"][0]["n"] == 4
    assert document["settings"]["shots"] == 0


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--mode", "loglikelihood"], "asked by generate or complete"),
        (["--column", "question=farge"], "did you mean 'frage'"),
        (["--at-least", "acc"], "--at-least is NAME=VALUE"),
        (["--at-least", "acc=high"], "needs a number"),
        (["--budget", "1"], "--budget needs --price"),
        (["--price", "1,5"], "--price is IN/OUT"),
        (["--resume"], "--resume needs --experiment"),
        (["--retry-errors"], "--retry-errors goes with --resume"),
        (["--baseline", "nothing"], "there is no experiment at"),
        (["--report", "r.pdf"], "a report ends in"),
        (["--api-key-env", "NOT_SET_ANYWHERE"], "NOT_SET_ANYWHERE is not set"),
        (["--max-length", "9", "--tokenizer", "nowhere.json"], "nowhere.json"),
    ],
)
def test_mistakes_are_one_line_and_exit_by_two(
    llm: OpenAI, rows: Path, more: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench(llm, rows, *more) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


def test_a_report_that_cannot_be_written_loses_no_figures(
    llm: OpenAI, rows: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench(llm, rows, "-e", "first", "--report", str(rows / "within-a-file.md")) == 2

    printed = capsys.readouterr()
    assert "exact_match_strict" in printed.out
    assert "within-a-file.md" in printed.err
    assert "the experiment itself is kept as first" in printed.err


def test_a_budget_that_is_spent_exits_by_four(llm: OpenAI, rows: Path) -> None:
    assert bench(llm, rows, "--price", "1/2", "--budget", "0.00001") == 4


def test_a_model_that_cannot_be_asked_exits_by_three(
    llm: OpenAI, rows: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    llm.script = lambda _: Answer(status=401, body={"error": {"message": "bad key"}})

    assert bench(llm, rows) == 3
    assert "exact_match_strict" not in capsys.readouterr().out
