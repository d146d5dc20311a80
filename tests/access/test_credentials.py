"""Where a key may stand in a request."""

from __future__ import annotations

import base64

import pytest

from pilothouse.platform.access.credentials import credential


def basic(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "Bearer ph_secret"},
        {"authorization": "bearer  ph_secret "},
        {"authorization": "Bearer%20ph_secret"},
        {"authorization": f"Basic {basic('public:ph_secret')}"},
        {"authorization": f"Basic%20{basic('public:ph_secret')}"},
        {"authorization": f"Basic {basic(':ph_secret')}"},
        {"authorization": f"Basic {basic('ph_secret:')}"},
        {"authorization": "ph_secret"},
        {"x-api-key": "ph_secret"},
        {"api_key": "ph_secret"},
        {"cookie": "theme=dark; pilothouse_session=ph_secret; a=b"},
    ],
)
def test_a_key_is_found_wherever_clients_put_it(headers: dict[str, str]) -> None:
    assert credential(headers) == "ph_secret"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": ""},
        {"authorization": "Bearer "},
        {"authorization": "Basic !!!"},
        {"authorization": "Basic " + base64.b64encode(b"\xff:\xff").decode()},
        {"cookie": "pilothouse_session="},
        {"cookie": "other=1"},
    ],
)
def test_without_a_key_there_is_none(headers: dict[str, str]) -> None:
    assert credential(headers) is None


def test_a_key_wins_over_a_cookie() -> None:
    headers = {"x-api-key": "ph_key", "cookie": "pilothouse_session=token"}

    assert credential(headers) == "ph_key"
