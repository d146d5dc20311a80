"""Onboarding: an empty server says how the first trace gets in, and notices when it does."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from servers import ServerProcess

LIBRARIES = [
    "Python",
    "OpenAI",
    "Anthropic",
    "LangChain",
    "LlamaIndex",
    "Pydantic AI",
    "Vercel AI",
    "Langfuse SDK",
    "LangSmith SDK",
    "OpenTelemetry",
    "curl",
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server that nothing was ever sent to."""
    started = ServerProcess(tmp_path_factory.mktemp("onboarding") / "data").start()
    yield started
    started.stop()


def send_a_span(server: ServerProcess, project: str) -> None:
    now = time.time_ns()
    span = {
        "traceId": f"{now:032x}",
        "spanId": f"{now & 0xFFFFFFFFFFFFFFFF:016x}",
        "name": "first call",
        "startTimeUnixNano": str(now - 1_000_000),
        "endTimeUnixNano": str(now),
    }
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": project}}]}
    status, body = server.call(
        "POST",
        "/v1/traces",
        {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": [span]}]}]},
    )
    assert status == 200, body


def test_an_empty_server_opens_with_how_to_get_started(page: Page) -> None:
    page.goto("/")

    expect(page).to_have_url(re.compile("/onboarding"))
    expect(page.get_by_role("heading", name="Send your first trace")).to_be_visible()
    expect(page.get_by_text("Waiting for the first trace")).to_be_visible()


def test_every_library_has_two_steps_with_this_servers_address(
    page: Page, server: ServerProcess
) -> None:
    page.goto("/onboarding")
    tabs = page.get_by_role("tablist", name="Library").get_by_role("tab")
    expect(tabs).to_have_text(LIBRARIES)

    for name in LIBRARIES:
        page.get_by_role("tab", name=name, exact=True).click()
        panel = page.get_by_role("tabpanel")
        expect(panel.get_by_role("region")).to_have_count(2)
        expect(panel).to_contain_text(server.url)


def test_the_chosen_library_stands_in_the_address(page: Page) -> None:
    page.goto("/onboarding")
    page.get_by_role("tab", name="Python", exact=True).focus()

    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("openai"))
    page.reload()

    expect(page.get_by_role("tab", name="OpenAI")).to_have_attribute("aria-selected", "true")


def test_a_copied_step_is_ticked_off(make_page: Callable[..., Page]) -> None:
    page = make_page(permissions=["clipboard-read", "clipboard-write"])
    page.goto("/onboarding")

    page.get_by_role("region", name="Step 1: Install").get_by_role("button", name="Copy").click()

    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert (
        page.evaluate("navigator.clipboard.readText()") == "pip install 'pilothouse[openai]' openai"
    )


def test_a_project_without_traces_shows_how_to_get_started(
    page: Page, server: ServerProcess
) -> None:
    server.call("POST", "/api/v1/projects", {"name": "fresh"})

    page.goto("/p/fresh/overview")

    expect(page.get_by_role("heading", name="Send your first trace")).to_be_visible()
    expect(page.get_by_role("tabpanel")).to_contain_text('project="fresh"')


def test_the_line_turns_green_when_an_application_sends(page: Page, server: ServerProcess) -> None:
    page.goto("/onboarding")
    expect(page.get_by_text("Waiting for the first trace")).to_be_visible()

    send_a_span(server, "my-app")

    expect(page.get_by_text(re.compile("First trace arrived after"))).to_be_visible()
    page.get_by_role("link", name="Open first call").click()
    expect(page).to_have_url(re.compile("/p/my-app/trace/"))


def test_a_test_trace_arrives_and_can_be_opened(page: Page, server: ServerProcess) -> None:
    name = "プロジェクト"
    server.call("POST", "/api/v1/projects", {"name": name})
    page.goto(f"/p/{quote(name)}/overview")

    page.get_by_role("button", name="Send a test trace").click()
    page.get_by_role("link", name="Open test trace").click()

    expect(page.get_by_role("heading", name="test trace", level=1)).to_be_visible()
    [trace] = server.get(f"/api/v1/traces?project={quote(name)}")["items"]
    assert (trace["span_count"], trace["usage"]["total_tokens"]) == (2, 28)


def test_what_to_check_when_nothing_arrives_is_one_press_away(page: Page) -> None:
    page.goto("/onboarding")

    page.get_by_role("button", name="Nothing arrives?").click()

    expect(page.get_by_text("checks the server, its ports, its disk and its clock")).to_be_visible()


def test_axe_finds_nothing_wrong(page: Page, violations: Callable[[Page], list[str]]) -> None:
    page.goto("/onboarding")
    expect(page.get_by_text("Waiting for the first trace")).to_be_visible()

    assert violations(page) == []


def test_on_a_phone_nothing_scrolls_sideways(phone: Page) -> None:
    phone.goto("/onboarding")
    expect(phone.get_by_text("Waiting for the first trace")).to_be_visible()

    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
