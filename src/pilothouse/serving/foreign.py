"""Keeps pages of strangers from using a server that asks nobody for a key.

A browser lets any page post a text to this machine, and only says where the page is from.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from typing import Any, Final

from pilothouse.serving.call import Call, Receive, Scope, Send
from pilothouse.serving.dialects import native
from pilothouse.serving.errors import Refusal, failure_of

_HARMLESS: Final = frozenset(("GET", "HEAD", "OPTIONS"))


class OwnPages:
    """An ASGI application that other origins' pages cannot write to."""

    def __init__(
        self,
        application: Callable[[Any, Any, Any], Awaitable[None]],
        allowed: Collection[str],
    ) -> None:
        self._application = application
        self._allowed = allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in _HARMLESS:
            call = Call(scope, receive, send, 0)
            if not call.may_come_from(self._allowed):
                refusal = Refusal(
                    f"pages of {call.header('origin')} may not write to this server: allow them "
                    "by PILOTHOUSE_SERVE_ALLOWED_ORIGINS",
                    status=403,
                    code="foreign_page",
                )
                await native(failure_of(refusal, expose=False), call).send(call)
                return
        await self._application(scope, receive, send)
