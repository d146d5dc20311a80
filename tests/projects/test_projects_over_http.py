"""Projects through HTTP: settings, masking, what a key of one project sees, deletion as a job."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request

from pilothouse.platform.answers import add_error_answers
from pilothouse.platform.ingest.masking import check_rules
from pilothouse.platform.jobs import JobContext, Jobs
from pilothouse.platform.jobs import routes as job_routes
from pilothouse.platform.projects import ProjectDirectory
from pilothouse.platform.projects import routes as project_routes
from pilothouse.platform.projects.models import ProjectActivity
from pilothouse.platform.records import Records

Send = Callable[..., httpx.Response]


@pytest.fixture
def send(records: Records) -> Send:
    """Sends a request to a server of projects; the header x-only names all that it may see."""
    projects = ProjectDirectory(records, check_masking=check_rules)
    jobs = Jobs(records)

    async def nothing(context: JobContext) -> None:
        return None

    jobs.register("delete_project", nothing)

    def allowed(request: Request, project: str) -> bool:
        return request.headers.get("x-only") in {None, project}

    async def extras(numbers: Collection[int]) -> dict[int, ProjectActivity]:
        day = [0] * 23 + [7]
        return {
            number: ProjectActivity(trace_count=7, error_count=2, last_trace_at=None, activity=day)
            for number in numbers
        }

    app = FastAPI()
    add_error_answers(app)
    app.include_router(
        project_routes.router(projects, jobs, retention_days=90, allowed=allowed, extras_of=extras),
    )
    app.include_router(job_routes.router(jobs, allowed=lambda request, number: True))

    def sent(method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app)
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.request(method, "/api/v1" + path, json=body, headers=named)

        return asyncio.run(ask())

    return sent


def test_a_project_is_created_shown_changed_and_renamed(send: Send) -> None:
    made = send("POST", "/projects", {"name": "shop", "retention_days": 7}).json()
    changed = send("PATCH", "/projects/shop", {"name": "the shop", "description": "sells"}).json()
    default = send("PATCH", "/projects/the%20shop", {"retention_days": None}).json()

    assert (made["retention_days"], made["retention_inherited"]) == (7, False)
    assert (changed["name"], changed["retention_days"]) == ("the shop", 7)
    assert (default["retention_days"], default["retention_inherited"]) == (90, True)
    assert send("GET", "/projects/the shop").json() == default
    assert send("GET", "/projects/shop").status_code == 404


@pytest.mark.parametrize("name", ["a/b", "ünïcode 日本", "50%", "a?b#c", "..", "a b"])
def test_any_name_can_be_addressed(send: Send, name: str) -> None:
    from urllib.parse import quote

    send("POST", "/projects", {"name": name})

    assert (
        send("GET", f"/projects/{quote(name, safe='').replace('.', '%2E')}").json()["name"] == name
    )


def test_masking_rules_are_kept_and_checked(send: Send) -> None:
    send("POST", "/projects", {"name": "shop"})

    kept = send("PATCH", "/projects/shop", {"masking": [{"builtin": "emails"}]})
    wrong = send("PATCH", "/projects/shop", {"masking": [{"builtin": "emial"}]})

    assert kept.json()["masking"] == [{"builtin": "emails"}]
    assert wrong.status_code == 400
    assert "emial" in wrong.json()["error"]["message"]
    assert send("GET", "/projects/shop").json()["masking"] == [{"builtin": "emails"}]


@pytest.mark.parametrize(
    "body",
    [
        {"name": ""},
        {"name": "x" * 201},
        {"name": "a\nb"},
        {"name": "ok", "retention_days": -1},
        {"name": "ok", "retention": 3},
        {},
        [],
    ],
)
def test_a_wrong_body_is_refused_in_the_shape_of_all_errors(send: Send, body: Any) -> None:
    answer = send("POST", "/projects", body)

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "bad_request"


def test_a_taken_name_is_a_conflict(send: Send) -> None:
    send("POST", "/projects", {"name": "shop"})

    assert send("POST", "/projects", {"name": "shop"}).status_code == 409


def test_the_list_goes_page_by_page(send: Send, records: Records) -> None:
    for name in ("a", "b", "c"):
        send("POST", "/projects", {"name": name})

    first = send("GET", "/projects?limit=2&extras=true").json()
    rest = send("GET", f"/projects?limit=2&cursor={first['next_cursor']}").json()

    assert [project["name"] for project in first["items"] + rest["items"]] == ["a", "b", "c"]
    assert rest["next_cursor"] is None
    assert (first["items"][0]["trace_count"], first["items"][0]["error_count"]) == (7, 2)
    assert first["items"][0]["activity"][-1] == 7
    assert rest["items"][0]["trace_count"] is None  # counted only where it is asked for
    assert send("GET", "/projects/a?extras=true").json()["trace_count"] == 7


def test_who_may_see_one_project_sees_no_other(send: Send) -> None:
    for name in ("shop", "desk"):
        send("POST", "/projects", {"name": name})

    listed = send("GET", "/projects", x_only="shop").json()["items"]

    assert [project["name"] for project in listed] == ["shop"]
    assert send("GET", "/projects/desk", x_only="shop").status_code == 404
    assert send("DELETE", "/projects/desk", x_only="shop").status_code == 404


def test_a_deletion_is_a_job_and_frees_the_name(send: Send) -> None:
    send("POST", "/projects", {"name": "shop"})

    job = send("DELETE", "/projects/shop")

    assert job.status_code == 202
    assert job.json()["status"] == "queued"
    assert send("GET", f"/jobs/{job.json()['id']}").json()["title"] == "Delete project shop"
    assert send("GET", "/jobs").json()["items"][0]["kind"] == "delete_project"
    assert send("GET", "/projects/shop").status_code == 404
    assert send("POST", "/projects", {"name": "shop"}).status_code == 201
    assert send("GET", "/jobs/none").status_code == 404
    assert send("GET", "/jobs?cursor=none").status_code == 400
