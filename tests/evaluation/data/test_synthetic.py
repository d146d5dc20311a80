"""Examples made by a model: what holds is kept, and nothing is used before somebody has looked."""

from __future__ import annotations

import csv
import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pilothouse.cli.main import run
from pilothouse.evaluation.data.synthetic import (
    KINDS,
    Document,
    Generated,
    Review,
    documents_of,
    generate,
    vary,
)
from pilothouse.evaluation.data.synthetic.documents import passages_of
from pilothouse.evaluation.data.synthetic.variants import typos
from pilothouse.evaluation.errors import ModelError
from pilothouse.evaluation.models import FunctionModel
from pilothouse.evaluation.runner import BadData, evaluate

DOCUMENTS = [
    Document(id="refunds.md", text="Refunds reach your account within ten working days."),
    Document(id="shipping.md", text="Shipping is free for orders above fifty euros in the EU."),
    Document(id="cards.md", text="Gift cards stay valid for three years and bring no refund."),
]


def item(question: str, document: str, quote: str, answer: str = "So it is.") -> dict[str, Any]:
    quotes = [{"document": document, "text": quote}]
    return {"question": question, "answer": answer, "quotes": quotes}


GOOD = {
    "refunds.md": item("How long does a refund take?", "refunds.md", "within ten  Working days"),
    "shipping.md": item("When is shipping free?", "shipping.md", "orders above fifty euros"),
    "cards.md": item("How long do gift cards last?", "cards.md", "valid for three years."),
}


def writer(
    items: Callable[[str, dict[str, str]], list[dict[str, Any]]],
    *,
    leaves_open: Callable[[str], bool] = lambda question: False,
) -> FunctionModel:
    """Writes `items` about the documents that it is shown, and says what they leave open."""

    def answer(prompt: str) -> str:
        blocks = [text for _, text in re.findall(r"<(data-\w+)>\n(.*?)\n</\1>", prompt, re.DOTALL)]
        if "The question:" in prompt:
            return f"Thought over.\nVerdict: {'open' if leaves_open(blocks[0]) else 'answered'}"
        kind = "multi" if "several documents together" in prompt else "single"
        kind = "unanswerable" if "do not answer" in prompt else kind
        return json.dumps({"questions": items(kind, json.loads(blocks[-1]))})

    return FunctionModel(answer, blocking=False, name="writer")


def good(kind: str, shown: dict[str, str]) -> list[dict[str, Any]]:
    return [GOOD[id] for id in shown]


def test_questions_have_answers_quotes_and_what_they_were_made_with() -> None:
    made = generate(DOCUMENTS, writer(good), single=3)

    assert sorted(c["inputs"]["question"] for c in made.candidates) == sorted(
        one["question"] for one in GOOD.values()
    )
    one = next(c for c in made.candidates if c["cluster"] == "refunds.md")
    about = one["metadata"]["generated"]
    assert one["metadata"]["reviewed"] is False
    assert about["quotes"] == GOOD["refunds.md"]["quotes"]
    assert (about["kind"], about["model"]) == ("single", "writer")
    assert re.fullmatch(r"single:[0-9a-f]{12}", about["prompt"])


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (item("Q?", "refunds.md", "within two working days"), "a quote does not stand in its"),
        (item("Q?", "shipping.md", "within ten working days"), "a quote does not stand in its"),
        (item("Q?", "refunds.md", "working days"), "a quote is too short"),
        ({**GOOD["refunds.md"], "quotes": []}, "there is no quote"),
        (item("", "refunds.md", "within ten working days"), "the question is empty"),
        (item("Q?", "refunds.md", "within ten working days", answer=" "), "the answer is empty"),
    ],
)
def test_what_does_not_hold_is_dropped_and_counted(wrong: dict[str, Any], why: str) -> None:
    made = generate(
        DOCUMENTS[:1], writer(lambda kind, shown: [wrong, GOOD["refunds.md"]]), single=2
    )

    assert [c["inputs"]["question"] for c in made.candidates] == [GOOD["refunds.md"]["question"]]
    assert any(reason.startswith(why) for reason in made.dropped), made.dropped


def test_questions_that_resemble_each_other_are_made_once() -> None:
    existing = ["How long do gift cards last"]

    made = generate(DOCUMENTS, writer(good), single=9, existing=existing)

    assert len(made.candidates) == 2
    assert made.dropped["the question resembles another"] > 1


def test_a_second_call_says_whether_the_documents_answer() -> None:
    def items(kind: str, shown: dict[str, str]) -> list[dict[str, Any]]:
        if kind == "unanswerable":
            return [
                {"question": q, "answer": "", "quotes": []}
                for q in ("What does a parcel to Peru cost?", "When is shipping free?")
            ]
        return good(kind, shown)

    model = writer(items, leaves_open=lambda question: "Peru" in question or "refund" in question)
    made = generate(DOCUMENTS, model, single=3, unanswerable=1)

    kinds = {c["inputs"]["question"]: c["metadata"]["generated"]["kind"] for c in made.candidates}
    assert kinds == {
        "When is shipping free?": "single",
        "How long do gift cards last?": "single",
        "What does a parcel to Peru cost?": "unanswerable",
    }
    assert made.candidates[-1]["reference_outputs"] == {"answer": "The documents do not say."}
    assert made.dropped["single: the documents turned out to be open on it"] >= 1


def test_questions_over_several_documents_quote_several() -> None:
    def items(kind: str, shown: dict[str, str]) -> list[dict[str, Any]]:
        quotes = [quote for id in shown for quote in GOOD[id]["quotes"]]
        both = {"question": f"What of {' and '.join(shown)}?", "answer": "Both.", "quotes": quotes}
        return [both, {**both, "question": "And then?", "quotes": quotes[:1]}]

    made = generate(DOCUMENTS, writer(items), single=0, multi=2)

    assert len(made.candidates) == 2
    assert made.dropped["multi: all quotes are of one document"] > 0
    alone = generate(DOCUMENTS[:1], writer(items), single=0, multi=2)
    assert alone.dropped == {"only one document, so that none needs several": 2}


def test_the_same_seed_asks_the_same() -> None:
    first, again, *others = (
        generate(DOCUMENTS, writer(good), single=2, seed=seed).candidates for seed in (1, 1, 2, 3)
    )

    assert first == again
    assert any(first != other for other in others)


def test_a_model_that_fails_is_counted_and_one_that_refuses_ends_it() -> None:
    def nonsense(prompt: str) -> str:
        return "I would rather not."

    made = generate(DOCUMENTS, FunctionModel(nonsense, blocking=False), single=1)
    assert (made.candidates, set(made.dropped)) == ([], {"the model came to nothing: Unparsable"})

    def refuses(prompt: str) -> str:
        raise ModelError("Unauthorized", "the key is wrong")

    with pytest.raises(ModelError, match="the key is wrong"):
        generate(DOCUMENTS, FunctionModel(refuses, blocking=False), single=1)


def test_what_was_made_and_paid_for_is_not_lost_to_a_later_refusal() -> None:
    left = iter(range(4))  # answers: two questions, each with its check
    write = writer(good)

    def answers(prompt: str) -> Any:
        if next(left, None) is None:
            raise ModelError("QuotaExhausted", "no money is left")
        return write.function(prompt)

    made = generate(DOCUMENTS, FunctionModel(answers, blocking=False), single=3, max_concurrency=1)

    assert len(made.candidates) == 2
    assert made.dropped["the model came to nothing: QuotaExhausted"] >= 1


def test_documents_are_read_from_folders_and_rows_in_passages(tmp_path: Path) -> None:
    (tmp_path / "docs" / "deep").mkdir(parents=True)
    (tmp_path / "docs" / "a.md").write_text("One.\n\n" + "x" * 70 + "\n\nTwo.")
    (tmp_path / "docs" / "deep" / "b.txt").write_text("Three.")
    (tmp_path / "rows.jsonl").write_text('{"id": "r1", "text": "Four."}\n{"title": "none"}\n')

    found = documents_of(tmp_path / "docs")

    assert [document.id for document in found] == ["a.md", "deep/b.txt"]
    assert [(p.id, len(p.text)) for p in passages_of(found, longest=60)] == [
        ("a.md#1", 4), ("a.md#2", 60), ("a.md#3", 16), ("deep/b.txt", 6),
    ]  # fmt: skip
    with pytest.raises(BadData, match=r"rows\.jsonl:2: a document has a text under 'text'"):
        documents_of(tmp_path / "rows.jsonl")
    with pytest.raises(BadData, match="no documents"):
        documents_of([])


ROW = {
    "id": "e1",
    "inputs": {"question": "How long does a refund of 40 euros take to arrive?"},
    "reference_outputs": {"answer": "Ten working days."},
}


def rewriter(same: str = "same") -> FunctionModel:
    """Writes in capitals, and says of paraphrases that they are `same`."""

    def answer(prompt: str) -> str:
        blocks = [text for _, text in re.findall(r"<(data-\w+)>\n(.*?)\n</\1>", prompt, re.DOTALL)]
        if "The second:" in prompt:
            return f"Verdict: {'different' if 'NOT' in blocks[1] else same}"
        if "opposite" in prompt:
            return json.dumps({"text": "Does a refund NOT arrive?", "answer": "It does."})
        if "before this text" in prompt:
            return json.dumps({"text": "My cat likes the parcel."})
        return json.dumps({"text": f"Said otherwise: {len(prompt)} {blocks[-1][:20]}"})

    return FunctionModel(answer, blocking=False, name="rewriter")


def test_every_kind_of_variant_keeps_its_example_and_cluster() -> None:
    made = vary([ROW], rewriter(), languages=["German", "Dutch"])

    by_kind = {c["metadata"]["generated"]["kind"]: c for c in made.candidates}
    assert set(by_kind) == set(KINDS)
    assert len(made.candidates) == len(KINDS) + 1, "one a language"
    assert {c["cluster"] for c in made.candidates} == {"e1"}
    assert {c["metadata"]["generated"]["of"] for c in made.candidates} == {"e1"}
    texts = {kind: c["inputs"]["question"] for kind, c in by_kind.items()}
    assert texts["distractor"] == f"My cat likes the parcel. {ROW['inputs']['question']}"
    assert texts["injection"].startswith(ROW["inputs"]["question"])
    assert by_kind["injection"]["metadata"]["generated"]["canary"] in texts["injection"]
    references = {kind: c["reference_outputs"] for kind, c in by_kind.items()}
    assert references.pop("negation") == {"answer": "It does."}
    assert all(reference == ROW["reference_outputs"] for reference in references.values())


def test_variants_that_mean_something_else_are_dropped() -> None:
    made = vary([ROW], rewriter("different"), kinds=["paraphrase", "distractor", "negation"])

    assert [c["metadata"]["generated"]["kind"] for c in made.candidates] == ["negation"]
    assert made.dropped["paraphrase: it turned out to ask for different"] == 1


def test_typos_are_few_leave_numbers_alone_and_follow_from_the_seed() -> None:
    text = "How long does a refund of 4000 euros usually take to arrive at my own account?"

    for seed in range(50):
        words = typos(text, random.Random(seed)).split(" ")
        changed = [pair for pair in zip(text.split(" "), words, strict=True) if pair[0] != pair[1]]
        assert len(changed) == 2
        assert all(a[0] == b[0] and abs(len(a) - len(b)) <= 1 for a, b in changed)
        assert "4000" in words
    assert vary([ROW], kinds=["typos"]) == vary([ROW], kinds=["typos"])
    assert vary([ROW], kinds=["typos"], seed=1) != vary([ROW], kinds=["typos"], seed=5)
    assert vary([{"inputs": "ab"}], kinds=["typos"]).dropped


@pytest.mark.parametrize(
    ("row", "options", "said"),
    [
        (ROW, {"kinds": ["typo"]}, "no kind typo: choose from typos"),
        (ROW, {"kinds": ["paraphrase"]}, "paraphrase are made by a model"),
        ({"inputs": {"a": "x", "b": "y"}}, {"kinds": ["typos"]}, "say by field= .* a, b"),
        ({"inputs": [1]}, {"kinds": ["typos"]}, "are no text"),
    ],
)
def test_what_cannot_be_varied_is_said(row: Any, options: dict[str, Any], said: str) -> None:
    with pytest.raises((ValueError, BadData), match=said):
        vary([row], **options)


def test_no_variant_is_paid_for_before_all_examples_can_be_varied() -> None:
    asked: list[str] = []

    with pytest.raises(BadData, match="are no text"):
        vary([ROW, {"inputs": [1]}], FunctionModel(asked.append, blocking=False))

    assert asked == []


@pytest.fixture
def made(tmp_path: Path) -> Path:
    path = tmp_path / "made.jsonl"
    path.write_text('{"id": "by hand", "inputs": {"question": "Who?"}, "cluster": "ours"}\n')
    found: Generated = generate(DOCUMENTS, writer(good), single=3)
    return found.save(path)


def ids(path: Path) -> dict[str, str]:
    rows = map(json.loads, path.read_text().splitlines())
    return {row.get("cluster", ""): row["id"] for row in rows}


def test_what_nobody_has_reviewed_is_refused(made: Path) -> None:
    with pytest.raises(BadData, match=r"made\.jsonl:2: example 2 was generated and nobody has"):
        evaluate(lambda inputs: 1, made, journal=False)

    assert evaluate(lambda inputs: 1, made, journal=False, allow_unreviewed=True).summary.rows == 4
    suite = made.with_name("suite.yaml")
    suite.write_text("name: s\ntarget: builtins:len\ndata: made.jsonl\nallow_unreviewed: true\n")
    assert run(["eval", "run", str(suite), "-e", "allowed"]) == 0
    assert run(["dataset", "review", str(made), "--accept-all"]) == 0
    assert evaluate(lambda inputs: 1, made, journal=False).summary.rows == 4


def test_a_table_is_filled_in_and_applied(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known = ids(made)
    table = made.with_name("review.csv")
    assert run(["dataset", "review", str(made), "--table", str(table)]) == 0
    with table.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == 3
    assert "refunds.md: within ten  Working days" in {line["quotes"] for line in lines}
    for line in lines:
        if line["id"] == known["refunds.md"]:
            line |= {"verdict": "accept", "answer": "Two weeks at most."}
        elif line["id"] == known["cards.md"]:
            line["verdict"] = "Reject"
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, lines[0])
        writer.writeheader()
        writer.writerows(lines)

    assert run(["dataset", "review", str(made), "--apply", str(table), "--json"]) == 0

    said = json.loads(capsys.readouterr().out)
    assert [said[k] for k in ("accepted", "rejected", "edited", "waiting")] == [1, 1, 1, 1]
    rows = {row["id"]: row for row in map(json.loads, made.read_text().splitlines())}
    assert set(rows) == {"by hand", known["refunds.md"], known["shipping.md"]}
    accepted = rows[known["refunds.md"]]
    assert accepted["reference_outputs"] == {"answer": "Two weeks at most."}
    assert accepted["metadata"]["reviewed"] is True
    assert accepted["metadata"]["generated"]["edited"] is True
    assert known["cards.md"] in made.with_name("made.rejected.jsonl").read_text()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("x,accept,single,q,a,", r"review\.csv:2: there is no generated example 'x'"),
        ("ID,yes,single,q,a,", r"review\.csv:2: verdict is accept, reject or empty, not 'yes'"),
        ("ID,accept", r"review\.csv:2: a cell is missing"),
    ],
)
def test_mistakes_in_a_table_are_said_with_their_line_and_nothing_is_kept(
    made: Path, line: str, said: str
) -> None:
    before = made.read_text()
    table = made.with_name("review.csv")
    id = ids(made)["refunds.md"]
    table.write_text("id,verdict,kind,question,answer,quotes\n" + line.replace("ID", id) + "\n")

    with pytest.raises(BadData, match=said):
        Review(made).apply_table(table)

    assert run(["dataset", "review", str(made), "--apply", str(table)]) == 2
    assert made.read_text() == before


def test_the_commands_make_and_vary(
    tmp_path: Path, llm: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from fakes.openai_server import Answer

    def script(body: Any) -> Answer:
        asked = json.dumps(body["messages"])
        if "The question:" in asked:
            return Answer(text=json.dumps({"explanation": "it does", "label": "answered"}))
        return Answer(text=json.dumps({"questions": [GOOD["refunds.md"]]}))

    llm.script = script
    (tmp_path / "refunds.md").write_text(DOCUMENTS[0].text)
    target, model = str(tmp_path / "made.jsonl"), f"writer@{llm.base_url}"
    command = ["dataset", "generate", str(tmp_path / "refunds.md"), "--to", target, "--single", "1"]

    monkeypatch.delenv("PILOTHOUSE_JUDGE", raising=False)
    assert run(command) == 2
    assert "say by --model who writes them" in capsys.readouterr().err
    assert run([*command, "--model", model]) == 0
    assert "1 made, to be reviewed" in capsys.readouterr().out
    assert run([*command, "--model", model]) == 0
    assert "0 made" in capsys.readouterr().out
    assert run(["dataset", "review", target]) == 0
    assert "How long does a refund take?" in capsys.readouterr().out
    assert run(["dataset", "review", target, "--accept-all"]) == 0
    hard = str(tmp_path / "hard.jsonl")
    assert run(["dataset", "vary", target, "--to", hard, "--kinds", "typos,injection"]) == 0
    assert "2 made" in capsys.readouterr().out
    assert run(["dataset", "vary", target, "--to", hard, "--kinds", "tpyos"]) == 2
    assert "no kind tpyos: choose from typos, injection" in capsys.readouterr().err
