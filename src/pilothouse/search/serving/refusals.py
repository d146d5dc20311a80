"""What clients are told where something goes wrong."""

from __future__ import annotations

import logging
from typing import Any, Final

from pilothouse.search.errors import AnswerError, FilterError, RerankError, SearchError
from pilothouse.search.serving.bodies import BadRequest

log = logging.getLogger("pilothouse.search")


class Denied(Exception):
    """This server does not do that."""


class Full(Exception):
    """No more searches may wait."""


KNOWN: Final = (BadRequest, Denied, Full, SearchError)
"""What is answered by its own words; anything else is a mistake of the server."""


def refusal(error: Exception) -> tuple[int, dict[str, Any]]:
    """The status of one of `KNOWN` and what is said of it."""
    if isinstance(error, BadRequest | FilterError):
        return 400, told("bad_request", str(error))
    if isinstance(error, Denied):
        return 403, told("forbidden", str(error))
    if isinstance(error, Full):
        return 503, told("unavailable", str(error))
    log.warning("a search failed: %s", error)
    if isinstance(error, RerankError):
        return 502, told("rerank_failed", str(error))
    if isinstance(error, AnswerError):
        return 502, told("answer_failed", str(error))
    return 503, told("unavailable", "the question could not be embedded or looked up")


def told(code: str, message: str) -> dict[str, Any]:
    """An error as clients read it."""
    return {"error": {"code": code, "message": message, "details": None}}


MISTAKE: Final = told("internal", "a mistake of the server: its log has the details")
"""What is said of what nobody expected; whoever says so logs it whole."""
