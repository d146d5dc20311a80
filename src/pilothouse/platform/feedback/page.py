"""What somebody sees who opened a feedback link in a browser, as from an e-mail."""

from __future__ import annotations

import html
from typing import Final

from fastapi import Request, Response
from fastapi.responses import HTMLResponse

from pilothouse.platform.errors import ApiError

_HEADERS: Final = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
_PAGE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>
  :root {{ color: #15181d; background: #fff; font: 15px/22px Inter, system-ui, sans-serif }}
  @media (prefers-color-scheme: dark) {{ :root {{ color: #e8eaee; background: #101317 }} }}
  body {{ display: grid; min-height: 100vh; margin: 0; place-content: center; text-align: center }}
  main {{ max-width: 44ch; padding: 24px }}
  h1 {{ margin: 0 0 8px; font-size: 22px; line-height: 28px }}
  p {{ margin: 0; opacity: 0.72 }}
</style>
<main>
  <h1>{title}</h1>
  <p>{text}</p>
</main>
</html>
"""


def is_wanted(request: Request) -> bool:
    """Whether a person looks at the answer, not a program."""
    return "text/html" in request.headers.get("accept", "")


def thanks() -> Response:
    """The page after feedback was taken."""
    return _page("Thank you", "Your feedback was received. You can close this page.", 200)


def refusal(error: ApiError) -> Response:
    """The page where a link cannot take feedback."""
    return _page("This did not work", str(error), error.status)


def _page(title: str, text: str, status: int) -> Response:
    shown = _PAGE.format(title=html.escape(title), text=html.escape(text))
    return HTMLResponse(shown, status, headers=_HEADERS)
