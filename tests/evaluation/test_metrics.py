"""Metrics without a judge: what they do where no oracle row looks."""

from __future__ import annotations

import math
import sys
from typing import Any

import pytest

from pilothouse.evaluation.langchain import load_evaluator
from pilothouse.evaluation.metrics.classification import classification
from pilothouse.evaluation.metrics.inspect_scorers import InspectScorer
from pilothouse.evaluation.metrics.json_texts import JsonSchema
from pilothouse.evaluation.metrics.retrieval import RetrievalMetric, rolled_up
from pilothouse.evaluation.metrics.strings import ExactMatch, RegexMatch, StringDistance
from pilothouse.evaluation.metrics.texts import Rouge, SentenceScore, corpus


def test_a_pattern_that_never_ends_is_an_error_and_no_verdict() -> None:
    result = RegexMatch(timeout_s=0.05).evaluate(
        outputs="a" * 40 + "!", reference_outputs=r"(a|a)*\1$"
    )

    assert result.error is not None
    assert result.error.type == "Timeout"


def test_a_pattern_that_is_none_is_an_error_that_says_where() -> None:
    result = RegexMatch().evaluate(outputs="a", reference_outputs="(a")

    assert result.error is not None
    assert "unterminated subpattern at position 0" in result.error.message


def test_names_that_do_not_exist_are_refused_with_those_that_do() -> None:
    with pytest.raises(ValueError, match="no distance 'lev': choose from damerau_levenshtein"):
        StringDistance("lev")
    with pytest.raises(TypeError, match="ignore_cases"):
        ExactMatch(ignore_cases=True)
    with pytest.raises(ValueError, match="precision@None"):
        RetrievalMetric("precision")
    misnamed: Any = "ncdg"  # Any: what a type checker would refuse
    for made in (RetrievalMetric, Rouge, SentenceScore, InspectScorer):
        with pytest.raises(ValueError, match="'ncdg'"):
            made(misnamed)
    with pytest.raises(ValueError, match="no mode 'ncdg'"):
        RegexMatch(mode=misnamed)
    with pytest.raises(TypeError, match="locaton"):
        InspectScorer("match", locaton="any")


def test_a_schema_of_a_row_fetches_nothing() -> None:
    schema = {"$ref": "http://127.0.0.1:1/schema.json"}

    result = JsonSchema().evaluate(outputs="1", reference_outputs=schema)

    assert result.error is not None
    assert "Unresolvable" in result.error.message


@pytest.mark.parametrize("vectors", [[[math.nan, 1.0], [1.0, 1.0]], [[1.0]], [[1.0], [1.0, 2.0]]])
def test_vectors_that_cannot_be_compared_give_no_distance(vectors: list[list[float]]) -> None:
    evaluator = load_evaluator("embedding_distance", embeddings=lambda texts: vectors)

    said = evaluator.evaluate_strings(prediction="a", reference="b")

    assert said["score"] is None
    assert "cannot be compared" in said["error"]["message"]


def test_outputs_that_hold_one_text_are_that_text_and_of_several_it_asks_which() -> None:
    both = {"answer": "a", "thought": "b"}

    assert ExactMatch().evaluate(outputs={"answer": "a"}, reference_outputs="a").score == 1
    result = ExactMatch().evaluate(outputs=both, reference_outputs="a")
    assert result.error is not None
    assert "outputs has answer, thought: say which by mapping" in result.error.message
    mapped = ExactMatch(mapping={"outputs": "outputs.answer"})
    assert mapped.evaluate(outputs=both, reference_outputs="a").score == 1


def test_a_missing_library_is_named_with_the_command_that_brings_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "rapidfuzz.distance", None)

    with pytest.raises(ImportError, match=r"needs rapidfuzz: pip install 'pilothouse\[eval\]'"):
        StringDistance()


def test_a_query_without_a_relevant_document_is_not_measured() -> None:
    assert RetrievalMetric("recall", 3).evaluate(outputs=["a"], reference_outputs={}).score is None
    zero = RetrievalMetric("recall", 3, undefined="zero")
    assert zero.evaluate(outputs=["a"], reference_outputs={}).score == 0


def test_documents_are_ranked_by_their_id_and_the_first_of_two_counts() -> None:
    documents = [{"id": 3}, {"id": 1}, {"id": 3}]

    with pytest.warns(UserWarning, match="1 documents are ranked twice"):
        result = RetrievalMetric("mrr").evaluate(outputs=documents, reference_outputs=["1"])

    assert result.score == 0.5
    assert rolled_up(["c1", "c2", "c3"], {"c1": "d", "c2": "e", "c3": "d"}) == ["d", "e"]


def test_rouge_warns_of_scripts_that_it_does_not_see_and_sees_them_when_asked() -> None:
    texts = {"outputs": "Москва большая", "reference_outputs": "Москва большая"}

    with pytest.warns(UserWarning, match="tokenizer='unicode'"):
        assert Rouge().evaluate(**texts).score == 0
    assert Rouge(tokenizer="unicode").evaluate(**texts).score == 1


def test_corpus_scores_carry_what_makes_them_comparable_and_empty_texts_are_marked() -> None:
    found = corpus(["the cat sat on the mat"], [["the cat sat on the mat"]])

    assert found.score == pytest.approx(100)
    assert found.signature.startswith("nrefs:1|case:mixed|eff:no|tok:13a")
    assert SentenceScore("ter").direction == "minimize"
    assert SentenceScore().evaluate(outputs="", reference_outputs="a").metadata["empty"] is True
    with pytest.raises(ValueError, match="2 references for 1 texts"):
        corpus(["a"], [["a", "b"]])


def test_a_single_label_has_no_kappa_rather_than_a_perfect_one() -> None:
    assert classification(["a", "a"], ["a", "a"]).kappa is None
    with pytest.raises(ValueError, match="1 predictions for 2 labels"):
        classification(["a", "b"], ["a"])
