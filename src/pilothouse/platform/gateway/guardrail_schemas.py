"""Guardrails of the gateway as the API takes and answers them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from pilothouse.gateway.guardrails.config import GuardrailConfig
from pilothouse.gateway.guardrails.models import Action, Outcome, Stage


class GuardrailOut(BaseModel):
    """A guardrail by its name."""

    name: str
    type: str
    stages: list[Stage]
    """What it looks at."""
    action: Action
    default_on: bool
    """Whether it looks at every call."""
    source: Literal["builtin", "file", "rest"]
    """Where it is written; one of the file is changed there."""
    config: dict[str, Any]
    problem: str | None = None
    """What is wrong with it: then it is not there."""
    routes: list[str] = []
    """Those that name it."""
    keys: list[str] = []
    created_at: datetime | None = None
    updated_at: datetime | None = None


class GuardrailList(BaseModel):
    """Guardrails by name."""

    items: list[GuardrailOut]
    next_cursor: str | None = None


class GuardrailTrial(BaseModel):
    """A text to try guardrails on."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(max_length=1_000_000)]
    stage: Stage = "input"
    role: Literal["system", "user", "assistant", "tool"] = "user"
    """Whose text it is, in a request."""
    question: Annotated[str, Field(max_length=100_000)] = ""
    """What the user asked, for checks of an answer."""
    project: str = "default"
    guardrails: Annotated[list[str], Field(max_length=50)] = []
    """Names; all that look at this stage of every call where there is none."""
    config: GuardrailConfig | None = None
    """Or one that is not kept."""


class Place(BaseModel):
    """A place in a text, by characters."""

    start: int
    end: int
    kind: str


class GuardrailVerdict(BaseModel):
    """What one guardrail says of a text."""

    guardrail: str
    type: str
    action: Action
    outcome: Outcome
    reason: str
    score: float | None
    places: list[Place]
    duration_ms: float


class GuardrailTried(BaseModel):
    """What guardrails say of a text."""

    decision: Literal["pass", "block", "retry"]
    text: str
    """As it would go on, after masking."""
    verdicts: list[GuardrailVerdict]
