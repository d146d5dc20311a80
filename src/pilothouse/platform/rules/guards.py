"""Answers whether something may pass, while an application waits, and never later than promised.

What a guard needs is kept at hand, so that a question reads no database unless calls are capped;
what came of it is written down a moment later. Each rule says what a missing verdict means.
"""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from pilothouse.evaluation.rows import Row
from pilothouse.platform.errors import ApiError, NotFound, Unavailable
from pilothouse.platform.evaluators.entities import Entity, Masks, Subject, masked_row
from pilothouse.platform.evaluators.evaluating import Evaluated, evaluated
from pilothouse.platform.evaluators.service import EvaluatorService
from pilothouse.platform.evaluators.trace import sources_of
from pilothouse.platform.patience import to_the_end
from pilothouse.platform.records import Records, micros, storable
from pilothouse.platform.rules import records as kept
from pilothouse.platform.rules.budgets import Taken
from pilothouse.platform.rules.models import Done, Rule, Waiting
from pilothouse.platform.rules.scanning import skipped
from pilothouse.platform.rules.service import RuleService
from pilothouse.platform.rules.spending import Spending
from pilothouse.platform.rules.verdicts import Work, noted, score_of
from pilothouse.platform.rules.writing import Judged, KeepsScores, TakesAll, Writing

log = logging.getLogger("pilothouse.rules")

Outcome = Literal["passed", "blocked", "timed_out", "failed", "skipped"]
WRITE_EVERY_S: Final = 1.0
STOP_S: Final = 5.0
"""How long what was answered is written down when the server stops."""
MODELS_FOR_S: Final = 10.0
"""How long a judge is kept: its provider may change."""
RULES_FOR_S: Final = 10.0
"""How long rules are kept where another server may change them."""
MOST_NOTED: Final = 10_000
"""Answers that wait to be written down; what comes on top is not noted, but answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is to be judged before it goes on."""

    row: Row
    trace_id: str = ""
    """The trace that the verdicts shall stand at; "" for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one rule says."""

    rule: Rule
    outcome: Outcome
    passes: bool
    value: float | None = None
    label: str = ""
    comment: str = ""
    """The reasons of the verdict, or why there is none."""
    duration_ms: float


class Names(Protocol):
    """What guards need of projects."""

    def name_of(self, number: int) -> str | None: ...


@dataclass(frozen=True, slots=True)
class _Kept:
    work: Work
    until: float


class Guards:
    """Asks guards; `working` has to run meanwhile."""

    def __init__(
        self,
        records: Records,
        rules: RuleService,
        evaluators: EvaluatorService,
        projects: Names,
        masker_of: Callable[[str], Masks | None],
        feedback: KeepsScores,
        ingest: TakesAll,
    ) -> None:
        self._rules = rules
        self._records = records
        self._evaluators = evaluators
        self._projects = projects
        self._masker_of = masker_of
        self._spending = Spending(records)
        self._writing = Writing(records, feedback, ingest)
        self._rules_for_s = RULES_FOR_S if records.shared else float("inf")
        self._known: list[Rule] | None = None
        self._changes = 0
        self._known_until = 0.0
        self._works: dict[str, _Kept] = {}
        self._judged: dict[str, tuple[Work, Judged]] = {}
        self._noted = asyncio.Event()
        self._group: asyncio.TaskGroup | None = None
        rules.on_change(self._forget)

    async def ask(
        self, question: Question, *, project: str, project_id: int, rule_ids: Sequence[str] = ()
    ) -> list[Answer]:
        """What the guards of a project say, or some of them, asked side by side.

        Raises NotFound for one that is none, Unavailable while the server stops.
        """
        asked_at = time.perf_counter()
        group = self._group
        if group is None:
            raise Unavailable("the server is starting or stopping: ask again")
        of_project = [rule for rule in await self._all() if rule.project_id == project_id]
        if rule_ids:
            by_id = {rule.id: rule for rule in of_project}
            if unknown := [one for one in rule_ids if one not in by_id]:
                raise NotFound(f"there is no guard {unknown[0]!r} that is on in this project")
            of_project = [by_id[one] for one in dict.fromkeys(rule_ids)]
        row = masked_row(question.row, self._masker_of(project))
        entity = Entity(trace_id=question.trace_id, check_id=str(uuid.uuid4()))
        subject = Subject(entity=entity, row=row, name="check", ended=True)
        asks = [_Ask(self, group, rule, project, subject, asked_at) for rule in of_project]
        return list(await asyncio.gather(*(ask.answer() for ask in asks)))

    async def working(self) -> None:
        """Write down what was answered, until cancelled."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            try:
                await self._warm()
                while True:
                    await self._noted.wait()
                    await asyncio.sleep(WRITE_EVERY_S)
                    self._noted.clear()
                    await self._write()
            finally:
                self._group = None
                await to_the_end(self._write(), STOP_S)

    # ---- what is at hand

    async def _all(self) -> list[Rule]:
        known = self._known
        if known is None or time.monotonic() > self._known_until:
            changes = self._changes
            known = await asyncio.to_thread(self._rules.guards)
            if changes == self._changes:  # else somebody changed one while they were read
                self._known = known
                self._known_until = time.monotonic() + self._rules_for_s
        return known

    async def work(self, rule: Rule, project: str) -> Work:
        """A rule, ready to be asked. Raises ApiError where its evaluator cannot be built."""
        found = self._works.get(rule.id)
        if (
            found is None
            or (found.work.rule, found.work.project) != (rule, project)
            or time.monotonic() > found.until
        ):
            found = await asyncio.to_thread(self._built, rule, project)
            self._works[rule.id] = found
        return found.work

    def _built(self, rule: Rule, project: str) -> _Kept:
        evaluator = self._evaluators.get(rule.evaluator_id)
        built = self._evaluators.build(evaluator, mapping=rule.mapping, project_id=rule.project_id)
        shared = self._rules.project_budget(rule.project_id)
        work = Work(
            rule=rule, project=project, evaluator=evaluator, built=built, shared_budget=shared
        )
        lasts_s = MODELS_FOR_S if evaluator.asks_model else self._rules_for_s
        return _Kept(work, time.monotonic() + lasts_s)

    async def _warm(self) -> None:
        """Have guards at hand before somebody asks: what they import takes longer than a call."""
        try:
            for rule in await self._all():
                project = self._projects.name_of(rule.project_id)
                if project is not None:
                    await self.work(rule, project)
        except Exception:  # whatever the database says: the first question is another try
            log.exception("guards could not be made ready")

    def _forget(self) -> None:
        self._changes += 1
        self._known = None
        self._works.clear()

    # ---- what came of it

    def reserve(self, work: Work) -> tuple[Taken, str]:
        """What a verdict is likely to take, set apart; and what it would go beyond. Blocks."""
        one = self._spending.typical(work.rule, work.evaluator)
        return one, self._spending.reserve(work.rule, one)

    def settle(self, work: Work, reserved: Taken, done: Evaluated) -> None:
        """Put what a verdict took in the place of what was set apart for it. Blocks."""
        self._spending.settle(work.rule, reserved, done)

    def count_failure(self, rule: Rule, reason: str) -> None:
        """Count a question for which there was no evaluator to ask. Blocks."""
        with self._records.write() as session:
            kept.count(session, rule.id, {("guard", "failed"): 1, ("failed", reason): 1})

    def note(self, work: Work, outcome: Outcome, came: Done, done: Evaluated | None) -> None:
        """Have an answer written down."""
        _, judged = self._judged.setdefault(work.rule.id, (work, Judged()))
        if len(judged.done) >= MOST_NOTED:
            if len(judged.done) == MOST_NOTED:
                log.warning("rule %s: more answers than can be written down", work.rule.name)
            return
        judged.answers[outcome] += 1
        judged.done.append(came)
        if done is not None:
            judged.asked.append(done)
            self._note_calls(work, came, done, judged)
        self._noted.set()

    def _note_calls(self, work: Work, came: Done, done: Evaluated, judged: Judged) -> None:
        sources = []
        trace_id = came.waiting.entity.trace_id
        if done.calls.all:
            about = {"rule_id": work.rule.id, "rule_version": str(work.rule.version)}
            about |= {"trace_id": trace_id} if trace_id else {}
            sources = sources_of(done, work.evaluator.name, about)
            judged.sources += sources
        if trace_id and came.outcome == "scored":
            own = sources[0].trace_id if sources else ""
            judged.scores += [
                score_of(work, came.waiting, done, result, own) for result in done.results
            ]

    async def _write(self) -> None:
        written, self._judged = self._judged, {}
        for work, judged in written.values():
            try:
                await self._writing.write(work, judged)
            except Exception:  # what is lost is a part of the log, and the next answers are not
                log.exception("answers of rule %s were not written down", work.rule.name)


class _Ask:
    """One rule's question, with its own deadline."""

    def __init__(
        self,
        guards: Guards,
        group: asyncio.TaskGroup,
        rule: Rule,
        project: str,
        subject: Subject,
        asked_at: float,
    ) -> None:
        assert rule.guard is not None  # only guards are asked
        self._guards, self._group = guards, group
        self._rule, self._guard, self._project = rule, rule.guard, project
        self._subject, self._asked_at = subject, asked_at
        self._answered = False

    async def answer(self) -> Answer:
        """The verdict, or at the deadline that there is none."""
        left_s = self._guard.latency_ms / 1000 - self._taken_s()
        task = self._group.create_task(self._judged(left_s))
        await asyncio.wait({task}, timeout=max(0.0, left_s))
        self._answered = True
        if task.done() and not task.cancelled():
            return task.result()
        said = f"no verdict within {self._guard.latency_ms:g} ms"
        return self._without("timed_out", said)

    async def _judged(self, left_s: float) -> Answer:
        """What comes of it; it goes on past the deadline where it cannot be stopped."""
        try:
            work = await self._guards.work(self._rule, self._project)
        except ApiError as refused:
            await asyncio.to_thread(self._guards.count_failure, self._rule, type(refused).__name__)
            return self._without("failed", refused.message)
        waiting = Waiting(
            rule_id=self._rule.id,
            entity=self._subject.entity,
            found_at=micros(),
            due_at=micros(),
            share=1.0,
        )
        try:
            reserved = Taken()
            if work.limited:
                reserved, over = await asyncio.to_thread(self._guards.reserve, work)
                if over:
                    came = skipped(waiting, "budget", f"beyond {over}")
                    return self._noted(work, "skipped", came)
            done = await evaluated(work.built, self._subject, left_s)
            if work.limited:
                await asyncio.to_thread(self._guards.settle, work, reserved, done)
            return self._of(work, waiting, done)
        except Exception as error:  # at the edge of a question: the rule says what no verdict means
            log.exception("guard %s failed", self._rule.name)
            return self._without("failed", f"{type(error).__name__}: {error}")

    def _of(self, work: Work, waiting: Waiting, done: Evaluated) -> Answer:
        first = done.first
        error = first.error
        late = self._answered or (error is not None and error.type == "Timeout")
        if late:
            said = f"no verdict within {self._guard.latency_ms:g} ms"
            came = Done(waiting=waiting, outcome="failed", reason="Timeout", detail=said)
            return self._noted(work, "timed_out", came, done)
        if error is not None and error.type == "MissingField":
            came = skipped(waiting, "missing", storable(error.message))
            return self._noted(work, "skipped", came, done)
        if error is not None:
            return self._noted(work, "failed", noted(waiting, done, 1), done)
        if first.score is None:
            why = first.explanation or "the evaluator gave no verdict"
            came = skipped(waiting, "not_applicable", storable(why))
            return self._noted(work, "skipped", came, done)
        passes = self._passes(done)
        return self._noted(
            work, "passed" if passes else "blocked", noted(waiting, done, 1), done, passes=passes
        )

    def _passes(self, done: Evaluated) -> bool:
        """Whether all scores pass."""
        return all(
            one.score is not None and self._guard.passes(one.score, one.direction)
            for one in done.results
        )

    def _noted(
        self,
        work: Work,
        outcome: Outcome,
        came: Done,
        done: Evaluated | None = None,
        *,
        passes: bool | None = None,
    ) -> Answer:
        self._guards.note(work, outcome, came, done)
        if passes is None:
            return self._without(outcome, came.detail)
        assert done is not None  # there is a verdict
        first = done.first
        return Answer(
            rule=self._rule,
            outcome=outcome,
            passes=passes,
            value=None if first.score is None else float(first.score),
            label=first.label or "",
            comment=first.explanation or "",
            duration_ms=self._taken_s() * 1000,
        )

    def _without(self, outcome: Outcome, why: str) -> Answer:
        """The answer where there is no verdict."""
        return Answer(
            rule=self._rule,
            outcome=outcome,
            passes=self._guard.on_failure == "open",
            comment=why,
            duration_ms=self._taken_s() * 1000,
        )

    def _taken_s(self) -> float:
        return time.perf_counter() - self._asked_at
