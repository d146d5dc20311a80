"""Serves the browser app: hashed assets for ever, the index for every other path that is no API.

One build serves under every prefix: addresses in the index are relative, and the server writes
`<base href>` from the ASGI `root_path` when it is asked. The index is read on each request: a
server that remembered it would send a blank page after the next build.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.routing import Match
from starlette.types import Scope

STATIC: Final = Path(__file__).parent / "static"

IMMUTABLE: Final = "public, max-age=31536000, immutable"
NOT_BUILT: Final = (
    "The browser app was left out of this installation (PILOTHOUSE_UI=skip, or it was never built "
    "in this checkout). The API works. Build the app with 'python build_ui.py' in the checkout and "
    "load the page again.\n"
)
_API_PATHS: Final = ("api", "v1", "langsmith", "mcp", "otlp", "metrics", "healthz", "readyz")
"""First segments that belong to programs: unknown paths below them stay JSON 404."""

_INLINE_SCRIPT: Final = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_BASE: Final = re.compile(r'<base href="[^"]*" ?/?>')
_NONCE: Final = re.compile(r'<meta name="csp-nonce" content="[^"]*" ?/?>')


@dataclass(frozen=True, slots=True)
class Index:
    """The index page for one answer, and the policy that goes with it."""

    html: str
    policy: str


def mount_web(app: FastAPI, static: Path = STATIC) -> None:
    """Adds the app's pages and assets to `app`. Call it last: it answers what nobody else does."""

    @app.get("/assets/{name:path}", include_in_schema=False)
    def asset(name: str) -> Response:
        found = file_in(static / "assets", name)
        if found is None:
            raise HTTPException(404, "no such asset")
        return FileResponse(found, headers={"Cache-Control": IMMUTABLE})

    def page(path: str, request: Request) -> Response:
        if path.split("/", 1)[0] in _API_PATHS:
            raise HTTPException(404, f"there is nothing at /{path}")
        if (found := file_in(static, path)) is not None and found.name != "index.html":
            return FileResponse(found, headers={"Cache-Control": "no-cache"})
        return index_answer(static, str(request.scope.get("root_path", "")))

    app.router.routes.append(_Pages("/{path:path}", page, include_in_schema=False))


class _Pages(APIRoute):
    """Only reads: else each unknown address that is written to would say 405 instead of 404."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        match, more = super().matches(scope)
        writes = match is Match.PARTIAL and scope["method"] != "HEAD"
        return (Match.NONE, {}) if writes else (match, more)


def file_in(folder: Path, name: str) -> Path | None:
    """The file of that name below `folder`, or None; names that lead out of it name nothing."""
    if not name or "\0" in name or name.rsplit("/", 1)[-1].startswith("."):
        return None
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        return None
    return path


def index_answer(static: Path, root_path: str) -> Response:
    """The index page, or 503 and a sentence where the app was not built."""
    try:
        html = (static / "index.html").read_text("utf-8")
    except FileNotFoundError:
        return PlainTextResponse(NOT_BUILT, 503, {"Cache-Control": "no-store"})
    index = index_for(html, root_path=root_path, nonce=secrets.token_urlsafe(16))
    return HTMLResponse(
        index.html,
        headers={
            "Cache-Control": "no-cache",
            "Content-Security-Policy": index.policy,
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
        },
    )


def index_for(html: str, *, root_path: str, nonce: str) -> Index:
    """The built index under the prefix `root_path`, with the policy that lets only itself run."""
    base = escape(f"{root_path.rstrip('/')}/", quote=True)
    html = _BASE.sub(lambda _: f'<base href="{base}" />', html, count=1)
    html = _NONCE.sub(lambda _: f'<meta name="csp-nonce" content="{nonce}" />', html, count=1)
    hashes = " ".join(f"'{_sha256(script)}'" for script in _INLINE_SCRIPT.findall(html))
    policy = (
        "default-src 'self'; "
        f"script-src 'self' {hashes}; "
        # Style tags made by dialogs carry the nonce; style attributes are set by script, which
        # the policy does not govern.
        f"style-src 'self' 'nonce-{nonce}'; "
        "img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self'; "
        "connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; "
        "frame-ancestors 'none'"
    )
    return Index(html, policy)


def _sha256(script: str) -> str:
    digest = hashlib.sha256(script.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
