"""Rows of benchmarks in all the forms in which they are published."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pilothouse.evaluation.benchmarks.catalogue import TASKS, task_named
from pilothouse.evaluation.benchmarks.rows import Worked, load_rows
from pilothouse.evaluation.runner import BadData

SCENE = {
    "ind": 3,
    "activity_label": "Tea",
    "ctx_a": "She fills a kettle.",
    "ctx_b": "she",
    "ctx": "She fills a kettle. she",
    "endings": ["boils it.", "leaves.", "sings.", "sleeps."],
    "source_id": "x",
    "split": "val",
    "split_type": "indomain",
    "label": "0",
}
EXAM = {"question": "2+2?", "choices": ["3", "4", "5", "6"], "answer": 1, "subject": "maths"}
SCIENCE = {
    "id": "a",
    "question": "What falls?",
    "choices": {"text": ["an apple", "light"], "label": ["1", "2"]},
    "answerKey": "1",
}
TRUTH = {"choices": ["No.", "Yes.", "Perhaps."], "labels": [1, 0, 0]}
STRICT = {
    "key": 1,
    "prompt": "Write.",
    "instruction_id_list": ["punctuation:no_comma", "length_constraints:number_words"],
    "kwargs": [
        {"relation": None, "num_words": None},
        {"relation": "at least", "num_words": 3.0},
    ],
}
GOOD: dict[str, dict[str, Any]] = {
    "hellaswag": SCENE,
    "mmlu": EXAM,
    "arc_easy": SCIENCE,
    "truthfulqa_mc1": {"question": "Is it?", "mc1_targets": TRUTH},
    "ifeval": STRICT,
}


def jsonl(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    path.write_text("\n".join(map(json.dumps, rows)) + "\n", "utf-8")
    return path


def table(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        for row in rows:
            writer.writerow(
                {k: v if isinstance(v, str | int) else json.dumps(v) for k, v in row.items()}
            )
    return path


def parquet(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    pq.write_table(pa.Table.from_pylist([dict(row) for row in rows]), path)
    return path


@pytest.mark.parametrize("task", GOOD)
def test_all_kinds_of_files_give_the_same_rows(tmp_path: Path, task: str) -> None:
    writers: dict[str, Callable[[Path, Sequence[Mapping[str, Any]]], Path]] = {
        "jsonl": jsonl,
        "csv": table,
        "parquet": parquet,
    }

    read = {
        kind: load_rows(TASKS[task], write(tmp_path / f"rows.{kind}", [GOOD[task]]))[0]
        for kind, write in writers.items()
    }

    assert read["jsonl"].row == read["csv"].row == read["parquet"].row
    assert len({loaded.id for loaded in read.values()}) == 1


@pytest.mark.parametrize(
    ("task", "row", "canonical"),
    [
        ("hellaswag", {**SCENE, "label": 2}, {"label": "2"}),
        ("hellaswag", {**SCENE, "label": 1.0}, {"label": "1"}),
        ("hellaswag", {**SCENE, "label": ""}, {"label": ""}),
        ("mmlu", {**EXAM, "answer": "B"}, {"answer": 1, "subject": "maths"}),
        (
            "mmlu",
            {
                "Question": "Q",
                **dict(zip("ABCD", "wxyz", strict=True)),
                "Answer": "C",
                "Subject": "law of x",
            },
            {"choices": ("w", "x", "y", "z"), "answer": 2, "subject": "law_of_x"},
        ),
        (
            "arc_challenge",
            {
                "question": {
                    "stem": "What falls?",
                    "choices": [
                        {"text": "an apple", "label": "A"},
                        {"text": "light", "label": "B"},
                    ],
                },
                "answerKey": "B",
            },
            {"question": "What falls?", "answerKey": "B"},
        ),
        (
            "arc_easy",
            {"AnswerKey": "2", "question": "What falls? (1) an apple (2) light"},
            {
                "question": "What falls?",
                "choices": {"label": ("1", "2"), "text": ("an apple", "light")},
            },
        ),
        ("arc_easy", {"question": "Q", "A": "x", "B": "y", "answer": "B"}, {"answerKey": "B"}),
        (
            "truthfulqa_mc2",
            {"question": "Q", "mc2_targets": {"No.": 1, "Never.": 1, "Yes.": 0}},
            {"mc2_targets": {"choices": ("No.", "Never.", "Yes."), "labels": (1, 1, 0)}},
        ),
        (
            "truthfulqa_gen",
            {
                "Category": "Law",
                "Question": "Q",
                "Best Answer": "No",
                "Correct Answers": "No; Never.",
                "Incorrect Answers": "Yes",
            },
            {"correct_answers": ("No.", "Never."), "incorrect_answers": ("Yes.",)},
        ),
    ],
)
def test_each_published_form_is_known_by_its_columns(
    task: str, row: dict[str, Any], canonical: dict[str, Any]
) -> None:
    (loaded,) = load_rows(TASKS[task], [row])

    assert {name: loaded.row[name] for name in canonical} == canonical


def test_the_original_exams_have_no_head_and_their_subject_in_the_name(tmp_path: Path) -> None:
    for subject in ("anatomy", "virology"):
        (tmp_path / f"{subject}_test.csv").write_text(f"Which {subject}?,a,b,c,d,D\n" * 2, "utf-8")

    loaded = load_rows(TASKS["mmlu"], tmp_path, limit=1)

    assert [(one.group, one.row["question"]) for one in loaded] == [
        ("anatomy", "Which anatomy?"),
        ("virology", "Which virology?"),
    ]
    assert loaded[0].row["choices"] == ("a", "b", "c", "d")


def test_columns_of_other_names_are_said(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "r.jsonl", [{"frage": "Q?", "antwort": "so #### 4"}])

    (loaded,) = load_rows(TASKS["gsm8k"], path, columns={"question": "frage", "answer": "antwort"})

    assert loaded.row == {"question": "Q?", "answer": "so #### 4"}
    with pytest.raises(
        BadData, match=r"r\.jsonl:1: there is no column 'fräge': did you mean 'frage'"
    ):
        load_rows(TASKS["gsm8k"], path, columns={"question": "fräge"})


@pytest.mark.parametrize(
    ("task", "row", "said"),
    [
        ("hellaswag", {**SCENE, "endings": ["a"]}, "'endings' has 1 entries, not 4"),
        ("hellaswag", {**SCENE, "endings": "['a' 'b']"}, "'endings' has 1 entries, not 4"),
        ("hellaswag", {**SCENE, "label": "first"}, "label 'first' is no whole number"),
        ("mmlu", {"question": "Q", "answer": 1}, "there is no column 'choices' or 'A'"),
        ("mmlu", {**EXAM, "answer": 9}, "answer 9 is none of 4 options"),
        ("mmlu", {**EXAM, "answer": None}, "neither a number nor a letter"),
        ("mmlu", {**EXAM, "answer": ""}, "answer '' is none of 4 options"),
        ("mmlu", {**EXAM, "answer": "AB"}, "answer 'AB' is none of 4 options"),
        ("mmlu", {**EXAM, "question": math.nan}, "'question' has to be a text"),
        ("arc_easy", {**SCIENCE, "answerKey": "E"}, "answerKey 'E' is none of 1, 2"),
        ("arc_easy", {"question": "Q", "answerKey": "A"}, "there is no column 'choices'"),
        ("gsm8k", {"question": "Q", "answer": "4"}, "no '#### ' before its number"),
        ("gsm8k", {"questoin": "Q"}, "no column 'answer'"),
        ("truthfulqa_mc1", {"question": "Q", "mc1_targets": {"No.": 0}}, "a true and a false"),
        ("truthfulqa_mc1", {"question": "Q", "best_answer": "No"}, "no column 'mc1_targets'"),
        ("ifeval", {**STRICT, "kwargs": []}, "0 entries for 2 instructions"),
        ("ifeval", {**STRICT, "kwargs": [{}, {}]}, "lack num_words, relation"),
        (
            "ifeval",
            {**STRICT, "instruction_id_list": ["punctuation:no_coma"], "kwargs": [{}]},
            "did you mean 'punctuation:no_comma'",
        ),
    ],
)
def test_what_is_wrong_is_said_with_file_and_line(
    tmp_path: Path, task: str, row: dict[str, Any], said: str
) -> None:
    rows = [*([GOOD[task]] if task in GOOD else []), row]
    path = jsonl(tmp_path / "rows.jsonl", rows)

    with pytest.raises(BadData) as e:
        load_rows(TASKS[task], path)

    assert str(e.value).startswith(f"{path}:{len(rows)}: ")
    assert said in str(e.value)


def test_nothing_to_read_and_names_nobody_knows_are_said(tmp_path: Path) -> None:
    with pytest.raises(BadData, match="there are no rows"):
        load_rows(TASKS["mmlu"], [])
    with pytest.raises(BadData, match="no file ending in"):
        load_rows(TASKS["mmlu"], tmp_path)
    with pytest.raises(ValueError, match="no benchmark 'helaswag': did you mean 'hellaswag'"):
        task_named("helaswag")


def test_worked_examples_are_the_first_of_the_subject_and_never_the_question_itself() -> None:
    dev = [{**EXAM, "question": f"{s}{n}", "subject": s} for n in range(3) for s in ("a", "b")]
    questions = load_rows(TASKS["mmlu"], [dev[3], {**EXAM, "subject": "c"}])
    worked = Worked(TASKS["mmlu"], dev, 2)

    assert [shot["question"] for shot in worked.of(questions[0])] == ["b0", "b2"]
    with pytest.raises(BadData, match="2 worked examples of c are needed, and there are 0"):
        worked.of(questions[1])
    with pytest.raises(BadData, match="give shots_data, or shots=0"):
        Worked(TASKS["mmlu"], None, 5)
    with pytest.raises(BadData, match="row 1: a worked example needs its answer"):
        Worked(TASKS["hellaswag"], [{**SCENE, "label": ""}], 1)
