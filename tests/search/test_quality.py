"""Questions with known answers say how good an index is, and whether it became worse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pilothouse.search import Index, LoadError, split
from pilothouse.search.quality import NotComparable, Question, evaluate, read_questions, regressions
from search_world import documents

QUESTIONS = [
    Question(query="refunds within five days", grades={"refunds.md": 1}),
    Question(query="parcels and the warehouse", grades={"shipping.md": 2, "returns.md": 1}),
    Question(query="forgotten password", grades={"accounts.md": 1}),
    Question(query="broken batteries", grades={"warranty.md": 1}),
]


@pytest.fixture(scope="module")
def index() -> Index:
    return Index.build(split(documents()), "hash:512")


def test_an_index_that_finds_all_has_ones(index: Index) -> None:
    report = evaluate(index, QUESTIONS, k=5)

    by_mode = {one.mode: one for one in report.modes}
    assert set(by_mode) == {"similarity", "mmr", "lexical", "hybrid"}
    assert by_mode["similarity"].metrics["recall@5"].mean == 1
    assert by_mode["hybrid"].metrics["mrr@5"].mean == 1
    measured = by_mode["similarity"].metrics["ndcg@5"]
    assert measured.low is not None
    assert measured.high is not None
    assert measured.low <= measured.mean <= measured.high <= 1
    latency = by_mode["mmr"].latency_ms
    assert 0 < latency["p50"] <= latency["p95"] <= latency["p99"] <= latency["max"]


def test_answers_are_named_by_chunk_source_or_file() -> None:
    chunks = split(documents())
    index = Index.build(chunks, "hash:512")
    wanted = next(chunk for chunk in chunks if chunk.source == "warranty.md")
    questions = [
        Question(query="broken batteries", grades={wanted.id: 1}),
        Question(query="forgotten password", grades={"accounts.md": 1}),
    ]

    report = evaluate(index, questions, k=3, modes=["similarity"])

    assert report.scores["similarity"]["mrr@3"] == [1, 1]


def test_a_document_counts_once_however_many_chunks_it_has() -> None:
    long = "\n\n".join(f"password reset step {n}" for n in range(30))
    index = Index.build(split(documents(long=long), size=100, overlap=0), "hash:512")

    report = evaluate(index, [Question(query="password reset", grades={"accounts.md": 1})], k=2)

    assert report.scores["similarity"]["recall@2"] == [1]


def test_a_worse_index_is_a_regression_and_the_same_one_is_not(index: Index) -> None:
    before = json.loads(json.dumps(evaluate(index, QUESTIONS * 4, k=1).document()))
    worse = Index.build(split(documents()), lambda texts: [[len(t), 1.0, 2.0] for t in texts])

    assert regressions(evaluate(index, QUESTIONS * 4, k=1), before) == []
    found = regressions(evaluate(worse, QUESTIONS * 4, k=1), before)

    assert {one.mode for one in found} == {"similarity", "mmr"} | (
        {"hybrid"} & {one.mode for one in found}
    )
    assert all(one.now < one.before and one.high < 0 for one in found)
    assert regressions(evaluate(worse, QUESTIONS * 4, k=1), before, min_effect=1.0) == []
    with pytest.raises(NotComparable, match="the same 4 questions"):
        regressions(evaluate(index, QUESTIONS, k=1), before)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", ":2: give"),
        ('{"query": "a"}', ":2: give"),
        ('{"query": 3, "relevant": ["a"]}', ":2: the query is no text"),
        ('{"query": "a", "relevant": []}', ":2: nothing is relevant"),
        ('{"query": "a", "relevant": "b"}', ":2: give"),
    ],
)
def test_wrong_lines_of_questions_are_told(line: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text(f'{{"query": "a", "relevant": ["b"]}}\n{line}\n')

    with pytest.raises(LoadError, match=said):
        read_questions(path)


def test_questions_are_read_with_grades_or_without(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    lines: list[Any] = [{"query": "a", "relevant": ["b"]}, {"query": "c", "relevant": {"d": 2}}]
    path.write_text("\n".join(map(json.dumps, lines)))

    assert [question.grades for question in read_questions(path)] == [{"b": 1.0}, {"d": 2.0}]
    path.write_text("\n")
    with pytest.raises(LoadError, match="no question"):
        read_questions(path)
