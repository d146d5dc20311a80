"""A plain page to talk with a target; everything that it needs comes from this server."""

from __future__ import annotations

import html
from functools import cache
from pathlib import Path
from typing import Final

from pilothouse.serving.call import Call
from pilothouse.serving.errors import SetupError
from pilothouse.serving.mounts import Mount
from pilothouse.serving.replies import Answer, Reply
from pilothouse.serving.routing import Handler, Router

HERE: Final = Path(__file__).parent
POLICY: Final = (
    b"content-security-policy",
    b"default-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'",
)
KINDS: Final = {
    "chat.js": b"text/javascript; charset=utf-8",
    "chat.css": b"text/css; charset=utf-8",
}


class ChatPage:
    """The page of one mount."""

    def __init__(self, mount: Mount) -> None:
        if mount.shape is None:
            raise SetupError(f"{mount.name!r} takes no conversation: give it to_input=")
        self.mount = mount

    def add_to(self, router: Router, path: str) -> None:
        """At a path; its files lie below /ui."""
        router.add("GET HEAD", path, self.page, scope=None)
        for name, kind in KINDS.items():
            router.add("GET HEAD", f"/ui/{name}", _file(name, kind), scope=None)

    async def page(self, call: Call) -> Reply:
        """The page itself, which knows where to ask."""
        root = call.scope.get("root_path", "")
        text = _read("chat.html")
        for name, value in (
            ("NAME", self.mount.name),
            ("ROOT", root),
            ("STREAM", f"{root}{self.mount.path.rstrip('/')}/stream"),
        ):
            text = text.replace(f"%{name}%", html.escape(value, quote=True))
        kind = (b"content-type", b"text/html; charset=utf-8")
        return Answer(text.encode(), headers=[kind, POLICY])


def _file(name: str, kind: bytes) -> Handler:
    async def file(call: Call) -> Reply:
        return Answer(_read(name).encode(), headers=[(b"content-type", kind), POLICY])

    return file


@cache
def _read(name: str) -> str:
    return (HERE / name).read_text("utf-8")
