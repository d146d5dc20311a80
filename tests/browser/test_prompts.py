"""Prompts: versions and what they change, labels moved with a click, the editor, use in code."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page, expect

from browser.conftest import Watch
from sample_trace import Ticket
from servers import ServerProcess

MESSAGES = [
    {"role": "system", "content": "Answer from {documents}"},
    {"role": "user", "content": "{question}"},
]


def call(server: ServerProcess, method: str, path: str, body: Any = None) -> Any:
    status, answer = server.call(method, f"/api/v1/{path}", body)
    assert status < 300, answer
    return answer


def prompt(server: ServerProcess, name: str) -> str:
    """A prompt with two versions; `production` points at the first."""
    call(server, "POST", "prompts", {"name": name, "description": "Answers questions"})
    first = {"messages": MESSAGES, "model": "gpt-4o", "parameters": {"temperature": 0.5}}
    body = {"prompt": first, "description": "first try", "labels": ["production"]}
    call(server, "POST", f"prompts/{name}/versions", body)
    kinder = [{"role": "system", "content": "Answer kindly from {documents}"}, MESSAGES[1]]
    second = first | {"messages": kinder, "parameters": {"temperature": 0}}
    call(server, "POST", f"prompts/{name}/versions", {"prompt": second})
    return name


def labelled(server: ServerProcess, name: str) -> dict[str, int]:
    labels = call(server, "GET", f"prompts/{name}/labels")["items"]
    return {label["label"]: label["version"] for label in labels}


def shown(page: Page) -> Locator:
    return page.get_by_role("tabpanel")


def test_a_prompt_is_made_and_its_first_version_written(
    page: Page, server: ServerProcess, watch: Watch
) -> None:
    watch.forgiven.append("400")
    page.goto("/prompts")
    page.get_by_role("button", name="New prompt").first.click()
    asked = page.get_by_role("dialog", name="New prompt")
    asked.get_by_role("textbox", name="Name").fill("no such name!")
    asked.get_by_role("button", name="Make it").click()
    expect(asked.get_by_text("a prompt's name has letters")).to_be_visible()
    asked.get_by_role("textbox", name="Name").fill("made-here")
    asked.get_by_role("button", name="Make it").click()

    page.get_by_role("textbox", name="Text of message 1").fill("You speak {language}.")
    page.get_by_role("textbox", name="Model").fill("gpt-4o")
    page.get_by_role("textbox", name="Parameters, JSON").fill("{")
    page.get_by_role("button", name="Save version").click()
    expect(page.get_by_role("alert")).to_contain_text("Parameters: no valid JSON")
    page.get_by_role("textbox", name="Parameters, JSON").fill('{"temperature": 0}')
    page.get_by_role("textbox", name="Labels to move here").fill("staging")
    page.keyboard.press("Control+Enter")

    expect(shown(page).get_by_text("You speak {language}.")).to_be_visible()
    expect(shown(page).get_by_role("listitem").filter(has_text="language")).not_to_have_count(0)
    made = call(server, "GET", "prompts/made-here/versions/staging")
    assert made["prompt"]["variables"] == ["language", "question"]
    assert made["prompt"]["parameters"] == {"temperature": 0}


def test_a_label_is_moved_with_a_click_and_back(page: Page, server: ServerProcess) -> None:
    name = prompt(server, "labels-moved")
    page.goto(f"/prompts/{name}")
    expect(page.get_by_text("Version 2", exact=True)).to_be_visible()

    page.get_by_role("button", name="Move a label here").click()
    page.get_by_role("menuitem", name=re.compile("^production")).click()
    expect(page.get_by_role("status")).to_contain_text(
        "production points at version 2, before at 1."
    )
    assert labelled(server, name) == {"production": 2}

    page.get_by_role("button", name=re.compile("^Undo")).click()
    expect(page.get_by_role("status")).to_have_count(0)
    assert labelled(server, name) == {"production": 1}


def test_versions_are_walked_by_keys_and_the_address_keeps_them(
    page: Page, server: ServerProcess
) -> None:
    name = prompt(server, "walked")
    page.goto(f"/prompts/{name}")
    expect(shown(page).get_by_text("Answer kindly from")).to_be_visible()

    page.keyboard.press("j")
    expect(shown(page).get_by_text("Answer from")).to_be_visible()
    expect(page).to_have_url(re.compile("version=1"))
    page.reload()
    expect(page.get_by_text("Version 1", exact=True)).to_be_visible()
    listed = page.get_by_role("complementary", name="Versions of walked").get_by_role("listitem")
    expect(listed).to_have_count(2)
    page.keyboard.press("k")
    expect(page.get_by_text("Version 2", exact=True)).to_be_visible()

    page.keyboard.press("c")
    changes = page.get_by_role("list", name="What differs")
    expect(changes.locator("ins").first).to_have_text(re.compile("kindly"))
    expect(changes.get_by_role("listitem").filter(has_text="temperature")).to_contain_text(
        "0.5 → 0"
    )


def test_variables_are_filled_in_by_the_server(page: Page, server: ServerProcess) -> None:
    name = prompt(server, "filled-in")
    page.goto(f"/prompts/{name}?tab=try")
    page.get_by_role("textbox", name="documents").fill("Refunds take two weeks.")
    page.get_by_role("textbox", name="question").fill("How long?")
    page.get_by_role("button", name="Fill in").click()

    filled = page.get_by_role("region", name="Filled in")
    expect(filled.get_by_text("Answer kindly from Refunds take two weeks.")).to_be_visible()
    expect(filled.get_by_text("How long?")).to_be_visible()


def test_versions_are_measured_by_the_traces_that_name_them(
    page: Page, server: ServerProcess
) -> None:
    name = prompt(server, "measured")
    page.goto(f"/prompts/{name}?tab=measures")
    expect(page.get_by_text("No run of the last 30 days names this prompt")).to_be_visible()
    for number, version in enumerate(("1", "2", "2"), start=721):
        made = Ticket(number)
        named = {"gen_ai__prompt__name": name, "gen_ai__prompt__version": version}
        made.span("root", None, "answer", "LLM", (0, 1), **named)
        made.send(server, "measured")
    scored = {"project": "measured", "trace_id": Ticket(722).trace_id, "name": "tone", "value": 0.5}
    scored["span_id"] = Ticket(722).span_id("root")
    call(server, "POST", "scores", [scored])
    page.reload()

    newest = page.get_by_role("row").filter(has=page.get_by_role("button", name="Show version 2"))
    expect(newest.get_by_role("cell").nth(1)).to_have_text("2")
    expect(newest.get_by_role("cell").last).to_have_text("0.50")
    page.get_by_role("button", name="Show version 1").click()
    expect(page.get_by_text("Version 1", exact=True)).to_be_visible()


def test_code_asks_by_the_label(page: Page, server: ServerProcess) -> None:
    name = prompt(server, "in-code")
    page.goto(f"/prompts/{name}?tab=use&version=1")

    python = page.get_by_role("region", name="Python")
    expect(python).to_contain_text(f"{server.url}/api/v1/prompts/{name}/versions/production/render")
    page.get_by_role("button", name="latest", exact=True).click()
    expect(python).to_contain_text("versions/latest/render")


def test_whoever_was_faster_is_not_overwritten(
    page: Page, server: ServerProcess, watch: Watch
) -> None:
    watch.forgiven.append("409")
    name = prompt(server, "raced")
    page.goto(f"/prompts/{name}?tab=edit")
    text = page.get_by_role("textbox", name="Text of message 1")
    text.fill("Answer briefly from {documents}")
    third = {"messages": MESSAGES}
    call(server, "POST", f"prompts/{name}/versions", {"prompt": third})

    page.get_by_role("button", name="Save version").click()

    expect(page.get_by_role("alert")).to_be_visible()
    expect(text).to_have_value("Answer briefly from {documents}")
    assert call(server, "GET", f"prompts/{name}")["versions"] == 3


def test_axe_finds_nothing_wrong_with_prompts(
    page: Page,
    server: ServerProcess,
    violations: Callable[[Page], list[str]],
) -> None:
    name = prompt(server, "looked-through")
    page.goto("/prompts")
    expect(page.get_by_role("link", name=name)).to_be_visible()
    assert violations(page) == []
    for tab in ("content", "changes", "measures", "try", "use", "edit"):
        page.goto(f"/prompts/{name}?tab={tab}")
        expect(page.get_by_role("tab", selected=True)).to_be_visible()
        page.wait_for_load_state("networkidle")
        assert violations(page) == []


def test_a_phone_shows_a_prompt_without_scrolling_sideways(
    phone: Page, server: ServerProcess
) -> None:
    name = prompt(server, "on-the-phone")
    phone.goto(f"/prompts/{name}")
    expect(shown(phone).get_by_text("Answer kindly from")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
