"""The links that LangSmith's clients print lead to our pages."""

from __future__ import annotations

import http.client
import uuid

import pytest

from langsmith import Client
from otlp import request, span, trace_id
from servers import ServerProcess

pytestmark = pytest.mark.filterwarnings("ignore::langsmith.utils.LangSmithWarning")


def led_to(server: ServerProcess, path: str) -> str:
    """Where a link leads."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert answer.status == 302, (path, answer.status)
    return answer.headers["location"]


def test_runs_and_projects_lead_to_traces(server: ServerProcess) -> None:
    client = Client(api_url=f"{server.url}/langsmith", api_key="none")
    name, trace = f"p {uuid.uuid4().hex[:8]}", trace_id()
    server.call("POST", "/v1/traces", request(span(trace, "00000000000000aa"), project=name))
    [run] = client.list_runs(project_name=name)
    project = client.read_project(project_name=name)
    shown = name.replace(" ", "%20")
    assert run.app_path is not None
    at = f"/p/{shown}/trace/{trace}?span=00000000000000aa"
    for below in ("", "/langsmith"):
        assert led_to(server, f"{below}{run.app_path}") == at
        link = f"{below}/o/{project.tenant_id}/projects/p/{project.id}"
        assert led_to(server, link) == f"/p/{shown}/traces"
    url = client.share_run(run.id)
    token = url.rsplit("/", 2)[1]
    assert led_to(server, f"/public/{token}/r") == at
    client.close()


def test_datasets_experiments_and_prompts_lead_to_their_pages(server: ServerProcess) -> None:
    tenant, a, b = (str(uuid.uuid4()) for _ in range(3))
    of_tenant = f"/o/{tenant}/datasets/{a}"
    assert led_to(server, of_tenant) == f"/datasets/{a}"
    assert led_to(server, f"{of_tenant}/compare?selectedSessions={a}%2C{b}") == (
        f"/experiments/{a},{b}"
    )
    for link in (
        "/prompts/greet/0123abcd?organizationId=x",
        "/hub/pilothouse/greet:0123abcd",
        "/context/greet/0123abcd?organizationId=x",
    ):
        assert led_to(server, link) == "/prompts/greet?version=0123abcd"


def test_what_is_unknown_leads_to_the_first_page(server: ServerProcess) -> None:
    tenant, unknown = uuid.uuid4(), uuid.uuid4()
    assert led_to(server, f"/o/{tenant}/projects/p/{unknown}") == "/"
    assert led_to(server, f"/o/{tenant}/projects/p/{unknown}/r/{unknown}") == "/"
    assert server.call("GET", f"/public/{unknown}/r")[0] == 404
