"""Receivers of alerts on this machine: a web server that may be rude, and a mail server."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as Handler

from servers import free_port


@dataclass(slots=True)
class Web:
    """Where the server is, what came in, and how it answers what comes next."""

    url: str = ""
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    status: int = 200
    location: str = ""
    hangs: threading.Event | None = None
    """Answers once this is set."""
    came: threading.Condition = field(default_factory=threading.Condition)

    @property
    def messages(self) -> list[dict[str, Any]]:
        """What was said, as webhooks of ours say it."""
        return [json.loads(body) for body in self.bodies]

    def wait(self, number: int, timeout_s: float = 60) -> list[dict[str, Any]]:
        """The messages once so many have come."""
        with self.came:
            assert self.came.wait_for(lambda: len(self.bodies) >= number, timeout_s), self.bodies
        return self.messages


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is none."""


@contextmanager
def web() -> Iterator[Web]:
    """A server that takes whatever is posted."""
    world = Web()

    class Handle(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            with world.came:
                world.bodies.append(body)
                world.headers.append({name.lower(): value for name, value in self.headers.items()})
                world.paths.append(self.path)
                world.came.notify_all()
            if world.hangs is not None:
                world.hangs.wait(60)
            self.send_response(world.status)
            if world.location:
                self.send_header("location", world.location)
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, format: str, *args: Any) -> None:
            """It says nothing."""

    server = _Server(("127.0.0.1", 0), Handle)
    world.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    try:
        yield world
    finally:
        if world.hangs is not None:
            world.hangs.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Letters(Handler):
    def __init__(self) -> None:
        super().__init__()
        self.letters: list[Any] = []

    def handle_message(self, message: Any) -> None:
        self.letters.append(message)


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail server, and the letters that it took."""

    host: str
    port: int
    letters: list[Any]


@contextmanager
def mail() -> Iterator[Mail]:
    """A mail server that takes every letter."""
    handler = _Letters()
    port = free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield Mail("127.0.0.1", port, handler.letters)
    finally:
        controller.stop()
