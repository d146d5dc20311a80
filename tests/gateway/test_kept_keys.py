"""Keys, routes and spending in the records, on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from pilothouse.gateway.config import RouteConfig, TargetConfig
from pilothouse.gateway.embedding import Embedding
from pilothouse.gateway.guardrails import Helpers
from pilothouse.platform.errors import BadRequest, NotFound
from pilothouse.platform.gateway.guardrails import GatewayGuardrails
from pilothouse.platform.gateway.keys import GatewayKeys
from pilothouse.platform.gateway.tables import GatewayTables
from pilothouse.platform.prices import Prices
from pilothouse.platform.projects import ProjectDirectory
from pilothouse.platform.providers import Providers
from pilothouse.platform.records import Records
from pilothouse.platform.sealing import Sealer

BOUNDS = {
    "requests_per_minute": 5,
    "tokens_per_minute": None,
    "budget_nano": 7_000_000_000_000,
    "period": "total",
    "expires_at": None,
}


@pytest.fixture
def keys(records: Records) -> GatewayKeys:
    return GatewayKeys(records, ProjectDirectory(records), is_open=False)


def test_a_key_is_made_found_changed_and_revoked(keys: GatewayKeys) -> None:
    made, secret = keys.create(name=" bot ", project="shop", models=["a", "a"], by="ann", **BOUNDS)

    found = asyncio.run(keys.look_up(secret))
    changed = keys.change(made.id, {"models": ["b"], "budget_nano": None})
    again = asyncio.run(keys.look_up(secret))
    keys.revoke(made.id)

    assert found is not None
    assert (found.name, found.project, found.models) == ("bot", "shop", ("a",))
    assert (found.requests_per_minute, found.budget_nano) == (5, 7_000_000_000_000)
    assert changed.models == ("b",)
    assert again is not None
    assert again.budget_nano is None
    assert asyncio.run(keys.look_up(secret)) is None
    assert keys.known(secret) == (True, None)
    with pytest.raises(NotFound):
        keys.revoke(made.id)


def test_what_is_spent_adds_up_by_period_and_is_nothing_of_a_key_that_is_gone(
    keys: GatewayKeys,
) -> None:
    made, secret = keys.create(name="k", project="shop", models=(), by="", **BOUNDS)
    holder = asyncio.run(keys.look_up(secret))
    assert holder is not None

    asyncio.run(keys.add([(made.id, 0, 5_000_000_000), (made.id, 0, 2), (made.id, 9, 1)]))
    asyncio.run(keys.add([(made.id + 1, 0, 5)]))

    assert asyncio.run(keys.spent(holder, 0)) == 5_000_000_002
    assert [(key.id, spent) for key, spent in keys.every()] == [(made.id, 5_000_000_002)]
    assert keys.get(made.id)[1] == 5_000_000_002


def test_routes_are_kept_and_lead_to_providers_with_their_keys(
    records: Records, tmp_path: Path
) -> None:
    providers = Providers(records, Sealer(tmp_path), Prices(records))
    providers.put("acme", base_url="http://acme/v1", api_key="sk-acme")
    checks = GatewayGuardrails(records, Helpers(Embedding()))
    tables = GatewayTables(records, providers, checks, None)

    tables.put("chat", RouteConfig(targets=[TargetConfig(provider="acme", model="m")]))
    table = asyncio.run(tables.read())
    with pytest.raises(BadRequest, match="'gone', which is not there"):
        tables.put("other", RouteConfig(targets=[TargetConfig(provider="gone", model="m")]))
    providers.remove("acme")
    without = asyncio.run(tables.read())

    found = table.find("chat")
    assert found is not None
    assert (found.targets[0].id, found.targets[0].endpoint.api_key) == ("acme/m", "sk-acme")
    assert "sk-acme" not in repr(table)
    assert without.find("chat") is None
    assert tables.problems() == ["route 'chat' names provider 'acme', which is not there"]
    tables.remove("chat")
    assert tables.kept() == []


def test_a_team_is_kept_with_what_its_keys_spend(keys: GatewayKeys) -> None:
    teams = keys.teams
    made = teams.create(name="support", models=["a*"], budget_nano=5, period="day")
    key, secret = keys.create(
        name="bot", project="shop", models=[], by="ann", team_id=made.id, **BOUNDS
    )
    told: list[int] = []
    keys.when_changed(told.append)

    holder = asyncio.run(keys.look_up(secret))
    asyncio.run(keys.add([(key.id, 0, 3), (-made.id, 7, 4), (-made.id, 7, 5), (-999, 7, 1)]))
    teams.change(made.id, {"budget_nano": None, "period": "total"})
    changed = asyncio.run(keys.look_up(secret))
    teams.remove(made.id)
    alone = asyncio.run(keys.look_up(secret))

    assert holder is not None
    assert holder.team is not None
    assert (holder.team.id, holder.team.budget_nano, holder.team.models) == (-made.id, 5, ("a*",))
    assert changed is not None
    assert changed.team is not None
    assert (changed.team.budget_nano, changed.team.period) == (None, "total")
    assert alone is not None
    assert alone.team is None
    assert told == [-made.id, -made.id]
    with pytest.raises(NotFound):
        teams.get(made.id)


def test_a_key_gets_another_secret(keys: GatewayKeys) -> None:
    made, secret = keys.create(name="bot", project="shop", models=[], by="ann", **BOUNDS)

    renewed = keys.renew(made.id)

    assert asyncio.run(keys.look_up(secret)) is None
    assert asyncio.run(keys.look_up(renewed)) is not None
    assert keys.found(renewed).id == keys.found(str(made.id)).id == made.id
    with pytest.raises(NotFound):
        keys.found(secret)
