"""Two traces side by side."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from sample_trace import ANSWER, PROJECT, ticket
from servers import ServerProcess


@pytest.fixture(scope="module")
def both(server: ServerProcess) -> tuple[str, str]:
    a = ticket(301).send(server)
    b = ticket(302, retried=False, answer=ANSWER.replace("tomorrow", "on Monday")).send(server)
    return a, b


def opened(page: Page, both: tuple[str, str], more: str = "") -> None:
    page.goto(f"/p/{PROJECT}/compare?a={both[0]}&b={both[1]}{more}")
    expect(page.get_by_role("listbox", name="Steps")).to_be_visible()


def test_steps_are_aligned_and_those_of_one_side_marked(page: Page, both: tuple[str, str]) -> None:
    opened(page, both)

    expect(page.get_by_role("button", name="Only A 2")).to_be_visible()
    expect(page.get_by_role("button", name="Only B 0")).to_be_visible()
    page.get_by_role("button", name="Only A 2").click()
    rows = page.get_by_role("option")
    expect(rows).to_have_count(2)
    expect(rows.last.locator("del")).to_have_text("POST /replacements")
    expect(page).to_have_url(re.compile("show=only-a"))


def test_a_step_shows_the_difference_of_its_texts_by_words(
    page: Page, both: tuple[str, str]
) -> None:
    opened(page, both)

    page.get_by_role("option").filter(has_text="answer_ticket").first.click()

    diff = page.get_by_role("complementary", name="Difference")
    expect(diff.locator("del")).to_have_text("tomorrow")
    expect(diff.locator("ins")).to_have_text("on Monday")
    expect(diff.get_by_text("the same in both")).to_be_visible()
    expect(diff.get_by_role("link", name="Open in A")).to_be_visible()


def test_keys_walk_the_steps_and_swap_the_sides(page: Page, both: tuple[str, str]) -> None:
    opened(page, both)
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.get_by_role("option", selected=True)).to_contain_text("pii_check")

    page.keyboard.press("s")

    expect(page).to_have_url(re.compile(f"a={both[1]}"))
    expect(page.get_by_role("button", name="Only B 2")).to_be_visible()


def test_a_trace_is_compared_from_its_menu(page: Page, both: tuple[str, str]) -> None:
    page.goto(f"/p/{PROJECT}/trace/{both[0]}")
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Compare with…").click()

    page.get_by_role("textbox", name="Search traces or paste an id").fill(both[1])
    page.keyboard.press("Enter")

    expect(page.get_by_role("listbox", name="Steps")).to_be_visible()
    expect(page).to_have_url(re.compile(f"b={both[1]}"))


def test_without_two_traces_the_page_says_how_to_choose_them(page: Page) -> None:
    page.goto(f"/p/{PROJECT}/compare")

    expect(page.get_by_text("Two traces are needed")).to_be_visible()


def test_a_comparison_fits_a_phone(phone: Page, both: tuple[str, str]) -> None:
    opened(phone, both)

    assert phone.evaluate("document.documentElement.scrollWidth") <= 390


def test_axe_finds_nothing_wrong_with_a_comparison(
    page: Page,
    violations: Callable[[Page], list[str]],
    both: tuple[str, str],
) -> None:
    opened(page, both)

    assert violations(page) == []
