"""How well a ranking of documents answers a query, as trec_eval measures it.

A document is relevant by a grade above 0; identifiers compare as texts. A query without a relevant
document cannot be measured and is `not_applicable`.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from math import log2
from numbers import Integral
from typing import Any, Final, Literal, get_args
from uuid import UUID

from pilothouse.evaluation.evaluators import Evaluator
from pilothouse.evaluation.results import EvaluationResult, not_applicable
from pilothouse.evaluation.rows import Where

Grades = Mapping[str, float]
Gain = Literal["linear", "exp"]
Measure = Literal["precision", "recall", "hit", "ap", "mrr", "ndcg", "r_precision"]
MEASURES: Final = get_args(Measure)


def precision_at(
    ranked: Sequence[str], grades: Grades, k: int, *, denominator: Literal["k", "returned"] = "k"
) -> float:
    """Relevant documents among the first `k`, as a share of `k`, or of those returned."""
    found = sum(_is_relevant(d, grades) for d in ranked[:k])
    size = k if denominator == "k" else min(k, len(ranked))
    return found / size if size else 0.0


def recall_at(ranked: Sequence[str], grades: Grades, k: int | None = None) -> float:
    """Relevant documents among the first `k`, as a share of all that are relevant."""
    return sum(_is_relevant(d, grades) for d in ranked[:k]) / _relevant(grades)


def hit_at(ranked: Sequence[str], grades: Grades, k: int | None = None) -> float:
    """1 where any of the first `k` is relevant, else 0."""
    return float(any(_is_relevant(d, grades) for d in ranked[:k]))


def reciprocal_rank(ranked: Sequence[str], grades: Grades) -> float:
    """1 / the rank of the first relevant document; 0 where there is none."""
    ranks = (i for i, d in enumerate(ranked, start=1) if _is_relevant(d, grades))
    return 1 / first if (first := next(ranks, None)) else 0.0


def average_precision(ranked: Sequence[str], grades: Grades, k: int | None = None) -> float:
    """The precision at the rank of each relevant document, summed, by all that are relevant."""
    found, total = 0, 0.0
    for rank, document in enumerate(ranked[:k], start=1):
        if _is_relevant(document, grades):
            found += 1
            total += found / rank
    return total / _relevant(grades)


def r_precision(ranked: Sequence[str], grades: Grades) -> float:
    """The precision at as many documents as are relevant."""
    return precision_at(ranked, grades, _relevant(grades))


def ndcg(
    ranked: Sequence[str], grades: Grades, k: int | None = None, *, gain: Gain = "linear"
) -> float:
    """Gain by 1 / log2(rank + 1), as a share of that of the best order of all judged documents.

    Järvelin and Kekäläinen 2002. `exp` takes 2^grade - 1 for the grade, as web search does.
    """
    best = _dcg(sorted(grades.values(), reverse=True)[:k], gain)
    return _dcg([grades.get(d, 0.0) for d in ranked[:k]], gain) / best if best else 0.0


class RetrievalMetric(Evaluator):
    """One of the measures on a row's ranked documents and the grades that they should have.

    `outputs` are ids, or documents with an `id`, best first; `reference_outputs` are grades by id,
    or the ids that are relevant.
    """

    def __init__(
        self,
        measure: Measure,
        k: int | None = None,
        *,
        gain: Gain = "linear",
        undefined: Literal["not_applicable", "zero"] = "not_applicable",
        name: str | None = None,
        threshold: float | None = None,
        mapping: Mapping[str, Where] | None = None,
    ) -> None:
        """Raises ValueError for an unknown measure or gain, `k` below 1, precision without it."""
        for given, known in ((measure, MEASURES), (gain, get_args(Gain))):
            if given not in known:
                raise ValueError(f"{given!r} is none of {', '.join(known)}")
        if (k is not None and k < 1) or (k is None and measure == "precision"):
            raise ValueError(f"{measure}@{k}: give k of 1 or more")
        self.measure, self.k, self.gain, self.undefined = measure, k, gain, undefined
        self.name = f"{measure}@{k}" if k else measure
        super().__init__(name=name, threshold=threshold, mapping=mapping)

    def judge(self, *, outputs: Any, reference_outputs: Any) -> EvaluationResult:
        """Raises TypeError for what is neither ids nor documents."""
        grades = grades_of(reference_outputs)
        if not any(grade > 0 for grade in grades.values()):
            why = "no document is relevant to this query"
            if self.undefined == "not_applicable":
                return not_applicable(self.name, why)
            return EvaluationResult(name=self.name, score=0.0, explanation=why)
        return EvaluationResult(name=self.name, score=self._measured(ranking_of(outputs), grades))

    def _measured(self, ranked: Sequence[str], grades: Grades) -> float:
        match self.measure:
            case "precision":
                return precision_at(ranked, grades, self.k or len(ranked))
            case "recall":
                return recall_at(ranked, grades, self.k)
            case "hit":
                return hit_at(ranked, grades, self.k)
            case "ap":
                return average_precision(ranked, grades, self.k)
            case "mrr":
                return reciprocal_rank(ranked[: self.k], grades)
            case "r_precision":
                return r_precision(ranked, grades)
        return ndcg(ranked, grades, self.k, gain=self.gain)


def ranking_of(documents: Iterable[Any]) -> list[str]:
    """The ids in their order; of one that comes twice the first counts, with a warning."""
    if isinstance(documents, str | Mapping):
        raise TypeError(f"a ranking is a list of ids or documents, not {type(documents).__name__}")
    ids = [_id(document) for document in documents]
    unique = list(dict.fromkeys(ids))
    if len(unique) < len(ids):
        warnings.warn(
            f"{len(ids) - len(unique)} documents are ranked twice: the first place counts",
            stacklevel=2,
        )
    return unique


def grades_of(relevant: Any) -> dict[str, float]:
    """Grades by id; of plain ids each is 1."""
    if isinstance(relevant, Mapping):
        return {str(name): float(grade) for name, grade in relevant.items()}
    return dict.fromkeys(ranking_of(relevant), 1.0)


def rolled_up(chunks: Sequence[str], document_of: Mapping[str, str]) -> list[str]:
    """The documents that ranked chunks belong to, each at the rank of its best chunk."""
    return list(dict.fromkeys(document_of.get(chunk, chunk) for chunk in chunks))


def _id(document: Any) -> str:
    if isinstance(document, Mapping):
        document = document.get("id")
    if not isinstance(document, str | Integral | UUID):
        raise TypeError(f"a ranked document needs an id, not {document!r}")
    return str(document)


def _is_relevant(document: str, grades: Grades) -> bool:
    return grades.get(document, 0.0) > 0


def _relevant(grades: Grades) -> int:
    count = sum(grade > 0 for grade in grades.values())
    if not count:
        raise ValueError("no document is relevant: the measure is undefined")
    return count


def _dcg(grades: Iterable[float], gain: Gain) -> float:
    gains = (2**grade - 1 if gain == "exp" else grade for grade in grades)
    return sum(g / log2(rank + 1) for rank, g in enumerate(gains, start=1))
