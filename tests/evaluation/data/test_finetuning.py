"""Fine-tuning files: their forms and rules, duplicates, private data, and the division."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pilothouse.cli.main import run
from pilothouse.evaluation.data.duplicates import repeated
from pilothouse.evaluation.data.finetuning import (
    FORMATS,
    Exported,
    export_finetune,
    pairs_of_scores,
    pairs_of_verdicts,
    preferred,
    sample_of,
)
from pilothouse.evaluation.pairwise.protocol import Call, Trial, Verdict
from pilothouse.evaluation.rows import Row

TOPICS = ("mugs", "gift cards", "parcels", "invoices", "returns", "coupons", "shoes", "lamps")
CALL = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
TOOL = {"type": "function", "function": {"name": "weather", "parameters": {}}}


def rows(count: int = 40) -> list[Row]:
    """Questions that differ, four to a session."""
    return [
        Row(
            inputs={"question": f"What of {TOPICS[n % 8]} in case {n * 7919} by {n**3} weeks?"},
            reference_outputs={"answer": f"Then {TOPICS[n % 5]} number {n * 104_729} applies."},
            example_id=f"e{n}",
            cluster=f"s{n // 4}",
        )
        for n in range(count)
    ]


def lines(path: Path | None) -> list[dict[str, Any]]:
    assert path is not None
    return [json.loads(line) for line in path.read_text().splitlines()]


def conversation(*messages: dict[str, Any], tools: Any = ()) -> Row:
    given: dict[str, Any] = {"messages": list(messages[:-1])}
    if tools:
        given["tools"] = tools
    return Row(inputs=given, outputs={"messages": [messages[-1]]}, example_id="c")


USER, SAYS = {"role": "user", "content": "Warm?"}, {"role": "assistant", "content": "18 degrees"}
ASKS = {"role": "assistant", "content": None, "tool_calls": [CALL]}
TOLD = {"role": "tool", "tool_call_id": "c1", "content": "18"}


def test_the_same_rows_give_the_same_files_and_sessions_stay_on_one_side(tmp_path: Path) -> None:
    first = export_finetune(rows(), tmp_path / "a.jsonl", validation=0.3)
    again = export_finetune(rows(), tmp_path / "b.jsonl", validation=0.3)
    others = export_finetune(rows(), tmp_path / "c.jsonl", validation=0.3, seed=1)

    assert first.path.read_bytes() == again.path.read_bytes()
    assert first.path.read_bytes() != others.path.read_bytes()
    assert (first.written + first.validation, first.groups) == (40, 10)
    sessions = {json.dumps(FORMATS["openai"].made(sample_of(r))): r.cluster for r in rows()}
    sides = [
        {sessions[json.dumps(record)] for record in lines(path)}
        for path in (first.path, first.validation_path)
    ]
    assert sides[0] | sides[1] == {f"s{n}" for n in range(10)}
    assert not sides[0] & sides[1]
    assert lines(first.path)[0]["messages"][1]["role"] == "assistant"


def test_more_rows_move_nobody_to_the_other_side(tmp_path: Path) -> None:
    few = export_finetune(rows(24), tmp_path / "few.jsonl", validation=0.3)
    more = export_finetune(rows(40), tmp_path / "more.jsonl", validation=0.3)

    held = [json.dumps(record) for record in lines(more.validation_path)]
    assert {json.dumps(record) for record in lines(few.validation_path)} <= set(held)


def test_duplicates_are_left_out_exact_and_near(tmp_path: Path) -> None:
    text = "The refund reaches your account five to ten working days after we approve it, usually."
    same = [
        Row(inputs="When is my refund?", outputs=text, example_id="1"),
        Row(inputs="when is  my refund?", outputs=text, example_id="2"),
        Row(inputs="When is my refund?", outputs=text + " Thanks!", example_id="3"),
        Row(inputs="Who pays for shipping?", outputs="You do, unless it is our fault.",
            example_id="4"),
    ]  # fmt: skip

    found = export_finetune(same, tmp_path / "x.jsonl", validation=0)
    exact = export_finetune(same, tmp_path / "y.jsonl", validation=0, near=None)

    assert (found.written, found.exact_duplicates, found.near_duplicates) == (2, 1, 1)
    assert (exact.written, exact.exact_duplicates) == (3, 1)


def test_near_texts_are_found_as_by_comparing_each_with_each() -> None:
    import random

    draw = random.Random(3)
    words = [f"{a}{b}" for a in ("re", "un", "pre", "dis") for b in ("fund", "pack", "order")]
    texts = [" ".join(draw.choices(words, k=30)) for _ in range(60)]
    for text in texts[:30]:
        changed = text.split()
        changed[draw.randrange(30)] = "altogether"
        texts.append(" ".join(changed))

    def alike(a: str, b: str) -> float:
        one, two = ({t[i : i + 5] for i in range(len(t) - 4)} for t in (a, b))
        return len(one & two) / len(one | two)

    expected: list[int | None] = []
    for at, text in enumerate(texts):
        new = (k for k in range(at) if expected[k] is None)
        expected.append(next((k for k in new if alike(text, texts[k]) >= 0.8), None))
    assert repeated(texts) == expected
    assert sum(place is not None for place in expected) > 20


@pytest.mark.parametrize(
    ("private", "left", "said"), [("drop", 1, ""), ("mask", 2, "[emails]"), ("keep", 2, "ann@")]
)
def test_private_data_are_left_out_masked_or_kept(
    tmp_path: Path, private: Any, left: int, said: str
) -> None:
    given = [
        Row(inputs="Who am I?", outputs={"text": "Write to ann@example.org"}, example_id="1"),
        Row(inputs="Is shipping free?", outputs="From 50 on it is.", example_id="2"),
    ]

    found = export_finetune(given, tmp_path / "x.jsonl", validation=0, private=private)

    assert (found.written, found.private_samples, found.private) == (left, 1, {"emails": 1})
    assert said in found.path.read_text()
    assert ("ann@example.org" in found.path.read_text()) == (private == "keep")


def test_a_conversation_with_tools_is_said_in_each_form() -> None:
    sample = sample_of(
        conversation({"role": "system", "content": "Be brief."}, USER, ASKS, TOLD, SAYS,
                     tools=[TOOL])
    )  # fmt: skip

    chat, shared = (FORMATS[name].made(sample) for name in ("openai", "sharegpt"))

    assert [m["role"] for m in chat["messages"]] == [
        "system", "user", "assistant", "tool", "assistant",
    ]  # fmt: skip
    assert chat["tools"] == [TOOL]
    assert [(turn["from"], turn["value"]) for turn in shared["conversations"]] == [
        ("human", "Warm?"),
        ("function_call", json.dumps(CALL["function"])),
        ("observation", "18"),
        ("gpt", "18 degrees"),
    ]
    assert shared["system"] == "Be brief."


@pytest.mark.parametrize(
    ("row", "format", "said"),
    [
        (Row(inputs="q"), "openai", "there is no answer"),
        (Row(inputs={"a": 1}, outputs="x"), "openai", "no messages and no single texts"),
        (Row(inputs="q", outputs={"text": " "}), "openai", "message 2 is empty"),
        (conversation(USER, ASKS, SAYS), "openai", "no answer to the call 'c1' before message 3"),
        (conversation(USER, TOLD, SAYS), "openai", "message 2 answers a call that nobody made"),
        (conversation(USER, ASKS, TOLD, SAYS, tools=[{**TOOL, "function": {"name": "x"}}]),
         "openai", "the tool 'weather' is not among the tools"),
        (conversation({"role": "system", "content": "x"}, SAYS), "openai", "no user says anything"),
        (conversation(USER, USER, SAYS), "sharegpt", "turn 2 is of human: people and model take"),
        (conversation(USER, {**ASKS, "tool_calls": [CALL, {**CALL, "id": "c2"}]}), "sharegpt",
         "several calls"),
    ],
)  # fmt: skip
def test_what_breaks_the_rules_of_a_form_is_left_out_and_counted(
    tmp_path: Path, row: Row, format: str, said: str
) -> None:
    found = export_finetune([row, *rows(2)], tmp_path / "x.jsonl", format=format, validation=0)

    [(reason, count)] = found.unusable.items()
    assert said in reason
    assert (count, found.written) == (1, 2)


def verdict(score: float | None, *, inconsistent: bool = False) -> Verdict:
    sides = [Row(inputs="q", outputs=text, example_id="e") for text in ("short", "long and good")]
    calls = [Call(baseline_first=first, said=_Said(score)) for first in (True, False)]
    trial = Trial(calls=tuple(calls), score=score)
    return Verdict(
        example="e",
        baseline=sides[0],
        candidate=sides[1],
        trials=() if inconsistent else (trial,),
        score=0.5 if inconsistent else score,
    )


class _Said:
    """What a judge said, whatever the order."""

    side, error, usage = None, None, None

    def __init__(self, score: float | None) -> None:
        self.score = score


def test_preferences_come_of_decided_verdicts(tmp_path: Path) -> None:
    pairs = pairs_of_verdicts([verdict(1.0), verdict(0.0), verdict(0.5), verdict(None)])

    assert [better.outputs for better, _ in pairs] == ["long and good", "short"]
    for format, better, worse in (
        ("dpo", "chosen", "rejected"),
        ("openai-dpo", "preferred_output", "non_preferred_output"),
    ):
        found = export_finetune(pairs[:1], tmp_path / "x.jsonl", format=format, validation=0)
        [record] = lines(found.path)
        assert record[better] == [{"role": "assistant", "content": "long and good"}]
        assert record[worse] == [{"role": "assistant", "content": "short"}]
    assert record["input"]["messages"] == [{"role": "user", "content": "q"}]
    with pytest.raises(ValueError, match="made of pairs of rows"):
        export_finetune(rows(), tmp_path / "x.jsonl", format="dpo")
    assert preferred(*pairs[0]).rejected


def test_preferences_come_of_scores_on_answers_to_one_question() -> None:
    answers = [
        Row(inputs=q, outputs=f"{q}{value}", fields={"scores": {"good": value}})
        for q, value in (("a", 0.1), ("a", 0.9), ("a", 0.5), ("b", 0.5), ("c", 0.4), ("c", 0.5))
    ]

    pairs = pairs_of_scores(answers, lambda row: row.fields["scores"]["good"], margin=0.2)

    assert [(better.outputs, worse.outputs) for better, worse in pairs] == [("a0.9", "a0.1")]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"format": "alpaca"}, "choose from openai, sharegpt, dpo"),
        ({"validation": 1.0}, "a share from 0 up to 1"),
        ({"private": "hide"}, "private is one of drop"),
        ({"detectors": ["names"]}, "no detector names: there are secrets"),
        ({"near": 0.0}, "a share above 0"),
    ],
)
def test_options_that_mean_nothing_are_refused(
    tmp_path: Path, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        export_finetune(rows(2), tmp_path / "x.jsonl", **options)
    assert not list(tmp_path.iterdir())


def test_a_set_that_is_written_again_leaves_no_older_half(tmp_path: Path) -> None:
    both: Exported = export_finetune(rows(), tmp_path / "x.jsonl", validation=0.3)
    assert both.validation_path is not None

    export_finetune(rows(), tmp_path / "x.jsonl", validation=0)

    assert [path.name for path in tmp_path.iterdir()] == ["x.jsonl"]


def test_the_command_writes_what_was_rated_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data.jsonl"
    with data.open("w") as file:
        for n, row in enumerate(rows(8)):
            rated = {"input": row.inputs, "output": row.reference_outputs, "helpful": n % 2}
            file.write(json.dumps(rated) + "\n")
    command = ["dataset", "export-finetune", str(data), "--to", str(tmp_path / "t.jsonl")]

    assert run([*command, "--score", "helpful", "--at-least", "1", "--validation", "0"]) == 0
    assert "4 to train on" in capsys.readouterr().out
    assert len(lines(tmp_path / "t.jsonl")) == 4
    assert run([*command, "--format", "dpo"]) == 2
    assert "say by --score which answer is the better" in capsys.readouterr().err
    before = data.read_text()
    assert run(["dataset", "export-finetune", str(data), "--to", str(data)]) == 2
    assert data.read_text() == before
    assert run(["dataset", "export-finetune", str(data), "--to", str(tmp_path)]) == 2
    assert not list(tmp_path.parent.glob(".*.partial"))
