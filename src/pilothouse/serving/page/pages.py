"""The page, its files and its own routes: below /ui, wherever the page itself stands."""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import Any, Final

from pilothouse.serving.attachments import accepted
from pilothouse.serving.call import Call
from pilothouse.serving.errors import InvalidInput, NotFound, Refusal
from pilothouse.serving.feedback import Feedback
from pilothouse.serving.keys import Keys, require
from pilothouse.serving.mounts import Mount
from pilothouse.serving.page.access import Access
from pilothouse.serving.page.conversations import Conversations
from pilothouse.serving.page.look import look_of
from pilothouse.serving.page.talking import Talking
from pilothouse.serving.replies import Answer, Head, Reply, json_answer
from pilothouse.serving.routing import Router
from pilothouse.serving.service import Service
from pilothouse.tracing import state

BUILT: Final = Path(__file__).parent / "static"
KINDS: Final = {
    ".js": b"text/javascript; charset=utf-8",
    ".css": b"text/css; charset=utf-8",
    ".svg": b"image/svg+xml",
    ".woff2": b"font/woff2",
}
FOREVER: Final = (b"cache-control", b"public, max-age=31536000, immutable")
ASK_ANEW: Final = (b"cache-control", b"no-cache")
NO_SNIFFING: Final = (b"x-content-type-options", b"nosniff")
NOTHING: Final = (
    b"content-security-policy",
    b"default-src 'none'; style-src 'unsafe-inline'; sandbox",
)
"""For a logo, which may be an SVG that somebody opens by itself."""


class Pages:
    """All pages of an app."""

    def __init__(self, service: Service, keys: Keys, feedback: Feedback) -> None:
        self.service = service
        self.keys = keys
        self.access = Access(keys, service.options)
        self.look = look_of(service.options)
        self._conversations = Conversations(service, self.access, feedback)
        self._talking = Talking(service, self.access)

    def add_to(self, router: Router) -> None:
        """What all pages need."""
        for path, handler in (
            ("/ui/assets/{name}", self.asset),
            ("/ui/theme.css", self.theme),
            ("/ui/logo", self.logo),
            ("/ui/{name}.js", self.script),
        ):
            router.add("GET HEAD", path, handler, scope=None)
        router.add("GET", "/ui/api/about", self.about, scope=None)
        router.add("POST", "/ui/api/session", self.access.sign_in, scope=None)
        router.add("DELETE", "/ui/api/session", self.access.sign_out, scope=None)
        self._conversations.add_to(router)
        self._talking.add_to(router)

    def add_chat(self, router: Router, path: str, mount: Mount) -> None:
        """A page to talk with a target; a form where it takes no conversation."""
        mode = "form" if mount.shape is None else "chat"
        router.add("GET HEAD", path, self._page(mount, mode), scope=None)

    def add_playground(self, router: Router, mount: Mount) -> None:
        """A form for the target's input, at the mount's path."""
        base = mount.path.rstrip("/")
        for path in (f"{base}/playground/", f"{base}/playground"):
            router.add("GET HEAD", path, self._page(mount, "form"), scope=None)

    # --- the page ---

    def _page(self, mount: Mount, mode: str) -> Any:
        async def page(call: Call) -> Reply:
            options = self.service.options
            root = call.scope.get("root_path", "")
            told = {
                "mount": mount.name,
                "path": mount.path.rstrip("/"),
                "root": root,
                "mode": mode,
                "title": options.page_title or mount.name,
                "text": options.page_text,
                "note": options.page_note if mode == "chat" else "",
                "questions": list(options.page_questions),
                "logo": self.look.logo is not None,
            }
            text = _index().replace('<base href="/" />', f'<base href="{_escaped(root)}/ui/" />')
            if self.look.theme:
                link = '<link rel="stylesheet" href="./theme.css" />'
                text = text.replace("</head>", f"{link}</head>")
            if self.look.logo is not None:
                text = text.replace('href="data:,"', 'href="./logo"')
            text = text.replace("%TITLE%", _escaped(told["title"]))
            text = text.replace("%PAGE%", _escaped(json.dumps(told)))
            kind = (b"content-type", b"text/html; charset=utf-8")
            return Answer(text.encode(), headers=[kind, ASK_ANEW, NO_SNIFFING, self._policy()])

        return page

    def _policy(self) -> tuple[bytes, bytes]:
        policy = (
            "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'self'; "
            f"form-action 'self'; frame-ancestors {self.look.ancestors}"
        )
        return b"content-security-policy", policy.encode()

    async def asset(self, call: Call) -> Reply:
        """A built file, whose name changes with what is in it."""
        return _file(BUILT / "assets", call.params["name"], FOREVER)

    async def script(self, call: Call) -> Reply:
        """One whose name stays: what other pages load, and what runs before the first paint."""
        return _file(BUILT, f"{call.params['name']}.js", ASK_ANEW)

    async def theme(self, call: Call) -> Reply:
        """The app's own accent."""
        return Answer(self.look.theme, headers=[(b"content-type", KINDS[".css"]), ASK_ANEW])

    async def logo(self, call: Call) -> Reply:
        """The app's own logo."""
        if self.look.logo is None:
            raise NotFound("the page has no logo")
        kind = (b"content-type", self.look.logo_kind.encode())
        return Answer(self.look.logo, headers=[kind, ASK_ANEW, NO_SNIFFING, NOTHING])

    # --- what the page has to know ---

    async def about(self, call: Call) -> Reply:
        """The target as the page needs it; 401 where a key is asked for."""
        mount = self.service.mount(call.query.get("mount", ""))
        if mount is None:
            raise InvalidInput("mount is none of the app's targets")
        try:
            call.principal = await self.keys.principal(call)
        except Refusal as refusal:
            told = {"sign_in": True, "message": refusal.message}
            return json_answer(told, refusal.status)
        require(call.principal, "invoke", mount.name)
        live = state.live
        traces = None
        if live is not None and self.access.sees_traces(call):
            traces = f"{live.settings.endpoint}/p/{live.settings.project}/trace/"
        target = mount.target
        told = {
            "kind": target.kind,
            "takes_messages": mount.shape is not None,
            "input_schema": target.input.json_schema(),
            "config_schema": target.config_schema if "configurable" in mount.config_keys else {},
            "files": accepted(mount.shape, self.service.options.page_files),
            "max_bytes": self.service.options.max_body_bytes,
            "traces": traces,
            "signed_in": self.keys.asked_for,
            "kept": self.service.store.persistent,
        }
        head: Head = self.access.welcome(call)
        return json_answer(told, headers=head)


def _index() -> str:
    try:
        return (BUILT / "chat.html").read_text("utf-8")
    except FileNotFoundError:
        raise Refusal(
            "the chat page is not in this installation: it was left out when it was built",
            status=503,
            code="page_missing",
        ) from None


def _file(folder: Path, name: str, cache: tuple[bytes, bytes]) -> Reply:
    path = folder / name
    kind = KINDS.get(path.suffix)
    if kind is None or path.parent != folder or not path.is_file():
        raise NotFound(f"there is no file {name!r}")
    return Answer(path.read_bytes(), headers=[(b"content-type", kind), cache, NO_SNIFFING])


def _escaped(text: str) -> str:
    return html.escape(text, quote=True)
