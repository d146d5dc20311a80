"""Takes rows through the target and the evaluators, item by item, and writes each step down.

Two bounded pools: one task a place asks the target, another judges. An evaluator that neither waits
nor takes long is asked where the answer came in. Memory depends on the places, not on the rows.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from time import perf_counter
from types import SimpleNamespace
from typing import Any, Final, Literal, Protocol

from pilothouse.evaluation.deadlines import Deadlines, Place
from pilothouse.evaluation.errors import ModelError
from pilothouse.evaluation.evaluators import Evaluator
from pilothouse.evaluation.loops import first_of
from pilothouse.evaluation.results import EvaluationResult, Failure, failed
from pilothouse.evaluation.rows import Row
from pilothouse.evaluation.runner.errors import (
    BudgetExceeded,
    FailedElsewhere,
    RowFailed,
    TooManyErrors,
)
from pilothouse.evaluation.runner.examples import Example
from pilothouse.evaluation.runner.journal import Journal, Key
from pilothouse.evaluation.runner.records import (
    Answered,
    Outcome,
    RowResult,
    answered_of,
    failure_of,
    judge_record,
    result_of,
    target_record,
)
from pilothouse.evaluation.runner.tallies import Tallies
from pilothouse.evaluation.runner.targets import Answer, Target
from pilothouse.evaluation.runner.threads import Paced, Threads

ErrorHandling = Literal["record", "raise"]
Resume = bool | Literal["errors"]

REFUSED: Final = 5
"""So many refusals of the credentials one after another end an experiment."""
_ENOUGH: Final = 20  # rows before a rate of errors says anything
_SLICE_S: Final = 0.01  # how long rows that never wait may keep the loop


class Elsewhere(Protocol):
    """Makes the calls of an experiment in other processes."""

    async def ask(self, what: str, row: Row, seed: int) -> Outcome:
        """What the target (under "") or an evaluator, by its name, makes of a row.

        Raises FailedElsewhere for what was raised there.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be run, and under which rules."""

    target: Target
    target_config: str
    evaluators: Mapping[str, Evaluator]
    configs: Mapping[str, str]
    """Of each evaluator: what its verdicts depend on, as a digest."""
    target_concurrency: int = 10
    judge_concurrency: int = 10
    repetitions: int = 1
    seed: int = 0
    timeout_s: float | None = 300.0
    error_handling: ErrorHandling = "record"
    max_error_rate: float | None = 0.05
    budget: float | None = None
    again: bool = False
    """Whether what failed before is asked again on a resume."""
    on_row: Callable[[RowResult], None] | None = None
    elsewhere: Elsewhere | None = None
    """Asks the target and the evaluators that take long; None: they are asked here."""

    @property
    def slow(self) -> dict[str, Evaluator]:
        """The evaluators that wait or may take long."""
        return {n: e for n, e in self.evaluators.items() if e.waits or not e.cheap}


@dataclass(slots=True, eq=False)
class _Item:
    """One try at one example on its way."""

    example: Example
    repetition: int
    answered: Answered
    row: Row
    results: dict[str, Sequence[EvaluationResult]]
    pending: int = 0
    held: Sequence[Mapping[str, Any]] = ()
    """Records that are kept with the first verdict: what cost nothing need not be kept before."""


class Engine:
    """One run of a plan. `done` and its neighbours may be read while it runs."""

    def __init__(self, plan: Plan, journal: Journal, tallies: Tallies) -> None:
        self.plan = plan
        self.journal = journal
        self.tallies = tallies
        self.earlier = 0
        """Rows that an earlier run had done."""
        self._refused = 0
        self._asks = {p for e in plan.evaluators.values() for p in e.parameters}
        self._slow = plan.slow
        self._inline = plan.evaluators.keys() - self._slow.keys()
        self._slice_ends = 0.0
        self._deadlines = Deadlines(plan.timeout_s)

    async def run(self, examples: AsyncIterator[Example]) -> None:
        """All of it. Raises what ends an experiment; nothing of it runs on afterwards."""
        plan = self.plan
        self._items = self._tries(examples)
        self._next = asyncio.Lock()
        self._judging: asyncio.Queue[tuple[_Item, str] | None] = asyncio.Queue(
            plan.judge_concurrency
        )
        judges = plan.judge_concurrency if self._slow else 0
        with (
            Threads(plan.target_concurrency, "pilothouse-target") as self._targets,
            Threads(plan.judge_concurrency, "pilothouse-judge") as self._judges,
        ):
            if plan.target.call is not None:
                self._called = Paced(self._targets, plan.target.call)
            self._paced = {
                name: Paced(self._judges, evaluator.evaluate_all)
                for name, evaluator in self._slow.items()
                if not evaluator.waits and plan.elsewhere is None
            }
            try:
                async with asyncio.TaskGroup() as group:
                    watch = group.create_task(self._deadlines.watch())
                    async with asyncio.TaskGroup() as working:
                        for _ in range(judges):
                            working.create_task(self._judge())
                        async with asyncio.TaskGroup() as asking:
                            for _ in range(plan.target_concurrency):
                                asking.create_task(self._ask())
                        for _ in range(judges):
                            await self._judging.put(None)
                    watch.cancel()
            except BaseExceptionGroup as several:
                raise first_of(several) from None

    async def _tries(self, examples: AsyncIterator[Example]) -> AsyncIterator[tuple[Example, int]]:
        async for example in examples:
            for repetition in range(self.plan.repetitions):
                yield example, repetition

    async def _ask(self) -> None:
        """One place at the target."""
        place = self._deadlines.place()
        while True:
            async with self._next:
                try:
                    example, repetition = await anext(self._items)
                except StopAsyncIteration:
                    return
            answered = self._answered_before(example, repetition)
            if answered is None:
                answered = await self._answer(example, repetition, place)
            await self._answered(example, repetition, answered)
            if perf_counter() > self._slice_ends:
                await asyncio.sleep(0)
                self._slice_ends = perf_counter() + _SLICE_S

    def _answered_before(self, example: Example, repetition: int) -> Answered | None:
        key = Key(example.id, repetition)
        record = self.journal.target(key) if self.journal.has(key) else None
        if record is None or record["digest"] != example.digest:
            return None
        if record["config"] != self.plan.target_config:
            return None
        if record["status"] != "ok" and self.plan.again:
            return None
        return answered_of(record)

    async def _answer(self, example: Example, repetition: int, place: Place) -> Answered:
        target = self.plan.target
        if target.stored is not None:
            kept = target.stored(example.id, repetition)
            return Answered(outputs=kept.outputs, fields=kept.fields)
        if target.call is None:
            return Answered(outputs=example.row.outputs, fields=example.row.fields)
        seed = item_seed(self.plan.seed, example.id, repetition) if target.seeded else 0
        latency_ms = None
        started = perf_counter()
        try:
            with place:
                if self.plan.elsewhere is not None:
                    outcome = await self.plan.elsewhere.ask("", example.row, seed)
                    given, latency_ms = outcome.value, outcome.latency_ms
                elif target.waits:
                    given = await target.call(example.row, seed)
                else:
                    given = await self._called(example.row, seed)
        except Exception as e:
            if self.plan.error_handling == "raise":
                raise RowFailed(f"the target failed for example {example.id!r}: {e!r}") from e
            latency_ms = (perf_counter() - started) * 1000
            return Answered(error=self._failure(e, place), latency_ms=latency_ms)
        if latency_ms is None:
            latency_ms = (perf_counter() - started) * 1000
        if not isinstance(given, Answer):
            return Answered(outputs=given, latency_ms=latency_ms)
        return Answered(
            outputs=given.outputs, fields=given.fields, usage=given.usage, latency_ms=latency_ms
        )

    def _failure(self, error: Exception, place: Place) -> Failure:
        if place.expired:
            return Failure(type="Timeout", message=f"no answer in {self.plan.timeout_s:g} s")
        failure = failure_of(error)
        if isinstance(error, ModelError | FailedElsewhere):
            self._count_refusals(failure.type)
        return failure

    async def _answered(self, example: Example, repetition: int, answered: Answered) -> None:
        """Judges an answer, or hands it on to those who do."""
        self.tallies.answer(example, answered)
        item = _Item(example, repetition, answered, self._row(example, repetition, answered), {})
        records = []
        if not answered.earlier:
            config = self.plan.target_config
            records.append(target_record(example, repetition, config, answered))
        if answered.error is not None:
            self.journal.write(*records)
            for name, evaluator in self.plan.evaluators.items():
                why = f"the target failed: {answered.error.message}"
                item.results[name] = [_verdictless(evaluator, "NoAnswer", why)]
            self._done(item)
            return
        waiting = self._judged_at_once(item, records)
        if waiting and self.plan.target.call is None:
            item.held = records
        elif records:
            self.journal.write(*records)
        item.pending = len(waiting)
        if not waiting:
            self._done(item)
        for name in waiting:
            await self._judging.put((item, name))

    def _judged_at_once(self, item: _Item, records: list[dict[str, Any]]) -> list[str]:
        """Has those judge that take no time, adding their records; -> who waits for its turn."""
        waiting = []
        for name, evaluator in self.plan.evaluators.items():
            if item.answered.earlier and (results := self._judged_before(item, name)) is not None:
                item.results[name] = results
            elif name in self._inline or (name in self._paced and self._paced[name].quick):
                results = item.results[name] = self._verdict(name, evaluator, item.row)
                records.append(self._record(item, name, results))
            else:
                waiting.append(name)
        return waiting

    def _row(self, example: Example, repetition: int, answered: Answered) -> Row:
        row = example.row
        more: Mapping[str, Any] = row.fields
        if answered.fields:
            more = {**more, **answered.fields}
        if not self._asks.isdisjoint(("run", "example", "seed", "latency_ms")):
            more = {
                "seed": item_seed(self.plan.seed, example.id, repetition),
                "latency_ms": answered.latency_ms,
                "run": SimpleNamespace(
                    id=f"{example.id}:{repetition}",
                    inputs=row.inputs,
                    outputs=answered.outputs,
                    error=None,
                ),
                "example": SimpleNamespace(
                    id=example.id,
                    inputs=row.inputs,
                    outputs=row.reference_outputs,
                    metadata=row.metadata,
                ),
                **more,
            }
        return Row(
            inputs=row.inputs,
            outputs=answered.outputs,
            reference_outputs=row.reference_outputs,
            metadata=row.metadata,
            example_id=example.id,
            cluster=row.cluster,
            repetition=repetition,
            fields=more,
        )

    def _judged_before(self, item: _Item, name: str) -> Sequence[EvaluationResult] | None:
        key = Key(item.example.id, item.repetition)
        record = self.journal.verdict(key, name, self.plan.configs[name])
        if record is None:
            return None
        results = [result_of(document) for document in record["results"]]
        if self.plan.again and any(result.status == "error" for result in results):
            return None
        return results

    async def _judge(self) -> None:
        """One place at the judges."""
        place = self._deadlines.place()
        while (work := await self._judging.get()) is not None:
            item, name = work
            evaluator = self._slow[name]
            try:
                with place:
                    if self.plan.elsewhere is not None:
                        results = (await self.plan.elsewhere.ask(name, item.row, 0)).value
                    elif evaluator.waits:
                        results = await evaluator.aevaluate_all(item.row)
                    else:
                        results = await self._paced[name](item.row)
            except Exception as e:  # noqa: BLE001 # a row's failure must not end the others
                if place.expired:
                    late = f"no verdict in {self.plan.timeout_s:g} s"
                    results = [_verdictless(evaluator, "Timeout", late)]
                elif isinstance(e, FailedElsewhere):
                    results = [_verdictless(evaluator, e.failure.type, e.failure.message)]
                else:
                    results = [evaluator.failure(e)]
            self.journal.write(*item.held, self._record(item, name, results))
            item.held = ()
            item.results[name] = results
            item.pending -= 1
            if item.pending == 0:
                self._done(item)

    def _verdict(self, name: str, evaluator: Evaluator, row: Row) -> Sequence[EvaluationResult]:
        paced = self._paced.get(name)
        try:
            return evaluator.evaluate_all(row) if paced is None else paced.at_once(row)
        except Exception as e:  # noqa: BLE001 # a row's failure must not end the others
            return [evaluator.failure(e)]

    def _record(
        self, item: _Item, name: str, results: Sequence[EvaluationResult]
    ) -> dict[str, Any]:
        config = self.plan.configs[name]
        return judge_record(item.example, item.repetition, name, config, results)

    def _done(self, item: _Item) -> None:
        """Counts a row of which nothing is missing. Raises where the experiment has to end."""
        tallies, plan = self.tallies, self.plan
        failures = [] if item.answered.error is None else [("", item.answered.error)]
        for name in plan.evaluators:  # in their order, whichever came first
            results = item.results[name]
            tallies.verdicts(item.example.index, item.repetition, name, results)
            failures += [(f"{r.name}: ", r.error) for r in results if r.error is not None]
        tallies.row(failed=bool(failures))
        self.earlier += item.answered.earlier
        if plan.on_row is not None:
            plan.on_row(
                RowResult(
                    row=item.row,
                    error=item.answered.error,
                    latency_ms=item.answered.latency_ms,
                    usage=item.answered.usage,
                    results=[r for name in plan.evaluators for r in item.results[name]],
                )
            )
        if not failures:
            self._refused = 0
        for _, failure in failures if item.answered.error is None else ():
            self._count_refusals(failure.type)
        if failures and plan.error_handling == "raise":
            whose, failure = failures[0]
            raise RowFailed(f"example {item.example.id!r}: {whose}{failure.message}")
        self._check(failures[0] if failures else None)

    def _count_refusals(self, type: str) -> None:
        self._refused = self._refused + 1 if type == "Unauthorized" else 0
        if self._refused >= REFUSED:
            raise TooManyErrors(
                f"the credentials were refused {REFUSED} times in a row: check the key"
            )

    def _check(self, failed: tuple[str, Failure] | None) -> None:
        """Raises where the experiment has to end; `failed` is whose failure it was, and which."""
        tallies, plan = self.tallies, self.plan
        if plan.budget is not None and tallies.cost > plan.budget:
            raise BudgetExceeded(f"calls cost {tallies.cost:.4f}, more than {plan.budget:g}")
        limit = plan.max_error_rate
        if limit is None or failed is None or tallies.rows < _ENOUGH:
            return
        if too_many(tallies.failed_rows, tallies.rows, limit):
            raise TooManyErrors(
                f"{tallies.failed_rows} of {tallies.rows} rows failed, surely more than "
                f"{limit:.0%} (max_error_rate); the last: {failed[0]}{failed[1].message}"
            )


def too_many(failed: int, rows: int, limit: float) -> bool:
    """Whether the rate of errors is above the limit even at the lower end of its 95 % interval.

    Wilson's, by hand: this is asked after each failed row, and SciPy takes milliseconds.
    """
    if rows == 0 or failed == 0:
        return False
    z = 1.959964  # of 95 %
    p = failed / rows
    centre = p + z * z / (2 * rows)
    half = z * sqrt(p * (1 - p) / rows + z * z / (4 * rows * rows))
    return (centre - half) / (1 + z * z / rows) > limit


def item_seed(seed: int, example: str, repetition: int) -> int:
    """A seed of the item's own, whatever is done before it. Fits in 63 bits."""
    text = f"{seed}\x00{example}\x00{repetition}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest()) >> 1


def _verdictless(evaluator: Evaluator, type: str, message: str) -> EvaluationResult:
    direction, kind = evaluator.direction, evaluator.kind
    return failed(evaluator.name, type, message, direction=direction, kind=kind)
