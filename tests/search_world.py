"""A web site that is crawled in tests, and documents whose words are known."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from fakes.unruly_provider import Act
from pilothouse.search import Document

TOPICS: Mapping[str, str] = {
    "refunds": "Refunds are paid within five days to the card that was charged.",
    "shipping": "Parcels leave the warehouse every evening and arrive after two days.",
    "warranty": "The warranty covers broken screens and batteries for three years.",
    "returns": "Send a parcel back with the label that lies in the box.",
    "accounts": "Reset a forgotten password by the link in the e-mail.",
}


def documents(**more: str) -> list[Document]:
    """One document a topic; `more` are further ones, or other texts."""
    texts = {**TOPICS, **more}
    return [
        Document(text=text, metadata={"source": f"{name}.md", "topic": name, "length": len(text)})
        for name, text in texts.items()
    ]


def says(*pieces: str, reason: str | None = "stop") -> Act:
    """A model that streams these pieces."""
    told: list[dict[str, Any]] = [
        {"model": "gpt-4o-1", "choices": [{"index": 0, "delta": {"content": piece}}]}
        for piece in pieces
    ]
    if reason:
        told.append({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
    told.append({"choices": [], "usage": {"prompt_tokens": 90, "completion_tokens": 7}})
    return Act(events=[*told, b"data: [DONE]\n\n"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a site answers."""

    body: bytes | str = ""
    kind: str = "text/html; charset=utf-8"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Answer = Page | str | Callable[[str], Page]


class Site:
    """Serves pages by their path and notes what was asked for; a text is an HTML page."""

    def __init__(self) -> None:
        self.pages: dict[str, Answer] = {}
        self.asked: list[str] = []
        self.agents: set[str] = set()
        self.cookies: dict[str, str | None] = {}
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site.asked.append(self.path)
                site.agents.add(self.headers.get("User-Agent", ""))
                site.cookies[self.headers["Host"]] = self.headers.get("Cookie")
                page = site.answer(self.path)
                body = page.body.encode() if isinstance(page.body, str) else page.body
                self.send_response(page.status)
                self.send_header("Content-Type", page.kind)
                if "Content-Length" not in page.headers:
                    self.send_header("Content-Length", str(len(body)))
                for name, value in page.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def answer(self, path: str) -> Page:
        """The page of a path; that of the path without its query, else of a folder `/x/*`."""
        bare = path.partition("?")[0]
        folder = f"{bare[: bare.find('/', 1) + 1]}*"
        for name in (path, bare, folder):
            found = self.pages.get(name)
            if found is not None:
                break
        else:
            return Page(status=404, body="nothing here")
        if isinstance(found, str):
            return Page(body=found)
        return found if isinstance(found, Page) else found(path)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def linking(title: str, *links: str, text: str = "") -> str:
    """An HTML page with a title, a text and links."""
    anchors = "".join(f'<li><a href="{link}">to {link}</a></li>' for link in links)
    return (
        f'<html lang="en"><head><title>{title}</title>'
        f'<meta name="description" content="About {title}"></head><body>'
        f"<nav>Everywhere</nav><main><h1>{title}</h1><p>{text or title}</p>"
        f"<ul>{anchors}</ul></main><footer>Imprint</footer></body></html>"
    )
