"""Masking over HTTP: the built-in rules, and a text to try rules on."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from pilothouse.detectors import DETECTORS
from pilothouse.platform.answers import add_error_answers
from pilothouse.platform.masking.routes import router


@pytest.fixture
def client() -> TestClient:
    app = FastAPI()
    add_error_answers(app)
    app.include_router(router())
    return TestClient(app)


def test_every_builtin_says_what_it_finds(client: TestClient) -> None:
    items = client.get("/api/v1/masking/builtins").json()["items"]

    assert [item["name"] for item in items] == list(DETECTORS)
    assert all(item["sentence"] for item in items)


def test_a_text_comes_back_as_it_would_be_stored(client: TestClient) -> None:
    rules = [
        {"name": "emails", "builtin": "emails"},
        {"name": "order", "pattern": "ORD-[0-9]{6}", "replacement": "[order]"},
    ]

    answer = client.post(
        "/api/v1/masking/try", json={"rules": rules, "text": "ORD-204815 of ada@example.com"}
    )

    assert answer.json() == {"text": "[order] of [emails]"}


def test_without_rules_a_text_stays_as_it_is(client: TestClient) -> None:
    answer = client.post("/api/v1/masking/try", json={"rules": [], "text": "ada@example.com"})

    assert answer.json() == {"text": "ada@example.com"}


def test_json_stays_json(client: TestClient) -> None:
    rules = [{"name": "quote", "pattern": "a"}]

    answer = client.post("/api/v1/masking/try", json={"rules": rules, "text": '{"x": "a\\n"}'})

    assert answer.json() == {"text": '{"x": "[quote]\\n"}'}


@pytest.mark.parametrize(
    "rule", [{"name": "broken", "pattern": "("}, {"name": "broken", "builtin": "no such"}, {}]
)
def test_a_wrong_rule_is_answered_400_and_named(client: TestClient, rule: dict[str, str]) -> None:
    answer = client.post("/api/v1/masking/try", json={"rules": [rule], "text": "x"})

    assert answer.status_code == 400
    assert answer.json()["error"]["message"].startswith("masking: ")


def test_a_text_beyond_all_measure_is_refused(client: TestClient) -> None:
    answer = client.post("/api/v1/masking/try", json={"rules": [], "text": "x" * 100_001})

    assert answer.status_code == 400
