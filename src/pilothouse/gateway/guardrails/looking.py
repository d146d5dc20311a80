"""Asks guardrails about texts, side by side, each within its time."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from pilothouse.gateway.guardrails.models import (
    Checked,
    Finding,
    Guardrail,
    Judgement,
    Outcome,
    Stage,
    Subject,
)
from pilothouse.gateway.guardrails.texts import Slot, joined

log = logging.getLogger("pilothouse.gateway")

_AT_ONCE: Final = 20_000
"""Characters that are searched on the event loop; more is searched on a thread."""
_CONTENT: Final = ("content", "text")
_DONE: Final[dict[str, Outcome]] = {
    "block": "blocked",
    "mask": "masked",
    "flag": "flagged",
    "retry": "retried",
}


@dataclass(slots=True, kw_only=True)
class Seen:
    """What one guardrail saw."""

    guardrail: Guardrail
    places: list[tuple[Slot, list[Finding]]] = field(default_factory=list)
    judgement: Judgement | None = None
    error: str = ""
    """Why there is no verdict."""
    start_ns: int
    end_ns: int = 0

    @property
    def is_hit(self) -> bool:
        """Whether it found something."""
        return bool(self.places) or (self.judgement is not None and not self.judgement.passed)

    @property
    def kinds(self) -> dict[str, int]:
        """How many places of each kind."""
        return dict(Counter(each.kind for _, found in self.places for each in found))

    @property
    def reason(self) -> str:
        """What a person is told of it; never the text itself."""
        if self.error:
            return self.error
        if self.judgement is not None:
            return self.judgement.reason
        return reason_of(self.kinds)

    def checked(self, stage: Stage, outcome: Outcome | None = None) -> Checked:
        """The same as it is recorded."""
        done: Outcome = "passed"
        if self.error:
            done = "failed"
        elif self.is_hit:
            done = _DONE[self.guardrail.action]
        return Checked(
            guardrail=self.guardrail.name,
            type=self.guardrail.type,
            stage=stage,
            action=self.guardrail.action,
            outcome=outcome or done,
            reason=self.reason,
            score=None if self.judgement is None else self.judgement.score,
            kinds=self.kinds,
            start_ns=self.start_ns,
            end_ns=self.end_ns,
        )


def reason_of(kinds: dict[str, int]) -> str:
    """Kinds in words: `cards: 2, emails: 1`."""
    return ", ".join(f"{kind.replace('_', ' ')}: {count}" for kind, count in sorted(kinds.items()))


async def look(
    guardrails: Sequence[Guardrail], slots: Sequence[Slot], subject: Subject
) -> list[Seen]:
    """What each of them sees in the texts; those that look at a share of calls may see nothing."""
    chosen = [
        each
        for each in guardrails
        if each.share >= 1 or random.random() < each.share  # noqa: S311 - keeps no secret
    ]
    if not chosen:
        return []
    if len(chosen) == 1:
        return [await _one(chosen[0], slots, subject)]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_one(each, slots, subject)) for each in chosen]
    return [task.result() for task in tasks]


async def _one(guardrail: Guardrail, slots: Sequence[Slot], subject: Subject) -> Seen:
    own = list(slots)
    if guardrail.roles and subject.stage == "input":
        own = [slot for slot in own if slot.role in guardrail.roles]
    if guardrail.check.wants_content:
        own = [slot for slot in own if slot.key in _CONTENT and not slot.is_json]
    seen = Seen(guardrail=guardrail, start_ns=time.time_ns())
    try:
        async with asyncio.timeout(guardrail.timeout_s):
            if guardrail.check.find is not None:
                seen.places = await _found(guardrail, own)
            elif guardrail.check.judge is not None and any(slot.text.strip() for slot in own):
                asked = replace(
                    subject,
                    text=joined(own),
                    parts=[(slot.role, slot.text) for slot in own],
                )
                seen.judgement = await guardrail.check.judge(asked)
    except TimeoutError:
        seen.error = f"no verdict within {guardrail.timeout_s * 1000:g} ms"
    except Exception as error:  # noqa: BLE001 - a check's edge: its guardrail says what that means
        log.warning("guardrail %s failed: %s: %s", guardrail.name, type(error).__name__, error)
        seen.error = str(error)[:500] or type(error).__name__
    seen.end_ns = time.time_ns()
    return seen


async def _found(guardrail: Guardrail, slots: list[Slot]) -> list[tuple[Slot, list[Finding]]]:
    find = guardrail.check.find
    assert find is not None

    def search() -> list[tuple[Slot, list[Finding]]]:
        found = [(slot, find(slot.text, 0)) for slot in slots]
        return [(slot, places) for slot, places in found if places]

    size = sum(len(slot.text) for slot in slots)
    if guardrail.check.threads is not None:
        found: list[tuple[Slot, list[Finding]]] = await guardrail.check.threads.run(search)
        return found
    return search() if size <= _AT_ONCE else await asyncio.to_thread(search)
