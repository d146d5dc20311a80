"""/docs, in Chromium: it shows the targets and asks nobody else for anything."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, expect

from pilothouse.serving import App
from serving_world import moved, plus, served, words


def test_the_page_shows_each_target_and_stays_at_home(browser: Browser) -> None:
    app = App().add("/words", words).add("/plus", plus).add("/moved", moved)
    with served(app) as one:
        page: Page = browser.new_page()
        asked: list[str] = []
        said: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.goto(f"{one.url}/docs")

        expect(page.get_by_role("heading", name="Targets")).to_be_visible()
        invoke = page.locator("details", has_text="/plus/invoke")
        invoke.locator("summary").click()
        expect(invoke).to_contain_text("The first one.")
        expect(invoke).to_contain_text("""-d '{"input": {"a": 1}}'""")
        page.close()

    assert all(url.startswith(one.url) for url in asked)
    assert said == []


def test_names_of_targets_do_no_harm(browser: Browser) -> None:
    with served(App(words, name="<script>alert(1)</script>")) as one:
        page = browser.new_page()
        page.goto(f"{one.url}/docs")

        expect(page.get_by_role("heading", level=1)).to_have_text("<script>alert(1)</script>")
        page.close()
