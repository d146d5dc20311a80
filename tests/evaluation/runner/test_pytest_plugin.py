"""Evaluations as tests: bounds, repeated calls, and gates over all of them, also with xdist."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TEST = """
import pytest
from pilothouse.evaluation.pytest_plugin import assert_eval

DATA = [{"id": f"e{i}", "inputs": i, "reference_outputs": i % 3} for i in range(6)]
calls = {}

def near(outputs, reference_outputs):
    return 1 - abs(outputs - reference_outputs) / 10

@pytest.mark.eval(
    data=DATA, gates=[{"gate": "GATE", "metric": "near", "value": v} for v in (0.5, 0.99)]
)
def test_numbers(eval_case):
    assert_eval(eval_case.judge(eval_case.inputs % 2, near), at_least=LEAST)

@pytest.mark.eval(data=DATA[:1], repetitions=3, min_pass=2)
def test_flaky(eval_case):
    assert_eval(eval_case.judge(eval_case.repetition, lambda outputs: outputs > 0))
"""


def ran(folder: Path, least: float, *options: str, gate: str = "mean") -> tuple[int, str]:
    (folder / "test_it.py").write_text(TEST.replace("GATE", gate).replace("LEAST", str(least)))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "pilothouse.evaluation.pytest_plugin", "-q",
         "-p", "no:cacheprovider", *options, "test_it.py"],
        cwd=folder, capture_output=True, text=True, check=False,
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("least", "options", "tests"),
    [
        pytest.param(0.85, (), "near is 0.8, less than 0.85", id="and a score out of bounds"),
        pytest.param(0, ("-p", "xdist", "-n", "2"), "7 passed", id="in several processes"),
    ],
)
def test_gates_over_all_tests_fail_the_run(
    tmp_path: Path, least: float, options: tuple[str, ...], tests: str
) -> None:
    code, said = ran(tmp_path, least, *options)

    assert tests in said
    assert "passed: test_it.py::test_numbers: near ≥ 0.5" in said
    assert "failed: test_it.py::test_numbers: near ≥ 0.99: mean 0.9" in said
    assert "6 of 6 rows ok, 0 failed" in said
    assert code == 1


@pytest.mark.slow
def test_a_gate_that_cannot_be_asked_ends_the_run_before_any_test(tmp_path: Path) -> None:
    code, said = ran(tmp_path, 0, gate="meen")

    assert "test_it.py::test_numbers: there is no gate 'meen': did you mean 'mean'" in said
    assert "INTERNALERROR" not in said
    assert code == 2
