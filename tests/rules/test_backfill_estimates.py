"""What a back-fill is said to take, where it is too much to be looked at while somebody waits."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pilothouse.platform.evaluators.service import EvaluatorService
from pilothouse.platform.jobs import Jobs
from pilothouse.platform.records import Records
from pilothouse.platform.rules import backfill
from pilothouse.platform.rules.service import RuleService
from query_world import Given, opened


class _Nobody:
    """Has no models."""

    def chat(self, model: str, *, project_id: int = 0, attempts: int | None = None) -> Any:
        raise AssertionError(model)


@pytest.mark.parametrize(
    ("unit", "matching", "sampled"), [("trace", 12, 12), ("span", 24, 24), ("session", 3, 3)]
)
def test_of_much_the_first_part_is_looked_at_and_all_of_it_counted(
    sqlite_records: Records,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    unit: Any,
    matching: int,
    sampled: int,
) -> None:
    monkeypatch.setattr(backfill, "PAGE", 4)
    monkeypatch.setattr(backfill, "LOOKED_AT", 2)
    with sqlite_records.write() as session:
        session.run("INSERT INTO projects (name, created_at) VALUES ('shop', 1)")
    evaluators = EvaluatorService(sqlite_records, _Nobody())
    rules = RuleService(sqlite_records, evaluators)
    evaluator = evaluators.create("valid", definition={"metric": "json_validity"})
    rule = rules.create("r", project="shop", project_id=1, evaluator_id=evaluator.id, unit=unit)

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
