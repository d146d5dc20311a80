"""Sends the messages that wait: each once, and again with the same key where nobody took it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Sequence
from typing import Final

from pilothouse.platform.alerts import channel_records as kept
from pilothouse.platform.alerts.channel_records import Message
from pilothouse.platform.alerts.channels import ChannelService, without
from pilothouse.platform.alerts.sending import Sender, SendingFailed
from pilothouse.platform.alerts.wiring import SHARED_POLL_S
from pilothouse.platform.errors import ApiError
from pilothouse.platform.patience import insist_on
from pilothouse.platform.records import Records, micros, storable

log = logging.getLogger("pilothouse.alerts")

BATCH: Final = 100
GIVEN_UP_US: Final = 86_400_000_000
"""What nobody took for so long is told to nobody any more."""
FIRST_RETRY_S: Final = 10
LONGEST_RETRY_S: Final = 1_800
GONE_AFTER_US: Final = 90_000_000
"""After this silence another server sends what one has taken."""
RENEWED_S: Final = 30.0
"""How often it is said that a message is still being sent."""
PAUSE_S: Final = 10.0


class Outbox:
    """Sends while its server runs."""

    def __init__(
        self, records: Records, channels: ChannelService, sender: Sender, owner: str
    ) -> None:
        self._records = records
        self._channels = channels
        self._sender = sender
        self._owner = owner
        self._wake = asyncio.Event()
        self._at_work: set[str] = set()
        """Channels that are being sent on."""
        self._released = records.shared

    def wake(self) -> None:
        """Have it look for messages; from its own loop."""
        self._wake.set()

    async def sending(self) -> None:
        """Send until cancelled; each channel for itself, so that one that hangs delays no other."""
        async with asyncio.TaskGroup() as group:
            while True:
                self._wake.clear()
                pause: float | None = PAUSE_S
                try:
                    pause = await self._round(group)
                except Exception:  # the records are away, say: the next round is another try
                    log.exception("messages of alerts wait; trying again in %s s", PAUSE_S)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), pause)

    async def _round(self, group: asyncio.TaskGroup) -> float | None:
        """Begin what is due; -> seconds until the next look, None until it is woken."""
        due = await asyncio.to_thread(self._take)
        by_channel: dict[str, list[Message]] = {}
        for one in due:
            by_channel.setdefault(one.channel.id, []).append(one)
        for channel, messages in by_channel.items():
            self._at_work.add(channel)
            group.create_task(self._send_all(channel, messages), name=f"alerts on {channel}")
        if due:
            return SHARED_POLL_S
        next_us = await asyncio.to_thread(self._next_due)
        if next_us is None:
            return SHARED_POLL_S if self._records.shared else None
        return min(SHARED_POLL_S, max(0.5, (next_us - micros()) / 1e6))

    async def _send_all(self, channel: str, messages: Sequence[Message]) -> None:
        try:
            for message in messages:
                if await insist_on(self._still_has, message):
                    keeping = asyncio.create_task(self._keep(message))
                    try:
                        await self._send(message)
                    finally:
                        keeping.cancel()
        finally:
            self._at_work.discard(channel)
            self._wake.set()

    async def _keep(self, message: Message) -> None:
        """Stay the one who sends a message, however long that lasts; until cancelled."""
        held = True
        while held:
            await asyncio.sleep(RENEWED_S)
            held = await insist_on(self._still_has, message)

    async def _send(self, message: Message) -> None:
        """Send a message and write down what came of it, as soon as that can be written."""
        error = ""
        try:
            target = await asyncio.to_thread(self._channels.target, message.channel)
            try:
                body = json.loads(message.body)
                await self._sender.send(message.channel.kind, target, message.id, body)
            except (SendingFailed, ApiError) as failed:
                error = without(str(failed), target) or "it failed"
        except ApiError as unreadable:
            error = unreadable.message
        except Exception as failed:  # a plugin of somebody's: the others are sent all the same
            log.exception("a message on channel %s was not sent", message.channel.name)
            error = type(failed).__name__
        await insist_on(self._note, message, storable(error))

    def _note(self, message: Message, error: str) -> None:
        with self._records.write() as session:
            if not error:
                kept.sent(session, message.id)
                return
            now = micros()
            wait_s = min(LONGEST_RETRY_S, FIRST_RETRY_S * 3 ** min(message.attempts, 10))
            due_at = now + wait_s * 1_000_000
            given_up = due_at - message.created_at > GIVEN_UP_US
            again_at = None if given_up else due_at
            if not kept.failed(session, self._owner, message.id, error, again_at):
                return
        name = message.channel.name
        if given_up:
            log.error("an alert is told to nobody: channel %s failed for a day: %s", name, error)
        else:
            log.warning("channel %s failed, trying again in %s s: %s", name, wait_s, error)

    def _take(self) -> list[Message]:
        with self._records.read() as session:
            if kept.next_due(session) is None:
                return []
        with self._records.write() as session:
            if not self._released:
                kept.release_all(session)  # a database of our own has no other server
                self._released = True
            return kept.take_due(
                session, self._owner, micros() - GONE_AFTER_US, BATCH, sorted(self._at_work)
            )

    def _still_has(self, message: Message) -> bool:
        with self._records.write() as session:
            return kept.still_has(session, self._owner, message.id)

    def _next_due(self) -> int | None:
        with self._records.read() as session:
            return kept.next_due(session)
