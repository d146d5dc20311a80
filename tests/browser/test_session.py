"""The page of one session: a chat of turns."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from sample_trace import PROJECT, Ticket
from servers import ServerProcess

ASKED = ("Can I return a cracked lid?", "I ask again: can I return a cracked lid?", "Thanks")


@pytest.fixture(scope="module")
def session(server: ServerProcess) -> str:
    for turn, text in enumerate(ASKED):
        made = Ticket(200 + turn)
        error = ("KeyError", "no such order") if turn == 1 else None
        said: dict[str, Any] = {
            "input__value": text,
            "output__value": f"Answer **{turn}**.",
            "user__id": "u-7",
        }
        times = (0, 1 + turn)
        made.span("root", None, "answer", "AGENT", times, error, session__id="talk 1/a", **said)
        made.send(server)
    other = Ticket(190)
    other.span("root", None, "answer", "AGENT", (0, 1), session__id="older", input__value="Hi")
    other.send(server)
    thumb = {"project": PROJECT, "trace_id": Ticket(200).trace_id, "name": "helpful", "value": 0}
    status, answer = server.call("POST", "/api/v1/scores", thumb | {"source": "end_user"})
    assert status in (200, 201), answer
    return "talk%201%2Fa"


def opened(page: Page, session: str, search: str = "") -> Locator:
    page.goto(f"/p/{PROJECT}/sessions/{session}{search}")
    expect(page.get_by_role("heading", level=2, name="talk 1/a")).to_be_visible()
    return page.get_by_role("group", name="Turns", exact=True)


def test_a_session_reads_as_a_chat_with_the_figures_of_each_turn(page: Page, session: str) -> None:
    turns = opened(page, session)

    for text in ASKED:
        expect(turns.get_by_text(text, exact=True)).to_be_visible()
    expect(turns.get_by_role("listitem")).to_have_count(3)
    expect(turns.get_by_text("asked again in other words")).to_have_count(1)
    expect(turns.get_by_text("KeyError")).to_be_visible()
    expect(turns.get_by_text("thumb down")).to_have_count(1)
    expect(page.get_by_text("1 turn failed")).to_be_visible()


def test_a_turn_leads_to_its_trace(page: Page, session: str) -> None:
    turns = opened(page, session)

    turns.get_by_role("link", name="answer").first.click()

    expect(page).to_have_url(re.compile(Ticket(200).trace_id))


def test_the_strip_and_keys_choose_turns_and_the_address_keeps_the_choice(
    page: Page, session: str
) -> None:
    opened(page, session)
    strip = page.get_by_role("group", name="Turns by duration")

    strip.get_by_role("button", name=re.compile("Turn 2, 2.00 s, failed")).click()

    expect(page).to_have_url(re.compile(Ticket(201).trace_id))
    page.keyboard.press("j")
    expect(page).to_have_url(re.compile(Ticket(202).trace_id))
    page.reload()
    expect(strip.get_by_role("button", name=re.compile("^Turn 3"))).to_have_attribute(
        "aria-pressed", "true"
    )
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"trace/{Ticket(202).trace_id}"))


def test_keys_go_to_the_neighbouring_sessions(page: Page, session: str) -> None:
    opened(page, session)
    expect(page.get_by_role("button", name="Next session")).to_be_enabled()

    page.keyboard.press("]")

    expect(page.get_by_role("heading", level=2, name="older")).to_be_visible()


def test_a_session_that_is_not_there_says_so(page: Page, watch: Any) -> None:
    watch.forgiven.append("404 (Not Found)")

    page.goto(f"/p/{PROJECT}/sessions/none")

    expect(page.get_by_text("There is no such session in this project")).to_be_visible()


def test_a_session_fits_a_phone(phone: Page, session: str) -> None:
    opened(phone, session)

    assert phone.evaluate("document.documentElement.scrollWidth") <= 390


def test_axe_finds_nothing_wrong_with_a_session(
    page: Page,
    violations: Callable[[Page], list[str]],
    session: str,
) -> None:
    opened(page, session, f"?trace={Ticket(201).trace_id}")

    assert violations(page) == []
