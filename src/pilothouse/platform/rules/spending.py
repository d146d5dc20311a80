"""Asks for what a verdict takes before it is given, and puts it right afterwards."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from pilothouse.platform.evaluators.evaluating import Evaluated
from pilothouse.platform.evaluators.models import Evaluator, billionths
from pilothouse.platform.records import Records, micros
from pilothouse.platform.rules import records as kept
from pilothouse.platform.rules import spend_records as spending
from pilothouse.platform.rules.budgets import Taken
from pilothouse.platform.rules.models import Rule

log = logging.getLogger("pilothouse.rules")


class Spending:
    """What rules take; all of it reads or writes the database."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def typical(self, rule: Rule, evaluator: Evaluator) -> Taken:
        """What one more verdict is likely to take, 0 where nobody knows."""
        with self._records.read() as session:
            tokens = spending.typical_tokens(session, rule.id)
        return Taken(calls=1, tokens=tokens, spent=evaluator.estimate)

    def reserve(self, rule: Rule, one: Taken) -> str:
        """Set a verdict's share apart; -> what it would go beyond, "" where it may be given."""
        with self._records.write() as session:
            said = spending.reserve(session, rule, one, micros())
            entered = kept.enter_state(session, rule.id, "budget" if said else "")
        if said and entered:
            log.warning(
                "rule %s has used its budget: %s; until then what comes in is not judged",
                rule.name,
                said,
            )
        return said

    def settle(self, rule: Rule, reserved: Taken, done: Evaluated) -> None:
        """Put what was really taken in the place of what was set apart for it."""
        really = taken_by([done])
        more = Taken(
            calls=really.calls - reserved.calls,
            # What was set apart stays where it is not known: too careful rather than not.
            tokens=0 if unknown_tokens(done) else really.tokens - reserved.tokens,
            spent=0 if done.cost is None else really.spent - reserved.spent,
        )
        if more != Taken():
            with self._records.write() as session:
                spending.spend(session, rule.id, micros(), more)


def taken_by(done: Iterable[Evaluated]) -> Taken:
    """What some evaluations took, as far as it is known; each counts as a call at least."""
    calls = tokens = spent = 0
    for one in done:
        calls += max(1, len(one.calls.all))
        tokens += one.calls.tokens or 0
        spent += billionths(one.cost) or 0
    return Taken(calls=calls, tokens=tokens, spent=spent)


def unknown_tokens(done: Evaluated) -> bool:
    """Whether a model was asked and did not say how many tokens that took."""
    return done.calls.answered and done.calls.tokens is None


def dearest(before: Taken, done: Evaluated) -> Taken:
    """The larger of what was thought and what an evaluation took."""
    took = taken_by([done])
    return Taken(
        calls=1, tokens=max(before.tokens, took.tokens), spent=max(before.spent, took.spent)
    )
