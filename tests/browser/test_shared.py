"""What people see who have a link and no account."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import EMAIL, PASSWORD
from otlp import JSON, attributes, request, span, trace_id
from servers import ServerProcess


class Owner:
    """Whoever runs the server, and shares what is on it."""

    def __init__(self, server: ServerProcess) -> None:
        self._server = server
        login = json.dumps({"email": EMAIL, "password": PASSWORD}).encode()
        asked = urllib.request.Request(f"{server.url}/api/v1/login", login, JSON)
        with urllib.request.urlopen(asked) as answer:
            self._cookie = str(answer.headers["set-cookie"]).partition(";")[0]

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        status, told = self._server.call(method, path, body, {"cookie": self._cookie})
        assert status < 300, (path, told)
        return told

    def share(self, **what: str) -> str:
        """The token."""
        return str(self.ask("POST", "/api/v1/shares", what)["token"])


@pytest.fixture(scope="module")
def server(closed_server: ServerProcess) -> ServerProcess:
    return closed_server


@pytest.fixture(scope="module")
def owner(server: ServerProcess) -> Owner:
    return Owner(server)


@pytest.fixture(scope="module")
def trace(owner: Owner) -> str:
    """A trace of the session conv-1."""
    trace = trace_id()
    said = {
        "session.id": "conv-1",
        "user.id": "u-7",
        "input.value": "Where is my parcel?",
        "output.value": "Tomorrow.",
    }
    one = span(trace, name="answer", attributes=attributes(said))
    owner.ask("POST", "/v1/traces", request(one, project="shop"))
    return trace


@pytest.mark.parametrize("below", ["", "/langsmith"])
def test_a_shared_trace_is_shown_to_strangers_and_nothing_leads_further(
    page: Page, owner: Owner, trace: str, below: str
) -> None:
    token = owner.share(trace_id=trace, project="shop")

    page.goto(f"{below}/public/{token}/r")

    expect(page.get_by_role("heading", name="answer", level=1)).to_be_visible()
    expect(page.get_by_text("Where is my parcel?").first).to_be_visible()
    expect(page.get_by_text("conv-1")).to_be_visible()
    page.get_by_role("tab", name="Scores").click()
    expect(page.get_by_text("No score yet.")).to_be_visible()
    expect(page.get_by_role("link")).to_have_count(0)
    expect(page.get_by_role("textbox")).to_have_count(0)
    expect(page.get_by_role("navigation")).to_have_count(0)


def test_a_shared_session_opens_the_traces_of_its_turns(
    page: Page, owner: Owner, trace: str
) -> None:
    token = owner.share(session_id="conv-1", project="shop")

    page.goto(f"/public/{token}/t")
    expect(page.get_by_role("heading", name="conv-1")).to_be_visible()
    expect(page.get_by_text("Where is my parcel?")).to_be_visible()
    page.get_by_role("button", name="Show the trace").click()
    expect(page.get_by_role("heading", name="answer", level=1)).to_be_visible()
    page.get_by_role("button", name="Session").click()

    expect(page.get_by_role("heading", name="conv-1")).to_be_visible()


def test_a_shared_dataset_shows_its_examples(phone: Page, owner: Owner) -> None:
    dataset = owner.ask("POST", "/api/v1/datasets", {"name": "Parcels"})["id"]
    example = {"inputs": {"q": "where?", "n": 7}, "outputs": {"a": "here"}}
    owner.ask("POST", f"/api/v1/datasets/{dataset}/examples", example)

    phone.goto(f"/public/{owner.share(dataset_id=dataset)}/d")
    expect(phone.get_by_role("heading", name="Parcels")).to_be_visible()
    phone.get_by_role("button", name="where?").click()

    expect(phone.get_by_text(re.compile(r'"n": 7'))).to_be_visible()
    expect(phone.get_by_role("link")).to_have_count(0)


def test_a_link_that_was_taken_back_says_so(
    page: Page, owner: Owner, trace: str, watch: Any
) -> None:
    watch.forgiven.append("404")
    token = owner.share(trace_id=trace, project="shop")
    owner.ask("DELETE", f"/api/v1/shares/{token}")

    page.goto(f"/shared/{token}")

    expect(page.get_by_role("heading", name="Nothing is shared under this link")).to_be_visible()


def test_axe_finds_nothing_wrong(
    page: Page,
    violations: Callable[[Page], list[str]],
    owner: Owner,
    trace: str,
) -> None:
    page.goto(f"/shared/{owner.share(trace_id=trace, project='shop')}")
    expect(page.get_by_text("Where is my parcel?").first).to_be_visible()

    assert violations(page) == []
