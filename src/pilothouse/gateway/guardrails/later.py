"""Checks that nobody waits for: what they say becomes spans below that of the call."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pilothouse.gateway.assembly import assembled
from pilothouse.gateway.guardrails.looking import look
from pilothouse.gateway.guardrails.models import Guardrail, Stage, Subject
from pilothouse.gateway.guardrails.spans import span_of
from pilothouse.gateway.guardrails.stats import Stats
from pilothouse.gateway.guardrails.texts import of_answer, of_request
from pilothouse.gateway.needs import Spans
from pilothouse.gateway.recording import Finished

if TYPE_CHECKING:
    from pilothouse.gateway.call import Call
    from pilothouse.gateway.guardrails.guarded import Guarded

log = logging.getLogger("pilothouse.gateway")

MOST: Final = 1000
"""Checks that wait; further ones are counted and left."""
_AT_ONCE: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class _Late:
    guardrail: Guardrail
    subject: Subject
    told: Finished


class Later:
    """Looks at calls that are over."""

    def __init__(self, spans: Spans, stats: Stats) -> None:
        self.dropped = 0
        self._spans = spans
        self._stats = stats
        self._waiting: asyncio.Queue[_Late] = asyncio.Queue(MOST)

    def take(self, call: Call, guarded: Guarded, late: list[tuple[Stage, Guardrail]]) -> None:
        """Have a call looked at; never waits."""
        for stage, guardrail in late:
            subject = guarded.subject(call, stage)
            try:
                self._waiting.put_nowait(
                    _Late(guardrail=guardrail, subject=subject, told=call.told)
                )
            except asyncio.QueueFull:
                self.dropped += 1

    async def working(self) -> None:
        """Look until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(_AT_ONCE):
                group.create_task(self._working())

    async def _working(self) -> None:
        while True:
            late = await self._waiting.get()
            try:
                await self._look(late)
            except Exception:  # the store may be away; the call itself was recorded
                log.exception("a check of guardrail %s was lost", late.guardrail.name)

    async def _look(self, late: _Late) -> None:
        told, stage = late.told, late.subject.stage
        if stage == "input":
            slots = of_request(told.body)
        else:
            slots = of_answer(assembled(told.blocks) if told.answer is None else told.answer)
        seen = await look([late.guardrail], slots, late.subject)
        if not seen:
            return
        trace_id, span_id, _ = told.place
        checks = [
            each.checked(stage, "flagged" if each.is_hit and not each.error else None)
            for each in seen
        ]
        self._stats.add(checks)
        sources = [
            span_of(each, project=told.project, trace_id=trace_id, parent=span_id)
            for each in checks
        ]
        await self._spans.store(lambda: sources, 1000 * len(sources))
