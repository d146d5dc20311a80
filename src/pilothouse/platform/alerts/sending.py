"""Sends what is said: to a webhook of somebody's, signed, or by apprise to whatever it reaches."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import logging
import socket
import time
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pilothouse.addresses import is_literal, is_public
from pilothouse.platform.addresses import checked_target, refused, session
from pilothouse.platform.alerts.guarding import public_only
from pilothouse.platform.alerts.messages import people_read
from pilothouse.platform.alerts.models import ChannelKind
from pilothouse.platform.errors import BadRequest, Unprocessable

if TYPE_CHECKING:
    from apprise import Apprise, NotifyBase

TIMEOUT_S: Final = 10.0
_SHOWN: Final = 200
"""Letters of an answer that stand in the history."""


class SendingFailed(Exception):
    """A message was not taken; the message says why in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a channel leads."""

    url: str
    secret: str = ""
    """Of a webhook: what its signature is made with."""


class Sender:
    """Sends messages; `private` is whether to addresses of the server's own network, too."""

    def __init__(self, *, private: bool, timeout_s: float = TIMEOUT_S) -> None:
        self._private = private
        self._timeout_s = timeout_s

    async def send(
        self, kind: ChannelKind, target: Target, message_id: str, body: Mapping[str, Any]
    ) -> None:
        """Send a message once. Raises SendingFailed."""
        if kind == "webhook":
            await self._post(target, message_id, {"id": message_id, **body})
            return
        import asyncio

        await asyncio.to_thread(self._notify, target.url, body)

    async def _post(self, target: Target, message_id: str, body: Mapping[str, Any]) -> None:
        import aiohttp

        try:  # again: what may be called may have become less since the channel was made
            checked_target(target.url, private=self._private, field="url")
        except BadRequest as error:
            raise SendingFailed(error.message) from None
        raw = json.dumps(body).encode()
        at = str(int(time.time()))
        headers = {
            "content-type": "application/json",
            "user-agent": "Pilothouse",
            "idempotency-key": message_id,
            "x-pilothouse-timestamp": at,
            "x-pilothouse-signature": f"v1={signature(target.secret, at, raw)}",
        }
        try:
            async with (
                session(private=self._private, timeout_s=self._timeout_s) as client,
                client.post(target.url, data=raw, headers=headers, allow_redirects=False) as answer,
            ):
                if 200 <= answer.status < 300:
                    return
                if 300 <= answer.status < 400:
                    raise SendingFailed(f"answered {answer.status}: redirects are not followed")
                said = (await answer.content.read(_SHOWN)).decode("utf-8", "replace")
                raise SendingFailed(f"answered {answer.status}: {said}".rstrip(": "))
        except TimeoutError:
            raise SendingFailed(f"did not answer within {self._timeout_s:g} s") from None
        except aiohttp.ClientConnectorError as error:
            raise SendingFailed(f"cannot be reached: {error.os_error}") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise SendingFailed(str(error) or type(error).__name__) from None

    def _notify(self, url: str, body: Mapping[str, Any]) -> None:
        library, plugin = opened(url)
        if not self._private:
            check_reach(plugin)
        from apprise import NotifyFormat, NotifyType

        title, text, level = people_read(body)
        looks = {"alert": NotifyType.FAILURE, "warn": NotifyType.WARNING, "ok": NotifyType.SUCCESS}
        said: list[str] = []
        _said.set(said)  # of this thread's context, which apprise hands on to its own threads
        refusals: list[str] = []
        with contextlib.ExitStack() as stack:
            if not self._private:
                refusals = stack.enter_context(public_only())
            taken = library.notify(
                body=text, title=title, notify_type=looks[level], body_format=NotifyFormat.TEXT
            )
        if not taken:
            why = " ".join(refusals or said)
            raise SendingFailed(why or f"{plugin.service_name} did not take it")


_said: ContextVar[list[str]] = ContextVar("_said")


class _Listener(logging.Handler):
    """Hears why apprise could not send a message, which it only logs."""

    def emit(self, record: logging.LogRecord) -> None:
        said = _said.get(None)
        if said is not None:
            said.append(record.getMessage().strip())


logging.getLogger("apprise").addHandler(_Listener(logging.WARNING))


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What proves that a body is ours and of that time: HMAC-SHA256 over `timestamp.body`."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def opened(url: str) -> tuple[Apprise, NotifyBase]:
    """apprise with one URL. Raises Unprocessable for one that it does not know, or without it."""
    try:
        import apprise
    except ModuleNotFoundError:
        raise Unprocessable(
            "this server has no apprise: install it by pip install 'pilothouse[alerts]'"
        ) from None
    asset = apprise.AppriseAsset(
        app_id="Pilothouse",
        app_desc="Pilothouse",
        app_url="",
        image_url_logo="",
        image_url_mask="",
        http_redirects=False,  # whom somebody else's answer names is not called
    )
    plugin = apprise.Apprise.instantiate(url, asset=asset)
    if not isinstance(plugin, apprise.NotifyBase):
        raise Unprocessable(
            "apprise does not know this URL; how each kind is written: "
            "https://github.com/caronc/apprise/wiki",
            {"parameter": "url"},
        )
    library = apprise.Apprise(asset=asset)
    library.add(plugin)
    return library, plugin


def check_reach(plugin: NotifyBase) -> None:
    """Raise SendingFailed where a kind would read files, or a host of the server's own network.

    Looked up before sending, to say so at once; what it connects to is guarded once more.
    """
    from apprise import AppriseAttachment

    if any(isinstance(held, AppriseAttachment) for held in vars(plugin).values()):
        raise SendingFailed("a template or key of a file is not read for users of the server")
    # Of kinds that do not name their host it is a piece of the secret, for no name server to see.
    templates: Sequence[str] = plugin.templates
    names_host = any("{host}" in template for template in templates)
    for host in {plugin.host if names_host else None, getattr(plugin, "smtp_host", None)}:
        if not host:
            continue
        found = [host] if is_literal(host) else _addresses(host)
        if not all(map(is_public, found)):
            raise SendingFailed(refused(host))


def _addresses(host: str) -> list[str]:
    try:
        return [str(found[4][0]) for found in socket.getaddrinfo(host, None)]
    except OSError as error:
        raise SendingFailed(f"{host}: {error.strerror or error}") from None
