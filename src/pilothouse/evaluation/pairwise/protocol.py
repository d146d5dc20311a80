"""Shows a judge pairs of answers, in both orders, and settles what it said of each.

Nothing depends on who answers first: which side is shown first follows from the seed, the item and
the judge alone.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from pilothouse.evaluation.judges.prompts import as_data
from pilothouse.evaluation.loops import in_turn
from pilothouse.evaluation.pairwise.judges import TIE, PairJudge, Said, Shown, Side
from pilothouse.evaluation.results import Failure, Usage
from pilothouse.evaluation.rows import Row

Order = Literal["both", "random", "given"]
"""`both` asks twice; `random` tosses a coin for each item; `given` shows the baseline first."""
Half = Literal["tie", "lean"]
"""What a preference in one order and a tie in the other is: a tie, or half a preference."""
_BASELINE_FIRST: Final[dict[Side, float]] = {"first": 0.0, "tie": TIE, "second": 1.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class PairProtocol:
    """How pairs are shown."""

    order: Order = "both"
    repetitions: int = 1
    """How often the same is asked, to see how often the judge says the same."""
    half: Half = "tie"
    seed: int = 0
    max_concurrency: int = 10

    def __post_init__(self) -> None:
        """Raises ValueError for a number of calls that is none."""
        if self.repetitions < 1 or self.max_concurrency < 1:
            raise ValueError("repetitions and max_concurrency must be at least 1")


PUBLISHED: Final = PairProtocol()
"""Both orders, each once: what a comparison that others read needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One question to the judge."""

    baseline_first: bool
    said: Said

    @property
    def score(self) -> float | None:
        """The candidate's: 1 where it was preferred, 0 where not, a half for a tie."""
        if self.said.side is None:
            return None
        score = _BASELINE_FIRST[self.said.side]
        return score if self.baseline_first else 1 - score


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What the judge was asked at one time: once, or in both orders."""

    calls: tuple[Call, ...]
    score: float | None
    """The candidate's; None where a call failed."""

    @property
    def both_orders(self) -> bool:
        """Whether there are verdicts in both orders."""
        return len(self.calls) > 1 and self.score is not None

    @property
    def consistent(self) -> bool:
        """Whether both orders brought the same verdict."""
        return self.both_orders and len({call.score for call in self.calls}) == 1

    @property
    def inconsistent(self) -> bool:
        """Whether each order brought the opposite of the other."""
        return self.both_orders and {call.score for call in self.calls} == {0.0, 1.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of one pair of answers."""

    example: str
    baseline: Row
    candidate: Row
    trials: tuple[Trial, ...]
    """None where both answers are the same, so that there was nothing to ask."""
    score: float | None
    """The candidate's, from 0 to 1; None where the judge came to no verdict."""

    @property
    def identical(self) -> bool:
        """Whether both answers are the same but for white space."""
        return not self.trials

    @property
    def inconsistent(self) -> bool:
        """Whether the judge contradicted itself when the order was swapped."""
        return any(trial.inconsistent for trial in self.trials)

    @property
    def error(self) -> Failure | None:
        """Why there is no verdict."""
        if self.score is not None:
            return None
        failures = (call.said.error for trial in self.trials for call in trial.calls)
        return next((failure for failure in failures if failure is not None), None)

    @property
    def usage(self) -> Usage | None:
        """What all calls took; None where none of them says."""
        used = [c.said.usage for t in self.trials for c in t.calls if c.said.usage is not None]
        return sum(used[1:], used[0]) if used else None


async def judged(
    pairs: Sequence[tuple[str, Row, Row]], judge: PairJudge, protocol: PairProtocol
) -> list[Verdict]:
    """The verdicts on pairs of an example's id, the baseline's row and the candidate's."""

    async def one(pair: tuple[str, Row, Row]) -> Verdict:
        return await _judged(*pair, judge, protocol)

    return await in_turn(one, pairs, limit=protocol.max_concurrency)


async def _judged(
    example: str, baseline: Row, candidate: Row, judge: PairJudge, protocol: PairProtocol
) -> Verdict:
    if _plain(baseline.outputs) == _plain(candidate.outputs):
        return Verdict(
            example=example, baseline=baseline, candidate=candidate, trials=(), score=TIE
        )
    trials = []
    for repetition in range(protocol.repetitions):
        calls = [
            await _asked(baseline, candidate, judge, repetition, baseline_first=first)
            for first in _orders(f"{example}\0{baseline.repetition}", judge, protocol)
        ]
        trials.append(Trial(calls=tuple(calls), score=_settled(calls, protocol.half)))
    scores = [trial.score for trial in trials if trial.score is not None]
    heard = 2 * len(scores) >= len(trials) and scores  # as in a jury, half must remain
    return Verdict(
        example=example,
        baseline=baseline,
        candidate=candidate,
        trials=tuple(trials),
        score=sum(scores) / len(scores) if heard else None,
    )


async def _asked(
    baseline: Row, candidate: Row, judge: PairJudge, repetition: int, *, baseline_first: bool
) -> Call:
    first, second = (baseline, candidate) if baseline_first else (candidate, baseline)
    shown = Shown(
        inputs=baseline.inputs,
        first=first.outputs,
        second=second.outputs,
        reference=baseline.reference_outputs,
    )
    said = await judge.prefer(shown, repetition=repetition)
    return Call(baseline_first=baseline_first, said=said)


def _settled(calls: Sequence[Call], half: Half) -> float | None:
    """The score of one trial; a contradiction is a tie."""
    scores = [call.score for call in calls]
    known = [score for score in scores if score is not None]
    if len(known) < len(scores):
        return None  # half a protocol would bring back the bias that it removes
    if half == "lean" or len(set(known)) == 1:
        return sum(known) / len(known)
    return TIE


def _orders(item: str, judge: PairJudge, protocol: PairProtocol) -> tuple[bool, ...]:
    """For each call, whether the baseline is shown first."""
    if protocol.order == "both":
        return (True, False)
    if protocol.order == "given":
        return (True,)
    text = f"{protocol.seed}\0{item}\0{judge.name}\0{judge.version}"
    return (hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[0] % 2 == 0,)


def _plain(value: Any) -> str:
    """An answer without what a reader would not see: two that are the same need no judge."""
    return " ".join(unicodedata.normalize("NFC", as_data(value)).split())
