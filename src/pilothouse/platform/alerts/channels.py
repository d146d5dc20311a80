"""Channels: made, changed, tried. Where one leads goes in and never comes out."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlsplit

from pilothouse.platform.addresses import checked_target
from pilothouse.platform.alerts import channel_records as kept
from pilothouse.platform.alerts.messages import VERSION
from pilothouse.platform.alerts.models import Channel, ChannelKind
from pilothouse.platform.alerts.sending import Sender, SendingFailed, Target, check_reach, opened
from pilothouse.platform.errors import BadRequest, Conflict, NotFound, Unavailable
from pilothouse.platform.records import Records, Session
from pilothouse.platform.records.lists import existing
from pilothouse.platform.resealing import Resealing
from pilothouse.platform.sealing import Sealer, SealingError

LEAST_SECRET: Final = 16
_NAMED: Final = 5
Teller = Callable[[Session, str], list[str]]
"""The names of what tells on the channel of an id."""
Channels = list[Channel]  # a name for annotations: in the class, `list` is a method


class ChannelService:
    """The channels of this server."""

    def __init__(
        self,
        records: Records,
        sealer: Sealer,
        sender: Sender,
        *,
        private: bool,
        server_url: str,
        tellers: Mapping[str, Teller] = MappingProxyType({}),
    ) -> None:
        """`private`: whether one may lead into the server's own network.

        `tellers`, by what they are, tell on channels as rules do: none of theirs is removed.
        """
        self._records = records
        self._sealer = sealer
        self._sender = sender
        self._private = private
        self._server_url = server_url
        self._tellers = {"rules": kept.rules_on, **tellers}
        self._resealing = Resealing(
            records,
            sealer,
            lambda session: {one.id: one.sealed for one in kept.every(session)},
            kept.reseal,
            what="channels",
        )

    def list(self) -> Channels:
        """All channels by name."""
        self._resealing.once()
        with self._records.read() as session:
            return kept.every(session)

    def get(self, channel_id: str) -> Channel:
        """The channel of an id. Raises NotFound."""
        with self._records.read() as session:
            return _existing(session, channel_id)

    def create(
        self, name: str, kind: ChannelKind, url: str, secret: str | None, by: str = ""
    ) -> Channel:
        """A new channel. Raises BadRequest, Conflict, Unprocessable, Unavailable."""
        target = Target(url=url.strip(), secret=secret or "")
        self._check(kind, target)
        now = datetime.now(UTC)
        made = Channel(
            id=uuid.uuid4().hex,
            name=_named(name),
            kind=kind,
            hint=_hint(kind, target.url),
            sealed=self._seal(target),
            created_by=by,
            created_at=now,
            updated_at=now,
        )
        with self._records.write() as session:
            if not kept.add(session, made):
                raise _taken(name)
        return self.get(made.id)

    def change(
        self, channel_id: str, *, name: str | None, url: str | None, secret: str | None
    ) -> Channel:
        """The channel after a change; None leaves. Raises as `create` does, and NotFound."""
        before = self.get(channel_id)
        if url is not None and not secret and before.kind == "webhook":
            # Whoever may write an address must not learn the secret that it is signed with.
            raise BadRequest("enter the secret again with the new url", {"parameter": "secret"})
        moved = url is not None or secret is not None
        if moved:  # names are looked up here, where nobody waits for a transaction
            self._check(before.kind, self._target_with(before, url, secret))
        with self._records.write() as session:
            session.hold("alert_channels", id=channel_id)  # another may have changed it meanwhile
            changed = before = _existing(session, channel_id)
            if moved:
                target = self._target_with(before, url, secret)
                hint = _hint(before.kind, target.url)
                changed = replace(changed, hint=hint, sealed=self._seal(target))
            if name is not None:
                changed = replace(changed, name=_named(name))
            if not kept.change(session, changed):
                raise _taken(changed.name)
        return self.get(channel_id)

    def delete(self, channel_id: str) -> None:
        """Remove a channel that nothing tells on. Raises NotFound, Conflict."""
        with self._records.write() as session:
            users = {what: names(session, channel_id) for what, names in self._tellers.items()}
            if any(users.values()):
                said = [_telling(kind, names) for kind, names in users.items() if names]
                raise Conflict("; ".join(said), users)
            if not kept.remove(session, channel_id):
                raise _no_channel(channel_id)

    async def test(self, channel_id: str) -> tuple[float, str]:
        """Send something at once; -> milliseconds, and what went wrong, "" for nothing."""
        import asyncio

        channel = await asyncio.to_thread(self.get, channel_id)
        target = await asyncio.to_thread(self.target, channel)
        began = time.perf_counter()
        error = ""
        try:
            await self._sender.send(channel.kind, target, uuid.uuid4().hex, self._try(channel))
        except SendingFailed as failed:
            error = without(str(failed), target)
        return (time.perf_counter() - began) * 1000, error

    def target(self, channel: Channel) -> Target:
        """Where a channel leads. Raises Unavailable where that cannot be read again."""
        try:
            return Target(**json.loads(self._sealer.unseal(channel.sealed)))
        except SealingError as error:
            raise Unavailable(f"channel {channel.name!r} cannot be read: {error}") from None

    def _try(self, channel: Channel) -> dict[str, Any]:
        now = datetime.now(UTC).isoformat()
        said = f"This is a test of channel {channel.name}: alerts will come here."
        event = {
            "id": uuid.uuid4().hex,
            "kind": "test",
            "level": "ok",
            "at": now,
            "rule": {"id": "", "name": "Test message"},
            "project": channel.name,
            "text": said,
            "url": self._server_url,
        }
        return {"version": VERSION, "events": [event]}

    def _target_with(self, channel: Channel, url: str | None, secret: str | None) -> Target:
        """Where a channel leads after a change; None leaves. Raises Unavailable."""
        target = self.target(channel)
        return Target(url=(url or target.url).strip(), secret=secret or target.secret)

    def _check(self, kind: ChannelKind, target: Target) -> None:
        """Raise BadRequest or Unprocessable for where no channel may lead."""
        if kind == "webhook":
            checked_target(target.url, private=self._private, field="url")
            if len(target.secret) < LEAST_SECRET:
                raise BadRequest(
                    f"a webhook needs a secret of {LEAST_SECRET} characters or more, "
                    "by which its receiver knows us",
                    {"parameter": "secret"},
                )
            return
        if target.secret:
            raise BadRequest("an apprise URL holds its secrets itself", {"parameter": "secret"})
        _, plugin = opened(target.url)
        try:
            if not self._private:
                check_reach(plugin)
        except SendingFailed as error:
            raise BadRequest(str(error), {"parameter": "url"}) from None

    def _seal(self, target: Target) -> str:
        try:
            return self._sealer.seal(json.dumps(asdict(target)))
        except SealingError as error:
            raise Unavailable(f"the channel cannot be kept: {error}") from None


def _existing(session: Session, channel_id: str) -> Channel:
    return existing(kept.one(session, channel_id), _no_channel(channel_id))


def without(text: str, target: Target) -> str:
    """A text that does not say where a channel leads, whatever a library quotes."""
    for secret in (target.url, target.secret):
        if secret:
            text = text.replace(secret, "[channel]")
    return text


def _named(name: str) -> str:
    if not name.strip():
        raise BadRequest("the name of a channel is empty", {"parameter": "name"})
    return name.strip()


def _hint(kind: ChannelKind, url: str) -> str:
    """What may be shown of where a channel leads: paths and hosts of others hold tokens."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}" if kind == "webhook" else f"{parts.scheme}://…"


def _telling(kind: str, names: list[str]) -> str:
    """Who tells on a channel, the first few by name."""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{kind} tell on this channel: {', '.join(names[:_NAMED])}{more}"


def _no_channel(channel_id: str) -> NotFound:
    return NotFound(f"there is no channel {channel_id!r}", {"id": channel_id})


def _taken(name: str) -> Conflict:
    return Conflict(f"there is a channel {name!r} already", {"parameter": "name"})
