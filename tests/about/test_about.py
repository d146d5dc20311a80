"""What a server says of itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

from pilothouse import __version__
from pilothouse.platform.about.routes import router
from pilothouse.platform.settings import Settings


def told(**settings: Any) -> dict[str, Any]:
    app = FastAPI()
    app.include_router(router(Settings(**settings)))
    answer: dict[str, Any] = TestClient(app).get("/api/v1/server").json()
    return answer


def test_a_server_on_loopback_asks_for_no_key(tmp_path: Path) -> None:
    about = told(data=tmp_path, otlp_grpc_port=0)

    assert (about["version"], about["key_needed"], about["on_loopback"]) == (
        __version__,
        False,
        True,
    )
    assert (about["store"], about["database"]) == ("chdb", "sqlite")
    assert about["otlp_grpc_port"] is None


def test_a_server_for_all_asks_for_a_key_and_names_its_public_address(tmp_path: Path) -> None:
    about = told(
        data=tmp_path,
        host="0.0.0.0",
        public_url="https://pilothouse.example.com/",
    )

    assert about["key_needed"] is True
    assert about["url"] == "https://pilothouse.example.com"


def test_no_secret_of_a_store_is_told(tmp_path: Path) -> None:
    about = told(
        data=tmp_path,
        store="clickhouse://user:hunter2@clickhouse/traces",
        database="postgresql+psycopg://user:hunter2@postgres/records",
    )

    assert (about["store"], about["database"]) == ("clickhouse", "postgresql")
    assert "hunter2" not in str(about)
