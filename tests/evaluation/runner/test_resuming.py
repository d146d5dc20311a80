"""What an experiment has done outlives its process, and is not paid for twice."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pytest

import paid_experiment as paid
from pilothouse.evaluation.runner import JournalError, load_experiment
from pilothouse.evaluation.runner import evaluate as evaluate_aloud

evaluate = partial(evaluate_aloud, progress="none")
KILLS = 3
DATA = [{"id": f"e{i}", "inputs": i} for i in range(10)]


def large(outputs: int) -> bool:
    return outputs > 5


def same(inputs: int) -> int:
    return inputs


def run(calls: Path, journal: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, paid.__file__, str(calls), str(journal)])


def size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def killed_after(process: subprocess.Popen[bytes], journal: Path, grown: int) -> None:
    """Kills the process once its journal has grown by so many bytes, wherever it is then."""
    goal = size(journal) + grown
    while process.poll() is None and size(journal) < goal:
        time.sleep(0.001)  # the point of the kill is the journal's, not the clock's
    process.kill()
    process.wait()


@pytest.mark.slow
def test_a_killed_experiment_goes_on_where_it_was(tmp_path: Path) -> None:
    journal, calls, whole = tmp_path / "x.jsonl", tmp_path / "calls", tmp_path / "whole.jsonl"
    draw = random.Random(5)
    for _ in range(KILLS):
        killed_after(run(calls, journal), journal, draw.randrange(1, 25_000))
    asyncio.run(paid.main(str(calls), str(journal)))
    asyncio.run(paid.main(str(tmp_path / "other"), str(whole)))

    records = [orjson.loads(line) for line in journal.read_bytes().splitlines()[1:]]
    keys = Counter((r["example"], r["repetition"], r.get("evaluator")) for r in records)
    assert set(keys.values()) == {1}
    assert len(keys) == 4 * paid.ROWS
    found, expected = load_experiment(journal), load_experiment(whole)
    assert found.scores == expected.scores
    assert {n: m.mean for n, m in found.summary.metrics.items()} == {
        n: m.mean for n, m in expected.summary.metrics.items()
    }
    again = Counter(calls.read_text().splitlines()).total() - 3 * paid.ROWS
    assert again <= KILLS * 2 * paid.AT_ONCE  # those in flight at the target and the judges


def test_a_line_that_was_being_written_is_done_again(experiments: Path) -> None:
    first = evaluate(same, DATA, [large], experiment="x")
    journal = experiments / "x.jsonl"
    journal.write_bytes(journal.read_bytes()[:-20])

    again = evaluate(same, DATA, [large], experiment="x", resume=True)

    assert again.earlier == 10
    assert again.scores == first.scores


def test_done_rows_are_not_asked_again() -> None:
    asked: list[int] = []

    def counted(inputs: int) -> int:
        asked.append(inputs)
        return inputs

    evaluate(counted, DATA[:4], [large], experiment="x")
    found = evaluate(counted, DATA, [large], experiment="x", resume=True)

    assert sorted(asked) == list(range(10))
    assert (found.earlier, found.summary.rows) == (4, 10)


def test_what_failed_is_asked_again_on_request() -> None:
    broken = [True]

    def flaky(inputs: int) -> int:
        if broken[0] and inputs == 3:
            raise ConnectionError("away")
        return inputs

    assert evaluate(flaky, DATA, [large], experiment="x").summary.failed_rows == 1
    broken[0] = False
    assert evaluate(flaky, DATA, [large], experiment="x", resume=True).summary.failed_rows == 1
    found = evaluate(flaky, DATA, [large], experiment="x", resume="errors")

    assert (found.earlier, found.summary.failed_rows) == (9, 0)
    assert load_experiment("x").summary.metrics["large"].n_error == 0


def test_a_name_is_not_taken_twice_by_accident() -> None:
    evaluate(same, DATA, experiment="x")

    with pytest.raises(JournalError, match="there is an experiment 'x' already"):
        evaluate(same, DATA, experiment="x")
    assert evaluate(same, DATA[:2], experiment="x", overwrite=True).summary.rows == 2
    with pytest.raises(JournalError, match="cannot be an experiment's name"):
        evaluate(same, DATA, experiment="../x")


def test_a_changed_evaluator_or_dataset_is_refused_unless_forced() -> None:
    asked: list[int] = []

    def counted(inputs: Any) -> int:
        asked.append(inputs)
        return int(inputs)

    evaluate(counted, DATA, [large], experiment="x")

    def other(outputs: int) -> bool:
        return outputs > 2

    changed = [{**DATA[0], "inputs": 70}, *DATA[1:]]
    for data, evaluators, said in (
        (DATA, [other], "begun with another evaluator 'large', evaluator 'other'"),
        (changed, [large], "example 'e0' has changed"),
        (DATA[1:], [large], "example 'e0' and 0 more are no longer in the data"),
    ):
        with pytest.raises(JournalError, match=said):
            evaluate(counted, data, evaluators, experiment="x", resume=True)
    found = evaluate(counted, changed, [other], experiment="x", resume=True, force=True)

    assert asked[10:] == [70]
    assert list(found.summary.metrics) == ["other"]
    assert found.table()[0]["other"] is True


def test_a_function_whose_source_changed_is_another_evaluator() -> None:
    def judge(outputs: int) -> bool:
        return outputs > 5

    evaluate(same, DATA, [judge], experiment="x")

    def judge(outputs: int) -> bool:
        return outputs >= 5

    with pytest.raises(JournalError, match="another evaluator 'judge'"):
        evaluate(same, DATA, [judge], experiment="x", resume=True)


def test_a_file_that_is_no_experiment_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text("hello\n")

    with pytest.raises(JournalError, match=r"x\.jsonl:1: this is no record"):
        load_experiment(path)
    with pytest.raises(JournalError, match="there is no experiment at"):
        load_experiment("nothing")
