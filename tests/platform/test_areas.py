"""Routes that are declared when they are first asked for."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from fastapi import APIRouter
from fastapi.testclient import TestClient

from pilothouse.platform.routing import Api, ApiRouter, Area


def _server() -> tuple[Api, list[str]]:
    app, declared = Api(), list[str]()

    def pets() -> Iterator[APIRouter]:
        declared.append("pets")
        router = ApiRouter("/pets")

        @router.get("/{name}")
        def read(name: str) -> dict[str, str]:
            return {"name": name}

        yield router

    app.router.routes.append(Area(app.router, ["pets"], pets))

    @app.get("/api/v1/other")
    def other() -> str:
        return "other"

    return app, declared


def test_an_area_is_declared_when_it_is_first_asked_for() -> None:
    app, declared = _server()
    client = TestClient(app)
    assert client.get("/api/v1/other").json() == "other"
    assert client.get("/api/v1/petshop/tom").status_code == 404
    assert declared == []
    assert client.get("/api/v1/pets/tom").json() == {"name": "tom"}
    assert client.get("/api/v1/pets/tim").json() == {"name": "tim"}
    assert declared == ["pets"]


def test_wrong_methods_and_unknown_paths_are_answered_as_everywhere() -> None:
    app, _ = _server()
    client = TestClient(app)
    assert client.delete("/api/v1/pets/tom").status_code == 405
    assert client.get("/api/v1/pets/tom/tail").status_code == 404


def test_requests_that_come_at_once_declare_an_area_once() -> None:
    app, declared = _server()
    with TestClient(app) as client, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: client.get(f"/api/v1/pets/{n}").json(), range(16)))
    assert answers == [{"name": str(n)} for n in range(16)]
    assert declared == ["pets"]


def test_the_document_names_areas_that_nobody_asked_for() -> None:
    app, declared = _server()
    assert "/api/v1/pets/{name}" in app.openapi()["paths"]
    assert declared == ["pets"]
