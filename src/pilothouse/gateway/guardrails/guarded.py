"""What guardrails keep of one call: who looks, what was masked, and what they saw."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from pilothouse.gateway.assembly import assembled
from pilothouse.gateway.call import Call
from pilothouse.gateway.guardrails.looking import Seen, reason_of
from pilothouse.gateway.guardrails.models import (
    Checked,
    Finding,
    Guardrail,
    Outcome,
    Stage,
    Subject,
    refusal,
    unanswered,
)
from pilothouse.gateway.guardrails.plan import Plan
from pilothouse.gateway.guardrails.spans import span_of
from pilothouse.gateway.guardrails.stream import WindowGuard
from pilothouse.gateway.guardrails.texts import Slot, of_answer, question_of
from pilothouse.gateway.guardrails.vault import Vault, apart
from pilothouse.gateway.guardrails.window import Hit, Tally
from pilothouse.gateway.recording import Finished
from pilothouse.spans import Source


@dataclass(slots=True, kw_only=True)
class Guarded:
    """A call that guardrails look at."""

    plan: Plan
    vault: Vault = field(default_factory=Vault)
    tally: Tally = field(default_factory=Tally)
    checks: list[Checked] = field(default_factory=list)
    windows: list[Guardrail] = field(default_factory=list)
    """Those that look at its stream."""
    window: WindowGuard | None = None
    stream_ns: int = 0
    stopped: Hit | None = None
    """What ended its stream."""
    hides_question: bool = False
    hides_answer: bool = False

    def subject(self, call: Call, stage: Stage) -> Subject:
        """What checks are asked about."""
        trace_id, span_id, _ = call.told.place
        return Subject(
            stage=stage,
            text="",
            parts=(),
            question=question_of(call.asked.body),
            body=call.asked.body,
            project=call.asked.project,
            trace_id=trace_id,
            parent=f"00-{trace_id}-{span_id}-01",
        )

    def note(self, seen: Sequence[Seen], stage: Stage) -> None:
        """Have it recorded what was seen."""
        self.checks += [each.checked(stage) for each in seen]

    def decide(self, seen: Sequence[Seen], stage: Stage) -> bool:
        """Mask what is to be masked; whether there was anything. Raises Refused."""
        self.note(seen, stage)
        is_masked = self._mask(seen, stage)  # first: what is refused is recorded, too
        for each in seen:
            guardrail = each.guardrail
            if each.error and guardrail.fail == "closed" and guardrail.action != "flag":
                raise unanswered(guardrail, each.error)
        for each in seen:
            if each.is_hit and each.guardrail.action == "block":
                self.hide(each.guardrail, stage)
                raise refusal(each.guardrail, stage, each.reason)
        return is_masked

    def _mask(self, seen: Sequence[Seen], stage: Stage) -> bool:
        masked: dict[int, tuple[Slot, list[Finding]]] = {}
        for each in seen:
            if each.guardrail.action != "mask":
                continue
            restores = each.guardrail.restores and stage == "input"
            for slot, found in each.places:
                places = masked.setdefault(id(slot), (slot, []))[1]
                places += [replace(one, restores=restores) for one in found]
        for slot, found in masked.values():
            slot.put(self.vault.masked(slot.text, apart(found)))
        return bool(masked)

    def ended(self, call: Call) -> list[tuple[Stage, Guardrail]]:
        """Put what was seen to what is recorded; who shall still look, with nobody waiting."""
        told = call.told
        self._note_windows()
        if self.windows and any(each.is_hit for each in self.checks if each.stage == "output"):
            self._mask_recorded(told)
        if self.hides_question:
            call.asked.body = {"model": call.asked.name}
        if self.hides_answer:
            told.answer = {}
        hits = [
            {"name": each.guardrail, "stage": each.stage, "outcome": each.outcome}
            for each in self.checks
            if each.outcome != "passed"
        ]
        if hits:
            told.notes["guardrails"] = hits
        told.children += [child_of(each) for each in self.checks]
        if told.error is not None:
            return []
        late: list[tuple[Stage, Guardrail]] = [
            ("input", each) for each in self.plan.question if each.is_late
        ]
        is_stream = self.window is not None or (told.is_stream and not call.is_held)
        late += [
            ("output", each)
            for each in self.plan.answer
            if each.is_late or (is_stream and each.streaming == "after")
        ]
        return late

    def _note_windows(self) -> None:
        now, spent = time.time_ns(), 0 if self.window is None else self.window.spent_ns
        for each in self.windows:
            kinds = dict(self.tally.kinds.get(each.name, {}))
            outcome: Outcome = "passed"
            reason = ""
            if self.stopped is not None and self.stopped.guardrail is each:
                outcome = "failed" if self.stopped.error else "blocked"
                kinds, reason = self.stopped.kinds, self.stopped.error
                self.hide(each, "output")
            elif kinds:
                outcome = "masked" if each.action == "mask" else "flagged"
            self.checks.append(
                Checked(
                    guardrail=each.name,
                    type=each.type,
                    stage="output",
                    action=each.action,
                    outcome=outcome,
                    reason=reason or reason_of(kinds),
                    kinds=kinds,
                    start_ns=self.stream_ns,
                    end_ns=min(now, self.stream_ns + spent),
                )
            )

    def _mask_recorded(self, told: Finished) -> None:
        """Record a stream as it was sent, but for what was put back."""
        said = assembled(told.blocks) if told.answer is None else told.answer
        for slot in of_answer(said):
            found = [
                place
                for each in self.windows
                if each.action == "mask" and each.check.find is not None
                for place in each.check.find(slot.text, 0)
            ]
            slot.put(self.vault.masked(slot.text, apart(found)))
        told.answer = said

    def hide(self, guardrail: Guardrail, stage: Stage) -> None:
        """Have a text that was blocked recorded only where that is wanted."""
        if not guardrail.logs_blocked:
            self.hides_question = self.hides_question or stage == "input"
            self.hides_answer = True


def child_of(checked: Checked) -> Callable[[Finished], Source]:
    """Makes the span of a check below that of its call."""

    def made(told: Finished) -> Source:
        trace_id, span_id, _ = told.place
        return span_of(checked, project=told.project, trace_id=trace_id, parent=span_id)

    return made
