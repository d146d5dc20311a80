"""What rules find in the store: of a span of time, and of what came in since they looked."""

from __future__ import annotations

import asyncio
import itertools
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pilothouse.platform.evaluators.service import EvaluatorService
from pilothouse.platform.jobs import Jobs
from pilothouse.platform.records import Records, micros
from pilothouse.platform.rules import backfill
from pilothouse.platform.rules import waiting_records as waits
from pilothouse.platform.rules.models import Rule
from pilothouse.platform.rules.scanning import BEHIND_US, Scanner
from pilothouse.platform.rules.service import RuleService
from query_world import Given, World, opened


class _Nobody:
    """Has no models."""

    def chat(self, model: str, *, project_id: int = 0, attempts: int | None = None) -> Any:
        raise AssertionError(model)


@pytest.fixture
def rules(sqlite_records: Records) -> RuleService:
    with sqlite_records.write() as session:
        session.run("INSERT INTO projects (name, created_at) VALUES ('shop', 1)")
    return RuleService(sqlite_records, EvaluatorService(sqlite_records, _Nobody()))


def made(rules: RuleService, **more: Any) -> Rule:
    evaluator = rules._evaluators.create("valid", definition={"metric": "json_validity"})
    return rules.create("r", project="shop", project_id=1, evaluator_id=evaluator.id, **more)


@pytest.mark.parametrize(
    ("unit", "matching", "sampled"), [("trace", 12, 12), ("span", 24, 24), ("session", 3, 3)]
)
def test_of_much_the_first_part_is_looked_at_and_all_of_it_counted(
    sqlite_records: Records,
    rules: RuleService,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    unit: Any,
    matching: int,
    sampled: int,
) -> None:
    monkeypatch.setattr(backfill, "PAGE", 4)
    monkeypatch.setattr(backfill, "LOOKED_AT", 2)
    rule = made(rules, unit=unit)

    with opened(tmp_path / "store") as world:
        world.put(
            *(
                Given(
                    trace_id=f"t{n:02}", span_id=f"{part}{n:02}", fields={"session_id": f"s{n % 3}"}
                )
                for n in range(12)
                for part in "ab"
            )
        )
        fills = backfill.Backfills(sqlite_records, world.store, rules, Jobs(sqlite_records), id)
        whole = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
        found = asyncio.run(fills.estimate(rule, *whole))

    assert (found.matching, found.sampled, found.exact) == (matching, sampled, False)
    assert found.cost == 0.0


def test_a_trace_of_a_server_whose_clock_is_behind_is_found_and_nothing_counted_twice(
    sqlite_records: Records,
    rules: RuleService,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rule, never = made(rules), made(rules, sampling_rate=0)
    now = micros()
    scanner: Any = None

    def found(world: World) -> list[str]:
        both = [(rules.get(one.id), "shop") for one in (rule, never)]
        while asyncio.run(scanner.scan(both, now + 2 * BEHIND_US)):
            pass
        with sqlite_records.read() as session:
            return sorted(one.entity.trace_id for one in waits.due(session, rule.id, 2**62, 10))

    with opened(tmp_path / "store") as world:
        scanner = Scanner(world.store, sqlite_records, behind_us=BEHIND_US)
        monkeypatch.setattr("query_world._versions", itertools.count(now + BEHIND_US))
        world.put(Given(trace_id="punctual", span_id="a"))
        first = found(world)
        monkeypatch.setattr("query_world._versions", itertools.count(now + BEHIND_US // 2))
        world.put(Given(trace_id="late", span_id="b"))
        then = found(world)
        passed_over = found(world) == then and rules.stats([never])[never.id].skipped

    assert (first, then) == (["punctual"], ["late", "punctual"])
    assert passed_over == {"sampling": 1}
