"""The verdicts on one question of a benchmark, by the mode in which it was asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp
from typing import Any, Final

from pilothouse.evaluation.benchmarks.gsm8k import NO_ANSWER
from pilothouse.evaluation.benchmarks.letters import LETTERS, answered
from pilothouse.evaluation.benchmarks.multiple_choice import scored
from pilothouse.evaluation.benchmarks.tasks import Mode, Task
from pilothouse.evaluation.evaluators import Evaluator
from pilothouse.evaluation.results import EvaluationResult, not_applicable

_NORMALISERS: Final[Mapping[str, str]] = {
    "acc": "nothing: the sum of log-probabilities",
    "acc_norm": "the characters of the option, without the space before it",
    "acc_bytes": "the bytes of the option in UTF-8",
    "acc_mutual_info": "the option's own likelihood, after no context",
    "acc_gen": "no likelihood: the letter that the answer comes to",
    "acc_letter_logprob": "the probability of the option's letter as the first token",
    "exact_match_strict": "no likelihood: the number after ####",
    "exact_match_flexible": "no likelihood: the last number",
}
"""What each metric divides by, or is instead."""


def normaliser(task: Task, metric: str) -> str | None:
    """What a metric of a benchmark divides by; None where there is nothing to say."""
    return task.normaliser if metric == "acc" and task.normaliser else _NORMALISERS.get(metric)


def scores_of(task: Task, mode: Mode) -> Evaluator:
    """The evaluator of a benchmark that is asked in this mode."""
    return AnswerScores(task, mode) if task.judge is not None else OptionScores(task, mode)


class _Scores(Evaluator):
    """What evaluators of benchmarks have in common."""

    def __init__(self, task: Task, mode: Mode) -> None:
        self.name = task.name
        self.version = f"1 by {mode}"
        """Figures of different modes are not comparable, and `compare` refuses to."""
        self.task = task
        self.mode = mode
        super().__init__()


class AnswerScores(_Scores):
    """The metrics of an answer in the model's own words."""

    cheap = False  # to tell a language, or to compare with many answers, takes milliseconds

    def judge(self, *, inputs: Any, outputs: Any) -> list[EvaluationResult]:
        """The verdicts on the answer to a row."""
        assert self.task.judge is not None
        return self.task.judge(inputs["row"], outputs["text"])


class OptionScores(_Scores):
    """The metrics of a question with options."""

    def judge(
        self, *, inputs: Any, outputs: Any, reference_outputs: Any = None
    ) -> list[EvaluationResult]:
        """The verdicts; of a question whose answer is held back there are none."""
        if reference_outputs is None:
            names = self.task.measures if self.mode == "loglikelihood" else [f"acc_{self._short}"]
            return [not_applicable(name, "the answer is held back") for name in names]
        if self.mode == "loglikelihood":
            return self._rated(inputs["choices"], outputs, reference_outputs)
        return [self._lettered(inputs["order"], outputs, reference_outputs)]

    @property
    def _short(self) -> str:
        return "gen" if self.mode == "generate" else self.mode

    def _rated(
        self, choices: Sequence[str], outputs: Mapping[str, Any], gold: Any
    ) -> list[EvaluationResult]:
        likely: Sequence[float] = outputs["loglikelihoods"]
        if isinstance(gold, Sequence):
            return [EvaluationResult(name="acc", score=_true_share(likely, gold))]
        outcome = scored(
            choices,
            likely,
            gold,
            greedy=outputs["greedy"],
            unconditional=outputs.get("unconditional"),
        )
        more = () if outcome.acc_mutual_info is None else ("acc_mutual_info",)
        return [
            EvaluationResult(name=name, score=bool(getattr(outcome, name)))
            for name in (*self.task.measures, *more)
        ]

    def _lettered(
        self, order: Sequence[int], outputs: Mapping[str, Any], gold: int
    ) -> EvaluationResult:
        missing: Sequence[str] = ()
        if self.mode == "generate":
            letter = answered(outputs["text"], len(order))
        else:
            missing = outputs["missing"]
            rates = outputs["logprobs"]
            letter = LETTERS[rates.index(max(rates))] if len(missing) < len(order) else None
        return EvaluationResult(
            name=f"acc_{self._short}",
            score=letter is not None and order[LETTERS.index(letter)] == gold,
            label=letter or NO_ANSWER,
            metadata={"missing": missing} if missing else {},
        )


def _true_share(likely: Sequence[float], labels: Sequence[int]) -> float:
    """How much of the options' probability is that of true ones."""
    most = max(likely)
    shares = [exp(one - most) for one in likely]
    return sum(s for s, label in zip(shares, labels, strict=True) if label) / sum(shares)
