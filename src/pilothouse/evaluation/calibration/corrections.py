"""Examples that would teach a judge where it errs, and whether they do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pilothouse.evaluation.answers import Answers, answers_of
from pilothouse.evaluation.calibration.calibrating import calibrate, halves
from pilothouse.evaluation.calibration.drift import Drift, drift
from pilothouse.evaluation.calibration.ratings import Human, Rated
from pilothouse.evaluation.calibration.report import Calibration
from pilothouse.evaluation.judges import Judge, Rating
from pilothouse.evaluation.judges.prompts import as_data
from pilothouse.evaluation.rows import bound

J = TypeVar("J", bound=Judge)


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """An example that a judge got wrong, as its prompt would show it with people's verdict."""

    example: str
    fields: Mapping[str, Any]
    """What the judge reads of it."""
    label: str
    """What people say."""
    instead_of: str
    """What the judge said."""
    explanation: str | None = None
    """Why people say so, if they wrote it down."""

    def shown(self, verdict: str) -> dict[str, Any]:
        """The example for a prompt whose verdicts go by this name, reasons before verdict."""
        why = {} if self.explanation is None else {"explanation": self.explanation}
        return {**self.fields, **why, verdict: self.label}


@dataclass(frozen=True, slots=True, kw_only=True)
class Improvement:
    """A judge with examples from one half of the labels, tried on the other half."""

    judge: Judge
    """The judge with the examples."""
    corrections: tuple[Correction, ...]
    before: Calibration
    after: Calibration
    """Both on the labels that no example was taken from."""
    change: Drift

    @property
    def sentence(self) -> str:
        """Whether the examples help."""
        count = len(self.corrections)
        return f"With {count} example{'s' if count != 1 else ''}: {self.change.sentence}"


def corrections(judge: Judge, calibration: Calibration, *, most: int = 4) -> list[Correction]:
    """Disagreements to show the judge: the commonest kinds first, each kind in turn.

    Within a kind the ones that people explained come first, then the shortest; what reads the same
    is shown once.
    """
    kinds: dict[tuple[str, str], list[Rated]] = {}
    for each in calibration.disagreements:
        kinds.setdefault((each.human, str(each.judge)), []).append(each)
    queues = [_different(judge, kind) for kind in sorted(kinds.values(), key=len, reverse=True)]
    turns = (queue[turn] for turn in range(most) for queue in queues if turn < len(queue))
    return [_correction(judge, each) for each, _ in zip(turns, range(most), strict=False)]


def with_corrections(judge: J, chosen: Sequence[Correction]) -> J:
    """The same judge with these examples in the place of those it had."""
    verdict = "score" if isinstance(judge.form, Rating) else "label"
    shown = [correction.shown(verdict) for correction in chosen]
    return judge.with_prompt(judge.prompt.with_examples(shown))


def improve(
    judge: Judge,
    rows: Answers,
    labels: Mapping[str, Human],
    *,
    most: int = 4,
    held_out: float = 0.5,
    comments: Mapping[str, str] | None = None,
    seed: int = 0,
    **about: Any,
) -> Improvement:
    """Takes examples from one part of the labels, and says by the other whether they help.

    `about` are the further options of `calibrate`. Raises ValueError where the judge agrees with
    people on all that it could learn from.
    """
    given = list(answers_of(rows).values())
    learn, held = halves(labels, given, held_out=held_out, seed=seed)
    learned = calibrate(judge, given, learn, comments=comments, seed=seed, **about)
    chosen = corrections(judge, learned, most=most)
    if not chosen:
        raise ValueError(f"{judge.name!r} made no mistake to learn from")
    better = with_corrections(judge, chosen)
    before = calibrate(judge, given, held, seed=seed, **about)
    after = calibrate(better, given, held, seed=seed, **about)
    return Improvement(
        judge=better,
        corrections=tuple(chosen),
        before=before,
        after=after,
        change=drift(before, after),
    )


def _correction(judge: Judge, each: Rated) -> Correction:
    return Correction(
        example=each.example,
        fields=bound(each.row, judge.parameters),
        label=_worded(judge, each.human),
        instead_of=_worded(judge, str(each.judge)),
        explanation=each.comment,
    )


def _worded(judge: Judge, label: str) -> str:
    """The label in the judge's own words, where people gave what it is worth."""
    if label in judge.scores:
        return label
    return next((own for own, worth in judge.scores.items() if f"{float(worth):g}" == label), label)


def _different(judge: Judge, kind: Sequence[Rated]) -> list[Rated]:
    """Those that read differently, what is worth most to a reader first."""
    ordered = sorted(kind, key=lambda each: (each.comment is None, len(_read(judge, each))))
    first: dict[str, Rated] = {}
    for each in ordered:
        first.setdefault(_read(judge, each), each)
    return list(first.values())


def _read(judge: Judge, each: Rated) -> str:
    return "\n".join(as_data(value) for value in bound(each.row, judge.parameters).values())
