"""Judges of pairs: both orders, what their contradictions say, and that no failure is a verdict."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pilothouse as ph
from fakes.openai_server import Answer, Body, OpenAI
from pilothouse.evaluation.comparison import Scores, compare
from pilothouse.evaluation.judges import create_llm_judge
from pilothouse.evaluation.langchain import load_evaluator
from pilothouse.evaluation.models import Endpoint, FunctionModel, RetryPolicy
from pilothouse.evaluation.pairwise import (
    PairProtocol,
    PairwiseReport,
    Said,
    Shown,
    compare_pairs,
    create_pair_judge,
    rank_systems,
    select_best,
)
from pilothouse.evaluation.results import EvaluationResult
from pilothouse.evaluation.rows import Row

ONCE = RetryPolicy(attempts=1)


def rows(answers: list[Any], *, cluster: Any = None) -> list[Row]:
    return [
        Row(
            inputs=f"question {i}",
            outputs=answer,
            reference_outputs="right",
            example_id=f"e{i}",
            cluster=None if cluster is None else cluster(i),
        )
        for i, answer in enumerate(answers)
    ]


def higher(outputs: float, outputs_b: float) -> float:
    """An honest judge of numbers."""
    return 0.5 + 0.5 * bool(outputs > outputs_b) - 0.5 * bool(outputs < outputs_b)


def first(outputs: float, outputs_b: float) -> str:
    """A judge that looks at nothing but the order."""
    return "A"


def compared(old: list[Any], new: list[Any], judge: Any = higher, **rest: Any) -> PairwiseReport:
    return compare_pairs(rows(old), rows(new), judge, names=("v13", "v14"), **rest)


# ---- both orders


def test_an_honest_judge_says_who_wins_by_how_much_and_how_surely() -> None:
    report = compared([5] * 60, [9] * 40 + [1] * 10 + [5] * 10)

    wins = report.preferences
    assert (wins.wins, wins.losses, wins.ties) == (40, 10, 10)
    assert wins.win_rate is not None
    assert wins.win_rate.method == "wilson"
    assert report.win_rate is not None
    assert report.win_rate.estimate == 0.75
    assert report.win_rate.low < 0.75 < report.win_rate.high
    assert report.test.exact
    assert report.sentence == (
        "v14 is better than v13 in preference by higher: 0.75 against 0.25, by 0.5 "
        "(95% interval +0.3 to +0.683, p < 0.001, 60 examples). "
        "Shown both orders, higher agreed with itself in 100% (95% interval 93% to 100%); "
        "its contradictions count as ties."
    )
    (row,) = report.table()
    assert (row["verdict"], row["improved"], row["regressed"]) == ("better", 40, 10)
    assert (row["consistency"], row["inconsistent"], row["judge"]) == (1.0, 0, "higher")


def test_a_judge_that_goes_by_position_decides_nothing_and_is_found_out() -> None:
    report = compared([5] * 30, [9] * 30, first)

    assert (report.preferences.ties, report.preferences.n) == (30, 30)
    assert len(report.inconsistent) == 30
    assert report.consistency is not None
    assert report.consistency.estimate == 0
    position = report.position
    assert position is not None
    assert (position.first, position.second) == (30, 0)
    assert position.test.p < 1e-6
    assert position.bias is not None
    assert (position.bias.estimate, position.bias.high) == (0.5, 0.5)
    assert "It favours what it is shown first: 30 times the first, 0 times the second." in (
        report.sentence
    )


@pytest.mark.parametrize(("half", "score"), [("tie", 0.5), ("lean", 0.75)])
def test_a_preference_beside_a_tie_is_a_tie_or_half_a_preference(half: Any, score: float) -> None:
    def hesitant(outputs: int, outputs_b: int) -> str:
        return "A" if outputs > outputs_b else "tie"

    report = compared([5] * 3, [9] * 3, hesitant, protocol=PairProtocol(half=half))

    assert set(report.scores.values()) == {score}
    assert report.inconsistent == ()
    assert report.consistency is not None
    assert report.consistency.estimate == 0


def test_same_answers_are_ties_without_a_call() -> None:
    asked: list[str] = []

    def judge(outputs: str, outputs_b: str) -> str:
        asked.append(outputs)
        return "A"

    report = compared(["caf\u00e9  au lait"], ["cafe\u0301 au\nlait "], judge)

    assert asked == []
    assert report.verdicts[0].identical
    assert report.preferences.ties == 1


def test_one_order_by_chance_depends_on_the_seed_and_not_on_who_answers_first() -> None:
    old, new = [5] * 200, [9] * 200

    def report(judge: Any, **protocol: Any) -> PairwiseReport:
        return compared(old, new, judge, protocol=PairProtocol(order="random", **protocol))

    one, same = report(first), report(first, max_concurrency=1)
    other, honest = report(first, seed=1), report(higher)

    assert one.scores == same.scores != other.scores
    assert 70 < sum(one.scores.values()) < 130
    assert one.position is not None
    assert (one.position.first, one.position.second) == (200, 0)
    assert honest.position is not None
    assert honest.preferences.wins == 200
    assert honest.position.test.p > 0.01
    assert one.consistency is None


# ---- no failure is a verdict


@pytest.mark.parametrize(
    ("returned", "says"),
    [
        ("better", "'better' is no preference"),
        (0.37, "0.37 is no preference"),
        ({"key": "x", "score": 2}, "2 is no preference"),
        (None, "skipped"),
        ([{"key": "a", "score": 1}, {"key": "b", "score": 0}], "gave 2 results for one pair"),
        (RuntimeError("down"), "RuntimeError: down"),
    ],
)
def test_what_is_no_preference_is_a_failure(returned: Any, says: str) -> None:
    def judge(outputs: int, outputs_b: int) -> Any:
        if isinstance(returned, Exception):
            raise returned
        return returned

    report = compared([5, 6], [9, 6], judge)

    assert report.failed == ("e0",)
    assert (report.preferences.n, report.preferences.ties) == (1, 1)
    error = report.verdicts[0].error
    assert error is not None
    assert says in error.message
    assert "not counted: 1 of v14, 1 of v13." in report.sentence


def test_a_judge_that_fails_in_one_order_has_no_verdict_at_all() -> None:
    def judge(outputs: int, outputs_b: int) -> int:
        if outputs == 9:
            raise TimeoutError
        return 0

    report = compared([5], [9], judge)

    assert (report.win_rate, report.failed) == (None, ("e0",))
    assert report.sentence == "judge came to no verdict on any of 1 pairs."
    with pytest.raises(ValueError, match="'judge' came to no verdict on any pair"):
        _ = report.comparison


def test_a_judge_that_reads_no_second_answer_is_refused() -> None:
    def judge(outputs: int) -> int:
        return outputs

    with pytest.raises(TypeError, match="'judge' reads outputs: a judge of pairs reads"):
        compared([1], [2], judge)
    with pytest.raises(TypeError, match="reads outputs, outputs_b, contexts"):
        compared([1], [2], lambda outputs, outputs_b, contexts: 1)


# ---- models, LangChain's judges


def pair(answer: Any) -> Any:
    """Scripts a model: by what stands behind A and behind B."""

    def script(body: Body) -> Answer:
        text = body["messages"][-1]["content"]
        a, b = text.index("Answer A:"), text.index("Answer B:")
        said: Answer = answer("good" in text[a:b], "good" in text[b:], body)
        return said

    return script


def label(name: str) -> Answer:
    return Answer(text=json.dumps({"explanation": "e", "label": name}))


def test_a_model_sees_neither_names_nor_sides_and_both_orders(llm: OpenAI) -> None:
    llm.script = pair(lambda a, b, _: label("A" if a else "B" if b else "tie"))
    judge = create_pair_judge(
        Endpoint("m", llm.base_url), criteria="which is kinder", reference=True
    )

    report = compared(["poor"] * 3, ["good", "bad", "good"], judge)

    texts = [body["messages"][-1]["content"] for _, body in llm.asked]
    assert report.scores == {"e0": 1.0, "e1": 0.5, "e2": 1.0}
    assert len(texts) == 6
    assert not any(word in text for text in texts for word in ("v13", "v14", "baseline"))
    assert all("by this: which is kinder" in text and "right" in text for text in texts)
    assert report.judge_version == judge.version
    assert report.usage is not None
    assert report.usage.calls == 6


def test_a_server_that_fails_half_the_time_gives_errors_and_no_preferences(llm: OpenAI) -> None:
    llm.script = pair(lambda a, b, _: Answer(status=500, body="") if a else label("B"))
    judge = create_pair_judge(Endpoint("m", llm.base_url), retry=ONCE)

    report = compared(["poor"] * 3, ["good"] * 3, judge)

    assert (report.scores, len(report.failed)) == ({}, 3)
    assert {v.error.type for v in report.verdicts if v.error} == {"Unavailable"}


def test_the_same_asked_again_tells_how_often_the_judge_says_the_same(llm: OpenAI) -> None:
    llm.script = pair(lambda a, b, body: label("A" if a == (body["seed"] != 1) else "B"))
    judge = create_pair_judge(Endpoint("m", llm.base_url))

    report = compared(["poor"] * 8, ["good"] * 8, judge, protocol=PairProtocol(repetitions=3))

    assert {body["seed"] for _, body in llm.asked} == {0, 1, 2}
    assert len(llm.asked) == 48
    assert list(report.scores.values()) == pytest.approx([2 / 3] * 8)
    assert report.self_consistency is not None
    assert report.self_consistency.estimate == pytest.approx(1 / 3)
    assert "Asked the same again, it said the same in 33%" in report.sentence


def test_langchains_judges_of_pairs_are_judges_here() -> None:
    def model(prompt: str) -> str:
        a, b = prompt.index("Answer A:"), prompt.index("Answer B:")
        return "[[A]]" if "good" in prompt[a:b] else "[[B]]" if "good" in prompt[b:] else "[[C]]"

    labeled = load_evaluator("labeled_pairwise_string", llm=model)
    mute = load_evaluator("pairwise_string", llm=lambda prompt: "who knows")
    distance = load_evaluator("pairwise_string_distance")
    old, new = ["poor", "poor", "good"], ["good", "bad", "poor"]

    assert list(compared(old, new, labeled).scores.values()) == [1.0, 0.5, 0.0]
    assert len(compared(old, new, mute).failed) == 3
    assert "measures how far texts differ" in _why(compared(old, new, distance))


def test_langchains_judges_are_asked_anew_by_another_seed(llm: OpenAI) -> None:
    llm.script = lambda _: Answer(text="[[C]]")
    judge = load_evaluator("pairwise_string", llm=Endpoint("m", llm.base_url))

    report = compared(["x"], ["y"], judge, protocol=PairProtocol(repetitions=2))

    assert [body["seed"] for _, body in llm.asked] == [42, 42, 43, 43]
    assert report.self_consistency is not None
    assert report.self_consistency.estimate == 1


def _why(report: PairwiseReport) -> str:
    assert report.scores == {}
    error = report.verdicts[0].error
    assert error is not None
    return error.message


def test_any_judge_whose_prompt_reads_two_answers_will_do() -> None:
    judge = create_llm_judge(
        "Which is better, {prediction} or {prediction_b}?",
        model=lambda prompt: "Verdict: B",
        choices=["A", "B", "C"],
    )

    assert compared(["x"], ["y"], judge, protocol=PairProtocol(order="given")).scores == {"e0": 1.0}


# ---- pairing


def test_what_only_one_has_is_listed_and_an_answer_that_failed_is_none() -> None:
    old, new = rows([1, 2, None, 4]), rows([2, 3, 4])

    report = compare_pairs(old, new, higher)

    assert list(report.scores) == ["e0", "e1"]
    assert (report.only_baseline, report.only_candidate) == (("e3",), ("e2",))
    assert "Not judged, as only one of them has an answer: 2." in report.sentence
    with pytest.raises(ValueError, match="example 'e0' has two answers"):
        compare_pairs([*old, old[0]], new, higher)
    with pytest.raises(ValueError, match="no example in common"):
        compare_pairs(old, [], higher)


def test_experiments_are_compared_by_their_examples(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    data = [{"id": f"e{n}", "inputs": {"n": n}} for n in range(3)]

    def target(inputs: Any) -> Any:
        return inputs["n"]

    def better(inputs: Any) -> Any:
        if inputs["n"] == 2:
            raise RuntimeError("down")
        return inputs["n"] + 1

    old = ph.evaluate(target, data, [], experiment="v13")
    new = ph.evaluate(better, data, [], experiment="v14", max_error_rate=1.0)
    report = compare_pairs(old, new, higher, names=(old.name, new.name))

    assert report.scores == {"e0": 1.0, "e1": 1.0}
    assert report.only_baseline == ("e2",)


def test_repetitions_of_an_example_count_as_one_example() -> None:
    old = [Row(outputs=5, example_id="e", repetition=i) for i in range(4)]
    new = [Row(outputs=9 if i else 1, example_id="e", repetition=i) for i in range(4)]

    report = compare_pairs(old, new, higher)

    assert report.scores == {"e": 0.75}
    assert report.preferences.n == 1


# ---- statistics


def test_examples_of_one_source_weigh_as_one_source() -> None:
    old, new = [5] * 60, [9] * 40 + [1] * 20

    alone = compare_pairs(rows(old), rows(new), higher)
    shared = compare_pairs(
        rows(old, cluster=lambda i: i // 20), rows(new, cluster=lambda i: i // 20), higher
    )

    assert alone.test.p < 0.02
    assert (shared.test.method, shared.test.p) == ("sign flips", 1.0)
    assert shared.win_rate is not None
    assert shared.win_rate.method == "cluster bootstrap"
    partly = rows(old, cluster=lambda i: "a" if i else None)
    with pytest.raises(ValueError, match="example 'e0' has no cluster"):
        _ = compare_pairs(partly, rows(new), higher).win_rate


@pytest.mark.slow
@pytest.mark.slow
class Coin:
    """A judge that guesses."""

    name = "coin"
    version = "1"

    def __init__(self, random: np.random.Generator) -> None:
        self.random = random

    async def prefer(self, shown: Shown, *, repetition: int = 0) -> Said:
        return Said(side="first" if self.random.random() < 0.5 else "second")


@pytest.mark.slow
def test_a_fair_judge_is_called_biased_no_oftener_than_the_test_says() -> None:
    random = np.random.default_rng(13)
    called = sum(
        report.position is not None and report.position.test.p <= 0.05
        for report in (compared([5] * 40, [9] * 40, Coin(random)) for _ in range(40))
    )

    assert called <= 5  # the exact test's size is at most 0.05: 2 expected, more than 5 in 1 of 70


def test_the_lengths_of_answers_are_told() -> None:
    def longer(outputs: str, outputs_b: str) -> str:
        return "A" if len(outputs) > len(outputs_b) else "B"

    report = compared(["xx", "xxxxx", "x"], ["xxx", "xx", "xxx"], longer)

    lengths = report.lengths
    assert lengths is not None
    assert (lengths.baseline_mean, lengths.candidate_mean) == pytest.approx((8 / 3, 8 / 3))
    assert lengths.longer_preferred is not None
    assert lengths.longer_preferred.estimate == 1


# ---- beside other metrics, and more than two systems


def test_preferences_stand_beside_other_metrics_and_count_among_the_questions() -> None:
    report = compared([5] * 20, [9] * 15 + [1] * 5)
    before = Scores(metric="m", values={f"e{i}": [i / 20] for i in range(20)})

    both = compare([before], [before], names=("v13", "v14"), preferences=[report.metric])

    assert [row["metric"] for row in both.table()] == ["m", "preference by higher"]
    assert both.metrics[1].p_adjusted == pytest.approx(2 * report.test.p)
    assert report.comparison.metrics[0].verdict == "better"
    assert both.metrics[1].verdict == "undecided"
    assert "preference by higher cannot be told: 0.75 against 0.25" in both.sentence


def test_several_systems_are_ranked_with_a_matrix_and_corrected_pairs() -> None:
    random = np.random.default_rng(15)
    strengths = {"weak": 0.0, "strong": 1.5, "middling": 0.75, "as weak": 0.0}
    systems = {
        name: rows((random.logistic(0, 1, 80) + level).tolist())
        for name, level in strengths.items()
    }

    found = rank_systems(systems, higher)

    matrix = found.matrix()
    table = found.table()
    assert [row["system"] for row in table][:2] == ["strong", "middling"]
    assert (table[0]["best_rank"], table[0]["worst_rank"]) == (1, 1)
    assert {row["worst_rank"] for row in table[2:]} == {4}
    assert [matrix[i][i] for i in range(4)] == [None] * 4
    assert matrix[0][1] == pytest.approx(1 - matrix[1][0])
    assert len(found.pairs()) == 6
    assert found.p_adjusted["weak", "strong"] > found.reports["weak", "strong"].test.p
    assert found.sentence == "strong is the best of 4 systems on 80 examples."


def test_a_part_of_the_pairs_is_drawn_evenly_and_by_the_seed_alone() -> None:
    systems = {name: rows([place] * 60) for place, name in enumerate("abcd")}

    found = rank_systems(systems, higher, pairs_per_example=2)

    assert {len(report.verdicts) for report in found.reports.values()} == {20}
    assert found.table()[0]["system"] == "d"
    assert found.ranking.prior
    assert "their distance is a guess" in found.sentence
    with pytest.raises(ValueError, match="two systems at least"):
        rank_systems({"a": systems["a"]}, higher)
    with pytest.raises(ValueError, match="no verdict on any pair"):
        rank_systems(systems, lambda outputs, outputs_b: EvaluationResult(name="x", score=0.3))


def test_the_best_of_several_is_chosen_at_once_from_a_drawn_order() -> None:
    def model(prompt: str) -> str:
        (good,) = re.findall(r'"(a\d)": "good"', prompt)
        return f"It is.\nVerdict: {good}"

    systems = {"x": rows(["bad"] * 40), "y": rows(["good"] * 40), "z": rows(["poor"] * 39)}
    found = select_best(systems, FunctionModel(model, blocking=False), criteria="which is kinder")

    assert (len(found.choices), found.without_answer, found.failed) == (39, ("e39",), ())
    assert found.shares["y"] is not None
    assert (found.shares["y"].estimate, found.shares["y"].method) == (1.0, "wilson")
    assert all(place is not None and place.low < 1 / 3 < place.high for place in found.places)
    mute = select_best(systems, FunctionModel(lambda prompt: "All.", blocking=False))
    assert len(mute.failed) == 39
    assert mute.shares == {"x": None, "y": None, "z": None}
    with pytest.raises(ValueError, match="no example has an answer of each"):
        select_best({"x": systems["x"], "none": []}, model)
