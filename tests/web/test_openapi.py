"""The API document from which the browser app's types are made is that of the server."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from servers import ServerProcess

KEPT = Path(__file__).parents[2] / "web/openapi.json"
AGAIN = (
    "the API has changed: run this test with UPDATE_OPENAPI=1, then `npm run api` in web/, and "
    "commit both files"
)


def without_version(document: dict[str, Any]) -> dict[str, Any]:
    return {**document, "info": {**document["info"], "version": "0"}}


def test_the_kept_document_is_the_one_that_the_server_answers(server: ServerProcess) -> None:
    document = without_version(server.get("/openapi.json"))
    if os.environ.get("UPDATE_OPENAPI"):
        text = json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False)
        KEPT.write_text(f"{text}\n", "utf-8")

    assert json.loads(KEPT.read_text("utf-8")) == document, AGAIN
