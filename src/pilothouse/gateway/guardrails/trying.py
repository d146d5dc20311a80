"""Guardrails asked of a text by hand, as they would be asked of a call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from pilothouse.gateway.guardrails.looking import look
from pilothouse.gateway.guardrails.models import Checked, Finding, Guardrail, Stage, Subject
from pilothouse.gateway.guardrails.texts import Role, Slot
from pilothouse.gateway.guardrails.vault import Vault, apart

Decision = Literal["pass", "block", "retry"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A text, and whose it is."""

    text: str
    stage: Stage
    role: Role
    question: str
    project: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What came of it."""

    decision: Decision
    text: str
    seen: list[tuple[Checked, list[Finding]]]


async def tried(trial: Trial, guardrails: Sequence[Guardrail]) -> Tried:
    """Ask each of them, whatever share of calls it looks at."""
    said = {"content": trial.text}
    slot = Slot(said, "content", trial.role if trial.stage == "input" else "assistant")
    question = trial.text if trial.stage == "input" else trial.question
    subject = Subject(
        stage=trial.stage,
        text="",
        parts=(),
        question=question,
        body={"messages": [{"role": "user", "content": question}]},
        project=trial.project,
    )
    seen = await look([replace(each, share=1.0) for each in guardrails], [slot], subject)
    masked = [
        each
        for one in seen
        if one.guardrail.action == "mask"
        for _, found in one.places
        for each in found
    ]
    checked = [
        (one.checked(trial.stage), [each for _, found in one.places for each in found])
        for one in seen
    ]
    decision: Decision = "pass"
    for one in seen:
        fails = bool(one.error) and one.guardrail.fail == "closed"
        is_stopped = one.is_hit and one.guardrail.action == "block"
        if is_stopped or (fails and one.guardrail.action != "flag"):
            decision = "block"
        elif one.is_hit and one.guardrail.action == "retry" and decision == "pass":
            decision = "retry"
    return Tried(decision=decision, text=Vault().masked(trial.text, apart(masked)), seen=checked)
