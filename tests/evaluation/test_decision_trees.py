"""Judges that go from question to question: which way, at what cost, and what cannot be built."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from pilothouse.evaluation.judges import Condition, DecisionTree, Question, Verdict
from pilothouse.evaluation.models import Completion, FunctionModel, ModelLike
from pilothouse.evaluation.results import Usage
from pilothouse.evaluation.rows import Row
from pilothouse.evaluation.sandbox import CodeEvaluator, Sandbox

NODES = {
    "short": Condition(lambda outputs: len(outputs) < 60, yes="answers", no="long"),
    "answers": Question("Does {outputs} answer {inputs}?", {"yes": "polite", "no": "evasive"}),
    "polite": Question("Is {outputs} polite?", {"yes": "good", "no": "rude"}),
    "good": Verdict(score=1.0),
    "rude": Verdict(score=0.4, label="curt"),
    "evasive": Verdict(score=0.0, explanation="It says nothing to the question."),
    "long": Verdict(score=0.2),
}


def saying(answers: Mapping[str, str]) -> FunctionModel:
    """A model that answers by what stands in the question, at 2 cents each."""

    def answer(prompt: str) -> Completion:
        label = next(label for words, label in answers.items() if words in prompt)
        usage = Usage(input_tokens=10, output_tokens=5, cost=0.02, calls=1)
        return Completion(text=f"Because of {label}.\nVerdict: {label}", model="fake", usage=usage)

    return FunctionModel(answer, blocking=False)


def path(metadata: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [(step["node"], step.get("answer")) for step in metadata["path"]]


@pytest.mark.parametrize(
    ("answers", "score", "label", "taken", "cost"),
    [
        (
            {"answer": "yes", "polite": "yes"},
            1.0,
            "good",
            [("short", True), ("answers", "yes"), ("polite", "yes"), ("good", None)],
            0.04,
        ),
        (
            {"answer": "yes", "polite": "no"},
            0.4,
            "curt",
            [("short", True), ("answers", "yes"), ("polite", "no"), ("rude", None)],
            0.04,
        ),
        (
            {"answer": "no"},
            0.0,
            "evasive",
            [("short", True), ("answers", "no"), ("evasive", None)],
            0.02,
        ),
    ],
)
def test_the_way_follows_the_answers_and_costs_what_was_asked(
    answers: Mapping[str, str], score: float, label: str, taken: list[Any], cost: float
) -> None:
    tree = DecisionTree(NODES, model=saying(answers))

    result = tree.evaluate(Row(inputs="When?", outputs="In 1889."))

    assert (result.error, result.score, result.label) == (None, score, label)
    assert path(result.metadata) == taken
    assert result.usage is not None
    assert result.usage.cost == pytest.approx(cost)
    assert result.kind == "llm"


def test_the_reasons_of_the_way_explain_the_verdict_that_has_none_of_its_own() -> None:
    polite = DecisionTree(NODES, model=saying({"answer": "yes", "polite": "no"}))
    evasive = DecisionTree(NODES, model=saying({"answer": "no"}))

    assert polite.evaluate(inputs="?", outputs="No.").explanation == (
        "Because of yes.\nBecause of no."
    )
    said = evasive.evaluate(inputs="?", outputs="Hm.").explanation
    assert said == "It says nothing to the question."


def test_a_way_without_questions_asks_no_model() -> None:
    def never(prompt: str) -> str:
        raise AssertionError(prompt)

    result = DecisionTree(NODES, model=FunctionModel(never)).evaluate(inputs="?", outputs="x" * 99)

    assert (result.score, result.label, result.usage, result.kind) == (0.2, "long", None, "code")


@pytest.mark.parametrize(
    ("model", "type", "node"),
    [
        (FunctionModel(lambda prompt: "perhaps", blocking=False), "Unparsable", "answers"),
        (saying({"answer": "yes", "polite": "perhaps"}), "Unparsable", "polite"),
    ],
)
def test_a_question_without_an_answer_is_an_error_with_the_way_to_it(
    model: ModelLike, type: str, node: str
) -> None:
    result = DecisionTree(NODES, model=model).evaluate(inputs="?", outputs="yes")

    assert (result.status, result.score) == ("error", None)
    assert result.error is not None
    assert result.error.type == type
    assert result.metadata["path"][-1]["node"] == node
    assert result.usage is not None
    assert result.usage.calls >= 3


def test_a_condition_that_raises_is_an_error_and_a_missing_field_is_named() -> None:
    nodes = {
        "start": Condition(lambda outputs: 1 / len(outputs), yes="a", no="b"),
        "a": Verdict(score=1),
        "b": Verdict(score=0),
    }

    broken = DecisionTree(nodes).evaluate(outputs="")
    missing = DecisionTree(NODES, model=saying({})).evaluate(outputs="x")
    says = Condition(lambda outputs: "perhaps", yes="a", no="b")
    neither = DecisionTree({**nodes, "start": says}).evaluate(outputs="x")

    assert broken.status == missing.status == neither.status == "error"
    assert neither.error is not None
    assert neither.error.message == "condition 'start' says neither true nor false, but 'perhaps'"
    assert broken.error is not None
    assert "ZeroDivisionError" in broken.error.message
    assert missing.error is not None
    assert missing.error.message == "evaluator 'decision_tree' needs 'inputs'; the row has outputs"


def test_a_condition_may_be_code_in_the_sandbox_or_a_score_with_a_threshold() -> None:
    with Sandbox() as sandbox:
        code = CodeEvaluator("def evaluate(outputs): return len(outputs) / 10", sandbox=sandbox)
        half = CodeEvaluator(code.source, sandbox=sandbox, threshold=0.5)
        verdicts = {"a": Verdict(score=1), "b": Verdict(score=0)}
        trees = [DecisionTree({"n": Condition(one, "a", "b"), **verdicts}) for one in (code, half)]

        found = [asyncio.run(tree.aevaluate(outputs="abc")).label for tree in trees]

    assert found == ["a", "b"]


def test_ways_may_meet_again_and_each_question_may_be_voted_on() -> None:
    nodes = {
        "first": Question("Is {outputs} long?", {"yes": "second", "no": "second", "odd": "end"}),
        "second": Question("Is {outputs} good?", {"yes": "end", "no": "end"}),
        "end": Verdict(score=1),
    }

    tree = DecisionTree(nodes, model=saying({"long": "no", "good": "yes"}), n_votes=3)
    result = tree.evaluate(outputs="x")

    assert (result.error, result.score) == (None, 1)
    assert result.usage is not None
    assert result.usage.calls == 6


@pytest.mark.parametrize(
    ("nodes", "start", "said"),
    [
        ({}, None, "needs a node"),
        ({"a": Condition(bool, "b", "c"), "b": Verdict()}, None, "'a' leads to 'c'"),
        ({"a": Question("{outputs}?", {"yes": "b"}), "b": Verdict()}, None, "two answers"),
        ({"a": Verdict(), "b": Verdict()}, None, "nothing leads to b"),
        ({"a": Verdict()}, "b", "no node 'b' to start"),
        (
            {
                "a": Condition(bool, "b", "c"),
                "b": Condition(bool, "a", "c"),
                "c": Verdict(),
            },
            None,
            "circle: (a -> b -> a|b -> a -> b)",
        ),
    ],
)
def test_what_is_no_tree_is_refused(nodes: Any, start: str | None, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        DecisionTree(nodes, model=saying({}), start=start)


def test_other_words_ways_or_worths_are_another_version() -> None:
    def version(**changed: Any) -> str:
        return DecisionTree({**NODES, **changed}, model=saying({})).version

    versions = {
        version(),
        version(good=Verdict(score=0.9)),
        version(short=Condition(lambda outputs: len(outputs) < 70, yes="answers", no="long")),
        version(polite=Question("Is {outputs} kind?", {"yes": "good", "no": "rude"})),
        version(polite=Question("Is {outputs} polite?", {"yes": "rude", "no": "good"})),
    }

    assert len(versions) == 5
    assert version() in versions
