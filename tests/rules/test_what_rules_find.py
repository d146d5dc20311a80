"""What rules find in the store: of a span of time, and of what came in since they looked."""

from __future__ import annotations

import asyncio
import itertools
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pilothouse.platform.jobs import Jobs
from pilothouse.platform.records import Records, micros
from pilothouse.platform.rules import backfill, scanning
from pilothouse.platform.rules import waiting_records as waits
from pilothouse.platform.rules.scanning import BEHIND_US, Scanner
from pilothouse.platform.store import arrivals
from pilothouse.platform.store.failures import QueryTimeout
from query_world import Given, World, opened
from rules_on_paper import Rules


@pytest.fixture
def rules(sqlite_records: Records) -> Rules:
    return Rules(sqlite_records)


@pytest.mark.parametrize(
    ("unit", "matching", "sampled"), [("trace", 12, 12), ("span", 24, 24), ("session", 3, 3)]
)
def test_of_much_the_first_part_is_looked_at_and_all_of_it_counted(
    sqlite_records: Records,
    rules: Rules,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    unit: Any,
    matching: int,
    sampled: int,
) -> None:
    monkeypatch.setattr(backfill, "PAGE", 4)
    monkeypatch.setattr(backfill, "LOOKED_AT", 2)
    rule = rules.made(unit=unit)

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
    rules: Rules,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rule, never = rules.made(), rules.made(sampling_rate=0)
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


def test_a_rule_on_spans_reads_few_at_a_time_and_finds_each_once(
    sqlite_records: Records, rules: Rules, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = rules.made(unit="span")
    read: list[int] = []
    changed = arrivals.came_in

    async def counted(*given: Any) -> Any:
        found = await changed(*given)
        read.append(len(found[0].found))
        return found

    monkeypatch.setattr(arrivals, "came_in", counted)
    monkeypatch.setattr(scanning, "MOST_SPANS", 5)
    sizes = [2, 2, 9, 1, 4, 2]
    with opened(tmp_path / "store") as world:
        scanner = Scanner(world.store, sqlite_records)
        monkeypatch.setattr("query_world._versions", itertools.count(micros() + 1))
        for n, size in enumerate(sizes):
            spans = (Given(trace_id=f"t{n}", span_id=f"{n}-{part}") for part in range(size))
            world.put(*spans)
        while asyncio.run(scanner.scan([(rules.get(rule.id), "shop")], 2**62)):
            pass

    with sqlite_records.read() as session:
        waiting = [one.entity.span_id for one in waits.due(session, rule.id, 2**62, 100)]
    assert sorted(waiting) == sorted(
        f"{n}-{k}" for n, size in enumerate(sizes) for k in range(size)
    )
    assert read == [4, 9, 5, 2]


def test_a_rule_whose_question_fails_does_not_keep_the_others_from_finding(
    sqlite_records: Records, rules: Rules, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heavy, light = rules.made(unit="span"), rules.made()
    changed = arrivals.came_in

    async def failing(store: Any, wanted: Any, *given: int) -> Any:
        if any(one.unit == "span" for one, _ in wanted):
            raise QueryTimeout("the filter took too much memory")
        return await changed(store, wanted, *given)

    monkeypatch.setattr(arrivals, "came_in", failing)

    with opened(tmp_path / "store") as world:
        scanner = Scanner(world.store, sqlite_records)
        monkeypatch.setattr("query_world._versions", itertools.count(micros() + 1))
        world.put(Given(trace_id="t", span_id="a"))
        with pytest.raises(QueryTimeout):
            asyncio.run(scanner.scan([(heavy, "shop"), (light, "shop")], 2**62))

    with sqlite_records.read() as session:
        found = waits.due(session, light.id, 2**62, 10)
    assert [one.entity.trace_id for one in found] == ["t"]
    assert (rules.get(heavy.id).seen, rules.get(light.id).seen > light.seen) == (heavy.seen, True)
