"""Dashboards, through HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from pilothouse.platform.answers import add_error_answers
from pilothouse.platform.dashboards import routes
from pilothouse.platform.dashboards.service import Dashboards
from pilothouse.platform.projects import ProjectDirectory
from pilothouse.platform.records import Records

Send = Callable[..., httpx.Response]

COUNT = {"scope": "traces", "measures": ["count"], "group_by": ["model"], "interval": "1h"}


@pytest.fixture
def projects(records: Records) -> ProjectDirectory:
    directory = ProjectDirectory(records)
    for name in ("shop", "desk", "hidden"):
        directory.create(name)
    return directory


@pytest.fixture
def send(records: Records, projects: ProjectDirectory) -> Send:
    """Sends a request to a server of dashboards; `hidden` is nothing for who asks."""
    app = FastAPI()
    add_error_answers(app)
    app.include_router(
        routes.router(
            Dashboards(records),
            projects,
            allowed=lambda request, project: project != "hidden",
            author=lambda request: request.headers.get("x-who", "ann"),
        )
    )

    def sent(
        method: str, path: str, body: Any = None, *, who: str = "ann", **params: Any
    ) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.request(
                    method,
                    f"/api/v1/dashboards{path}",
                    json=body,
                    params=params,
                    headers={"x-who": who},
                )

        return asyncio.run(ask())

    return sent


def panel(**changed: Any) -> dict[str, Any]:
    return {
        "id": "calls",
        "title": "Calls",
        "kind": "stacked",
        "question": COUNT,
        "position": {"x": 0, "y": 0, "w": 6, "h": 4},
        **changed,
    }


def dashboard(*panels: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return {"project": "shop", "name": "Night watch", "panels": list(panels), **changed}


def told(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    error: dict[str, Any] = answer.json()["error"]
    return error


def test_a_dashboard_is_kept_as_it_was_written_and_goes_away(send: Send) -> None:
    text = panel(id="note", kind="text", question=None, options={"text": "# On call"})

    made = send("POST", "", dashboard(panel(), text, refresh_s=30)).json()
    listed = send("GET", "", project="shop").json()["items"]
    found = send("GET", f"/{made['id']}").json()
    removed = send("DELETE", f"/{made['id']}")

    assert made["panels"][0]["question"] == COUNT
    assert made["panels"][1]["options"]["text"] == "# On call"
    assert (made["version"], made["refresh_s"], made["created_by"]) == (1, 30, "ann")
    assert found == made
    assert [(one["id"], one["panel_count"]) for one in listed] == [(made["id"], 2)]
    assert send("GET", "", project="desk").json()["items"] == []
    assert removed.status_code == 204
    told(send("GET", f"/{made['id']}"), 404)
    told(send("DELETE", f"/{made['id']}"), 404)


def test_what_is_shown_of_one_makes_another_like_it(send: Send) -> None:
    made = send("POST", "", dashboard(panel(), description="Who is on call looks here")).json()

    again = send("POST", "", made | {"project": "desk"})

    assert again.status_code == 201
    assert again.json()["id"] != made["id"]
    assert again.json()["panels"] == made["panels"]
    assert again.json()["description"] == made["description"]


def test_a_change_that_another_one_overtook_is_refused_and_says_by_whom(send: Send) -> None:
    made = send("POST", "", dashboard(panel())).json()
    changed = send(
        "PATCH", f"/{made['id']}", {"version": 1, "name": " Day watch ", "panels": []}, who="bob"
    ).json()

    late = told(send("PATCH", f"/{made['id']}", {"version": 1, "refresh_s": 60}), 409)
    again = send("PATCH", f"/{made['id']}", {"version": 2, "refresh_s": None}).json()

    assert (changed["version"], changed["updated_by"], changed["panels"]) == (2, "bob", [])
    assert "bob changed the dashboard 'Day watch' meanwhile" in late["message"]
    assert late["details"] == {"field": "version", "version": 2}
    assert (again["version"], again["name"], again["refresh_s"]) == (3, "Day watch", None)


def test_a_name_stands_once_in_a_project(send: Send) -> None:
    send("POST", "", dashboard())
    other = send("POST", "", dashboard(name="Other")).json()

    assert "already" in told(send("POST", "", dashboard()), 409)["message"]
    assert send("POST", "", dashboard(project="desk")).status_code == 201
    told(send("PATCH", f"/{other['id']}", {"version": 1, "name": "Night watch"}), 409)


@pytest.mark.parametrize(
    ("wrong", "field", "says"),
    [
        ({"question": {"measures": ["p95(durations)"]}}, "question.measures", "duration_ms"),
        ({"question": {"measures": ["counts"]}}, "question.measures", "'count'"),
        ({"question": {"measures": ["sum(name)"]}}, "question.measures", "name"),
        ({"question": {"measures": ["count"], "group_by": ["modle"]}}, "question.group_by",
         "'model'"),
        ({"question": {"measures": ["count"], "scope": "sessions", "group_by": ["model"]}},
         "question.group_by", "sessions"),
        ({"question": {"measures": ["avg(scores.good)"], "scope": "sessions"}},
         "question.measures", "traces or spans"),
        ({"question": {"measures": ["count"], "filter": "statu = 'ok'"}}, "question.filter",
         "status"),
        ({"question": {"measures": ["count"], "interval": "1 hour"}}, "question.interval",
         "1h"),
        ({"question": {"measures": ["count"], "compare": "yesterday"}}, "question.compare",
         "no interval"),
        ({"question": {"measures": ["histogram(duration_ms)"]}}, "question.measures",
         "drawn by a histogram"),
        ({"question": {"measures": ["count"], "group_by": ["model", "name"]}}, "question.group_by",
         "one field"),
        ({"question": {"measures": ["count", "error_rate"], "group_by": ["model"]}},
         "question.measures", "shows one measure"),
        ({"kind": "figure"}, "question.group_by", "not split"),
        ({"kind": "heatmap"}, "question.measures", "histogram(field)"),
        ({"kind": "line", "question": None}, "question", "say its question"),
        ({"kind": "text"}, "question", "asks nothing"),
    ],
)  # fmt: skip
def test_a_panel_that_could_not_be_drawn_is_refused_by_name_and_field(
    send: Send, wrong: dict[str, Any], field: str, says: str
) -> None:
    error = told(send("POST", "", dashboard(panel(id="first"), panel(**wrong))), 400)

    assert error["message"].startswith("panel 'Calls': ")
    assert says in error["message"]
    assert error["details"]["panel"] == "calls"
    assert error["details"]["field"] == f"panels.1.{field}"


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "  "},
        {"panels": [panel(kind="pie")]},
        {"panels": [panel(position={"x": 8, "y": 0, "w": 6, "h": 4})]},
        {"panels": [panel(), panel()]},
        {"panels": [panel(id=str(number)) for number in range(31)]},
        {"panels": [panel(options={"colour": "red"})]},
        {"refresh_s": 1},
        {"widgets": []},
    ],
)
def test_what_is_no_dashboard_is_refused(send: Send, wrong: dict[str, Any]) -> None:
    told(send("POST", "", dashboard() | wrong), 400)


def test_dashboards_of_other_projects_are_not_there(send: Send, records: Records) -> None:
    hidden = Dashboards(records).create(3, name="Secret")

    assert send("GET", "").json()["items"] == []
    for method, path in (("GET", f"/{hidden.id}"), ("DELETE", f"/{hidden.id}")):
        told(send(method, path), 404)
    told(send("PATCH", f"/{hidden.id}", {"version": 1}), 404)
    told(send("POST", "", dashboard(project="hidden")), 404)


def test_a_deleted_project_takes_its_dashboards_with_it(
    send: Send, projects: ProjectDirectory, records: Records
) -> None:
    send("POST", "", dashboard())
    kept = send("POST", "", dashboard(project="desk")).json()

    projects.delete("shop")

    assert [one.id for one in Dashboards(records).list()] == [kept["id"]]
