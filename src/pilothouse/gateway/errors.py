"""What the gateway answers when it has no answer of a model.

Refused              the client is told: status, type, code, message
Failed               one attempt at a target went wrong; becomes Refused when nobody else answers
ClientGone           nobody is there to be told anything
"""

from __future__ import annotations

import math
from typing import Any, Final

import orjson

TYPES: Final = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "invalid_request_error",
    405: "invalid_request_error",
    413: "invalid_request_error",
    422: "invalid_request_error",
    429: "rate_limit_error",
    503: "server_error",
    504: "timeout_error",
}


_ANTHROPIC: Final = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    405: "invalid_request_error",
    413: "request_too_large",
    422: "invalid_request_error",
    429: "rate_limit_error",
    503: "overloaded_error",
    504: "timeout_error",
}


class ClientGone(Exception):
    """The client closed its connection, or takes nothing of what it is sent."""


class Refused(Exception):
    """An answer that no model gave."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        type: str = "",
        param: str | None = None,
        retry_after_s: float | None = None,
        is_final: bool = False,
    ) -> None:
        """`is_final` tells clients that asking again is in vain."""
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.type = type or TYPES.get(status, "api_error")
        self.param = param
        self.retry_after_s = retry_after_s
        self.is_final = is_final
        self.extra: list[tuple[bytes, bytes]] = []
        """Headers of the answer beside those below."""

    def as_json(self) -> dict[str, Any]:
        """The error in OpenAI's envelope."""
        return {
            "error": {
                "message": self.message,
                "type": self.type,
                "param": self.param,
                "code": self.code,
            }
        }

    def as_anthropic(self, request_id: str) -> dict[str, Any]:
        """The error in Anthropic's envelope."""
        type = _ANTHROPIC.get(self.status, "api_error")
        error = {"type": type, "message": self.message, "code": self.code}
        return {"type": "error", "error": error, "request_id": request_id}

    def body(self, anthropic_id: str | None = None) -> bytes:
        """The same as bytes; half of a character, quoted from a client, as a question mark.

        With `anthropic_id`, the id of the request, in Anthropic's envelope.
        """

        def told() -> bytes:
            if anthropic_id is not None:
                return orjson.dumps(self.as_anthropic(anthropic_id))
            return orjson.dumps(self.as_json())

        try:
            return told()
        except TypeError:
            self.message = self.message.encode("utf-8", "replace").decode()
            return told()

    def headers(self) -> list[tuple[bytes, bytes]]:
        """What clients that try again look at."""
        found = list(self.extra)
        if self.retry_after_s is not None:
            wait = max(0.0, self.retry_after_s)
            found.append((b"retry-after", b"%d" % math.ceil(wait)))
            found.append((b"retry-after-ms", b"%d" % math.ceil(wait * 1000)))
        if self.is_final:
            found.append((b"x-should-retry", b"false"))
        if self.status == 401:
            found.append((b"www-authenticate", b"Bearer"))
        return found


class NotPassedOn(Refused):
    """A body that was read and cannot be written: nested too deeply, say."""


def written_json(value: Any, option: int = 0) -> bytes:
    """What a client sent as JSON again. Raises NotPassedOn."""
    try:
        return orjson.dumps(value, option=option)
    except orjson.JSONEncodeError as error:  # which is every TypeError: catch it nowhere else
        told = f"the body cannot be passed on: {error}"
        raise NotPassedOn(400, "invalid_json", told) from None


class Failed(Exception):
    """One attempt at a target brought no answer."""

    def __init__(
        self,
        refused: Refused,
        *,
        may_retry: bool,
        is_fault: bool,
        limited_s: float | None = None,
        sent_status: int = 0,
    ) -> None:
        """`is_fault`: the target is to blame; `limited_s`: it asked for so long a pause."""
        super().__init__(refused.message)
        self.refused = refused
        self.may_retry = may_retry
        self.is_fault = is_fault
        self.limited_s = limited_s
        self.sent_status = sent_status
        """The status that the provider answered; 0 for none."""
