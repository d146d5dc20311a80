"""What tests of the chat page do on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Locator, Page, expect

from browser.pages import WAIT_MS
from pilothouse.serving import App
from serving_world import served


def message(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Message")


def ask(page: Page, text: str) -> None:
    message(page).fill(text)
    message(page).press("Enter")


def answers(page: Page) -> Locator:
    return page.get_by_role("article", name="Answer")


@contextmanager
def page_of(app: App, browser: Browser, path: str = "/") -> Iterator[Page]:
    with served(app) as running, browser.new_context(base_url=running.url) as context:
        expect.set_options(timeout=WAIT_MS)
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda told: said.append(told.text) if told.type == "error" else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(path)
        yield page
        assert said == []
