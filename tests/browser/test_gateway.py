"""The gateway's page: routes and their models, caches, guardrails with their hits, and a trial."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import openai
from playwright.sync_api import Page, expect

from fakes.unruly_provider import Act, unruly_provider
from gateway_world import KEY, Desk
from servers import ServerProcess

QUESTION: Any = [{"role": "user", "content": "Write to ada@example.com"}]


def asked(server: ServerProcess) -> None:
    """A route that answered the same twice, with a guardrail, and one whose model fails."""
    with unruly_provider() as provider:
        body = {"base_url": provider.base_url, "api_key": KEY, "models": ["good", "down"]}
        assert server.call("PUT", "/api/v1/providers/seen", body)[0] == 200
        desk = Desk(server, provider)
        desk.acts("down", Act(status=500, body={}))
        for name in ("good", "down"):
            route: dict[str, Any] = {
                "targets": [{"provider": "seen", "model": name}],
                "retries": {"max": 0},
            }
            if name == "good":
                route |= {"cache": {"ttl": 600}, "guardrails": {"input": ["pii"]}}
            assert server.call("PUT", f"/api/v1/gateway/routes/is-{name}", route)[0] == 200
        client = desk.client(default_headers={"x-pilothouse-project": "gateway-page"})
        for _ in range(2):
            client.chat.completions.create(model="is-good", messages=QUESTION, temperature=0)
        for _ in range(4):
            try:
                client.chat.completions.create(model="is-down", messages=QUESTION)
            except openai.InternalServerError:
                continue
        client.close()
        desk.spans("gateway-page", 8)


def test_the_gateway_shows_what_it_did_and_tries_guardrails_on_a_text(
    page: Page,
    phone: Page,
    server: ServerProcess,
    violations: Callable[[Page], list[str]],
) -> None:
    asked(server)

    page.goto("/p/gateway-page/overview")
    page.get_by_role("link", name="Gateway", exact=True).click()
    good = page.get_by_role("row").filter(has_text="is-good")
    expect(good).to_contain_text("exact, 10 m 00 s")
    expect(good).to_contain_text("50.0 %")
    expect(page.get_by_role("row").filter(has_text="seen/down").last).to_contain_text(
        re.compile(r"rests|failed")
    )
    assert violations(page) == []

    page.get_by_role("tab", name="Guardrails").click()
    pii = page.get_by_role("row").filter(has_text="is-good")
    expect(pii).to_contain_text("input, output")
    trial = page.get_by_role("region", name="Try it")
    expect(trial).to_contain_text("It would be blocked")
    trial.get_by_role("checkbox", name="injection").uncheck()
    trial.get_by_role("checkbox", name="secrets").uncheck()
    trial.get_by_role("textbox", name="A text").fill("Write to bob@example.com")
    expect(trial).to_contain_text("It would go on")
    expect(trial.get_by_role("status")).to_have_text("Write to <EMAILS_1>")
    assert violations(page) == []

    pii.get_by_role("link").click()
    expect(page.get_by_role("row").filter(has_text="pii (input)")).to_have_count(2)

    phone.goto("/gateway?view=guardrails")
    expect(phone.get_by_role("region", name="Try it")).to_be_visible()
    wider = phone.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    assert not wider
