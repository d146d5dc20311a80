"""Datasets and experiments belong to no project: a key of one neither reads nor changes them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI, Request

from dataset_world import MemoryBlobs, question
from pilothouse.platform.access.models import Principal
from pilothouse.platform.answers import add_error_answers
from pilothouse.platform.datasets import DatasetService, routes
from pilothouse.platform.datasets.file_routes import ReadSpans
from pilothouse.platform.records import Records

Send = Callable[..., httpx.Response]


@pytest.fixture
def datasets(sqlite_records: Records) -> DatasetService:
    return DatasetService(sqlite_records, MemoryBlobs())


@pytest.fixture
def send(datasets: DatasetService) -> Send:
    """Sends a request in the name of somebody."""
    app = FastAPI()
    add_error_answers(app)
    asking: list[Principal] = []

    @app.middleware("http")
    async def named(request: Request, then: Any) -> Any:
        request.scope.setdefault("state", {})["principal"] = asking[-1]
        return await then(request)

    app.include_router(routes.router(datasets, cast("ReadSpans", None)))

    def sent(who: Principal, method: str, path: str, body: Any = None) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.request(method, f"/api/v1{path}", json=body)

        asking.append(who)
        return asyncio.run(ask())

    return sent


ANN = Principal(kind="account", name="ann@example.org")
SHOP = Principal(kind="key", name="shop's", project="shop")


def test_a_key_of_one_project_neither_reads_nor_changes_datasets(
    send: Send, datasets: DatasetService
) -> None:
    made = send(ANN, "POST", "/datasets", {"name": "a"}).json()
    one = datasets.add(made["id"], [question("q")]).example_ids[0]

    assert made["created_by"] == "ann@example.org"
    assert send(SHOP, "GET", "/datasets").json()["items"] == []
    for path in (f"/datasets/{made['id']}", f"/datasets/{made['id']}/examples", f"/examples/{one}"):
        assert send(SHOP, "GET", path).status_code == 404
        assert send(ANN, "GET", path).status_code == 200
    assert send(SHOP, "POST", "/datasets", {"name": "b"}).status_code == 403
    for method, path in (("DELETE", f"/datasets/{made['id']}"), ("DELETE", f"/examples/{one}")):
        assert send(SHOP, method, path).status_code in (403, 404)
    assert datasets.count(made["id"]) == 1


def test_versions_say_who_made_them(send: Send) -> None:
    made = send(ANN, "POST", "/datasets", {"name": "a"}).json()

    written = send(ANN, "POST", f"/datasets/{made['id']}/examples", {"inputs": {}}).json()

    assert written["version"]["created_by"] == "ann@example.org"
