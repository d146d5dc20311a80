"""The example of the documentation, on a page of another origin, in a real browser."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from otlp import JSON, request, span, trace_id
from servers import ServerProcess

if TYPE_CHECKING:
    from playwright.sync_api import Browser

GUIDE = Path(__file__).parents[2] / "docs/how-to/feedback.md"


def example() -> str:
    """The HTML that the guide tells people to copy."""
    [found] = re.findall(r"```html\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    return str(found)


class Shop(ThreadingHTTPServer):
    """A web shop of its own origin, which shows one page."""

    html = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"


class Shown(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Shop)
        page = self.server.html.encode()
        self.send_response(200)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def shop() -> Iterator[Shop]:
    with Shop(("127.0.0.1", 0), Shown) as shop:
        serving = threading.Thread(target=shop.serve_forever)
        serving.start()
        yield shop
        shop.shutdown()
        serving.join()


def test_visitors_of_another_origin_give_thumbs_ratings_comments_and_corrections(
    browser: Browser, server: ServerProcess, shop: Shop
) -> None:
    trace, run = trace_id(), trace_id()[:16]
    body = json.dumps(request(span(trace, run), project="shop")).encode()
    assert server.call("POST", "/v1/traces", body, JSON)[0] == 200
    _, token = server.call("POST", "/api/v1/feedback-tokens", {"run_id": run, "name": "thumb"})
    shop.html = example().replace("http://localhost:8484", server.url)
    shop.html = shop.html.replace("TOKEN", token["id"])
    context = browser.new_context()
    wrong: list[str] = []
    page = context.new_page()
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))

    page.goto(shop.url)
    page.get_by_role("button", name="Not helpful").click()
    expect(page.get_by_role("button", name="Not helpful")).to_have_attribute("data-state", "sent")
    page.get_by_role("button", name="Helpful", exact=True).click()
    expect(page.locator("[data-state=sent]")).to_have_count(2)

    def scores() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = server.get(f"/api/v1/scores?trace_id={trace}")["items"]
        return found

    assert [one["value"] for one in scores()] == [1]  # a change of mind
    page.get_by_label("Stars").fill("4")
    page.get_by_label("Comment").fill("gut, aber <b>langsam</b>")
    page.get_by_label("A better answer").fill("in two days")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("form")).to_have_attribute("data-state", "sent")

    [score] = scores()
    assert (score["name"], score["source"], score["value"]) == ("thumb", "end_user", 4)
    assert score["comment"] == "gut, aber <b>langsam</b>"
    assert json.loads(score["metadata"]["feedback.correction"]) == "in two days"
    assert context.cookies() == []
    assert wrong == []

    assert server.call("DELETE", f"/api/v1/feedback-tokens/{token['id']}")[0] == 204
    page.get_by_role("button", name="Send").click()
    expect(page.locator("form")).to_have_attribute("data-state", re.compile("no such feedback"))
    context.close()
