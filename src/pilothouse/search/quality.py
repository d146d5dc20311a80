"""How well an index answers questions whose right answers are known, and how fast."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from pilothouse.evaluation.metrics.retrieval import (
    grades_of,
    ndcg,
    recall_at,
    reciprocal_rank,
    rolled_up,
)
from pilothouse.evaluation.statistics.intervals import mean_interval
from pilothouse.search.errors import LoadError, SearchError
from pilothouse.search.index import Index
from pilothouse.search.index.ranking import Rerank, Wanted
from pilothouse.search.models import MODES, Hit, Mode

METRICS: Final = ("recall", "mrr", "ndcg")
_DEPTH: Final = 5
"""Chunks that are looked at for each document that is wanted: several may be of one document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question and the grades of what answers it: by chunk, by source, or by a source's name."""

    query: str
    grades: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A mean over all questions, with the interval that it lies in at 95 percent."""

    mean: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeReport:
    """One mode of searching."""

    mode: Mode
    metrics: dict[str, Measured]
    """By name: `recall@10`, `mrr@10`, `ndcg@10`."""
    latency_ms: dict[str, float]
    """`p50`, `p95`, `p99` and `max`, embedding included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityReport:
    """How an index did."""

    questions: int
    k: int
    chunk_count: int
    embedder: str
    modes: list[ModeReport]
    scores: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    """By mode and metric, one a question: what another report is compared with."""

    def document(self) -> dict[str, Any]:
        """It as JSON has it."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Regression:
    """A metric of a mode that is worse than before, beyond chance."""

    mode: str
    metric: str
    before: float
    now: float
    low: float
    high: float
    """Between which values the change lies, at 95 percent."""


class NotComparable(SearchError):
    """Two reports are not of the same questions."""


def read_questions(path: str | Path) -> list[Question]:
    """The questions of a JSONL file: `{"query": …, "relevant": [ids] | {id: grade}}` a line.

    Raises LoadError saying which line is wrong, or that there is none.
    """
    found = []
    for number, line in enumerate(Path(path).read_text("utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            said = json.loads(line)
            question = Question(query=said["query"], grades=grades_of(said["relevant"]))
        except (ValueError, TypeError, KeyError) as e:
            raise LoadError(
                f'{path}:{number}: give {{"query": …, "relevant": [ids]}}: {e}'
            ) from None
        if not isinstance(question.query, str):
            raise LoadError(f"{path}:{number}: the query is no text")
        if not any(grade > 0 for grade in question.grades.values()):
            raise LoadError(f"{path}:{number}: nothing is relevant to it")
        found.append(question)
    if not found:
        raise LoadError(f"{path}: there is no question in it")
    return found


def evaluate(
    index: Index,
    questions: Sequence[Question],
    *,
    k: int = 10,
    modes: Iterable[Mode] = MODES,
    rerank: Rerank | None = None,
) -> QualityReport:
    """Asks every question in every mode, what is found ordered anew by `rerank`, if given.

    Raises ValueError for no questions.
    """
    if not questions:
        raise ValueError("there is no question to ask")
    reports, scores = [], {}
    for mode in modes:
        by_metric: dict[str, list[float]] = {f"{metric}@{k}": [] for metric in METRICS}
        spent_ms = []
        for question in questions:
            wanted = Wanted(k=min(k * _DEPTH, 1000), mode=mode, fetch_k=k * _DEPTH, rerank=rerank)
            started = time.perf_counter()
            vector = index.embedder.embed_query(question.query) if wanted.needs_vector else None
            hits = index.find(wanted, question.query, vector)
            spent_ms.append((time.perf_counter() - started) * 1000)
            ranked = _ranked(hits, question.grades)[:k]
            by_metric[f"recall@{k}"].append(recall_at(ranked, question.grades, k))
            by_metric[f"mrr@{k}"].append(reciprocal_rank(ranked, question.grades))
            by_metric[f"ndcg@{k}"].append(ndcg(ranked, question.grades, k))
        scores[str(mode)] = by_metric
        reports.append(
            ModeReport(
                mode=mode,
                metrics={name: _measured(values) for name, values in by_metric.items()},
                latency_ms=_latencies(spent_ms),
            )
        )
    return QualityReport(
        questions=len(questions),
        k=k,
        chunk_count=len(index),
        embedder=index.model.id,
        modes=reports,
        scores=scores,
    )


def regressions(
    now: QualityReport, before: Mapping[str, Any], *, min_effect: float = 0.0
) -> list[Regression]:
    """Metrics that fell by more than `min_effect` and beyond chance, question by question.

    Raises NotComparable for the report of other questions, or of another `k`.
    """
    found = []
    for mode, metrics in now.scores.items():
        earlier = (before.get("scores") or {}).get(mode)
        if earlier is None:
            continue
        for metric, values in metrics.items():
            old = earlier.get(metric)
            if old is None or len(old) != len(values):
                raise NotComparable(
                    f"the baseline has no {metric} of the same {len(values)} questions"
                )
            change = mean_interval([a - b for a, b in zip(values, old, strict=True)])
            if change.high is None or change.low is None:
                continue  # one question tells nothing
            if change.high < 0 and change.estimate < -min_effect:
                found.append(
                    Regression(
                        mode=mode,
                        metric=metric,
                        before=sum(old) / len(old),
                        now=sum(values) / len(values),
                        low=change.low,
                        high=change.high,
                    )
                )
    return found


def _ranked(hits: Sequence[Hit], grades: Mapping[str, float]) -> list[str]:
    """What was found by the names that the grades have: of a chunk, its source, or its file."""
    named = {hit.id: _name(hit, grades) for hit in hits}
    return rolled_up([hit.id for hit in hits], named)


def _name(hit: Hit, grades: Mapping[str, float]) -> str:
    names = (hit.id, hit.source, hit.source.rstrip("/").rpartition("/")[2])
    return next((name for name in names if name in grades), hit.source or hit.id)


def _measured(values: Sequence[float]) -> Measured:
    found = mean_interval(values)
    return Measured(
        mean=found.estimate,
        low=None if found.low is None else max(0.0, found.low),
        high=None if found.high is None else min(1.0, found.high),
    )


def _latencies(spent_ms: Sequence[float]) -> dict[str, float]:
    import numpy as np

    p50, p95, p99 = np.percentile(spent_ms, [50, 95, 99])
    return {"p50": float(p50), "p95": float(p95), "p99": float(p99), "max": max(spent_ms)}
