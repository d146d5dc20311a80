"""Writes down what rules judged: scores, the evaluators' own calls, the log, counts and spending.

Scores are written before the entities are crossed off: a server that dies between asks again, and
the second verdict takes the place of the first, as both have the same id. A store that is busy or
away is waited for: what is not written down would be paid for again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pilothouse.platform.evaluators import records as evaluator_records
from pilothouse.platform.evaluators.evaluating import Evaluated
from pilothouse.platform.evaluators.models import billionths
from pilothouse.platform.ingest.batch import Batch
from pilothouse.platform.patience import insist, insist_on
from pilothouse.platform.records import Records, micros
from pilothouse.platform.rules import outcome_records as outcomes
from pilothouse.platform.rules import records as kept
from pilothouse.platform.rules import spend_records as spending
from pilothouse.platform.rules import waiting_records as waits
from pilothouse.platform.rules.budgets import Taken
from pilothouse.platform.rules.models import Done, Waiting
from pilothouse.platform.rules.spending import taken_by
from pilothouse.platform.rules.verdicts import Work
from pilothouse.spans import Score, Source


class TakesAll(Protocol):
    """Where spans go that were made here: `ingest.pipeline.Ingest`."""

    async def accept(self, batch: Batch) -> None: ...


class KeepsScores(Protocol):
    """Where scores go: the feedback service."""

    async def write(self, placed: Sequence[tuple[int, Score]]) -> None: ...


@dataclass(slots=True)
class Judged:
    """What came of a batch, to be written down at once."""

    done: list[Done] = field(default_factory=list)
    gone: list[Waiting] = field(default_factory=list)
    """What is not there any more, has not ended or has nothing new: it is not noted at all."""
    later: list[tuple[Waiting, int, int, str]] = field(default_factory=list)
    """With the time, the attempts so far and what went wrong."""
    scores: list[Score] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    asked: list[Evaluated] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    """What a guard answered."""
    estimate: Taken = field(default_factory=Taken)
    """What a verdict is likely to take, by the dearest so far."""


class Writing:
    """Keeps what was judged."""

    def __init__(self, records: Records, feedback: KeepsScores, ingest: TakesAll) -> None:
        self._records = records
        self._feedback = feedback
        self._ingest = ingest

    async def write(self, work: Work, batch: Judged) -> None:
        """Keep all that came of a batch of a rule's."""
        if batch.sources:
            await insist(lambda: self._ingest.accept(Batch(sources=batch.sources)))
        placed = [(work.rule.project_id, score) for score in batch.scores]
        await insist(lambda: self._feedback.write(placed))
        await insist_on(self._settle, work, batch)

    def _settle(self, work: Work, batch: Judged) -> None:
        rule = work.rule
        counts: Counter[tuple[str, str]] = Counter((o.outcome, o.reason) for o in batch.done)
        costs = [billionths(done.cost) for done in batch.asked]
        spent = sum(cost or 0 for cost in costs)
        counts["unpriced", ""] = costs.count(None)
        counts.update({("guard", answer): n for answer, n in batch.answers.items()})
        # A judge that came to ask nobody tells nothing of what its verdicts cost.
        asks = work.evaluator.asks_model
        telling = [one for one in batch.asked if one.calls.answered or not asks]
        with self._records.write() as session:
            current = kept.one(session, rule.id)
            if current is None:
                return  # removed meanwhile, with all that waited
            # Another version is asked for what came again by itself, or by a back-fill.
            forget = waits.forget_judged if current.version == rule.version else waits.forget
            outcomes.put(session, rule, batch.done)
            forget(session, (one.waiting for one in batch.done))
            waits.forget(session, batch.gone)
            for waiting, due_at, attempts, error in batch.later:
                waits.postpone(session, waiting, due_at=due_at, attempts=attempts, error=error)
            kept.count(session, rule.id, counts)
            if not batch.asked:
                return
            kept.add_spent(session, rule.id, spent)
            if not work.limited:  # else each call was noted as it was made
                spending.spend(session, rule.id, micros(), taken_by(batch.asked))
            evaluator_records.spend(
                session,
                work.evaluator.id,
                work.evaluator.version,
                verdicts=sum(one.outcome == "scored" for one in batch.done),
                errors=sum(one.outcome == "failed" for one in batch.done),
                spent=spent,
                priced=sum(one.cost is not None for one in telling),
            )
