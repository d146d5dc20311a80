"""Budgets: what was spent of them, where that leads, and that each threshold is told once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from pilothouse.platform.alerts import channel_records
from pilothouse.platform.alerts.models import Channel
from pilothouse.platform.budgets import routes, service
from pilothouse.platform.budgets.models import Budget, Spending, period_of, reached
from pilothouse.platform.budgets.service import Budgets
from pilothouse.platform.budgets.spending import SpendingQueries
from pilothouse.platform.budgets.worker import BudgetWorker
from pilothouse.platform.errors import Unavailable
from pilothouse.platform.projects import ProjectDirectory
from pilothouse.platform.query.metrics import MetricQueries
from pilothouse.platform.records import Records
from pilothouse.spans import Usage
from query_world import START_S, Cost, Given, World, opened

MID_MONTH = datetime(2026, 11, 16, tzinfo=UTC)


@dataclass(slots=True)
class Told:
    """Spending as a test says it is."""

    spent: float = 0.0
    pace: float = 0.0
    unpriced_calls: int = 0
    posted: list[None] = field(default_factory=list)

    async def of(self, budget: Budget, _project: str, at: datetime) -> Spending:
        start, end = period_of(budget.period, at)
        return Spending(
            period_from=start,
            period_to=end,
            spent=self.spent,
            unpriced_calls=self.unpriced_calls,
            pace=self.pace,
            at=at,
        )


@pytest.fixture
def projects(sqlite_records: Records) -> ProjectDirectory:
    directory = ProjectDirectory(sqlite_records)
    for name in ("shop", "desk"):
        directory.create(name)
    return directory


@pytest.fixture
def channel(sqlite_records: Records) -> str:
    now = datetime.now(UTC)
    with sqlite_records.write() as session:
        channel_records.add(
            session,
            Channel(
                id="c1", name="on call", kind="webhook", hint="", sealed="", created_at=now,
                updated_at=now,
            ),
        )  # fmt: skip
    return "c1"


def told_on(records: Records) -> list[dict[str, Any]]:
    """The events that wait to be sent."""
    with records.read() as session:
        rows = session.all("SELECT body FROM alert_messages ORDER BY created_at, id")
    return [json.loads(row["body"])["events"][0] for row in rows]


def test_each_threshold_is_told_once_in_a_period(
    sqlite_records: Records, projects: ProjectDirectory, channel: str
) -> None:
    told = Told()
    worker = BudgetWorker(
        sqlite_records,
        projects,
        lambda: told,
        posted=lambda: told.posted.append(None),
        server_url="http://x",
    )
    budgets = Budgets(sqlite_records)
    number = projects.id_of("shop")
    made = budgets.create(
        number, name="all", amount="100", period="month", thresholds=(50, 80, 100),
        channels=[channel],
    )  # fmt: skip

    def look(spent: float, at: datetime = MID_MONTH) -> list[str]:
        before = len(told_on(sqlite_records))
        told.spent = spent
        asyncio.run(worker.look(at))
        return [event["level"] for event in told_on(sqlite_records)[before:]]

    assert look(49.99) == []
    assert look(50) == ["warn"]
    assert look(79) == []
    assert look(130) == ["alert"]  # 80 and 100 at once: the higher one is told
    assert look(140) == []
    assert look(60, MID_MONTH + timedelta(days=31)) == ["warn"]
    budgets.change(made.id, {"amount": "50"})
    assert look(140) == ["alert"]
    assert len(told.posted) == 4
    last = told_on(sqlite_records)[-1]
    assert last["text"] == (
        "shop has spent $140.00 of $50.00 this month: 280 %, the threshold is 100 %."
    )
    assert last["url"] == "http://x/p/shop/usage?view=budgets"


def test_a_budget_without_channels_tells_nobody_and_breaks_nothing(
    sqlite_records: Records, projects: ProjectDirectory
) -> None:
    told = Told(spent=1000)
    worker = BudgetWorker(
        sqlite_records, projects, lambda: told, posted=lambda: None, server_url=""
    )

    assert not asyncio.run(worker.look(MID_MONTH))
    Budgets(sqlite_records).create(
        projects.id_of("shop"), name="all", amount=1, period="day", thresholds=[100]
    )
    assert asyncio.run(worker.look(MID_MONTH))
    assert told_on(sqlite_records) == []


def test_a_budget_that_fails_does_not_keep_the_others_from_being_told(
    sqlite_records: Records, projects: ProjectDirectory, channel: str
) -> None:
    class Failing(Told):
        async def of(self, budget: Budget, project: str, at: datetime) -> Spending:
            if budget.name == "a":
                raise RuntimeError("no store")
            with sqlite_records.write() as session:  # after the budgets were read
                channel_records.remove(session, "c2")
            return await Told.of(self, budget, project, at)

    with sqlite_records.write() as session:
        first = channel_records.one(session, channel)
        assert first is not None
        channel_records.add(session, replace(first, id="c2", name="gone soon"))
    for name in ("a", "b", "c"):
        Budgets(sqlite_records).create(
            projects.id_of("shop"), name=name, amount=1, period="day", thresholds=[100],
            channels=[channel, "c2"],
        )  # fmt: skip
    worker = BudgetWorker(
        sqlite_records, projects, lambda: Failing(spent=5), posted=lambda: None, server_url=""
    )

    assert asyncio.run(worker.look(MID_MONTH))
    assert [event["rule"]["name"] for event in told_on(sqlite_records)] == ["b", "c"]


def test_a_forecast_goes_on_at_the_pace_of_late() -> None:
    start, end = period_of("month", MID_MONTH)
    spending = Spending(
        period_from=start, period_to=end, spent=60, unpriced_calls=0, pace=4, at=MID_MONTH
    )

    assert (start.day, end) == (1, datetime(2026, 12, 1, tzinfo=UTC))
    assert spending.forecast == 60 + 15 * 4
    assert spending.exhausted_at(Decimal(100)) == MID_MONTH + timedelta(days=10)
    assert spending.exhausted_at(Decimal(121)) is None
    assert spending.exhausted_at(Decimal(60)) is None


def test_thresholds_are_reached_exactly() -> None:
    now = datetime.now(UTC)
    budget = Budget(
        id="b", project_id=1, name="", amount=Decimal("0.3"), period="day", thresholds=(50, 100),
        created_at=now, updated_at=now,
    )  # fmt: skip

    assert reached(budget, 0.15) == [50]
    assert reached(budget, 0.3) == [50, 100]


@pytest.fixture
def world(
    tmp_path_factory: pytest.TempPathFactory, sqlite_records: Records, projects: ProjectDirectory
) -> Iterator[World]:
    with opened(tmp_path_factory.mktemp("store")) as world:
        spends = SpendingQueries(MetricQueries(world.store, world.projects))
        worker = BudgetWorker(
            sqlite_records, projects, lambda: spends, posted=lambda: None, server_url=""
        )
        world.app.include_router(
            routes.router(
                Budgets(sqlite_records),
                worker,
                projects,
                allowed=lambda _request, project: project != "desk",
                author=lambda _request: "ann",
            )
        )
        yield world


def test_budgets_are_kept_over_http_with_what_was_spent(world: World) -> None:
    now = datetime.now(UTC).timestamp() - START_S
    world.put(
        *(
            Given(
                trace_id=f"t{n}",
                span_id=f"s{n}",
                at=now - (n + 1) / 1000,
                kind="llm",
                usage=Usage(input_tokens=10, total_tokens=10),
                cost=Cost(total=2.0) if n else None,
                fields={"model": "gpt-5" if n < 3 else "o3"},
            )
            for n in range(4)
        )
    )
    new = {"project": "shop", "name": "gpt", "amount": "8", "filter": 'model = "gpt-5"'}

    made = world.call("POST", "/budgets", json=new | {"period": "month", "thresholds": [100, 50]})
    again = world.call("POST", "/budgets", json=new)
    foreign = world.call("POST", "/budgets", json=new | {"project": "desk"})
    [listed] = world.get("/budgets", project="shop")["items"]
    changed = world.call("PATCH", f"/budgets/{listed['id']}", json={"amount": "4", "filter": ""})

    assert (made.status_code, again.status_code, foreign.status_code) == (201, 409, 404)
    assert (listed["created_by"], listed["thresholds"]) == ("ann", [50, 100])
    assert listed["status"]["spent"] == pytest.approx(4.0)
    assert listed["status"]["unpriced_calls"] == 1
    assert listed["status"]["reached"] == [50]
    assert listed["status"]["forecast"] >= 4.0
    assert changed.json()["status"]["part"] == pytest.approx(1.5)
    assert world.call("DELETE", f"/budgets/{listed['id']}").status_code == 204
    assert world.get("/budgets")["items"] == []


def test_a_budget_that_cannot_be_asked_says_so_and_the_rest_are_listed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = SpendingQueries.of

    async def of(self: SpendingQueries, budget: Budget, project: str, at: datetime) -> Spending:
        if budget.name == "a":
            raise Unavailable("the store is busy")
        return await asked(self, budget, project, at)

    monkeypatch.setattr(SpendingQueries, "of", of)
    monkeypatch.setattr(service, "MOST_BUDGETS", 2)

    made = [
        world.call("POST", "/budgets", json={"project": "shop", "name": name, "amount": 5})
        for name in ("a", "b", "one too many")
    ]

    assert [answer.status_code for answer in made] == [201, 201, 403]
    first, second = world.get("/budgets")["items"]
    assert (first["status"], first["error"]) == (None, "the store is busy")
    assert (second["status"]["spent"], second["error"]) == (0, None)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"amount": "0"}, "more than 0"),
        ({"amount": "-3"}, "more than 0"),
        ({"amount": "1e-400"}, "a millionth"),
        ({"filter": "model ="}, "column"),
        ({"thresholds": [0]}, "a threshold is 1 to 1000 percent"),
        ({"channels": ["nobody"]}, "there is no channel 'nobody'"),
    ],
)
def test_a_mistake_in_a_budget_is_told(world: World, wrong: dict[str, Any], said: str) -> None:
    body = {"project": "shop", "name": "x", "amount": 5} | wrong

    answer: httpx.Response = world.call("POST", "/budgets", json=body)

    assert answer.status_code == 400
    assert said in answer.json()["error"]["message"]
    assert world.get("/budgets")["items"] == []
