"""What a key of one project finds of the alerts of others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from alerts.traffic import rule
from pilothouse.platform.alerts import open_routes, routes
from pilothouse.platform.alerts.channels import ChannelService
from pilothouse.platform.alerts.schedules import Once
from pilothouse.platform.alerts.sending import Sender
from pilothouse.platform.alerts.service import AlertService
from pilothouse.platform.alerts.wiring import Parts
from pilothouse.platform.answers import add_error_answers
from pilothouse.platform.projects import ProjectDirectory
from pilothouse.platform.records import Records
from pilothouse.platform.sealing import Sealer

API = "/api/v1/alerts"
YEAR = Once(since=datetime(2026, 1, 1, tzinfo=UTC), until=datetime(2027, 1, 1, tzinfo=UTC))


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[tuple[TestClient, str]]:
    """The routes as a key of the project "shop" finds them, and a maintenance of another."""
    records = Records(f"sqlite:///{tmp_path / 'records.db'}")
    records.migrate()
    projects = ProjectDirectory(records)
    rules = AlertService(records, projects, server_url="")
    for name in ("shop", "bank"):
        number = projects.id_of(name)
        made = rule(kind="threshold", alert=1)
        rules.create(replace(made, id=f"of-{name}", project_id=number))
    rest = rules.add_maintenance(number, "year", YEAR, "")
    sender = Sender(private=False)
    channels = ChannelService(records, Sealer(tmp_path), sender, private=False, server_url="")
    asked: Any = None  # what is asked of the store is not reached
    parts = Parts(rules=rules, channels=channels, evaluation=asked, previews=asked, worker=asked)
    app = FastAPI()
    add_error_answers(app)
    app.include_router(
        routes.router(
            parts, projects, allowed=lambda _, name: name == "shop", author=lambda _: "key"
        )
    )
    app.include_router(
        open_routes.router(records, projects, allowed=lambda _, name: name == "shop")
    )
    yield TestClient(app), rest.id
    records.close()


def test_a_key_of_a_project_sees_its_rules_and_none_of_others(shop: Any) -> None:
    client, rest = shop

    listed = [one["id"] for one in client.get(API).json()["items"]]
    own = client.get(f"{API}/of-shop").status_code
    others = {
        "get": client.get(f"{API}/of-bank"),
        "change": client.patch(f"{API}/of-bank", json={"name": "mine"}),
        "remove": client.delete(f"{API}/of-bank"),
        "mute": client.post(f"{API}/of-bank/mute", json={"until": None}),
        "history": client.get(f"{API}/of-bank/history"),
        "list": client.get(API, params={"project": "bank"}),
        "preview": client.post(
            f"{API}/preview",
            json={"project": "bank", "condition": {"kind": "absence", "alert": {"bound": 1}}},
        ),
        "maintenance": client.delete(f"{API}/maintenance/{rest}"),
    }

    assert (listed, own) == (["of-shop"], 200)
    assert {name: answer.status_code for name, answer in others.items()} == dict.fromkeys(
        others, 404
    )
    assert client.get(f"{API}/maintenance").json()["items"] == []
    [counted] = client.get("/api/v1/open-alerts").json()["items"]
    assert (counted["project"], counted["rules"]) == ("shop", 1)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8484/", "http://[::1]/", "http://10.0.0.1/x"])
def test_a_server_that_others_reach_has_no_channel_into_its_network(shop: Any, url: str) -> None:
    client, _ = shop
    body = {"name": "in", "kind": "webhook", "url": url, "secret": "s" * 16}

    refused = client.post(f"{API}/channels", json=body)

    assert refused.status_code == 400
    assert "is a private address" in refused.json()["error"]["message"]
