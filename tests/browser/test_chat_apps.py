"""The page before other apps: forms, settings, keys, and pages of others that show it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.runnables import ConfigurableField, RunnableConfig, RunnableSerializable
from playwright.sync_api import Browser, expect

from browser.chat_pages import answers, ask, page_of
from chat_world import support
from pilothouse.serving import App
from pilothouse.serving.page.pages import BUILT
from servers import serving
from serving_world import Served, served

pytestmark = pytest.mark.skipif(
    not (BUILT / "chat.html").is_file(), reason="the page is not built: run `python build_ui.py`"
)


def plan(litres: float, colour: str = "blue", notes: list[str] | None = None) -> dict[str, object]:
    """Plans a pot.

    Args:
        litres: How much it holds.
    """
    return {"litres": litres, "colour": colour, "notes": notes or []}


@pytest.mark.parametrize("path", ["/", "/playground/"])
def test_what_takes_no_conversation_has_a_form(browser: Browser, path: str, axe: str) -> None:
    with page_of(App(plan, chat_page="/"), browser, path) as page:
        page.get_by_label("Litres").fill("1.5")
        page.get_by_role("button", name="Add one").click()
        page.get_by_label("1", exact=True).fill("no lid")
        page.get_by_role("button", name="Run").click()
        output = page.get_by_role("region", name="Output")
        expect(output).to_contain_text('"litres": 1.5')
        expect(output).to_contain_text('"no lid"')
        page.evaluate(axe)
        found = page.evaluate("async () => (await axe.run(document)).violations.map(v => v.id)")
        assert found == []


class Moody(RunnableSerializable[str, str]):
    """Answers in a mood that can be set."""

    mood: str = "calm"

    def invoke(self, input: str, config: RunnableConfig | None = None, **_: Any) -> str:
        return f"{input}, {self.mood}"


def test_settings_of_a_conversation_reach_the_target_and_stay(browser: Browser) -> None:
    field = ConfigurableField(id="mood", name="Mood", description="How it sounds.")
    with page_of(App(Moody().configurable_fields(mood=field), chat_page="/"), browser) as page:
        ask(page, "hello")
        expect(answers(page)).to_contain_text("hello, calm")
        page.get_by_role("button", name="Settings of this conversation").click()
        page.get_by_label("Mood").fill("cheerful")
        page.get_by_role("button", name="Keep").click()
        expect(page.get_by_role("dialog", name="Settings")).to_have_count(0)
        ask(page, "again")
        expect(answers(page).last).to_contain_text("again, cheerful")
        page.reload()
        page.get_by_role("button", name="Settings of this conversation").click()
        expect(page.get_by_label("Mood")).to_have_value("cheerful")


def test_who_has_a_key_signs_in_and_out(browser: Browser) -> None:
    key = "sk-live-ann-5f0c2b9a"
    app = App(support, chat_page="/", keys={key: ()})
    with served(app) as running, browser.new_context(base_url=running.url) as context:
        page = context.new_page()
        page.goto("/")
        page.get_by_label("API key").fill("wrong-key-wrong-key")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_text("the API key is not valid")).to_be_visible()
        page.get_by_label("API key").fill(key)
        page.get_by_role("button", name="Sign in").click()
        ask(page, "hello")
        expect(answers(page)).to_contain_text("hello")
        assert key not in page.evaluate("document.cookie + JSON.stringify(localStorage)")
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_label("API key")).to_be_visible()


def test_another_page_shows_it_in_a_frame_only_where_it_may(browser: Browser) -> None:
    def shown(running: Served) -> bool:
        async def host(scope: object, receive: object, send: Callable[[Any], Any]) -> None:
            body = f'<p>shop</p><script src="{running.url}/ui/embed.js" data-label="Help"></script>'
            head = [(b"content-type", b"text/html")]
            await send({"type": "http.response.start", "status": 200, "headers": head})
            await send({"type": "http.response.body", "body": body.encode()})

        with serving(host) as shop, browser.new_context() as context:
            page = context.new_page()
            page.goto(shop.replace("127.0.0.1", "localhost"))
            page.get_by_role("button", name="Help").click()
            frame = page.frame_locator("iframe[title=Help]")
            try:
                expect(frame.get_by_role("textbox", name="Message")).to_be_visible(timeout=4000)
            except AssertionError:
                return False
            frame.get_by_role("textbox", name="Message").fill("hello")
            frame.get_by_role("textbox", name="Message").press("Enter")
            expect(frame.get_by_role("article", name="Answer")).to_contain_text("hello")
            return True

    with served(App(support, chat_page="/", frame_ancestors=("http://localhost:*",))) as open_:
        assert shown(open_)
    with served(App(support, chat_page="/")) as closed:
        assert not shown(closed)
