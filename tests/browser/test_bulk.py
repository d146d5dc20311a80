"""What can be done with ticked traces: tags and deletion."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from sample_trace import Ticket
from servers import ServerProcess

PROJECT = "bulk"


@pytest.fixture(scope="module", autouse=True)
def traces(server: ServerProcess) -> list[str]:
    sent = []
    for number in (601, 602, 603):
        made = Ticket(number)
        tags = ["web"] if number == 601 else []
        made.span("root", None, f"job {number}", "AGENT", (0, 1), tag__tags=tags)
        sent.append(made.send(server, PROJECT))
    return sent


def ticked(page: Page, *numbers: int) -> None:
    page.goto(f"/p/{PROJECT}/traces?range=30d")
    for number in numbers:
        row = page.get_by_role("row").filter(has_text=f"job {number}")
        row.get_by_role("checkbox").check()
    expect(page.get_by_text(f"{len(numbers)} selected")).to_be_visible()


def test_a_tag_is_given_to_all_selected_traces_and_taken_away_again(page: Page) -> None:
    ticked(page, 601, 602)
    # All that can be done with them is within the page.
    expect(page.get_by_role("button", name="More")).to_be_in_viewport(ratio=1)

    page.get_by_role("button", name="Tag", exact=True).click()
    tags = page.get_by_role("dialog", name="Tag", exact=True)
    tags.get_by_role("textbox", name="New tag of 2 traces").fill("looked at")
    page.keyboard.press("Enter")
    expect(tags.get_by_role("listitem").filter(has_text="looked at")).to_contain_text("2 of 2")
    expect(tags.get_by_role("listitem").filter(has_text="web")).to_contain_text("1 of 2")

    tags.get_by_role("button", name="Remove looked at").click()
    expect(tags.get_by_text("looked at")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(tags).to_have_count(0)


def test_deletion_says_what_goes_and_takes_only_what_was_selected(page: Page) -> None:
    ticked(page, 603)

    page.get_by_role("button", name="Delete").click()
    question = page.get_by_role("dialog", name="Delete 1 trace?")
    expect(question).to_contain_text("cannot be undone")
    page.keyboard.press("Escape")
    expect(question).to_have_count(0)
    # The key closed the dialog and nothing else: what was selected still is.
    expect(page.get_by_role("button", name="Delete")).to_be_focused()
    page.get_by_role("button", name="Delete").click()
    question.get_by_role("button", name="Delete 1 trace").click()

    expect(page.get_by_role("row").filter(has_text="job 603")).to_have_count(0)
    expect(page.get_by_role("row").filter(has_text="job 602")).to_be_visible()
    expect(page.get_by_text("selected")).to_have_count(0)


def test_axe_finds_nothing_wrong_with_tags_and_the_question(
    page: Page, violations: Callable[[Page], list[str]]
) -> None:
    ticked(page, 601)
    page.get_by_role("button", name="Tag", exact=True).click()
    expect(page.get_by_role("dialog", name="Tag", exact=True)).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")

    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("dialog", name="Delete 1 trace?")).to_be_visible()
    assert violations(page) == []
