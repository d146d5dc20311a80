"""An experiment from its target, data and evaluators to what is found."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pilothouse.evaluation.errors import ModelError
from pilothouse.evaluation.evaluators import Evaluator
from pilothouse.evaluation.results import EvaluationResult, Usage
from pilothouse.evaluation.rows import Row
from pilothouse.evaluation.runner import (
    Answer,
    BadData,
    BudgetExceeded,
    RowFailed,
    TooManyErrors,
    TwiceMeasured,
    aevaluate,
    load_experiment,
)
from pilothouse.evaluation.runner import evaluate as evaluate_aloud

evaluate = partial(evaluate_aloud, progress="none")
DATA = [
    {"id": f"e{i}", "inputs": {"n": i}, "reference_outputs": 2 * i if i % 4 else -1}
    for i in range(40)
]


def double(inputs: dict[str, int]) -> int:
    return 2 * inputs["n"]


async def double_later(inputs: dict[str, int]) -> int:
    await asyncio.sleep(0)
    return 2 * inputs["n"]


def right(outputs: int, reference_outputs: int) -> bool:
    return outputs == reference_outputs


async def judged(outputs: int) -> dict[str, Any]:
    await asyncio.sleep(0)
    return {"key": "judged", "score": outputs / 100, "comment": "as I see it"}


class Runnable:
    name = "chain"

    async def ainvoke(self, inputs: dict[str, int]) -> int:
        return 2 * inputs["n"]


@pytest.mark.parametrize("target", [double, double_later, Runnable()])
def test_a_target_of_any_shape_is_run_over_all_rows(target: Any) -> None:
    found = evaluate(target, DATA, [right, judged])

    assert found.summary.rows == 40
    assert found.summary.metrics["right"].mean == 0.75
    assert found.summary.metrics["judged"].mean == pytest.approx(0.39)
    assert [row.row.outputs for row in found.rows()] == [2 * i for i in range(40)]
    assert found.table()[3]["judged"] == 0.06


def test_evaluators_of_langsmith_read_run_and_example() -> None:
    def close(run: Any, example: Any) -> dict[str, Any]:
        return {"key": "close", "score": run.outputs == example.outputs}

    def share(outputs: list[int], reference_outputs: list[int]) -> float:
        return sum(map(right, outputs, reference_outputs)) / len(outputs)

    found = evaluate(double, DATA, [close], summary_evaluators=[share])

    assert found.summary.metrics["close"].mean == 0.75
    assert found.summary_results[0].score == 0.75


def test_what_langsmith_calls_an_examples_outputs_is_the_reference() -> None:
    assert evaluate(double, [{"inputs": {"n": 2}, "outputs": 4}], [right]).table()[0]["right"]


def test_the_seed_of_a_row_depends_on_nothing_but_the_row() -> None:
    def drawn(inputs: Any, seed: int) -> int:
        return seed

    one = evaluate(drawn, DATA, max_concurrency=1, repetitions=2, seed=7)
    other = evaluate(drawn, DATA[::-1], max_concurrency=20, repetitions=2, seed=7)
    seeds = {(r["example_id"], r["repetition"]): r["outputs"] for r in one.table()}

    assert len(set(seeds.values())) == 80
    assert {(r["example_id"], r["repetition"]): r["outputs"] for r in other.table()} == seeds
    assert evaluate(drawn, DATA, seed=8).table()[0]["outputs"] not in seeds.values()


def test_rows_of_an_endless_source_are_taken_as_they_are_needed() -> None:
    taken = itertools.count()
    done = []

    def endless() -> Iterator[dict[str, Any]]:
        for i in taken:
            yield {"inputs": {"n": i}}

    def enough(inputs: dict[str, int]) -> Answer:
        done.append(inputs["n"])
        return Answer(outputs=1, usage=Usage(cost=0.01))

    with pytest.raises(BudgetExceeded, match=r"cost 0\.51"):
        evaluate(enough, endless(), max_concurrency=4, budget=0.505, experiment="x")

    assert next(taken) <= len(done) + 5


def test_a_target_that_fails_is_an_error_and_no_score() -> None:
    def fails(inputs: dict[str, int]) -> int:
        return 2 * inputs["n"] // (inputs["n"] % 10)

    metric = evaluate(fails, DATA, [right], max_error_rate=None).summary.metrics["right"]

    assert (metric.n_total, metric.n_ok, metric.n_error) == (40, 36, 4)
    assert metric.errors == {"NoAnswer": 4}
    assert metric.mean is not None
    assert metric.if_errors_worst == pytest.approx(metric.mean * 36 / 40)
    assert metric.if_errors_best == pytest.approx((metric.mean * 36 + 4) / 40)


def test_too_many_failed_rows_end_the_experiment_early() -> None:
    def fails(inputs: dict[str, int]) -> int:
        raise ValueError("no")

    with pytest.raises(TooManyErrors, match="20 of 20 rows failed"):
        evaluate(fails, DATA, [right], max_concurrency=1)
    with pytest.raises(RowFailed, match=r"'e0'.*no"):
        evaluate(fails, DATA, [right], error_handling="raise", max_concurrency=1)


def test_refused_credentials_end_the_experiment_at_once() -> None:
    async def refused(outputs: int) -> float:
        raise ModelError("Unauthorized", "no such key", status=401)

    with pytest.raises(TooManyErrors, match="credentials were refused 5 times"):
        evaluate(double, DATA, [refused])


@pytest.mark.parametrize("waits", [True, False])
def test_a_row_that_takes_too_long_is_given_up(waits: bool) -> None:
    release = threading.Event()

    async def hangs_later(inputs: dict[str, int]) -> int:
        await asyncio.sleep(3600 if inputs["n"] == 3 else 0)
        return 1

    def hangs(inputs: dict[str, int]) -> int:
        release.wait(3600 if inputs["n"] == 3 else 0)
        return 1

    found = evaluate(hangs_later if waits else hangs, DATA, timeout_s=1, max_concurrency=2)
    release.set()

    assert found.summary.target_errors == {"Timeout": 1}
    assert found.summary.target_ok == 39


def test_a_judge_that_takes_too_long_is_an_error() -> None:
    async def hangs(inputs: dict[str, int]) -> float:
        await asyncio.sleep(3600 if inputs["n"] == 3 else 0)
        return 1

    metric = evaluate(double, DATA, [hangs], timeout_s=0.5).summary.metrics["hangs"]

    assert metric.errors == {"Timeout": 1}


def test_cancelling_leaves_no_task_behind() -> None:
    async def cancelled() -> tuple[bool, set[asyncio.Task[Any]]]:
        begun = asyncio.Event()

        async def hangs(inputs: dict[str, int]) -> int:
            begun.set()
            await asyncio.sleep(3600)
            return 1

        before = asyncio.all_tasks()
        running = asyncio.create_task(aevaluate(hangs, DATA, [judged], progress="none"))
        await begun.wait()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        return running.cancelled(), asyncio.all_tasks() - before

    assert asyncio.run(cancelled()) == (True, set())


def test_no_more_than_allowed_run_at_once() -> None:
    now, most = 0, {"target": 0, "judge": 0}

    async def busy(place: str) -> int:
        nonlocal now
        now += 1
        most[place] = max(most[place], now)
        await asyncio.sleep(0)
        now -= 1
        return 1

    async def target(inputs: Any) -> int:
        return await busy("target")

    evaluate(target, DATA, max_concurrency=3)
    assert most["target"] == 3

    async def judge(inputs: Any) -> int:
        return await busy("judge")

    evaluate(double, DATA, [judge], judge_concurrency=4)
    assert most["judge"] <= 4


class Cheap(Evaluator):
    name = "cheap"

    def judge(self, *, outputs: int) -> EvaluationResult:
        return EvaluationResult(name=self.name, score=outputs)


def test_answers_of_an_experiment_are_judged_anew_without_asking_again() -> None:
    first = evaluate(double, DATA, repetitions=2)

    again = evaluate(first, evaluators=[Cheap()], repetitions=2)

    assert again.summary.metrics["cheap"].mean == 39
    assert again.summary.rows == 80


@pytest.mark.slow
def test_data_come_from_files(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    arrow = pytest.importorskip("pyarrow")
    table = "id,inputs.n,reference\na,1,2\nb,2,\n"
    (tmp_path / "x.csv").write_text(table)
    (tmp_path / "x.jsonl").write_text('{"id": "a", "inputs": {"n": 1}, "reference": 2}\n\n')
    parquet.write_table(
        arrow.table({"id": ["a"], "inputs": [{"n": 1}], "reference": [2]}), tmp_path / "x.parquet"
    )

    from_csv = evaluate(lambda inputs: 2 * int(inputs["n"]), tmp_path / "x.csv").table()
    assert [(r["example_id"], r["outputs"], r["reference_outputs"]) for r in from_csv] == [
        ("a", 2, "2"),
        ("b", 4, None),
    ]
    for name in ("x.jsonl", "x.parquet"):
        assert evaluate(double, tmp_path / name, [right]).table()[0]["right"] is True


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ([{"id": 1, "q": 2}, {"id": "1", "q": 3}], "example 2 has the id '1' of an earlier one"),
        ([{"q": 2}, {"q": 2}], "example 2 has the id"),
        ([1], "example 1 is int"),
        ("nowhere.jsonl", "no file 'nowhere.jsonl'"),
        ("data.xls", "no file ending in .jsonl"),
        ({"q": 1}, "one row"),
        ([{"inputs": 1, "metadata": 3}], "metadata of example 1 is no mapping"),
        ([{"input": 1, "expected": 2, "reference": 3}], "reference_outputs under two names"),
        ([{"q": 1, "cluster": "a"}, {"q": 2}], "example 2 has no cluster"),
        ([], "the data have no rows"),
    ],
)
def test_data_that_cannot_be_used_are_refused(data: Any, said: str) -> None:
    with pytest.raises(BadData, match=said):
        evaluate(lambda inputs: 1, data, journal=False)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("x.jsonl", b'{"n": 1}\n{"n": \n', r"x\.jsonl:2:\d+: no JSON"),
        ("x.csv", b"n,n\n1,2\n", r"x\.csv:1: column 'n' stands there twice"),
        ("x.csv", b"inputs,inputs.n\n1,2\n", r"column 'inputs.n' is part of column 'inputs'"),
        ("x.csv", b"n\n1\n2,3\n", r"x\.csv:3: more cells than the head"),
        ("x.csv", b'n\n1\n"2\n', r"x\.csv:\d: no CSV: unexpected end"),
        ("x.csv", b"q;expected\n1;2\n", r"x\.csv:1: cells are set apart by a comma, not by ';'"),
        ("x.csv", b"n\n\xe4\n", r"x\.csv: the file has to be in UTF-8"),
        ("x.parquet", b"PAR1", r"x\.parquet: no Parquet"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_its_place(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    pytest.importorskip("pyarrow")
    (tmp_path / name).write_bytes(content)

    with pytest.raises(BadData, match=said):
        evaluate(lambda inputs: inputs, tmp_path / name)


def test_data_that_cannot_be_read_leave_no_experiment_and_replace_none(experiments: Path) -> None:
    before = evaluate(double, DATA, experiment="before").path.read_bytes()

    for name in ("before", "after"):
        with pytest.raises(BadData, match="there is no file"):
            evaluate(double, "typo.jsonl", experiment=name, overwrite=name == "before")

    assert {path.stem: path.read_bytes() for path in experiments.iterdir()} == {"before": before}


def test_files_as_other_programs_write_them_are_read(tmp_path: Path) -> None:
    marked = b'\xef\xbb\xbf{"inputs": {"n": 1, "none": NaN}}\n'
    (tmp_path / "x.jsonl").write_bytes(marked)
    (tmp_path / "x.csv").write_text("text\n" + "a" * 200_000 + "\n")

    assert evaluate(double, tmp_path / "x.jsonl").table()[0]["outputs"] == 2
    found = evaluate(lambda inputs: len(inputs["text"]), tmp_path / "x.csv")
    assert found.table()[0]["outputs"] == 200_000


def test_mistakes_are_found_before_anything_is_paid() -> None:
    def never(inputs: Any) -> None:
        raise AssertionError

    with pytest.raises(ValueError, match="two evaluators are called 'right'"):
        evaluate(never, DATA, [right, right])
    with pytest.raises(ValueError, match="needs a baseline"):
        evaluate(never, DATA, gates=[{"gate": "no_regression"}])
    with pytest.raises(ValueError, match="did you mean 'no_regression'"):
        evaluate(never, DATA, gates=[{"gate": "no_regresion"}])
    with pytest.raises(TypeError, match="'bad' asks for context"):
        evaluate(bad, DATA)
    with pytest.raises(TypeError, match="evaluators are given as a list"):
        evaluate(never, DATA, right)
    for option, said in (
        ({"timeout_s": 0}, "'timeout_s' has to be above 0"),
        ({"max_error_rate": 5}, "'max_error_rate' is a share from 0 to 1"),
        ({"repetitions": 0}, "'repetitions' has to be at least 1"),
        ({"resume": "error"}, "'resume' is one of False, True, 'errors', not 'error'"),
        ({"error_handling": "rais"}, "'error_handling' is one of 'record', 'raise'"),
    ):
        with pytest.raises(ValueError, match=said):
            evaluate(never, DATA, **option)


def test_an_evaluator_that_fails_fails_all_of_its_metrics() -> None:
    def two(outputs: int) -> list[dict[str, Any]]:
        if outputs < 8:
            raise ValueError("too small")
        return [{"key": "high", "score": 1}, {"key": "low", "score": 0}]

    found = evaluate(double, DATA, [two], max_error_rate=None, experiment="two")

    counted = {name: (m.n_total, m.n_error) for name, m in found.summary.metrics.items()}
    assert counted == {"high": (40, 4), "low": (40, 4)}
    assert load_experiment("two").summary == found.summary


def test_a_metric_is_measured_by_one_evaluator_alone() -> None:
    def other(outputs: int) -> dict[str, Any]:
        return {"key": "right", "score": 1}

    with pytest.raises(TwiceMeasured, match="'right' and 'other' both measure 'right'"):
        evaluate(double, DATA, [right, other])


def bad(inputs: Any, context: str) -> str:
    return context


def test_odd_values_are_kept_as_well_as_json_can() -> None:
    odd = {"text": "half \ud800", "large": 2**80, "nan": float("nan"), "set": {2, 1}, 3: Row}

    found = evaluate(lambda inputs: odd, [{"inputs": 1}])

    kept = found.table()[0]["outputs"]
    assert kept["large"] == str(2**80)
    assert kept["nan"] is None
    assert kept["set"] == [1, 2]
