"""What a key of one project may do with evaluators, its own, shared ones and those of others."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request

from fakes.no_models import NoModels
from pilothouse.platform.access.asked import principal_of
from pilothouse.platform.access.models import Principal
from pilothouse.platform.answers import add_error_answers
from pilothouse.platform.evaluators import routes
from pilothouse.platform.evaluators.service import EvaluatorService
from pilothouse.platform.projects import ProjectDirectory
from pilothouse.platform.records import Records

KEY = Principal(kind="key", project="shop")
DEFINITION = {"metric": "json_validity"}


class Kept:
    """Notes of which project verdicts and trials were asked for."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    async def page(self, _evaluator_id: str, project: str | None, **_how: Any) -> dict[str, Any]:
        self.asked.append(project)
        return {"items": []}

    async def run(self, _trial: Any, number: int) -> list[Any]:
        self.asked.append(number)
        return []


class Shop:
    """The routes as a key of the project "shop" finds them."""

    def __init__(self, records: Records) -> None:
        projects = ProjectDirectory(records)
        self.kept = Kept()
        evaluators = EvaluatorService(records, NoModels())
        for name in ("shop", "bank"):
            projects.id_of(name)
        self.ids = {
            name: evaluators.create("valid", definition=DEFINITION, project_id=number).id
            for name, number in {
                "own": projects.id_of("shop"),
                "others": projects.id_of("bank"),
                "shared": None,
            }.items()
        }
        self.app = FastAPI()
        add_error_answers(self.app)
        self.app.include_router(
            routes.router(
                evaluators,
                self.kept,
                self.kept,
                projects,
                allowed=lambda request, project: principal_of(request).sees(project),
                author=lambda _request: "key",
            )
        )

        @self.app.middleware("http")
        async def as_key(request: Request, go_on: Any) -> Any:
            request.scope.setdefault("state", {})["principal"] = KEY
            return await go_on(request)

    def status(self, method: str, path: str, body: Any = None) -> int:
        async def sent() -> int:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                url = f"/api/v1/evaluators{path.format(**self.ids)}"
                return (await client.request(method, url, json=body)).status_code

        return asyncio.run(sent())


@pytest.fixture
def shop(sqlite_records: Records) -> Shop:
    return Shop(sqlite_records)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/{own}", None, 200),
        ("GET", "/{shared}", None, 200),
        ("GET", "/{others}", None, 404),
        ("PATCH", "/{own}", {"description": "x"}, 200),
        ("PATCH", "/{shared}", {"description": "x"}, 403),
        ("PATCH", "/{others}", {"description": "x"}, 404),
        ("DELETE", "/{own}", None, 204),
        ("DELETE", "/{shared}", None, 403),
        ("DELETE", "/{others}", None, 404),
        ("POST", "", {"project": "shop", "name": "x", "definition": DEFINITION}, 201),
        ("POST", "", {"name": "x", "definition": DEFINITION}, 403),
        ("POST", "", {"project": "bank", "name": "x", "definition": DEFINITION}, 404),
        ("POST", "/test", {"project": "shop", "evaluator_id": "{shared}"}, 200),
        ("POST", "/test", {"project": "shop", "evaluator_id": "{others}"}, 404),
        ("GET", "/{others}/verdicts", None, 404),
        ("GET", "/{shared}/verdicts?project=bank", None, 403),
    ],
)
def test_a_key_of_one_project_changes_its_own_evaluators_alone(
    shop: Shop, method: str, path: str, body: Any, status: int
) -> None:
    if body is not None and "evaluator_id" in body:
        body = body | {"evaluator_id": body["evaluator_id"].format(**shop.ids)}

    assert shop.status(method, path, body) == status


def test_of_a_shared_evaluator_a_key_of_one_project_sees_that_projects_verdicts(
    shop: Shop,
) -> None:
    assert shop.status("GET", "/{shared}/verdicts") == 200

    assert shop.kept.asked == ["shop"]
