"""`/feedback.js`: what a web page includes so that its visitors can give feedback by a token."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from fastapi import FastAPI, Response

_SOURCE: Final = Path(__file__).with_name("feedback.js")
_HEADERS: Final = {
    "cache-control": "public, max-age=3600",
    "access-control-allow-origin": "*",  # a page may check what it includes by its hash
    "x-content-type-options": "nosniff",
}


def add_script(app: FastAPI) -> None:
    """Serve the script, to pages of any origin."""
    script = small(_SOURCE.read_text("utf-8"))

    @app.get("/feedback.js", include_in_schema=False)
    def feedback_script() -> Response:
        return Response(script, media_type="text/javascript", headers=_HEADERS)


def small(source: str) -> str:
    """A script without indentation and lines that are comments; line ends stay, as they count."""
    lines = (line.strip() for line in source.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))
