"""Asks a judge about examples that people labelled."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypedDict, Unpack

from pilothouse.evaluation.answers import Answers, answers_of
from pilothouse.evaluation.calibration.ratings import Human, Rated, as_label, rated_of
from pilothouse.evaluation.calibration.report import Calibration, Weights
from pilothouse.evaluation.evaluators import Evaluator
from pilothouse.evaluation.functions import as_evaluator
from pilothouse.evaluation.judges import Judge
from pilothouse.evaluation.loops import in_turn, run
from pilothouse.evaluation.results import EvaluationResult
from pilothouse.evaluation.rows import Row

_TRUTH: Final = frozenset(("0", "1"))


class _Measured(TypedDict, total=False):
    """How agreement is measured, with the defaults of a Calibration."""

    weights: Weights
    confidence: float
    seed: int
    resamples: int


class Options(_Measured, total=False):
    """The same, with what labels mean: as `calibrate` says."""

    order: Sequence[str]
    positive: Human | None


def calibrate(
    judge: Evaluator | Callable[..., Any],
    rows: Answers,
    labels: Mapping[str, Human],
    *,
    order: Sequence[str] = (),
    positive: Human | None = None,
    weights: Weights = "nominal",
    comments: Mapping[str, str] | None = None,
    confidence: float = 0.95,
    seed: int = 0,
    max_concurrency: int = 10,
) -> Calibration:
    """How far a judge agrees with people, whose `labels` are by example.

    `order` is that of the labels, if they have one and are no numbers. `positive` is the label that
    a rate counts; of truth values it is true, and of a judge's labels that with the best score.
    `comments` say why people said so. Raises ValueError where no row has a label.
    """
    return run(
        acalibrate(
            judge,
            rows,
            labels,
            order=order,
            positive=positive,
            weights=weights,
            comments=comments,
            confidence=confidence,
            seed=seed,
            max_concurrency=max_concurrency,
        )
    )


async def acalibrate(
    judge: Evaluator | Callable[..., Any],
    rows: Answers,
    labels: Mapping[str, Human],
    *,
    comments: Mapping[str, str] | None = None,
    max_concurrency: int = 10,
    **options: Unpack[Options],
) -> Calibration:
    """The same without blocking."""
    evaluator = as_evaluator(judge)
    asked = [row for (example, _), row in answers_of(rows).items() if example in labels]

    async def judged(row: Row) -> tuple[Row, EvaluationResult]:
        return row, await evaluator.aevaluate(row)

    results = await in_turn(judged, asked, limit=max_concurrency)
    return calibration_of(evaluator, rated_of(results, labels, comments=comments), **options)


def calibration_of(
    judge: Evaluator, rated: Sequence[Rated], **options: Unpack[Options]
) -> Calibration:
    """The calibration that verdicts make up which are there already, by `rated_of`."""
    labels = _labels(rated, options.get("order", ()))
    if options.get("positive") is None and not _TRUTH.issuperset(labels):
        options["positive"] = _positive(judge, labels)
    prompt = judge.prompt.hash if isinstance(judge, Judge) else None
    return calibrated(rated, judge=judge.name, version=judge.version, prompt=prompt, **options)


def calibrated(
    rated: Sequence[Rated],
    *,
    judge: str,
    version: str = "1",
    prompt: str | None = None,
    order: Sequence[str] = (),
    positive: Human | None = None,
    **measured: Unpack[_Measured],
) -> Calibration:
    """The calibration that recorded verdicts make up, whose judge is known by name alone.

    Of truth values true is positive. Raises ValueError where no row has a label.
    """
    labels = _labels(rated, order)
    if positive is None and _TRUTH.issuperset(labels):
        positive = "1"
    return Calibration(
        judge=judge,
        judge_version=version,
        prompt=prompt,
        rated=tuple(rated),
        labels=labels,
        positive=None if positive is None else as_label(positive),
        **measured,
    )


def halves(
    labels: Mapping[str, Human], rows: Answers, *, held_out: float = 0.5, seed: int = 0
) -> tuple[dict[str, Human], dict[str, Human]]:
    """The labels to learn from and those held out, by example and seed alone.

    Examples of one cluster stay together. Raises ValueError for a share that leaves a side empty.
    """
    clusters = {example: row.cluster for (example, _), row in answers_of(rows).items()}
    learn: dict[str, Human] = {}
    held: dict[str, Human] = {}
    for example, label in labels.items():
        text = f"{seed}\0{clusters.get(example) or example}"
        draw = int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8])
        (held if draw < held_out * 2**64 else learn)[example] = label
    if not learn or not held:
        raise ValueError(f"{len(labels)} labels are too few for {held_out:.0%} to be held out")
    return learn, held


def _labels(rated: Sequence[Rated], order: Sequence[str]) -> tuple[str, ...]:
    """Labels in the order that was given, else by their numbers, else by their names."""
    if not rated:
        raise ValueError("no row has a label of people's: labels are by example_id")
    found = {e.human for e in rated} | {e.judge for e in rated if e.judge}
    if order:
        return (*order, *sorted(found - set(order)))
    try:
        return tuple(sorted(found, key=float))
    except ValueError:
        return tuple(sorted(found))


def _positive(judge: Evaluator, labels: Sequence[str]) -> str | None:
    scores = {label: score for label, score in _scores(judge).items() if label in labels}
    if not scores or judge.direction == "neutral":
        return None
    best = max if judge.direction == "maximize" else min
    return best(scores, key=lambda label: scores[label])


def _scores(judge: Evaluator) -> Mapping[str, Any]:
    return judge.scores if isinstance(judge, Judge) else {}
