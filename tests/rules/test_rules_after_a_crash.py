"""What a rule does when its server dies in the midst, or its model fails for a while."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from evaluation_server import API, POLITE, World, add_provider, until, verdict
from fakes.openai_server import Answer, openai_server
from pilothouse.evaluation.errors import ModelError
from pilothouse.evaluation.evaluators import Evaluator
from pilothouse.evaluation.results import EvaluationResult
from pilothouse.evaluation.rows import Row
from pilothouse.platform.evaluators.entities import Entity, Subject
from pilothouse.platform.ingest.errors import Overloaded
from pilothouse.platform.records import Records, micros
from pilothouse.platform.rules import records as kept
from pilothouse.platform.rules import spend_records as spending
from pilothouse.platform.rules import waiting_records as waits
from pilothouse.platform.rules.budgets import Budget, Taken
from pilothouse.platform.rules.judging import BATCH, FIRST_RETRY_S, MOST_ATTEMPTS, Judging
from pilothouse.platform.rules.models import Rule, Waiting
from pilothouse.platform.rules.scanning import skipped
from pilothouse.platform.rules.verdicts import Work
from pilothouse.platform.rules.worker import SHARED_POLL_S, RuleWorker
from pilothouse.platform.store.online import Unit
from pilothouse.spans import Score
from rules_on_paper import Rules
from servers import ServerProcess

pytestmark = pytest.mark.slow

TRACES = 60


def test_killed_in_the_midst_a_server_scores_each_trace_once(tmp_path: Path) -> None:
    with openai_server() as model:
        model.script = lambda _body: Answer(text=verdict("true").text, after_s=0.05)
        server = ServerProcess(tmp_path / "data", environ={"PILOTHOUSE_RULES_QUIET_S": "1"})
        world = World(server.start(), model)
        add_provider(server, model)
        world.made("/projects", {"name": "shop"})
        evaluator = world.evaluator("shop", POLITE)
        rule = world.made("/rules", {"project": "shop", "name": "r", "evaluator_id": evaluator})
        sent = world.send("shop", *(f"answer {n}" for n in range(TRACES)))
        until(lambda: world.asked > BATCH, "judging began")
        assert server.stop(signal.SIGKILL) != 0

        server.start()
        path = f"{API}/rules/{rule['id']}"
        until(lambda: server.get(path)["stats"]["scored"] >= TRACES, "all judged")
        world.sent("shop", *sent)
        until(lambda: server.get(path)["stats"]["waiting"] == 0, "nothing waits")
        server.stop()
        server.start()

        scores = Counter(score["trace_id"] for score in world.scores("shop"))
        counts = server.get(path)["stats"]
        server.stop()
    assert scores == Counter(one["traceId"] for one in sent)
    assert counts["scored"] == TRACES
    assert world.asked <= TRACES + BATCH  # none is paid twice but those that were asked just then


class _Failing(Evaluator):
    """Fails in a way that passes, so often."""

    name = "failing"

    def __init__(self, times: int) -> None:
        self.left = times
        super().__init__()

    async def ajudge(self, *, outputs: Any) -> EvaluationResult:
        self.left -= 1
        if self.left >= 0:
            raise ModelError("Unavailable", "the model is down", retryable=True)
        return EvaluationResult(name=self.name, score=1.0)


class _Subjects:
    """Gives each entity something to judge."""

    async def parts(
        self, unit: Unit, project: int, entities: Sequence[Entity], *, whole: bool
    ) -> list[list[Entity]]:
        return [list(entities)]

    async def read(
        self,
        unit: Unit,
        project: int,
        name: str,
        entities: Sequence[Entity],
        *,
        whole: bool = False,
    ) -> dict[str, Subject]:
        return {
            e.key: Subject(entity=e, row=Row(outputs="x"), name="n", ended=True) for e in entities
        }


class _Kept:
    """Keeps what was written, once it has refused so often."""

    def __init__(self, refuses: int = 0) -> None:
        self.scores: list[Score] = []
        self.refuses = refuses

    async def write(self, placed: Sequence[tuple[int, Score]]) -> None:
        if self.refuses:
            self.refuses -= 1
            raise Overloaded(retry_after_s=0)
        self.scores += [score for _, score in placed]

    async def accept(self, batch: Any) -> None:
        raise AssertionError("no model was asked")


@pytest.fixture
def rules(records: Records) -> Rules:
    return Rules(records)


def entity(rule: Rule, number: int) -> Waiting:
    found = Entity(trace_id=f"trace-{number}")
    return Waiting(rule_id=rule.id, entity=found, found_at=micros(), due_at=micros())


def batch(
    records: Records, rules: Rules, rule: Rule, evaluator: Evaluator, out: _Kept
) -> Coroutine[Any, Any, None]:
    """Judges a batch of what is due."""
    judging = Judging(records, _Subjects(), out, out)
    work = Work(rule=rule, project="shop", evaluator=rules.evaluator(rule), built=evaluator)
    with records.read() as session:
        due = waits.due(session, rule.id, 2**62, BATCH)
    return judging.judge(work, due, asyncio.Semaphore(4))


def worked(records: Records, rules: Rules, rule: Rule, evaluator: Evaluator) -> _Kept:
    """What a batch of what is due wrote."""
    out = _Kept()
    asyncio.run(batch(records, rules, rule, evaluator, out))
    return out


def test_what_fails_for_a_while_is_tried_again_later_and_scored_then(
    records: Records, rules: Rules
) -> None:
    rule = rules.made()
    evaluator = _Failing(times=2)
    with records.write() as session:
        waits.add(session, [entity(rule, 1)])

    for attempt in (1, 2):
        assert worked(records, rules, rule, evaluator).scores == []
        with records.read() as session:
            [waiting] = waits.due(session, rule.id, 2**62, BATCH)
        assert (waiting.attempts, waiting.error) == (attempt, "the model is down")
        wait_s = (waiting.due_at - micros()) / 1e6
        assert (
            FIRST_RETRY_S * 4 ** (attempt - 1) - 60 < wait_s <= FIRST_RETRY_S * 4 ** (attempt - 1)
        )

    [score] = worked(records, rules, rule, evaluator).scores
    assert (score.value, score.status) == (1.0, "ok")
    assert rules.stats([rule])[rule.id].scored == 1
    assert rules.activity(rule.id, limit=5)[0].attempts == 3


def test_what_fails_too_often_is_an_error_and_waits_no_longer(
    records: Records, rules: Rules
) -> None:
    rule = rules.made()
    with records.write() as session:
        waits.add(session, [entity(rule, 1)])

    scores = [
        score
        for _ in range(MOST_ATTEMPTS)
        for score in worked(records, rules, rule, _Failing(times=1)).scores
    ]

    assert [(score.status, score.value, score.error) for score in scores] == [
        ("error", None, "the model is down")
    ]
    stats = rules.stats([rule])[rule.id]
    assert (stats.failed, stats.scored, stats.waiting) == (1, 0, 0)


class _Asked(Evaluator):
    """Answers the first at once, in words that nobody can keep, and all others never."""

    name = "asked"

    def __init__(self) -> None:
        self.times = 0
        self.second = asyncio.Event()
        super().__init__()

    async def ajudge(self, *, outputs: Any) -> EvaluationResult:
        self.times += 1
        if self.times > 1:
            self.second.set()
            await asyncio.sleep(600)
        return EvaluationResult(name=self.name, score=1.0, label="half a \ud83d and \x00")


def test_a_verdict_is_paid_for_once_though_the_store_is_busy(
    records: Records, rules: Rules
) -> None:
    rule = rules.made()
    evaluator, out = _Asked(), _Kept(refuses=3)
    with records.write() as session:
        waits.add(session, [entity(rule, 1)])

    asyncio.run(batch(records, rules, rule, evaluator, out))

    assert (evaluator.times, len(out.scores), out.refuses) == (1, 1, 0)
    assert rules.stats([rule])[rule.id].scored == 1
    assert rules.activity(rule.id, limit=1)[0].label == "half a ? and \ufffd"


def test_a_server_that_stops_keeps_the_verdicts_that_were_given(
    records: Records, rules: Rules
) -> None:
    rule = rules.made()
    evaluator, out = _Asked(), _Kept()
    with records.write() as session:
        waits.add(session, [entity(rule, 1), entity(rule, 2)])

    async def stopped() -> None:
        judging = asyncio.create_task(batch(records, rules, rule, evaluator, out))
        await evaluator.second.wait()
        judging.cancel()
        with pytest.raises(asyncio.CancelledError):
            await judging

    asyncio.run(stopped())

    stats = rules.stats([rule])[rule.id]
    assert (len(out.scores), stats.scored, stats.waiting) == (1, 1, 1)


class _FoundAgain(Evaluator):
    """Is asked while what it is asked of comes again."""

    name = "found again"

    def __init__(self, records: Records, again: Waiting) -> None:
        self.records, self.again = records, again
        super().__init__()

    async def ajudge(self, *, outputs: Any) -> EvaluationResult:
        with self.records.write() as session:
            waits.add(session, [replace(self.again, due_at=micros() + 1)])
        return EvaluationResult(name=self.name, score=1.0)


def test_a_trace_that_comes_again_while_it_is_judged_is_not_judged_twice(
    records: Records, rules: Rules
) -> None:
    rule = rules.made()
    one = entity(rule, 1)
    with records.write() as session:
        waits.add(session, [one])

    assert len(worked(records, rules, rule, _FoundAgain(records, one)).scores) == 1

    assert rules.stats([rule])[rule.id].waiting == 0


def test_of_too_many_the_oldest_are_dropped(records: Records, rules: Rules) -> None:
    rule = rules.made()
    with records.write() as session:
        waits.add(session, [entity(rule, number) for number in range(5)])
        dropped = waits.surplus(session, rule.id, most=3, found_before=0)
        waits.forget(session, dropped)
        kept.count(session, rule.id, {("skipped", "dropped"): len(dropped)})

    assert [skipped(one, "dropped").waiting.entity.key for one in dropped] == ["trace-0", "trace-1"]
    assert rules.stats([rule])[rule.id].waiting == 3


def test_without_rules_nobody_is_asked_until_there_is_one(records: Records, rules: Rules) -> None:
    class Store:
        path = None

        @property
        def inserts(self) -> Any:
            raise AssertionError("the store was asked")

    def hands() -> Any:
        raise AssertionError("there is nothing to do")

    class Names:
        def name_of(self, number: int) -> str | None:
            return "shop"

    worker = RuleWorker(records, Store(), Names(), hands, quiet_s=1)

    async def first_round() -> float | None:
        async with asyncio.TaskGroup() as group:
            return await worker._round(group)

    # Others may write a rule into a database that servers share: that is looked at now and then.
    assert asyncio.run(first_round()) == (SHARED_POLL_S if records.shared else None)


def test_the_hours_of_a_day_and_the_calls_of_an_hour_are_a_budget(
    records: Records, rules: Rules
) -> None:
    rule = rules.made(budget=Budget(usd_per_day=1.0, calls_per_hour=3))
    day = int(datetime(2026, 11, 22, tzinfo=UTC).timestamp() * 1e6)
    hour = 3_600_000_000

    def asked(at: int, cost: float) -> str:
        with records.write() as session:
            return spending.reserve(session, rule, Taken(calls=1, spent=int(cost * 1e9)), at)

    assert [asked(day, 0.2) for _ in range(3)] == ["", "", ""]
    assert asked(day, 0.2) == "3 calls in this hour"
    assert asked(day + hour, 0.3) == ""
    assert asked(day + hour, 0.2) == "1 USD on this day"
    assert asked(day + 24 * hour, 0.2) == ""
