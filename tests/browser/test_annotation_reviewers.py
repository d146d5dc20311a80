"""Several people review one queue: who holds what, what they see of each other, how they agree."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from sample_trace import Ticket
from servers import ServerProcess

ADA, BOB, PASSWORD = "ada@example.com", "bob@example.com", "correct horse battery"
RUBRIC = [
    {
        "feedback_key": "tone",
        "is_required": True,
        "categories": [{"value": 1, "label": "polite"}, {"value": 0, "label": "rude"}],
    }
]
NUMBERS = (711, 712, 713)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server that asks who calls, with one admin."""
    folder: Path = tmp_path_factory.mktemp("reviewers")
    secret = folder / "password"
    secret.write_text(PASSWORD)
    started = ServerProcess(
        folder / "data",
        "--host",
        "0.0.0.0",
        environ={"PILOTHOUSE_ADMIN_EMAIL": ADA, "PILOTHOUSE_ADMIN_PASSWORD_FILE": str(secret)},
    ).start()
    yield started
    started.stop()


def asked(page: Page, method: str, path: str, body: Any = None) -> Any:
    """An answer of the API to whoever is signed in."""
    answer = page.request.fetch(f"/api/v1/{path}", method=method, data=body)
    assert answer.ok, answer.text()
    return answer.json() if answer.body() else None


@pytest.fixture
def ada(make_page: Callable[..., Page]) -> Page:
    page = make_page()
    asked(page, "POST", "login", {"email": ADA, "password": PASSWORD})
    return page


@pytest.fixture
def bob(make_page: Callable[..., Page], ada: Page) -> Page:
    known = asked(ada, "GET", "accounts")["items"]
    if not any(account["email"] == BOB for account in known):
        asked(ada, "POST", "accounts", {"email": BOB, "password": PASSWORD})
    page = make_page()
    asked(page, "POST", "login", {"email": BOB, "password": PASSWORD})
    return page


@pytest.fixture
def runs(server: ServerProcess, ada: Page) -> list[str]:
    """The root spans of three traces."""
    key = asked(ada, "POST", "keys", {"name": "app", "scopes": ["ingest"]})["key"]

    class WithKey:
        def call(self, method: str, path: str, body: Any) -> tuple[int, Any]:
            return server.call(method, path, body, {"x-api-key": key})

    roots = []
    for number in NUMBERS:
        made = Ticket(number)
        made.span("root", None, f"answer {number}", "AGENT", (0, 1), output__value=f"said {number}")
        made.send(WithKey(), "reviewed")
        roots.append(made.span_id("root"))
    return roots


def queue(page: Page, name: str, runs: list[str], reviewers: int) -> str:
    given = {"name": name, "rubric": RUBRIC, "reviewers_per_item": reviewers}
    made: str = asked(page, "POST", "annotation-queues", given)["id"]
    asked(page, "POST", f"annotation-queues/{made}/items", {"run_ids": runs})
    return made


def conversation(page: Page) -> Any:
    return page.get_by_role("group", name="Conversation")


def test_nobody_gets_what_somebody_else_has_open(ada: Page, bob: Page, runs: list[str]) -> None:
    made = queue(ada, "held", runs, 1)
    ada.goto(f"/annotation/{made}")
    expect(conversation(ada)).to_contain_text("said 711")
    expect(ada.get_by_text(re.compile("Held for you until"))).to_be_visible()

    bob.goto(f"/annotation/{made}")

    expect(conversation(bob)).to_contain_text("said 712")


def test_answers_of_others_are_shown_after_ones_own_and_disagreements_listed(
    ada: Page, bob: Page, runs: list[str]
) -> None:
    made = queue(ada, "agreed", runs, 2)
    for page, digits in ((ada, "112"), (bob, "122")):
        page.goto(f"/annotation/{made}")
        for digit, number in zip(digits, NUMBERS, strict=True):
            expect(conversation(page)).to_contain_text(f"said {number}")
            expect(page.get_by_role("region", name="Other reviews")).to_have_count(0)
            page.keyboard.press(digit)
            page.keyboard.press("Enter")
        expect(page.get_by_text("Nothing is left for you to review")).to_be_visible()

    ada.get_by_role("tab", name="Agreement").click()
    figures = ada.get_by_role("region", name="Agreement", exact=True)
    row = figures.get_by_role("row").filter(has_text="tone")
    expect(row).to_contain_text("67 %")
    expect(row).to_contain_text("0.40")
    expect(ada.get_by_role("region", name="Reviewers").get_by_role("row")).to_have_count(3)
    differing = ada.get_by_role("region", name="Disagreements").get_by_role("row")
    expect(differing).to_have_count(2)
    expect(differing.last).to_contain_text("answer 712")

    differing.last.get_by_role("link").click()

    expect(conversation(ada)).to_contain_text("said 712")
    others = ada.get_by_role("region", name="Other reviews")
    expect(others).to_contain_text(BOB)
    expect(others).to_contain_text("rude")
    ada.keyboard.press("2")
    ada.get_by_role("button", name="Keep the change").click()
    expect(ada.get_by_text("Nothing is left for you to review")).to_be_visible()
    ada.get_by_role("tab", name="Agreement").click()
    expect(ada.get_by_text("No item has been answered differently.")).to_be_visible()
