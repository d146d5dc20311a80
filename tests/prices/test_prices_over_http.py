"""The price table and saved views, through HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from pilothouse.platform.answers import add_error_answers
from pilothouse.platform.prices import Prices
from pilothouse.platform.prices import routes as price_routes
from pilothouse.platform.projects import ProjectDirectory
from pilothouse.platform.records import Records
from pilothouse.platform.views import routes as view_routes
from pilothouse.platform.views.service import Views
from pilothouse.spans import Fields, Usage

Send = Callable[..., httpx.Response]
NOW_NS = 1_790_000_000_000_000_000


@pytest.fixture
def prices(records: Records) -> Prices:
    return Prices(records)


@pytest.fixture
def send(records: Records, prices: Prices) -> Send:
    """Sends a request to a server of prices and views with the projects shop and desk."""
    projects = ProjectDirectory(records)
    for name in ("shop", "desk", "hidden"):
        projects.create(name)
    app = FastAPI()
    add_error_answers(app)

    def allowed(request: object, project: str) -> bool:
        return project != "hidden"

    app.include_router(price_routes.router(prices, projects, allowed=allowed))
    app.include_router(
        view_routes.router(
            Views(records), projects, allowed=allowed, author=lambda request: "ann@example.org"
        ),
    )

    def sent(method: str, path: str, body: Any = None, **params: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.request(method, "/api/v1" + path, json=body, params=params)

        return asyncio.run(ask())

    return sent


def cost_of(prices: Prices, project: int = 1) -> tuple[float | None, str] | None:
    usage = Usage(input_tokens=1_000_000, output_tokens=0)
    fields = Fields(name="chat", model="house-7b", provider="ours", usage=usage)
    cost = prices.price(project, fields, NOW_NS)
    return None if cost is None else (cost.total, cost.source)


def test_an_entered_price_prices_spans_at_once(send: Send, prices: Prices) -> None:
    assert cost_of(prices) is None

    made = send("POST", "/prices", {"model": "house-*", "prices": {"input": 0.3, "output": 1}})
    before = cost_of(prices)
    send("PATCH", f"/prices/{made.json()['id']}", {"prices": {"input": 0.1, "output": 1}})
    after = cost_of(prices)
    removed = send("DELETE", f"/prices/{made.json()['id']}")

    assert made.status_code == 201
    assert (before, after) == ((0.3, "project"), (pytest.approx(0.1), "project"))
    assert removed.status_code == 204
    assert cost_of(prices) is None


def test_a_price_of_a_project_is_for_that_project(send: Send, prices: Prices) -> None:
    send("POST", "/prices", {"project": "shop", "model": "house-7b", "prices": {"input": 5}})

    assert cost_of(prices, project=1) == (5, "project")
    assert cost_of(prices, project=2) is None


def test_an_entry_comes_back_as_it_was_entered(send: Send) -> None:
    body = {
        "project": "shop",
        "model": "house-7b",
        "provider": "ours",
        "valid_from": "2026-10-01",
        "prices": {"input": 0.1, "cached": 0.025, "output": 0.7, "request": 0.005},
        "tiers": [{"above_input_tokens": 200_000, "prices": {"input": 0.2, "output": 1.4}}],
        "note": "contract of October",
    }

    made = send("POST", "/prices", body).json()

    assert {name: made[name] for name in body} == body
    assert send("GET", f"/prices/{made['id']}").json() == made
    assert send("GET", "/prices", project="shop").json()["items"] == [made]
    assert send("GET", "/prices", project="desk").json()["items"] == []
    assert send("PATCH", f"/prices/{made['id']}", {"valid_from": None}).json()["valid_from"] is None


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"model": "m", "prices": {"input_tokens": 1}}, "unknown type of price 'input_tokens'"),
        ({"model": "m", "prices": {"input": -1}}, "is 0 to 1000000 US dollars"),
        ({"model": "m", "prices": {"input": "much"}}, "is a number of US dollars"),
        ({"model": "m", "prices": {"input": "nan"}}, "is 0 to 1000000 US dollars"),
        ({"model": "m", "prices": {}}, "names at least one type"),
        ({"model": " ", "prices": {"input": 1}}, "1 to 300 printable characters"),
        ({"model": "m", "prices": {"input": 1}, "valid_from": "soon"}, "valid_from"),
        ({"model": "m", "prices": {"input": 1}, "modle": "x"}, "modle"),
    ],
)
def test_a_wrong_price_is_refused_with_its_reason(
    send: Send, body: dict[str, Any], said: str
) -> None:
    answer = send("POST", "/prices", body)

    assert answer.status_code == 400
    assert said in answer.json()["error"]["message"]


def test_one_price_for_the_same_calls_and_day(send: Send) -> None:
    body = {"model": "m", "prices": {"input": 1}}
    send("POST", "/prices", body)

    assert send("POST", "/prices", body | {"model": "M"}).status_code == 409
    assert send("POST", "/prices", body | {"valid_from": "2026-12-01"}).status_code == 201
    assert send("POST", "/prices", body | {"project": "shop"}).status_code == 201


def test_prices_of_a_project_that_the_caller_may_not_see_are_not_there(send: Send) -> None:
    made = send("POST", "/prices", {"project": "hidden", "model": "m", "prices": {"input": 1}})

    assert send("GET", "/prices").json()["items"] == []
    assert send("GET", f"/prices/{made.json()['id']}").status_code == 404
    assert send("GET", "/prices/999").status_code == 404


def test_the_public_list_can_be_asked(send: Send) -> None:
    asked = {"model": ["gpt-4o-mini", "house-7b"], "provider": "openai", "date": "2026-11-01"}
    known, unknown = send("GET", "/prices/list", **asked).json()["items"]

    assert known["periods"][0]["prices"] == {"input": 0.15, "cached": 0.075, "output": 0.6}
    assert unknown["periods"] == []


def test_the_public_list_wants_to_know_which_model(send: Send) -> None:
    assert send("GET", "/prices/list").status_code == 400


def test_a_view_is_saved_listed_changed_and_removed(send: Send) -> None:
    body = {
        "project": "shop",
        "name": "Slow errors",
        "scope": "traces",
        "filter": 'status = "error" and duration_ms > 2s',
        "columns": ["start", "name", "metadata.tier"],
        "order_by": "-duration_ms",
        "state": {"chart": "latency"},
    }

    made = send("POST", "/views", body).json()
    changed = send("PATCH", f"/views/{made['id']}", {"name": "Slow", "columns": []}).json()

    assert {name: made[name] for name in body} == body
    assert made["created_by"] == "ann@example.org"
    assert (changed["name"], changed["columns"], changed["filter"]) == ("Slow", [], body["filter"])
    assert send("GET", "/views", project="shop").json()["items"] == [changed]
    assert send("GET", "/views", project="desk").json()["items"] == []
    assert send("DELETE", f"/views/{made['id']}").status_code == 204
    assert send("GET", f"/views/{made['id']}").status_code == 404


def test_views_of_all_projects_stand_beside_those_of_one(send: Send) -> None:
    send("POST", "/views", {"name": "b of all"})
    send("POST", "/views", {"name": "a of shop", "project": "shop", "scope": "spans"})
    send("POST", "/views", {"name": "hidden", "project": "hidden"})

    names = [view["name"] for view in send("GET", "/views", project="shop").json()["items"]]
    spans = [view["name"] for view in send("GET", "/views", scope="spans").json()["items"]]

    assert names == ["a of shop", "b of all"]
    assert spans == ["a of shop"]


def test_a_name_stands_once_in_a_project_and_scope(send: Send) -> None:
    first = send("POST", "/views", {"name": "Errors", "project": "shop"}).json()
    second = send("POST", "/views", {"name": "Other", "project": "shop"}).json()

    assert send("POST", "/views", {"name": "Errors", "project": "shop"}).status_code == 409
    assert send("POST", "/views", {"name": "Errors", "project": "desk"}).status_code == 201
    assert send("PATCH", f"/views/{second['id']}", {"name": "Errors"}).status_code == 409
    assert send("PATCH", f"/views/{first['id']}", {"name": "Errors"}).status_code == 200


@pytest.mark.parametrize("view_id", ["none", "0", "-1", "9" * 30, "\u0661"])
def test_a_view_that_is_not_there_is_404(send: Send, view_id: str) -> None:
    assert send("GET", f"/views/{view_id}").status_code == 404
