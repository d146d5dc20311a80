"""How well predicted labels agree with the right ones, over a whole dataset.

All figures come from one confusion matrix, so they agree with each other. scikit-learn, which the
oracle rows come from, would be a heavy dependency for this arithmetic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Label = str | int
Average = Literal["macro", "micro", "weighted"]
Counts = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Precision, recall and F of a label or of an average; 0 where they are not defined."""

    precision: float
    recall: float
    f1: float
    f05: float
    """F that weighs precision twice."""
    f2: float
    """F that weighs recall twice."""
    support: int
    """Rows that have the label; of an average all rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """All that is usually asked of a classifier."""

    n: int
    accuracy: float
    balanced_accuracy: float
    """The mean recall of the labels that the reference has."""
    mcc: float
    """Matthews' correlation for any number of labels (Gorodkin 2004); 0 where undefined."""
    kappa: float | None
    """Cohen's; None where reference and prediction are one and the same label."""
    kappa_linear: float | None
    """Weighted by distance, for labels that are numbers; else None, as `kappa_quadratic`."""
    kappa_quadratic: float | None
    averages: dict[Average, Rates]
    labels: dict[Label, Rates]
    confusion: list[list[int]]
    """A row a reference label, a column a predicted one, in the order of `labels`."""


def classification(reference: Sequence[Label], prediction: Sequence[Label]) -> Classification:
    """Compares predictions with the reference. Raises ValueError for lengths that differ, or 0."""
    if len(reference) != len(prediction) or not len(reference):
        raise ValueError(f"{len(prediction)} predictions for {len(reference)} labels: give as many")
    labels = sorted({*reference, *prediction}, key=lambda label: (str(type(label)), label))
    ordered = all(isinstance(label, int) for label in labels)
    counts = confusion_of(reference, prediction, labels)
    hits, right, said = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    n = float(counts.sum())
    per_label = [_rates(*of, int(of[1])) for of in zip(hits, right, said, strict=True)]
    return Classification(
        n=int(n),
        accuracy=float(hits.sum() / n),
        balanced_accuracy=float((hits[right > 0] / right[right > 0]).mean()),
        mcc=_mcc(counts),
        kappa=kappa_of(counts),
        kappa_linear=kappa_of(counts, 1) if ordered else None,
        kappa_quadratic=kappa_of(counts, 2) if ordered else None,
        averages={
            "macro": _averaged(per_label, np.ones(len(labels)), int(n)),
            "micro": _rates(float(hits.sum()), n, n, int(n)),
            "weighted": _averaged(per_label, right, int(n)),
        },
        labels=dict(zip(labels, per_label, strict=True)),
        confusion=[[int(count) for count in row] for row in counts],
    )


def confusion_of(
    reference: Sequence[Label], prediction: Sequence[Label], labels: Sequence[Label]
) -> Counts:
    """How often each was predicted of each: a row a reference label, a column a prediction."""
    place = {label: i for i, label in enumerate(labels)}
    counts = np.zeros((len(labels), len(labels)))
    rows, columns = [place[r] for r in reference], [place[p] for p in prediction]
    np.add.at(counts, (rows, columns), 1)
    return counts


def _rates(hits: float, right: float, said: float, support: int) -> Rates:
    def f(beta: float) -> float:
        return _share((1 + beta**2) * hits, beta**2 * right + said)

    return Rates(
        precision=_share(hits, said),
        recall=_share(hits, right),
        f1=f(1),
        f05=f(0.5),
        f2=f(2),
        support=support,
    )


def _averaged(rates: Sequence[Rates], weights: Counts, support: int) -> Rates:
    def mean(name: str) -> float:
        return float(np.average([getattr(each, name) for each in rates], weights=weights))

    return Rates(
        precision=mean("precision"),
        recall=mean("recall"),
        f1=mean("f1"),
        f05=mean("f05"),
        f2=mean("f2"),
        support=support,
    )


def _mcc(counts: Counts) -> float:
    n, right, said = float(counts.sum()), counts.sum(axis=1), counts.sum(axis=0)
    together = float(np.trace(counts)) * n - float(right @ said)
    spread = sqrt((n * n - float(said @ said)) * (n * n - float(right @ right)))
    return together / spread if spread else 0.0


def kappa_of(counts: Counts, power: int = 0) -> float | None:
    """Cohen's kappa of one confusion matrix; None where only one label was ever given."""
    found = float(kappas(counts[None], power)[0])
    return None if np.isnan(found) else found


def kappas(counts: Counts, power: int = 0) -> Counts:
    """1 less the disagreement seen, as a share of that of chance (Cohen 1968), of many matrices.

    Disagreements weigh by the distance of labels, by their places, to this power. NaN where chance
    cannot disagree.
    """
    places = np.arange(counts.shape[-1], dtype=float)
    weights = np.abs(places[:, None] - places[None, :]) ** power
    weights[np.diag_indices_from(weights)] = 0  # 0 to the power of 0 is 1
    right, said = counts.sum(axis=2), counts.sum(axis=1)
    chance = np.einsum("ni,nj,ij->n", right, said, weights) / counts.sum(axis=(1, 2))
    seen = (weights * counts).sum(axis=(1, 2))
    missing = np.full(len(counts), np.nan)
    found: Counts = 1 - np.divide(seen, chance, out=missing, where=chance > 0)
    return found


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else 0.0
