"""Signing in, on a server that asks who calls."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import EMAIL, PASSWORD, Watch
from servers import ServerProcess


@pytest.fixture(scope="module")
def server(closed_server: ServerProcess) -> ServerProcess:
    return closed_server


@pytest.fixture(autouse=True)
def refused_at_first(watch: Watch) -> None:
    """Every test begins as a stranger, whom the API refuses."""
    watch.forgiven.append("401")


def sign_in(page: Page, password: str = PASSWORD) -> None:
    page.get_by_role("textbox", name="E-mail").fill(EMAIL)
    page.get_by_role("textbox", name="Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_a_stranger_is_asked_to_sign_in_and_led_back(page: Page) -> None:
    page.goto("/settings/about")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()

    sign_in(page)

    expect(page).to_have_url(re.compile("/settings/about$"))
    expect(page.get_by_text("Asks for a key")).to_be_visible()


def test_a_wrong_password_is_told_without_saying_which_part_was_wrong(page: Page) -> None:
    page.goto("/signin")

    sign_in(page, "wrong")

    expect(page.get_by_role("alert")).to_have_text(
        "This e-mail address and this password do not belong together."
    )


def test_a_foreign_address_is_not_gone_to_after_signing_in(page: Page) -> None:
    page.goto("/signin?next=//evil.example/")

    sign_in(page)

    expect(page).to_have_url(re.compile(r"^http://127\.0\.0\.1:\d+/(?!/)"))


def test_signing_out_asks_again(page: Page) -> None:
    page.goto("/signin")
    sign_in(page)
    expect(page).not_to_have_url(re.compile("/signin"))
    page.goto("/settings/accounts")

    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto("/projects")

    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_the_set_up_of_a_closed_server_carries_a_key(page: Page) -> None:
    page.goto("/signin?next=/onboarding")

    sign_in(page)

    expect(page.get_by_role("tabpanel")).to_contain_text("YOUR_API_KEY")
    expect(page.get_by_text("A key is needed")).to_be_visible()


def test_axe_finds_nothing_wrong(page: Page, violations: Callable[[Page], list[str]]) -> None:
    page.goto("/signin")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()

    assert violations(page) == []
