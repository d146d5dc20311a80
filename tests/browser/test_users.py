"""Users: the table, and the page of one of them."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from servers import ServerProcess

USERS = "/p/demo/users?range=7d"


def dearest(server: ServerProcess) -> str:
    query = "project=demo&order_by=-cost.total&limit=1"
    return str(server.get(f"/api/v1/users?{query}")["items"][0]["user_id"])


def test_the_users_are_sorted_by_what_is_pressed(page: Page, server: ServerProcess) -> None:
    page.goto(USERS)
    table = page.get_by_role("table")

    page.get_by_role("button", name="Cost").click()

    expect(page).to_have_url(re.compile(r"order=-cost\.total"))
    expect(page.get_by_role("columnheader", name="Cost")).to_have_attribute(
        "aria-sort", "descending"
    )
    expect(table.get_by_role("row").nth(1)).to_contain_text(dearest(server))


def test_a_piece_of_an_id_finds_the_user(page: Page, server: ServerProcess) -> None:
    wanted = dearest(server)
    page.goto(USERS)

    page.get_by_role("searchbox", name="Find a user").fill(wanted[2:])

    expect(page).to_have_url(re.compile(f"find={wanted[2:]}"))
    expect(page.get_by_role("link", name=wanted, exact=True)).to_be_visible()
    page.get_by_role("searchbox", name="Find a user").fill("nobody-of-that-name")
    expect(page.get_by_text("No user's id contains “nobody-of-that-name”")).to_be_visible()
    page.get_by_role("button", name="Show all").click()
    expect(page.get_by_role("row").nth(5)).to_be_visible()


def test_keys_walk_the_table_and_open_a_user(page: Page) -> None:
    page.goto(USERS)
    expect(page.get_by_role("row").nth(2)).to_be_visible()
    second = page.get_by_role("row").nth(2).get_by_role("link").inner_text()

    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name=second, level=1)).to_be_visible()


def test_the_page_of_a_user_shows_their_sums_sessions_and_traces(
    page: Page, server: ServerProcess
) -> None:
    user = dearest(server)
    [known] = server.get(f'/api/v1/users?project=demo&filter=user_id="{user}"')["items"]
    page.goto(f"/p/demo/users/{user}?range=all")

    expect(page.get_by_text(f"traces {known['trace_count']}")).to_be_visible()
    expect(page.get_by_text(f"sessions {known['session_count']}")).to_be_visible()
    sessions = page.get_by_role("region", name="Sessions")
    expect(sessions.get_by_role("row").nth(1)).to_be_visible()
    page.get_by_role("region", name="Newest traces").get_by_role("link", name=re.compile(".")).nth(
        1
    ).click()
    expect(page).to_have_url(re.compile("/p/demo/trace/"))


def test_a_user_who_never_came_has_a_page_that_says_so(page: Page) -> None:
    page.goto("/p/demo/users/nobody%20%2F%20%E5%90%8D%E5%89%8D")

    expect(page.get_by_role("heading", name="nobody / 名前", level=1)).to_be_visible()
    expect(page.get_by_text("Nothing of this user in this time.")).to_be_visible()
    expect(page.get_by_text("No trace in this time.")).to_be_visible()


def test_axe_finds_nothing_wrong(
    page: Page,
    violations: Callable[[Page], list[str]],
    server: ServerProcess,
) -> None:
    page.goto(USERS)
    expect(page.get_by_role("row").nth(2)).to_be_visible()
    found = violations(page)
    page.goto(f"/p/demo/users/{dearest(server)}?range=7d")
    expect(
        page.get_by_role("region", name="Newest traces").get_by_role("row").nth(1)
    ).to_be_visible()

    assert [*found, *violations(page)] == []


def test_on_a_phone_nothing_scrolls_sideways(phone: Page) -> None:
    phone.goto(USERS)
    expect(phone.get_by_role("row").nth(2)).to_be_visible()

    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
