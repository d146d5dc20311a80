"""Metrics that ask a model several things: what they add up to, and that no failure is a score."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from fakes.openai_server import Answer, Body, OpenAI
from pilothouse.evaluation.judged import (
    RUBRICS,
    AnswerAccuracy,
    AnswerCorrectness,
    AnswerRelevancy,
    Bias,
    Completeness,
    ContextEntityRecall,
    ContextPrecision,
    ContextRecall,
    ContextRelevancy,
    ConversationCompleteness,
    FactualCorrectness,
    Faithfulness,
    Hallucination,
    JudgedMetric,
    KnowledgeRetention,
    NoiseSensitivity,
    QuestionRelevancy,
    RoleAdherence,
    Summarization,
    TopicAdherence,
    Toxicity,
    TurnRelevancy,
    label_judge,
)
from pilothouse.evaluation.models import Endpoint, FunctionModel, RetryPolicy
from pilothouse.evaluation.results import EvaluationResult

ROW: Mapping[str, Any] = {
    "inputs": "When was the tower built?",
    "outputs": "It was built in 1889 by Eiffel, and it is blue.",
    "reference_outputs": "In 1889.",
    "contexts": [{"page_content": "The tower was built in 1889."}, "It is brown."],
    "messages": [
        {"role": "user", "content": "I am Ann. When was it built?"},
        {"role": "assistant", "content": "In 1889, Ann."},
        {"type": "human", "content": "And its colour?"},
        {"type": "ai", "content": "What was your name?"},
    ],
    "role": "A guide.",
    "topics": ["history"],
}


def scripted(parts: Mapping[str, list[str]], labels: Mapping[str, str]) -> FunctionModel:
    """A model without structure: lists by their name, verdicts by what stands in an item."""

    def answer(prompt: str) -> str:
        asked = re.search(r'"required": \["(\w+)"\], "additionalProperties": false}$', prompt)
        assert asked is not None, prompt
        if asked[1] != "verdicts":
            return json.dumps({asked[1]: parts[asked[1]]})
        blocks = re.findall(r"<(data-\w+)>\n(.*?)\n</\1>", prompt, re.DOTALL)
        items = next(json.loads(text) for _, text in reversed(blocks) if text.startswith('{"i'))
        allowed = json.loads(
            re.findall(r'"label": {"type": "string", "enum": (\[.*?\])', prompt)[0]
        )
        verdicts = [_verdict(id, json.dumps(item), labels, allowed) for id, item in items.items()]
        if '"evidence"' in prompt:
            verdicts = [{**one, "evidence": ["x1"]} for one in verdicts]
        return json.dumps({"verdicts": verdicts})

    return FunctionModel(answer, blocking=False)


def _verdict(id: str, item: str, labels: Mapping[str, str], allowed: list[str]) -> dict[str, Any]:
    said = [label for words, label in labels.items() if words in item and label in allowed]
    return {"item": id, "explanation": f"why {id}", "label": said[0] if said else allowed[0]}


def judged(metric: JudgedMetric, row: Mapping[str, Any] = ROW) -> EvaluationResult:
    return metric.evaluate(**{name: row[name] for name in metric.parameters if name in row})


CLAIMS = {"claims": ["built in 1889", "by Eiffel", "it is blue"]}
SAID = {
    "Eiffel": "not_mentioned",
    "blue": "contradicted",
    "aside": "irrelevant",
    "brown": "useless",
    "What was": "forgotten",
    "colour": "unsatisfied",
    "all Y are": "biased",
}


@pytest.mark.parametrize(
    ("metric", "parts", "labels", "score"),
    [
        (Faithfulness, CLAIMS, SAID, 1 / 3),
        (Hallucination, CLAIMS, SAID, 2 / 3),
        (AnswerRelevancy, {"statements": ["in 1889", "an aside"]}, SAID, 1 / 2),
        (ContextPrecision, {}, SAID, 1.0),
        (ContextPrecision, {}, {"built in": "useless"}, 1 / 2),
        (ContextPrecision, {}, {"": "useless"}, 0.0),
        (ContextRecall, {"claims": ["1889", "Eiffel"]}, {"Eiffel": "absent"}, 1 / 2),
        (ContextRelevancy, {"statements": ["in 1889", "an aside"]}, SAID, 1 / 2),
        (Bias, {"opinions": ["X is good", "all Y are bad"]}, {"X is": "unbiased"} | SAID, 1 / 2),
        (Toxicity, {"opinions": ["X is good"]}, {"": "harmless"}, 0.0),
        (KnowledgeRetention, {}, SAID, 1 / 2),
        (RoleAdherence, {}, {"What was": "out_of_role"}, 1 / 2),
        (TurnRelevancy, {}, {}, 1.0),
        (ConversationCompleteness, {"intentions": ["the year", "the colour"]}, SAID, 1 / 2),
        (ContextEntityRecall, {"entities": ["1889"]}, {}, 1.0),
    ],
)
def test_verdicts_on_parts_add_up_to_the_score(
    metric: type[JudgedMetric], parts: Any, labels: Any, score: float
) -> None:
    result = judged(metric(scripted(parts, labels)))

    assert result.error is None
    assert result.score == pytest.approx(score)
    assert result.direction == metric.direction
    assert result.usage is not None
    assert result.usage.calls == len(result.metadata["raw"])


def test_claims_are_told_one_by_one_with_what_they_rest_on() -> None:
    metric = Faithfulness(scripted(CLAIMS, SAID), threshold=0.5)

    result = judged(metric)

    assert result.metadata["claims"] == [
        {"text": text, "label": label, "explanation": f"why i{n}", "evidence": ["x1"]}
        for n, (text, label) in enumerate(
            zip(CLAIMS["claims"], ("supported", "not_mentioned", "contradicted"), strict=True), 1
        )
    ]
    assert result.metadata["contradiction_rate"] == pytest.approx(1 / 3)
    assert result.metadata["hallucination_rate"] == pytest.approx(2 / 3)
    assert result.explanation == "not_mentioned: why i2\ncontradicted: why i3"
    assert result.passed is False
    assert [step["step"] for step in result.metadata["raw"]] == ["parts", "verdicts"]


def test_turns_are_told_by_their_places() -> None:
    result = judged(KnowledgeRetention(scripted({}, SAID)))

    assert [(t["turn"], t["label"]) for t in result.metadata["turns"]] == [
        (1, "kept"),
        (3, "forgotten"),
    ]


# ---- nothing to judge, and failures


@pytest.mark.parametrize(
    ("options", "status", "score"),
    [
        ({}, "not_applicable", None),
        ({"on_empty": "fail"}, "ok", 0.0),
        ({"on_empty": 0.5}, "ok", 0.5),
        ({"empty_policy": "deepeval"}, "ok", 1.0),
        ({"empty_policy": "ragas"}, "not_applicable", None),
    ],
)
def test_nothing_to_judge_is_no_score_unless_one_says_what_it_is_worth(
    options: Any, status: str, score: float | None
) -> None:
    result = judged(Faithfulness(scripted({"claims": []}, {}), **options))

    assert (result.status, result.score) == (status, score)
    assert result.explanation == "there are no claims"
    assert result.usage is not None


def test_the_best_of_what_is_to_be_low_is_zero_and_no_contexts_ask_nothing() -> None:
    none: dict[str, list[str]] = {"opinions": []}
    row = {**ROW, "contexts": []}

    assert judged(Bias(scripted(none, {}), empty_policy="deepeval")).score == 0
    assert judged(ContextPrecision(scripted({}, {}), empty_policy="ragas"), row).score == 0
    assert judged(ContextRecall(scripted({}, {})), row).status == "not_applicable"
    assert judged(Faithfulness(scripted({}, {})), row).explanation == "there are no contexts"


def answering(half: str) -> Any:
    """A server that lists thirty claims, and fails on what has this in it."""

    def script(body: Body) -> Answer:
        schema = body["response_format"]["json_schema"]["schema"]
        if "claims" in schema["properties"]:
            return Answer(text=json.dumps({"claims": [f"claim {n}" for n in range(30)]}))
        one = schema["properties"]["verdicts"]["items"]["properties"]
        if half in one["item"]["enum"]:
            return Answer(text="I would rather not say")
        verdicts = [
            {"item": id, "explanation": "e", "evidence": [], "label": "supported"}
            for id in one["item"]["enum"]
        ]
        return Answer(text=json.dumps({"verdicts": verdicts}))

    return script


def test_half_the_verdicts_are_an_error_unless_one_allows_a_part(llm: OpenAI) -> None:
    llm.script = answering("i30")
    model = Endpoint("m", llm.base_url)

    whole = judged(Faithfulness(model, max_attempts=1))
    some = judged(Faithfulness(model, max_attempts=1, partial="allow"))
    llm.script = answering("i1")
    none = judged(Faithfulness(model, max_attempts=1, partial="allow", batch=30))

    assert (whole.status, whole.score) == ("error", None)
    assert whole.error is not None
    assert whole.usage is not None
    assert (whole.error.type, whole.usage.calls) == ("Unparsable", 3)
    assert (some.status, some.score) == ("ok", 1.0)
    assert (some.metadata["partial"], some.metadata["missing"]) == (True, 5)
    assert len(some.metadata["claims"]) == 25
    assert (none.status, none.score) == ("error", None)


@pytest.mark.parametrize(
    ("answer", "type"),
    [
        (Answer(status=500, body=""), "Unavailable"),
        (Answer(text=None, refusal="no"), "Refused"),
        (Answer(text='{"claims": ["a"', finish_reason="length"), "CutShort"),
        (Answer(text='{"claims": ["a", 2]}'), "Unparsable"),
        (Answer(text='{"claims": [" "]}'), "Unparsable"),
    ],
)
def test_a_step_that_fails_is_an_error_and_never_a_score(
    llm: OpenAI, answer: Answer, type: str
) -> None:
    llm.script = lambda _: answer

    result = judged(Faithfulness(Endpoint("m", llm.base_url), retry=RetryPolicy(attempts=1)))

    assert (result.status, result.score) == ("error", None)
    assert result.error is not None
    assert result.error.type == type


def test_evidence_must_be_a_context_that_there_is() -> None:
    def answer(prompt: str) -> str:
        if '"claims"' in prompt.rpartition("schema")[2]:
            return '{"claims": ["a"]}'
        one = {"item": "i1", "explanation": "e", "evidence": ["x9"], "label": "supported"}
        return json.dumps({"verdicts": [one]})

    result = judged(Faithfulness(FunctionModel(answer, blocking=False)))

    assert result.error is not None
    assert "evidence must name some of x1, x2" in result.error.message


# ---- what reads more than one list


@pytest.mark.parametrize(("mode", "score"), [("precision", 1 / 3), ("recall", 1.0), ("f1", 1 / 2)])
def test_claims_are_held_against_the_reference_both_ways(mode: Any, score: float) -> None:
    def answer(prompt: str) -> str:
        reference = "\nIn 1889.\n" in prompt
        parts = {"claims": ["in 1889"]} if reference else CLAIMS
        labels = {"Eiffel": "unsupported", "blue": "unsupported"}
        said: str = scripted(parts, labels).function(prompt)
        return said

    metric = FactualCorrectness(FunctionModel(answer, blocking=False), mode=mode)
    result = judged(metric)

    assert result.score == pytest.approx(score)
    assert (result.metadata["tp"], result.metadata["fp"], result.metadata["fn"]) == (1, 2, 0)
    assert metric.version != FactualCorrectness(metric.ladder.model, beta=2).version


def test_noise_is_what_wrong_claims_took_from_contexts() -> None:
    labels = {"blue": "unsupported", "Eiffel": "unsupported"}
    model = scripted(CLAIMS, labels)  # every context is found to say everything

    relevant = judged(NoiseSensitivity(model))
    irrelevant = judged(NoiseSensitivity(model, mode="irrelevant"))

    assert relevant.score == pytest.approx(2 / 3)
    assert irrelevant.score == 0
    assert relevant.direction == "minimize"


def test_questions_that_an_answer_would_answer_are_near_the_one_that_was_asked() -> None:
    def vectors(texts: list[str]) -> list[list[float]]:
        return [[1.0, 0.0] if "built" in text else [3.0, 4.0] for text in texts]

    def model(label: str) -> FunctionModel:
        return FunctionModel(
            lambda prompt: json.dumps({"question": "How high is it?", "label": label}),
            blocking=False,
        )

    said = judged(QuestionRelevancy(model("committal"), embedder=vectors))
    evaded = judged(QuestionRelevancy(model("noncommittal"), embedder=vectors))

    assert said.score == pytest.approx(0.6)
    assert said.metadata["questions"] == ["How high is it?"] * 3
    assert (evaded.score, evaded.label) == (0.0, "noncommittal")


def test_a_summary_is_told_three_things_and_the_least_where_one_asks() -> None:
    parts = {"claims": ["in 1889", "by Eiffel"], "questions": ["built?", "blue?", "high?"]}
    labels = {"Eiffel": "borderline", "blue": "no"}
    metric = Summarization(scripted(parts, labels), composite=True)

    found = metric.evaluate_all(inputs="x" * 100, outputs="x" * 25)

    assert [(r.name, r.score) for r in found] == [
        ("alignment", 0.5),
        ("coverage", 1.0),
        ("compression", 0.75),
        ("summarization", 0.5),
    ]


def test_a_part_of_a_summary_that_fails_leaves_the_others() -> None:
    def answer(prompt: str) -> str:
        said: str = scripted({"questions": ["built?"]}, {}).function(prompt)
        return said

    def model(prompt: str) -> str:
        return "?" if '"claims"' in prompt else answer(prompt)

    found = Summarization(FunctionModel(model, blocking=False)).evaluate_all(inputs="x", outputs="")

    assert [(r.name, r.status) for r in found] == [
        ("alignment", "error"),
        ("coverage", "ok"),
        ("compression", "ok"),
    ]


def test_topics_are_answered_where_they_are_allowed() -> None:
    parts = {"topics": ["history", "politics", "art"]}
    labels = {"politics": "other", "art": "refused"}

    result = judged(TopicAdherence(scripted(parts, labels)))
    precise = judged(TopicAdherence(scripted(parts, labels), mode="precision"))

    assert (result.metadata["tp"], result.metadata["fp"], result.metadata["fn"]) == (1, 1, 1)
    assert (result.score, precise.score) == (0.5, 0.5)


# ---- labels of the whole


@pytest.mark.parametrize("name", sorted(RUBRICS))
def test_every_rubric_is_a_judge_whose_labels_have_worths(name: str) -> None:
    rubric = RUBRICS[name]
    row = dict.fromkeys(rubric.reads, "something")
    label = next(iter(rubric.labels))

    judge = label_judge(name, FunctionModel(lambda prompt: f"Verdict: {label}", blocking=False))
    result = judge.evaluate(**row)

    assert (result.name, result.label, result.score) == (name, label, rubric.scores[label])
    assert result.direction == rubric.direction
    assert all(f"\n{one}: " in judge.prompt.user for one in rubric.labels)


def test_refusals_are_good_or_bad_by_what_was_asked() -> None:
    model = FunctionModel(lambda prompt: "Verdict: refused", blocking=False)

    assert label_judge("refusal", model).evaluate(inputs="q", outputs="no").direction == "neutral"
    strict = label_judge("refusal", model, direction="minimize", name="over_refusal")
    assert (strict.name, strict.direction) == ("over_refusal", "minimize")
    with pytest.raises(ValueError, match="no judge 'refusals': choose from"):
        label_judge("refusals", model)


# ---- prompts


def test_prompts_can_be_read_and_replaced_and_are_part_of_the_version() -> None:
    model = scripted(CLAIMS, {})
    own = Faithfulness(model, prompts={"parts": "List claims, for a lawyer.\n\n{outputs}"})

    assert "List the claims of fact" in Faithfulness(model).prompts["parts"].user
    assert own.prompts["parts"].user == "List claims, for a lawyer.\n\n{outputs}"
    assert own.version != Faithfulness(model).version
    assert Faithfulness(model).version == Faithfulness(model).version
    assert tuple(own.parameters) == ("contexts", "outputs")
    with pytest.raises(ValueError, match="no prompt steps: there are parts, verdicts"):
        Faithfulness(model, prompts={"steps": "{outputs}"})


def test_without_a_reference_contexts_are_held_against_the_answer() -> None:
    metric = ContextPrecision(scripted({}, {}), against="outputs")

    assert metric.name == "context_utilisation"
    assert tuple(metric.parameters) == ("contexts", "inputs", "outputs")
    assert judged(metric).score == 1


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("contexts", [{"id": 3}], "a context must be a text or have one, not dict"),
        ("contexts", None, "'faithfulness' needs 'contexts'"),
    ],
)
def test_contexts_that_are_none_are_an_error(field: str, value: Any, says: str) -> None:
    result = judged(Faithfulness(scripted(CLAIMS, {})), {**ROW, field: value})

    assert result.error is not None
    assert says in result.error.message
    assert result.score is None


# ---- how right an answer is


def test_claims_and_likeness_make_one_score() -> None:
    def vectors(texts: list[str]) -> list[list[float]]:
        return [[1.0, 0.0], [0.6, 0.8]]

    metric = AnswerCorrectness(
        scripted({"claims": ["in 1889", "blue"]}, {"blue": "unsupported"}), embedder=vectors
    )
    result = judged(metric)

    assert result.metadata["claims_score"] == pytest.approx(2 / 3)
    assert result.score == pytest.approx(0.75 * 2 / 3 + 0.25 * 0.6)
    other = AnswerCorrectness(metric.ladder.model, embedder=vectors, weight=0.5)
    assert other.version != metric.version


def test_accuracy_is_asked_both_ways_round() -> None:
    def model(prompt: str) -> str:
        reference_first = prompt.index("In 1889.") < prompt.index("It was built in 1889 by")
        return "All of it.\nVerdict: full" if reference_first else "Verdict: partial"

    result = judged(AnswerAccuracy(FunctionModel(model, blocking=False)))

    assert (result.score, result.metadata["labels"]) == (0.75, ["partial", "full"])


def test_fields_that_were_to_be_extracted_are_right_wrong_missing_or_spurious() -> None:
    metric = Completeness(scripted({}, {"EUR": "right", "Bob": "wrong"}))
    expected = {"name": "Ann", "sum": "5 euros", "day": "1 May", "payer": "Bo"}
    found = {"name": "Ann", "sum": "EUR 5", "day": None, "payer": "Bob", "note": "x"}

    result = metric.evaluate(outputs=found, reference_outputs=expected)
    same = metric.evaluate(outputs=expected, reference_outputs=expected)

    assert result.metadata["fields"] == {
        "name": "right",
        "sum": "right",
        "day": "missing",
        "payer": "wrong",
        "note": "spurious",
    }
    assert (result.metadata["precision"], result.metadata["recall"]) == (0.5, 0.5)
    assert (result.score, result.label) == (0.5, "incomplete")
    assert (same.score, same.label, same.usage) == (1.0, "complete", None)
    assert metric.evaluate(outputs="x", reference_outputs={}).status == "error"
