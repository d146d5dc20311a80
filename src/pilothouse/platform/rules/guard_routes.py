"""Asking guards over HTTP, while an application waits."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Protocol

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from pilothouse.evaluation.rows import Row
from pilothouse.platform.evaluators.routes import Scope
from pilothouse.platform.rules.guards import Answer, Outcome, Question

MOST_RULES = 20


class Asks(Protocol):
    """What asks guards: `Guards`."""

    async def ask(
        self, question: Question, *, project: str, project_id: int, rule_ids: list[str]
    ) -> list[Answer]: ...


class GuardQuestion(BaseModel):
    """What is to be judged before it goes on, by the names that evaluators read."""

    model_config = ConfigDict(extra="forbid")

    project: str
    rules: Annotated[list[str], Field(max_length=MOST_RULES)] = []
    """Ids of guards; all of the project that are on where there is none."""
    inputs: Any = None
    outputs: Any = None
    messages: list[dict[str, Any]] | None = None
    contexts: list[str] | None = None
    tool_calls: list[dict[str, Any]] | None = None
    metadata: dict[str, Any] = {}
    trace_id: Annotated[str, Field(max_length=64)] = ""
    """Verdicts stand at this trace as scores, where it is given."""

    def question(self) -> Question:
        """What guards are asked."""
        more = {
            "messages": self.messages,
            "contexts": self.contexts,
            "tool_calls": self.tool_calls,
        }
        row = Row(
            inputs=self.inputs,
            outputs=self.outputs,
            metadata=self.metadata,
            fields={name: value for name, value in more.items() if value is not None},
        )
        return Question(row=row, trace_id=self.trace_id)


class GuardCheck(BaseModel):
    """What one guard says."""

    rule_id: str
    name: str
    outcome: Outcome
    """`timed_out`, `failed` and `skipped` are no verdict: then the rule's `on_failure` decides."""
    decision: Literal["allow", "block"]
    value: float | None
    label: str | None
    comment: str | None
    """The reasons of the verdict, or why there is none."""
    duration_ms: float


class GuardAnswer(BaseModel):
    """Whether it may go on: where no guard blocks it."""

    decision: Literal["allow", "block"]
    checks: list[GuardCheck]


def add_guards(routes: APIRouter, guards: Asks, scope: Scope) -> None:
    """The route; a key for ingest may ask."""

    @routes.post("/rules/check")
    async def check_guards(request: Request, body: GuardQuestion) -> GuardAnswer:
        """Ask guards whether something may go on; each answers within its own latency."""
        number = scope.number(request, body.project)
        answers = await guards.ask(
            body.question(), project=body.project, project_id=number, rule_ids=body.rules
        )
        blocked = not all(answer.passes for answer in answers)
        return GuardAnswer(
            decision="block" if blocked else "allow", checks=[_check(one) for one in answers]
        )


def _check(answer: Answer) -> GuardCheck:
    return GuardCheck(
        rule_id=answer.rule.id,
        name=answer.rule.name,
        outcome=answer.outcome,
        decision="allow" if answer.passes else "block",
        value=answer.value,
        label=answer.label or None,
        comment=answer.comment or None,
        duration_ms=round(answer.duration_ms, 3),
    )
