"""How far a judge agrees with people, label by label, and what it may be used for.

Rogan, W. J. and Gladen, B. (1978). Estimating prevalence from the results of a screening test.
American Journal of Epidemiology 107(1), 71-76.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal

import numpy as np

from pilothouse.evaluation.calibration.ratings import Rated
from pilothouse.evaluation.metrics.classification import Counts, confusion_of, kappas
from pilothouse.evaluation.statistics.intervals import Interval, chunks, figures
from pilothouse.evaluation.statistics.shares import share_interval

Weights = Literal["nominal", "linear", "quadratic"]
"""What a disagreement weighs: as much as any other, or by how far apart the labels stand."""
Use = Literal["do not gate", "trends only", "gate with correction"]
POWERS: Final[Mapping[Weights, int]] = {"nominal": 0, "linear": 1, "quadratic": 2}
TREND: Final = 0.4
GATE: Final = 0.6
"""Kappas from which a judge may show trends, and hold a gate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelAgreement:
    """How far judge and people mean the same by one label. None where nobody said it."""

    precision: Interval | None
    """Of what the judge calls so, the share that people call so."""
    recall: Interval | None
    """Of what people call so, the share that the judge calls so."""
    human: Interval
    """How often people say it."""
    judge: Interval
    """How often the judge says it."""


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """A judge against people, on the same examples. What it failed on is counted by itself."""

    judge: str
    judge_version: str
    prompt: str | None
    """The hash of its prompt; None for what is no model."""
    rated: tuple[Rated, ...]
    labels: tuple[str, ...]
    """In their order, which weighted kappas go by."""
    positive: str | None = None
    """The label that a rate counts, say `pass`."""
    weights: Weights = "nominal"
    confidence: float = 0.95
    seed: int = 0
    resamples: int = 10_000

    @cached_property
    def counted(self) -> tuple[Rated, ...]:
        """The examples on which the judge came to a verdict."""
        return tuple(each for each in self.rated if each.judge is not None)

    @property
    def failed(self) -> int:
        """Examples on which it came to none."""
        return len(self.rated) - len(self.counted)

    @property
    def disagreements(self) -> tuple[Rated, ...]:
        """The examples to read."""
        return tuple(each for each in self.counted if not each.agreed)

    @cached_property
    def accuracy(self) -> Interval | None:
        """How often both say the same (Wilson, or heeding clusters)."""
        return self._share([(each, each.agreed) for each in self.counted])

    @cached_property
    def confusion(self) -> list[list[int]]:
        """A row a label of people's, a column one of the judge's, in the order of `labels`."""
        return [[int(count) for count in row] for row in self._counts(self.counted)]

    def cell(self, human: str, judge: str) -> Interval | None:
        """Of what people call `human`, the share that the judge calls `judge`."""
        return self._share([(e, e.judge == judge) for e in self.counted if e.human == human])

    @cached_property
    def kappa(self) -> Interval | None:
        """Cohen's kappa with its bootstrap interval, whole clusters resampled.

        None where it is not defined: where only one label was ever given.
        """
        whole = float(kappas(self._counts(self.counted)[None], POWERS[self.weights])[0])
        if np.isnan(whole):
            return None
        drawn = kappas(self.resampled(), POWERS[self.weights])
        known = drawn[~np.isnan(drawn)]
        tail = (1 - self.confidence) / 2 * 100
        low, high = np.percentile(known, [tail, 100 - tail])
        lost = self.resamples - known.size
        return Interval(
            estimate=whole,
            low=float(low),
            high=float(high),
            confidence=self.confidence,
            method="bootstrap percentile",
            n=len(self.counted),
            note=f"{lost} resamples of {self.resamples:,} had one label only" if lost else None,
        )

    @cached_property
    def by_label(self) -> Mapping[str, LabelAgreement]:
        """Precision, recall and how often it is said, of each label."""
        return {label: self._of_label(label) for label in self.labels} if self.counted else {}

    @property
    def sensitivity(self) -> Interval | None:
        """Of what people call `positive`, how much the judge does (TPR); None without such."""
        if self.positive is None:
            return None
        return self._share([(e, e.agreed) for e in self.counted if e.human == self.positive])

    @property
    def specificity(self) -> Interval | None:
        """Of the rest, how much the judge calls something else too (TNR)."""
        if self.positive is None:
            return None
        rest = [e for e in self.counted if e.human != self.positive]
        return self._share([(e, e.judge != self.positive) for e in rest])

    @property
    def use(self) -> Use:
        """What the judge is good for, by a rule of thumb on kappa."""
        kappa = self.kappa
        if kappa is None or kappa.estimate < TREND:
            return "do not gate"
        return "gate with correction" if kappa.estimate >= GATE else "trends only"

    @property
    def sentence(self) -> str:
        """How far it agrees, what it may be used for, and where it errs most."""
        accuracy, kappa = self.accuracy, self.kappa
        if accuracy is None:
            return f"{self.judge} came to no verdict on any of {len(self.rated):,} examples."
        said = (
            f"{self.judge} agrees with people on {accuracy.estimate:.0%} of {accuracy.n:,} examples"
            f"{_ends(accuracy, '.0%')}"
        )
        if kappa is None:
            said += "; only one label was given, which says nothing beyond chance: do not gate."
        else:
            said += f", kappa {kappa.estimate:.2f}{_ends(kappa, '.2f')}: {self.use}."
        worst = max(
            ((h, j) for h in self.labels for j in self.labels if h != j),
            key=self._count,
            default=None,
        )
        if worst is not None and self._count(worst):
            total = sum(each.human == worst[0] for each in self.counted)
            said += (
                f" Most often it says {worst[1]!r} where people say {worst[0]!r}: "
                f"{self._count(worst)} of {total}."
            )
        if self.failed:
            said += f" Without a verdict, and not counted: {self.failed}."
        return said

    def table(self) -> list[dict[str, Any]]:
        """A row of figures a label, and first one of all labels."""
        whole: dict[str, Any] = {
            "label": None,
            "n": len(self.counted),
            "n_error": self.failed,
            **figures("accuracy", self.accuracy),
            **figures("kappa", self.kappa),
            "use": self.use,
        }
        return [
            whole,
            *(
                {
                    "label": label,
                    "n": sum(each.human == label for each in self.counted),
                    **figures("precision", each.precision),
                    **figures("recall", each.recall),
                    **figures("human_share", each.human),
                    **figures("judge_share", each.judge),
                }
                for label, each in self.by_label.items()
            ),
        ]

    def resampled(self, stream: int = 0) -> Counts:
        """Confusion matrices of resamples of the examples, whole clusters where there are any.

        Another stream draws others: of two calibrations, each needs its own.
        """
        place = {label: i for i, label in enumerate(self.labels)}
        cells: dict[Hashable, list[int]] = {}
        for each in self.counted:
            cell = place[each.human] * len(place) + place[str(each.judge)]
            cells.setdefault(each.source, []).append(cell)
        kinds = Counter(tuple(sorted(cell)) for cell in cells.values())
        size, sources = len(place) ** 2, kinds.total()
        different = np.array([np.bincount(kind, minlength=size) for kind in kinds])
        shares = np.array(list(kinds.values())) / sources
        random = np.random.default_rng((self.seed, stream))
        drawn = [
            random.multinomial(sources, shares, some) @ different
            for some in chunks(self.resamples, max(1, 4_000_000 // len(different)))
        ]
        whole: Counts = np.concatenate(drawn).reshape(-1, len(place), len(place))
        return whole

    def _of_label(self, label: str) -> LabelAgreement:
        human = self._share([(each, each.human == label) for each in self.counted])
        judge = self._share([(each, each.judge == label) for each in self.counted])
        assert human is not None  # there are examples
        assert judge is not None
        return LabelAgreement(
            precision=self._share([(e, e.agreed) for e in self.counted if e.judge == label]),
            recall=self._share([(e, e.agreed) for e in self.counted if e.human == label]),
            human=human,
            judge=judge,
        )

    def _share(self, flags: Sequence[tuple[Rated, bool]]) -> Interval | None:
        return share_interval([(each.source, so) for each, so in flags], self.confidence)

    def _count(self, cell: tuple[str, str]) -> int:
        human, judge = cell
        return self.confusion[self.labels.index(human)][self.labels.index(judge)]

    def _counts(self, rated: Sequence[Rated]) -> Counts:
        return confusion_of([e.human for e in rated], [str(e.judge) for e in rated], self.labels)


def _ends(interval: Interval, form: str) -> str:
    if interval.low is None or interval.high is None:
        return ""
    return f" ({interval.confidence:.0%} interval {interval.low:{form}} to {interval.high:{form}})"
