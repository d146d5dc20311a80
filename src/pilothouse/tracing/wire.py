"""One POST to the server, by the standard library alone."""

from __future__ import annotations

import gzip
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from pilothouse.tracing.outbox import Outcome
from pilothouse.tracing.trouble import warn_once

TIMEOUT_S = 10.0
AGAIN = frozenset((408, 425, 429, 502, 503, 504))
"""Statuses that say: the same request may succeed later."""
LOOPBACK = frozenset(("localhost", "127.0.0.1", "::1"))
COMPRESS_ABOVE = 4_096


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; status 0 when nothing did."""

    status: int
    text: str = ""


class Wire:
    """Posts to one server. Loopback gets plain bodies, all else gzip."""

    def __init__(self, endpoint: str, headers: Mapping[str, str]) -> None:
        self.endpoint = endpoint
        self._headers = dict(headers)
        self._compress = (urlsplit(endpoint).hostname or "") not in LOOPBACK
        self._opener: urllib.request.OpenerDirector | None = None

    def post(self, path: str, body: bytes, content_type: str) -> Answer:
        """Sends a body; failures come back as answers, not as exceptions."""
        headers = {**self._headers, "Content-Type": content_type}
        if self._compress and len(body) > COMPRESS_ABOVE:
            body = gzip.compress(body, 4)
            headers["Content-Encoding"] = "gzip"
        request = urllib.request.Request(  # noqa: S310 - the scheme was checked by `resolve`
            self.endpoint + path, data=body, headers=headers, method="POST"
        )
        try:
            with self._open().open(request, timeout=TIMEOUT_S) as response:
                return Answer(response.status, _head(response))
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, _head(error))
        except (OSError, ValueError) as error:  # refused, timed out, torn, not resolved
            return Answer(0, str(error))

    def _open(self) -> urllib.request.OpenerDirector:
        if self._opener is None:
            handlers: list[urllib.request.BaseHandler] = []
            if urlsplit(self.endpoint).hostname in LOOPBACK:
                handlers.append(urllib.request.ProxyHandler({}))
            if self.endpoint.startswith("https:"):
                handlers.append(urllib.request.HTTPSHandler(context=_trust()))
            self._opener = urllib.request.build_opener(*handlers)
        return self._opener


def outcome(answer: Answer, what: str, endpoint: str) -> Outcome:
    """What an answer means for the batch; says once what is wrong."""
    if 200 <= answer.status < 300:
        return "sent"
    if answer.status == 0:
        warn_once(
            f"{what}:away",
            f"pilothouse at {endpoint} does not answer ({answer.text}); {what} wait in memory and "
            "are sent when it is back. Start it with `pilothouse up`, or set PILOTHOUSE_ENDPOINT.",
        )
        return "away"
    if answer.status in AGAIN:
        warn_once(f"{what}:busy", f"pilothouse is busy ({answer.status}); {what} are sent later.")
        return "later"
    hint = {401: " Set PILOTHOUSE_API_KEY.", 403: " Does the key belong to this project?"}
    warn_once(
        f"{what}:{answer.status}",
        f"pilothouse at {endpoint} refused {what} with {answer.status}: {answer.text[:300]}"
        f"{hint.get(answer.status, '')}",
    )
    return "refused"


def _head(response: object) -> str:
    read = getattr(response, "read", None)
    body: bytes = read(2_000) if read is not None else b""
    return body.decode("utf-8", "replace").strip()


def _trust() -> ssl.SSLContext:
    """The system's certificates, and certifi's where that package is there."""
    context = ssl.create_default_context()
    try:
        import certifi
    except ImportError:
        return context
    context.load_verify_locations(certifi.where())
    return context
