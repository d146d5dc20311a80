"""The library against rows of what other libraries answered, which lie beside the checkout."""

from __future__ import annotations

from pathlib import Path

import pytest

from oracles import KINDS, agrees, disagreeing, main

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parents[3] / "shared" / "fixtures" / "evals"


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the oracle rows are not beside the checkout")
@pytest.mark.parametrize("name", sorted(KINDS))
def test_every_row_agrees(name: str) -> None:
    count, wrong = disagreeing(FOLDER / f"{name}.jsonl", KINDS[name])

    assert count > 0
    assert not wrong, "\n".join(wrong)


def test_the_runner_counts_rows_and_tells_by_its_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row = '{"id": "%s", "kind": "x", "n": 2, "correct": 1, "k": 1, "expected": {"pass@k": %s}}\n'
    (tmp_path / "stats_pass_at_k.jsonl").write_text(row % ("a", 0.5) + row % ("b", 0.7))

    assert main(str(tmp_path)) == 1
    said = capsys.readouterr().out
    assert "stats_pass_at_k: 1 of 2 rows agree" in said
    assert "b: {'pass@k': 0.5" in said
    assert "all: 1 of 2 rows agree" in said


def test_an_answer_may_say_more_but_nothing_else() -> None:
    assert agrees({"a": 1.0 + 1e-12, "b": 2}, {"a": 1.0}, 1e-9)
    assert not agrees({"a": 1.1}, {"a": 1.0}, 1e-9)
    assert not agrees({}, {"a": None}, 1e-9)
    assert agrees({"error": "ValueError: x"}, {"error": "re.error"}, 1e-9)
    assert agrees(None, "NaN", 1e-9)
