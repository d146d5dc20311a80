"""Code and queries that a model wrote, judged by running them where they can do no harm."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pilothouse.evaluation.judged import label_judge
from pilothouse.evaluation.metrics.code import CodeChecks, CodeParses, CodeRuns, TestsPass
from pilothouse.evaluation.metrics.code_types import CodeTypes
from pilothouse.evaluation.metrics.sources import source_of
from pilothouse.evaluation.metrics.sql import SqlColumns, SqlExecution, SqlParses, sql_rates
from pilothouse.evaluation.metrics.sql_rows import same_rows
from pilothouse.evaluation.models import FunctionModel
from pilothouse.evaluation.sandbox import Limits, Sandbox, limits
from pilothouse.evaluation.statistics.repetitions import pass_at_k

pytestmark = pytest.mark.slow

SHOP = """
CREATE TABLE orders (id INTEGER, customer TEXT, total REAL, note TEXT);
INSERT INTO orders VALUES (1, 'Ann', 10.0, NULL), (2, 'Bob', 5.5, 'x'), (3, 'Ann', 4.5, NULL);
"""
COUNTS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n"
EMPTY = "CREATE TABLE orders (id INTEGER, customer TEXT, total REAL, note TEXT);"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(Limits(cpu_s=1, wall_s=20, memory_mb=256)) as made:
        yield made


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("x = 1", "x = 1"),
        ("So:\n```python\nx = 1\n```\nand\n```sh\nls\n```", "x = 1\n"),
        ("```\nx = 1\n```", "x = 1\n"),
        ("~~~py\nx = '```'\n~~~", "x = '```'\n"),
        ("```python\ndef f():\n    return 1\n```\n\n```python\nf()\n```", None),
    ],
)
def test_code_is_found_in_its_fences(text: str, code: str | None) -> None:
    found = source_of(text, "python", "py")

    assert found == (code if code is not None else "def f():\n    return 1\n\nf()\n")


@pytest.mark.parametrize(
    ("code", "score", "said"),
    [("def f(): pass", 1, None), ("def f(:", 0, "line 1"), ("x = '\0'", 0, "null bytes")],
)
def test_what_does_not_parse_says_why(code: str, score: float, said: str | None) -> None:
    result = CodeParses().evaluate(outputs=code)

    assert result.score == score
    assert (said or "") in (result.explanation or "")


def test_a_static_check_finds_what_nothing_defines_and_warnings_only_if_asked() -> None:
    unused, undefined = "import os\nx = 1", "def f():\n    return undefined_name"

    assert CodeChecks().evaluate(outputs=unused).score == 1
    assert CodeChecks(warnings=True).evaluate(outputs=unused).score == 0
    result = CodeChecks().evaluate(outputs=undefined)
    assert result.score == 0
    assert result.metadata["findings"] == [
        {"line": 2, "rule": "UndefinedName", "message": "undefined name 'undefined_name'"}
    ]


def test_types_are_checked_without_running_the_code(tmp_path: Path) -> None:
    metric = CodeTypes()
    wrong = f"open({str(tmp_path / 'ran')!r}, 'w')\ndef f(x: int) -> str:\n    return x + 1"

    result = metric.evaluate(outputs=f"```python\n{wrong}\n```")

    assert metric.evaluate(outputs="def f(x: int) -> int:\n    return x + 1").score == 1
    assert (result.error, result.score, result.label) == (None, 0, "faulty")
    assert [(one["line"], one["rule"]) for one in result.metadata["findings"]] == [
        (3, "return-value")
    ]
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("code", "score", "label"),
    [
        ("print(sum(range(10)))", 1, "runs"),
        ("1 / 0", 0, "CodeRaised"),
        ("import socket; socket.create_connection(('example.com', 80))", 0, "NetworkDenied"),
        ("import os; os._exit(0)", 0, "Crashed"),
        ("if __name__ == '__main__': raise ValueError", 0, "CodeRaised"),
        ("import sys\nsys.exit(0)", 1, "runs"),
        ("import sys\nsys.exit(1)", 0, "CodeRaised"),
    ],
)
def test_code_runs_or_says_how_it_ended(
    sandbox: Sandbox, code: str, score: float, label: str
) -> None:
    result = CodeRuns(sandbox=sandbox).evaluate(outputs=code)

    assert (result.score, result.label) == (score, label)


TESTS = """
def test_small(): assert fib(1) == 1
def test_large(): assert fib(30) == 832040
"""
RIGHT = "def fib(n):\n    a, b = 0, 1\n    for _ in range(n): a, b = b, a + b\n    return a"


@pytest.mark.parametrize(
    ("tests", "entry_point"),
    [
        (TESTS, None),
        ("async def test(): assert fib(10) == 55", None),
        ("assert fib(10) == 55", None),
        ("def check(candidate):\n    assert candidate(10) == 55", "fib"),
    ],
)
def test_tests_may_be_functions_statements_or_a_check(
    sandbox: Sandbox, tests: str, entry_point: str | None
) -> None:
    metric = TestsPass(sandbox=sandbox)
    asked: dict[str, Any] = {"tests": tests, "entry_point": entry_point}

    assert metric.evaluate(outputs=RIGHT, **asked).score == 1
    wrong = metric.evaluate(outputs="def fib(n): return 1", **asked)
    assert (wrong.score, wrong.label) == (0, "failed")
    assert wrong.explanation is not None
    assert "AssertionError" in wrong.explanation


def test_a_part_of_the_tests_is_a_share_and_several_tries_are_pass_at_k(sandbox: Sandbox) -> None:
    metric = TestsPass(sandbox=sandbox)

    tries = [metric.evaluate(outputs=o, tests=TESTS) for o in (RIGHT, "def fib(n): return 1", "x")]

    assert [one.score for one in tries] == [1, 0, 0]
    assert tries[1].metadata["passed_share"] == 0.5
    assert pass_at_k(3, sum(one.score == 1 for one in tries), 2) == pytest.approx(2 / 3)


def test_code_of_one_row_does_not_change_the_next_row(sandbox: Sandbox) -> None:
    metric = TestsPass(sandbox=sandbox)
    spoiler = "import builtins\nbuiltins.range = lambda n: []\ndef fib(n): return 0"

    assert metric.evaluate(outputs=spoiler, tests=TESTS).score == 0
    assert metric.evaluate(outputs=RIGHT, tests=TESTS).score == 1


def test_a_limit_counts_against_code_only_if_the_reference_keeps_to_it(sandbox: Sandbox) -> None:
    metric = TestsPass(sandbox=sandbox)
    slow = "def fib(n):\n    while True: pass"

    failed = metric.evaluate(outputs=slow, tests=TESTS, reference_outputs=RIGHT)
    unknown = metric.evaluate(outputs=slow, tests=TESTS)

    assert (failed.score, failed.label) == (0, "TimedOut")
    assert unknown.status == "error"
    assert unknown.error is not None
    assert unknown.error.type == "TimedOut"


@pytest.mark.parametrize(
    ("tests", "said"),
    [
        ("def test(:", "cannot be read"),
        ("# to be written", "run nothing"),
        ("METADATA = {}\ndef check(candidate): assert candidate(1) == 1", "entry_point"),
        ("import unittest\nif __name__ == '__main__': unittest.main()", "run nothing"),
        ("class TestFib:\n    def test(self): assert fib(1) == 1", "give functions"),
        ("def test(tmp_path): assert fib(1) == 1", "parameters"),
    ],
)
def test_tests_that_test_nothing_are_no_merit_of_the_code(
    sandbox: Sandbox, tests: str, said: str
) -> None:
    result = TestsPass(sandbox=sandbox).evaluate(outputs=RIGHT, tests=tests)

    assert result.status == "error"
    assert result.error is not None
    assert said in result.error.message


def test_code_with_tests_of_its_own_is_held_against_the_given_ones(sandbox: Sandbox) -> None:
    wrong = "def fib(n): return 0\ndef test_small(): pass\ndef test_large(): pass"

    result = TestsPass(sandbox=sandbox).evaluate(outputs=wrong, tests=TESTS)

    assert (result.score, result.metadata["passed_share"]) == (0, 0)


def test_a_platform_that_confines_nothing_is_an_error_and_no_score(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "KINDS", limits.KINDS | {"telepathy"})

    with Sandbox() as strict:
        ran = CodeRuns(sandbox=strict).evaluate(outputs=RIGHT)
        passed = TestsPass(sandbox=strict).evaluate(outputs=RIGHT, tests=TESTS)

    assert (ran.status, passed.status) == ("error", "error")


@pytest.mark.parametrize(
    ("query", "dialect", "score"),
    [
        ("SELECT a FROM t WHERE b = 1", None, 1),
        ("```sql\nSELECT a FROM t;\n```", None, 1),
        ("SELECT `a` FROM `t`", "mysql", 1),
        ("SELECT FROM WHERE", None, 0),
        ("SELEC a", None, 0),
        ("I cannot help with that.", None, 0),
        ("SELECT 1; DROP TABLE t", None, 0),
        ("SELECT 'x", None, 0),
        ("", None, 0),
    ],
)
def test_a_query_parses_as_one_statement(query: str, dialect: str | None, score: float) -> None:
    assert SqlParses(dialect=dialect).evaluate(outputs=query).score == score


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT customer, SUM(total) AS s FROM orders GROUP BY customer ORDER BY s", None),
        ("WITH o AS (SELECT id AS n FROM orders) SELECT n FROM o", None),
        ("SELECT O.ID FROM Orders AS O", None),
        ("SELECT price FROM orders", "price"),
        ("SELECT id FROM customers", "no table customers"),
        ("SELECT c.id FROM orders", "c"),
        ("WITH o AS (SELECT id FROM orders) SELECT total FROM o", "total"),
    ],
)
def test_a_query_names_what_the_schema_has(query: str, said: str | None) -> None:
    schema = {"orders": {"id": "INTEGER", "customer": "TEXT", "total": "REAL"}}

    result = SqlColumns().evaluate(outputs=query, schema=schema)

    assert result.score == (said is None)
    assert (said or "") in (result.explanation or "")


def test_an_unknown_dialect_is_refused_with_the_nearest() -> None:
    with pytest.raises(ValueError, match="postgres"):
        SqlParses(dialect="postgre")


@pytest.fixture(scope="module")
def execution() -> Iterator[SqlExecution]:
    with Sandbox(Limits(cpu_s=1, wall_s=20)) as sandbox:
        yield SqlExecution(databases=[SHOP, EMPTY], sandbox=sandbox)


@pytest.mark.parametrize(
    ("query", "reference", "label"),
    [
        (
            "SELECT sum(total), customer FROM orders GROUP BY 2",
            "SELECT SUM(total), customer FROM orders GROUP BY customer",
            "match",
        ),
        ("SELECT id FROM orders ORDER BY id DESC", "SELECT id FROM orders", "match"),
        (
            "SELECT id FROM orders ORDER BY id DESC",
            "SELECT id FROM orders ORDER BY id",
            "differs",
        ),
        ("SELECT note FROM orders", "SELECT note FROM orders WHERE id > 0", "match"),
        ("SELECT DISTINCT note FROM orders", "SELECT note FROM orders", "differs"),
        ("SELECT id, id FROM orders", "SELECT id FROM orders", "differs"),
        ("SELECT 20.0 / 3.0", "SELECT 6.6666667", "match"),
        ("SELECT 3", "SELECT COUNT(*) FROM orders", "differs"),  # right on one database only
        ("SELECT nothing FROM orders", "SELECT id FROM orders", "fails"),
        ("DELETE FROM orders", "SELECT id FROM orders", "differs"),
        ("DELETE FROM orders RETURNING id", "SELECT id FROM orders", "differs"),
        ("SELECT id FROM orders", "DELETE FROM orders RETURNING id", "differs"),
        ("WITH o AS (SELECT id FROM orders) SELECT id FROM o", "SELECT id FROM orders", "match"),
        ("SELECT ((", "SELECT id FROM orders", "unparsable"),
        ("SELECT 9e999", "SELECT 1e999", "match"),  # infinity, which JSON does not have
        (f"{COUNTS} LIMIT 200000) SELECT x FROM n", "SELECT id FROM orders", "fails"),  # too large
    ],
)
def test_queries_match_by_the_rows_they_return(
    execution: SqlExecution, query: str, reference: str, label: str
) -> None:
    result = execution.evaluate(outputs=query, reference_outputs=reference)

    assert (result.error, result.label, result.score) == (None, label, label == "match")


def test_a_query_without_end_fails_and_leaves_the_database_whole(execution: SqlExecution) -> None:
    endless = f"{COUNTS}) SELECT MAX(x) FROM n"
    same = "SELECT COUNT(*) FROM orders"

    results = [
        execution.evaluate(outputs=query, reference_outputs=same)
        for query in ("DELETE FROM orders", endless, same)
    ]

    assert [result.label for result in results] == ["differs", "fails", "match"]
    assert sql_rates(results) == {
        "parse_rate": 1,
        "execution_rate": 2 / 3,
        "match_rate": 1 / 3,
        "n": 3,
        "errors": 0,
    }


def test_a_reference_that_fails_is_an_error_of_the_row(execution: SqlExecution) -> None:
    result = execution.evaluate(outputs="SELECT 1", reference_outputs="SELECT nothing FROM orders")

    assert (result.status, result.score) == ("error", None)


def test_a_file_is_copied_and_another_dialect_translated(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as database:
        database.executescript("PRAGMA journal_mode=WAL;" + SHOP)
    database.close()

    with Sandbox() as sandbox:
        metric = SqlExecution(databases=[path], dialect="postgres", sandbox=sandbox)
        result = metric.evaluate(
            outputs="SELECT id::TEXT FROM orders FETCH FIRST 2 ROWS ONLY",
            reference_outputs="SELECT CAST(id AS TEXT) FROM orders LIMIT 2",
        )

    assert (result.error, result.label) == (None, "match")


def test_rows_within_the_tolerance_are_paired_whatever_their_order() -> None:
    made = [(1.0000004, "b"), (1.0, "a"), (None, b"x")]
    expected = [(None, b"x"), (1.0, "b"), (1.0000004, "a")]

    assert same_rows(made, expected, ordered=False)
    assert not same_rows(made, expected, ordered=True)
    assert not same_rows([(1,), (1,)], [(1,), (2,)], ordered=False)
    assert not same_rows([("1",)], [(1,)], ordered=False)
    assert not same_rows([(None,)], [(1,)], ordered=False)


def test_many_rows_within_the_tolerance_are_paired_too() -> None:
    made = [(1, i * 0.1) for i in range(5_000)]
    expected = [(1, i * 0.1 + 1e-9) for i in reversed(range(5_000))]

    assert same_rows(made, expected, ordered=False)
    assert not same_rows(made, [*expected[1:], (1, 0.05)], ordered=False)
    # only one of them has two partners
    assert same_rows([(0.0,), (0.8,)], [(0.4,), (-0.4,)], ordered=False, tolerance=0.5)


def test_a_judge_of_two_queries_says_where_they_differ() -> None:
    def model(prompt: str) -> str:
        assert "CREATE TABLE" in prompt
        return (
            "With one row whose note is NULL the first returns 0, the second 1.\nVerdict: different"
        )

    result = label_judge("sql_equivalence", FunctionModel(model)).evaluate(
        outputs="SELECT COUNT(note) FROM orders",
        reference_outputs="SELECT COUNT(*) FROM orders",
        schema=EMPTY,
    )

    assert (result.score, result.label) == (0, "different")
    assert result.explanation is not None
    assert "NULL" in result.explanation
