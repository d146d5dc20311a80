"""Releases: the list, a release with its figures, and moving it by the buttons."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from fakes.unruly_provider import unruly_provider
from gateway_world import KEY, Desk
from release_world import QUESTION, look, make
from servers import ServerProcess


def released(server: ServerProcess, base_url: str) -> None:
    """A release that has seen some users."""
    body = {"base_url": base_url, "api_key": KEY, "models": ["old", "new"]}
    assert server.call("PUT", "/api/v1/providers/shown", body)[0] == 200
    route = {"targets": [{"provider": "shown", "model": "old"}]}
    assert server.call("PUT", "/api/v1/gateway/routes/shown", route)[0] == 200


def test_a_release_is_looked_at_and_rolled_back_by_its_buttons(
    page: Page,
    phone: Page,
    server: ServerProcess,
    violations: Callable[[Page], list[str]],
) -> None:
    with unruly_provider() as provider:
        released(server, provider.base_url)
        desk = Desk(server, provider)
        make(desk, "larger", route="shown", challenger={"model": "shown/new"}, ramp=[0.5, 0.9])
        client = desk.client()
        for n in range(40):
            client.chat.completions.create(model="shown", user=f"u{n}", messages=QUESTION)
        client.close()
        desk.until(
            lambda: True if look(desk, "larger")["figures"]["arms"][0]["calls"] > 5 else None
        )

    page.goto("/releases")
    row = page.get_by_role("row").filter(has_text="larger")
    expect(row).to_contain_text("Running")
    expect(row).to_contain_text("50 %")
    row.get_by_role("link", name="larger").click()

    expect(page.get_by_role("heading", name="larger")).to_be_visible()
    expect(page.get_by_role("list").filter(has_text="Everybody")).to_contain_text("90 %")
    expect(page.get_by_role("row").filter(has_text="Error rate")).to_be_visible()
    expect(page.get_by_role("img", name="Errors")).to_be_visible()
    assert violations(page) == []

    page.get_by_role("button", name="Roll back").click()
    asked = page.get_by_role("dialog", name="Roll back")
    expect(asked).to_contain_text("Nobody who asks for shown gets the challenger")
    asked.get_by_role("textbox", name="Why").fill("people complain")
    asked.get_by_role("button", name="Roll back").click()
    expect(page.get_by_text("people complain")).to_be_visible()
    expect(page.get_by_role("button", name="Promote")).to_have_count(0)

    phone.goto("/releases/larger")
    expect(phone.get_by_text("people complain")).to_be_visible()
    wider = phone.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    assert not wider
