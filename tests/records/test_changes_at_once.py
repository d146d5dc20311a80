"""Two servers change one thing at once on PostgreSQL: neither undoes what the other did."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from pilothouse.platform.access.service import Access
from pilothouse.platform.alerts.channels import ChannelService
from pilothouse.platform.alerts.sending import Sender, Target
from pilothouse.platform.budgets.service import Budgets
from pilothouse.platform.dashboards.service import Dashboards
from pilothouse.platform.errors import Conflict
from pilothouse.platform.prices.service import Prices
from pilothouse.platform.projects import ProjectDirectory
from pilothouse.platform.prompts.service import PromptService
from pilothouse.platform.records import Records
from pilothouse.platform.sealing import Sealer


@pytest.fixture
def shared(postgres_url: str) -> Iterator[Records]:
    opened = Records(postgres_url)
    opened.migrate()
    yield opened
    opened.close()


class Meanwhile:
    """Lets something happen while another server's change of the same row is not yet over."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def __call__(self, other: str, change: Callable[[], Any]) -> Any:
        """`change` as it ends, begun while `other`, a statement, has run and is not committed."""
        with ThreadPoolExecutor(1) as pool:
            with self._records.write() as session:
                session.run(other)
                changing = pool.submit(change)
                self._wait_until_it_waits()
            return changing.result(timeout=30)

    def _wait_until_it_waits(self) -> None:
        end = time.monotonic() + 30
        while time.monotonic() < end:
            with self._records.read() as session:
                row = session.one(
                    "SELECT 1 AS one FROM pg_stat_activity"
                    " WHERE wait_event_type = 'Lock' AND datname = current_database()"
                )
            if row is not None:
                return
        raise AssertionError("the change did not wait for the other one")


def test_a_channel_keeps_both_changes(shared: Records, tmp_path: Path) -> None:
    channels = ChannelService(
        shared, Sealer(tmp_path), Sender(private=True), private=True, server_url=""
    )
    made = channels.create("on call", "webhook", "http://127.0.0.1:9/a", "s" * 16)

    changed = Meanwhile(shared)(
        "UPDATE alert_channels SET name = 'nights'",
        lambda: channels.change(made.id, name=None, url=None, secret="t" * 16),
    )

    assert changed.name == "nights"
    assert channels.target(changed) == Target(url="http://127.0.0.1:9/a", secret="t" * 16)


def test_a_budget_keeps_both_changes(shared: Records) -> None:
    number = ProjectDirectory(shared).create("shop").id
    budgets = Budgets(shared)
    made = budgets.create(number, name="all", amount=10, period="day")

    changed = Meanwhile(shared)(
        "UPDATE budgets SET amount = '20'",
        lambda: budgets.change(made.id, {"name": "every"}),
    )

    assert (changed.name, changed.amount) == ("every", 20)


def test_two_budgets_do_not_take_one_name(shared: Records) -> None:
    number = ProjectDirectory(shared).create("shop").id
    budgets = Budgets(shared)
    one, other = (
        budgets.create(number, name=name, amount=10, period="day") for name in ("one", "other")
    )

    with pytest.raises(Conflict, match="there is a budget 'same' already"):
        Meanwhile(shared)(
            f"UPDATE budgets SET name = 'same' WHERE id = '{other.id}'",
            lambda: budgets.change(one.id, {"name": "same"}),
        )


def test_two_dashboards_do_not_take_one_name(shared: Records) -> None:
    number = ProjectDirectory(shared).create("shop").id
    dashboards = Dashboards(shared)
    one, other = (dashboards.create(number, name=name) for name in ("one", "other"))

    with pytest.raises(Conflict, match="there is a dashboard 'same' already"):
        Meanwhile(shared)(
            f"UPDATE dashboards SET name = 'same' WHERE id = '{other.id}'",
            lambda: dashboards.change(one.id, version=1, by="ann", given={"name": "same"}),
        )


def test_a_project_keeps_both_changes(shared: Records) -> None:
    projects = ProjectDirectory(shared)
    projects.create("shop")

    changed = Meanwhile(shared)(
        "UPDATE projects SET description = 'sells'",
        lambda: projects.change("shop", retention_days=7),
    )

    assert (changed.description, changed.retention_days) == ("sells", 7)


def test_a_price_keeps_both_changes(shared: Records) -> None:
    prices = Prices(shared)
    made = prices.add(model="m", prices={"input": 1}, valid_from="2026-01-01")

    changed = Meanwhile(shared)(
        "UPDATE prices SET note = 'as agreed'",
        lambda: prices.change(made.id, model="n"),
    )

    assert (changed.model, changed.note) == ("n", "as agreed")


def test_a_prompt_keeps_both_changes(shared: Records) -> None:
    prompts = PromptService(shared)
    prompts.create("greet")

    changed = Meanwhile(shared)(
        "UPDATE prompts SET readme = 'how to'",
        lambda: prompts.change("greet", description="says hello"),
    )

    assert (changed.description, changed.readme) == ("says hello", "how to")


def test_the_last_two_admins_do_not_step_down_at_once(shared: Records) -> None:
    access = Access(shared, is_open=False)
    one, other = (
        access.create_account(f"{name}@example.org", "a long enough one", role="admin")
        for name in ("ann", "bob")
    )

    with pytest.raises(Conflict, match="this is the only admin"):
        Meanwhile(shared)(
            f"UPDATE accounts SET role = 'member' WHERE id = {other.id}",
            lambda: access.change_account(one.id, role="member"),
        )
