"""Judges: what they ask, what they make of the answer, and that no failure becomes a score."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from fakes.openai_server import Answer, Body, OpenAI
from pilothouse.evaluation.errors import JudgeError
from pilothouse.evaluation.judges import (
    ClassificationEvaluator,
    GEval,
    Guidelines,
    Judge,
    Labels,
    Level,
    Rating,
    create_llm_judge,
    weighted_score,
)
from pilothouse.evaluation.judges.votes import decided
from pilothouse.evaluation.models import (
    Endpoint,
    FunctionModel,
    PerMillion,
    RetryPolicy,
    Token,
)
from pilothouse.evaluation.results import Failure, Usage, Vote

POLITE = "Is this polite?\n{outputs}"
ONCE = RetryPolicy(attempts=1)


def saying(**fields: Any) -> Answer:
    return Answer(text=json.dumps({"explanation": "because", **fields}))


def in_turn(*answers: Answer) -> Callable[[Body], Answer]:
    left = list(answers)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


def polite(llm: OpenAI, **rest: Any) -> Judge:
    model = Endpoint("m", llm.base_url, timeout_s=5)
    return ClassificationEvaluator(
        POLITE, {"polite": 1, "rude": 0}, model=model, retry=ONCE, **rest
    )


def texts(*answers: str) -> FunctionModel:
    """A model without structure that answers in turn."""
    left = list(answers)
    return FunctionModel(lambda prompt: left.pop(0) if len(left) > 1 else left[0], name="texts")


# ---- a verdict


def test_a_verdict_keeps_what_a_reader_needs_to_trust_it(llm: OpenAI) -> None:
    llm.script = lambda _: saying(label="polite")

    result = polite(llm, prices=lambda _, u: PerMillion(input=4, output=10)("m", u)).evaluate(
        outputs="Thank you."
    )

    assert (result.status, result.score, result.label) == ("ok", 1, "polite")
    assert (result.explanation, result.kind) == ("because", "llm")
    assert result.usage == Usage(
        input_tokens=25, output_tokens=12, cached_tokens=8, cost=0.00022, calls=1
    )
    about = result.metadata
    assert (about["judge"], about["structure"], about["attempts"]) == (
        "m-2026-08-07",
        "json_schema",
        1,
    )
    assert json.loads(about["raw"])["label"] == "polite"
    assert about["prompt"] == polite(llm).prompt.hash


def test_the_model_is_asked_for_reasons_first_with_a_fixed_seed_and_no_chance(llm: OpenAI) -> None:
    llm.script = lambda _: saying(label="rude")

    polite(llm).evaluate(outputs="Go away.")

    (_, body), *more = llm.asked
    schema = body["response_format"]["json_schema"]["schema"]
    assert more == []
    assert list(schema["properties"]) == schema["required"] == ["explanation", "label"]
    assert schema["additionalProperties"] is False
    assert (body["temperature"], body["seed"]) == (0.0, 0)


# ---- no silent scores


@pytest.mark.parametrize(
    ("answers", "type", "asked"),
    [
        ([Answer(status=500, body="")], "Unavailable", 1),
        ([Answer(status=429, body="")], "RateLimited", 1),
        ([Answer(status=401, body="")], "Unauthorized", 1),
        ([Answer(text=None, refusal="I will not judge this")], "Refused", 1),
        ([Answer(text="", finish_reason="content_filter")], "Refused", 1),
        ([Answer(text='{"explanation": "it is', finish_reason="length")], "CutShort", 1),
        ([Answer(text='{"explanation": "it is')], "Unparsable", 3),
        ([Answer(text="I find this quite polite, really.")], "Unparsable", 3),
        ([Answer(text="")], "Unparsable", 3),
        ([saying(label="Polite")], "Unparsable", 3),
        ([saying(label=["polite"])], "Unparsable", 3),
        ([saying(score=1)], "Unparsable", 3),
        ([saying(label="polite", sure=True)], "Unparsable", 3),
        ([Answer(text='["polite"]')], "Unparsable", 3),
    ],
)
def test_a_judge_that_fails_gives_an_error_and_never_a_score(
    llm: OpenAI, answers: Sequence[Answer], type: str, asked: int
) -> None:
    llm.script = in_turn(*answers)

    result = polite(llm).evaluate(outputs="x")

    assert (result.status, result.score, result.label) == ("error", None, None)
    assert result.error is not None
    assert (result.error.type, len(llm.asked)) == (type, asked)


def test_a_judge_that_does_not_answer_in_time_is_an_error(llm: OpenAI) -> None:
    llm.script = lambda _: Answer(text="late", after_s=0.2)
    model = Endpoint("m", llm.base_url, timeout_s=0.05)

    result = create_llm_judge(POLITE, model=model, retry=ONCE).evaluate(outputs="x")

    assert (result.status, result.score) == ("error", None)
    assert result.error is not None
    assert (result.error.type, result.error.retryable) == ("Timeout", True)


def test_what_was_spent_on_nothing_is_still_counted(llm: OpenAI) -> None:
    llm.script = lambda _: Answer(text="no idea")

    result = polite(llm).evaluate(outputs="x")

    assert result.usage is not None
    assert (result.usage.calls, result.usage.input_tokens) == (3, 75)
    assert result.error is not None
    assert (result.error.raw_output, result.error.attempts) == ("no idea", 3)


@pytest.mark.parametrize("score", [0, 11, 4.5, "4", True, None])
def test_a_score_out_of_range_is_never_moved_into_it(llm: OpenAI, score: Any) -> None:
    llm.script = lambda _: saying(score=score)
    judge = Judge(POLITE, Rating(1, 10), model=Endpoint("m", llm.base_url))

    assert judge.evaluate(outputs="x").status == "error"


# ---- the ladder


def test_a_verdict_out_of_form_is_repaired_by_showing_what_was_wrong(llm: OpenAI) -> None:
    llm.script = in_turn(saying(label="nice"), saying(label="polite"))

    result = polite(llm).evaluate(outputs="x")

    *_, assistant, user = llm.asked[1][1]["messages"]
    assert (result.score, result.metadata["attempts"]) == (1, 2)
    assert assistant == {"role": "assistant", "content": saying(label="nice").text}
    assert "label is 'nice', but must be one of: polite, rude" in user["content"]


def test_a_repair_that_fails_is_followed_by_one_fresh_call(llm: OpenAI) -> None:
    llm.script = in_turn(saying(label="nice"), saying(label="fine"), saying(label="rude"))

    result = polite(llm).evaluate(outputs="x")

    lengths = [len(body["messages"]) for _, body in llm.asked]
    assert (result.label, lengths) == ("rude", [2, 4, 2])
    assert [body["seed"] for _, body in llm.asked] == [0, 0, 1]


def test_a_server_without_schemas_is_asked_by_the_next_way_and_remembered(llm: OpenAI) -> None:
    def script(body: Body) -> Answer:
        kind = body.get("response_format", {}).get("type")
        if kind == "json_schema" or "tools" in body:
            named = "tools" if "tools" in body else "response_format"
            return Answer(status=400, body={"error": {"message": f"{named} is not supported"}})
        return saying(label="polite")

    llm.script = script
    judge = polite(llm)

    first, second = judge.evaluate(outputs="x"), judge.evaluate(outputs="y")

    assert (first.score, second.score) == (1, 1)
    assert (first.metadata["structure"], first.metadata["attempts"]) == ("json", 1)
    assert len(llm.asked) == 4
    assert '"enum": ["polite", "rude"]' in llm.asked[-1][1]["messages"][-1]["content"]


def test_a_server_that_ignores_schemas_is_read_by_its_text(llm: OpenAI) -> None:
    llm.script = lambda _: Answer(text="It thanks the reader.\n\n**Verdict:** polite.")
    judge = polite(llm)

    results = [judge.evaluate(outputs="x") for _ in range(4)]

    assert [r.label for r in results] == ["polite"] * 4
    assert [r.metadata["attempts"] for r in results] == [3, 3, 3, 1]
    assert results[0].metadata["structure"] == "text"
    assert results[0].explanation == "It thanks the reader."


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Verdict: rude", "rude"),
        ("<think>Verdict: polite</think>Hm.\nVERDICT: Rude", "rude"),
        ('```json\n{"explanation": "e", "label": "rude"}\n```', "rude"),
        ("rude", "rude"),
        ("Verdict: polite or rude", None),
        ("Verdict: polite\nBut who knows?", None),
        ("Verdict: not polite", None),
    ],
)
def test_plain_text_is_a_verdict_by_its_last_line_alone(text: str, label: str | None) -> None:
    judge = ClassificationEvaluator(POLITE, ["polite", "rude"], model=texts(text))

    assert judge.evaluate(outputs="x").label == label


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("Verdict: 4", 4),
        ("Score: **4**", 4),
        ("-4", None),
        ("4/10", None),
        (".4", None),
        ("40", None),
    ],
)
def test_a_number_in_plain_text_is_read_with_its_sign_and_point(
    text: str, score: int | None
) -> None:
    assert Judge(POLITE, Rating(1, 10), model=texts(text)).evaluate(outputs="x").score == score


# ---- votes


def test_the_majority_of_several_votes_decides(llm: OpenAI) -> None:
    left = ["rude", "polite", "polite"]
    llm.script = lambda _: saying(label=left.pop())

    result = polite(llm, n_votes=3).evaluate(outputs="x")

    assert (result.label, result.score) == ("polite", 1)
    assert result.metadata["agreement"] == pytest.approx(2 / 3)
    assert sorted(str(v.label) for v in result.votes or ()) == ["polite", "polite", "rude"]
    assert {body["seed"] for _, body in llm.asked} == {0, 1, 2}
    assert {body["temperature"] for _, body in llm.asked} == {0.7}
    assert result.usage is not None
    assert result.usage.calls == 3


def test_a_juror_that_fails_leaves_the_vote_while_half_remain() -> None:
    yes, no = texts("Verdict: true"), texts("who knows")

    some = create_llm_judge(POLITE, judges=[yes, yes, no]).evaluate(outputs="x")
    few = create_llm_judge(POLITE, judges=[yes, no, no]).evaluate(outputs="x")

    assert (some.score, some.metadata["counted"]) == (True, 2)
    assert (few.status, few.score) == ("error", None)
    assert few.error is not None
    assert (few.error.type, len(few.votes or ())) == ("Incomplete", 3)


def vote(label: str | None = None, score: float | None = None) -> Vote:
    return Vote(judge="j", label=label, score=score)


def test_no_majority_is_an_error_unless_a_tie_has_a_label() -> None:
    votes = [vote("a"), vote("b")]

    with pytest.raises(JudgeError, match=r"no label has a majority \(a: 1, b: 1\)"):
        decided(votes)
    with pytest.raises(JudgeError, match="no label has a majority"):
        decided([vote("a"), vote("a"), vote("b"), vote("c")])
    assert decided(votes, tie_label="tie").label == "tie"


def test_scores_are_decided_by_their_median() -> None:
    absent = Vote(judge="j", error=Failure(type="Timeout", message=""))

    assert decided([vote(score=1), vote(score=9), vote(score=8), absent]).score == 8
    with pytest.raises(JudgeError, match="2 of 3 judges came to no verdict"):
        decided([vote(score=1), absent, absent])


# ---- G-Eval


def test_a_score_is_weighted_by_the_alternatives_of_its_last_token() -> None:
    alternatives = {"8": -0.5108, "9": -1.2040, "10": -2.9957, "seven": -3.2, "11": -3.0, "2": -9.0}
    tokens = [
        Token(text="8", logprob=0.0),
        Token(text=" 8", logprob=-0.5108, alternatives=alternatives),
        Token(text="}", logprob=0.0),
    ]

    expected = (8 * 0.6 + 9 * 0.3 + 10 * 0.05) / 0.95
    # " 8" and its own entry "8" are spellings of one score: each counts as it is told
    doubled = (8 * 1.2 + 9 * 0.3 + 10 * 0.05) / 1.55

    assert weighted_score(tokens[1:], 8, low=0, high=10) == pytest.approx(doubled, abs=1e-3)
    alternatives[" 8"] = alternatives.pop("8")
    assert weighted_score(tokens, 8, low=0, high=10) == pytest.approx(expected, abs=1e-3)
    assert weighted_score(tokens, 3, low=0, high=10) is None


def test_steps_are_written_once_and_pinned(llm: OpenAI) -> None:
    def script(body: Body) -> Answer:
        schema = body["response_format"]["json_schema"]["schema"]
        if "steps" in schema["properties"]:
            return Answer(text='{"steps": ["Look for thanks.", "Look for insults."]}', after_s=0.05)
        return saying(score=7)

    llm.script = script
    judge = GEval(
        "The answer is polite.",
        rubric=[Level(low=0, high=3, meaning="insults")],
        model=Endpoint("m", llm.base_url),
    )
    before = judge.version

    async def three() -> list[Any]:
        return await asyncio.gather(*(judge.aevaluate(inputs="q", outputs=o) for o in "abc"))

    results = asyncio.run(three())

    asked = [json.dumps(body) for _, body in llm.asked]
    assert [r.score for r in results] == [0.7, 0.7, 0.7]
    assert sum("Write three to five short steps" in body for body in asked) == 1
    assert judge.steps == ("Look for thanks.", "Look for insults.")
    assert "1. Look for thanks.\n2. Look for insults." in judge.prompt.user
    assert "0 to 3: insults" in judge.prompt.user
    assert judge.version != before


def test_log_probabilities_refine_the_score_where_they_are_told(llm: OpenAI) -> None:
    top = [{"token": "8", "logprob": -0.6931}, {"token": "6", "logprob": -0.6931}]
    logprobs = {"content": [{"token": "8", "logprob": -0.6931, "top_logprobs": top}]}
    text = '{"explanation": "e", "score": 8}'
    llm.script = lambda _: Answer(text=text, logprobs=logprobs)
    judge = GEval(steps=["Look."], model=Endpoint("m", llm.base_url))

    result = judge.evaluate(inputs="q", outputs="x")

    assert result.score == pytest.approx(0.7)
    assert llm.asked[0][1]["top_logprobs"] == 20


# ---- generic judges


def test_guidelines_pass_together_and_each_has_a_verdict(llm: OpenAI) -> None:
    def verdicts(*labels: str) -> Answer:
        said = [
            {"item": f"g{i}", "explanation": f"why {i}", "label": label}
            for i, label in enumerate(labels, 1)
        ]
        return Answer(text=json.dumps({"verdicts": said}))

    judge = Guidelines(["Be kind.", "Be brief."], model=Endpoint("m", llm.base_url))
    row = {"inputs": "q", "outputs": "x"}

    llm.script = lambda _: verdicts("pass", "pass")
    good = judge.evaluate(**row)
    llm.script = lambda _: verdicts("pass", "fail")
    bad = judge.evaluate(**row)
    llm.script = lambda _: verdicts("pass")
    half = judge.evaluate(**row)

    assert (good.score, good.label) == (True, "pass")
    assert (bad.score, bad.explanation) == (False, "Be brief.: why 2")
    assert [v["label"] for v in bad.metadata["guidelines"]] == ["pass", "fail"]
    assert (half.status, half.score) == ("error", None)
    assert half.error is not None
    assert "got 1, missing: g2" in half.error.message


@pytest.mark.parametrize(
    ("asked_for", "said", "score", "label"),
    [
        ({}, {"label": "true"}, True, "true"),
        ({"choices": [0.0, 0.5, 1.0]}, {"label": "0.5"}, 0.5, "0.5"),
        ({"choices": ["good", "bad"]}, {"label": "bad"}, None, "bad"),
        ({"choices": {"good": 1, "bad": 0}}, {"label": "bad"}, 0, "bad"),
        ({"continuous": True}, {"score": 0.25}, 0.25, None),
    ],
)
def test_a_judge_is_made_for_the_verdict_that_one_wants(
    llm: OpenAI, asked_for: dict[str, Any], said: dict[str, Any], score: Any, label: str | None
) -> None:
    llm.script = lambda _: saying(**said)

    result = create_llm_judge(POLITE, model=Endpoint("m", llm.base_url), **asked_for).evaluate(
        outputs="x"
    )

    assert result.error is None
    assert (result.score, result.label) == (score, label)


def test_a_schema_of_ones_own_is_checked_here_too(llm: OpenAI) -> None:
    schema = {
        "type": "object",
        "properties": {"score": {"type": "number", "maximum": 1}, "tags": {"type": "array"}},
        "required": ["score"],
    }
    judge = create_llm_judge(POLITE, model=Endpoint("m", llm.base_url), schema=schema)

    llm.script = lambda _: Answer(text='{"score": 0.5, "tags": ["a"]}')
    good = judge.evaluate(outputs="x")
    llm.script = lambda _: Answer(text='{"score": 2}')
    bad = judge.evaluate(outputs="x")

    assert good.score == 0.5
    assert bad.error is not None
    assert "$.score: 2 is greater than the maximum of 1" in bad.error.message


def test_a_judge_without_a_model_or_with_two_forms_is_refused() -> None:
    with pytest.raises(ValueError, match="a judge needs a model"):
        create_llm_judge(POLITE)
    with pytest.raises(ValueError, match="give one of choices, continuous and schema"):
        create_llm_judge(POLITE, model=texts("x"), continuous=True, choices=["a", "b"])
    with pytest.raises(ValueError, match="two different ones at least"):
        create_llm_judge(POLITE, model=texts("x"), choices=["a"])
    with pytest.raises(ValueError, match="scores are for good; labels: good, bad"):
        Judge(POLITE, Labels(("good", "bad")), scores={"good": 1}, model=texts("x"))
