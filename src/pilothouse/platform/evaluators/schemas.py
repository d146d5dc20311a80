"""Evaluators as the API takes and shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pilothouse.platform.evaluators.catalogue import Entry
from pilothouse.platform.evaluators.models import Evaluator, EvaluatorKind, EvaluatorVersion
from pilothouse.platform.query.models import Score

JsonObject = dict[str, Any]  # Any: JSON
Name = Annotated[str, Field(min_length=1, max_length=200)]
Text = Annotated[str, Field(max_length=20_000)]


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewEvaluator(_Written):
    """An evaluator to be made."""

    project: str | None = None
    """None for one that all projects share."""
    name: Name
    """The name of its scores."""
    description: Text = ""
    kind: EvaluatorKind | None = None
    """Told by the definition where it is left out."""
    definition: JsonObject


class EvaluatorChange(_Written):
    """What may change; what is absent or null stays."""

    name: Name | None = None
    description: Text | None = None
    definition: JsonObject | None = None
    """Another definition is a new version."""


class EvaluatorOut(BaseModel):
    """An evaluator in its newest version."""

    id: str
    project: str | None
    name: str
    description: str
    kind: EvaluatorKind
    version: int
    definition: JsonObject
    rules: int
    """How many rules use it."""
    cost: float | None
    """US dollars so far, null where no price is known."""
    verdicts: int
    errors: int
    created_by: str | None
    created_at: datetime
    updated_at: datetime


class EvaluatorPage(BaseModel):
    """Evaluators, the newest first."""

    items: list[EvaluatorOut]
    next_cursor: str | None = None


class EvaluatorVersionOut(BaseModel):
    """An evaluator as it was."""

    version: int
    definition: JsonObject
    created_by: str | None
    created_at: datetime


class VersionList(BaseModel):
    """All versions, the newest first."""

    items: list[EvaluatorVersionOut]


class CatalogueEntry(BaseModel):
    """An evaluator that comes with the server."""

    name: str
    title: str
    description: str
    needs: list[str]
    """What a row must have."""
    options: JsonObject
    """The JSON schema of its options."""
    judged: bool
    """Whether it asks a model, which is its option `model`."""


class Catalogue(BaseModel):
    """All of them."""

    items: list[CatalogueEntry]


class ChosenSpan(_Written):
    """A span, or a whole trace."""

    trace_id: str
    span_id: str = ""


class EvaluatorTrial(_Written):
    """An evaluator to be tried on what was recorded; nothing of it is kept."""

    project: str
    evaluator_id: str | None = None
    definition: JsonObject | None = None
    unit: Literal["span", "trace"] = "trace"
    mapping: dict[str, str] = {}
    filter: str | None = None
    limit: int = Field(5, ge=1, le=20)
    spans: list[ChosenSpan] | None = Field(None, max_length=20)
    """These, in place of the newest that the filter holds for."""

    @model_validator(mode="after")
    def _one_evaluator(self) -> EvaluatorTrial:
        if (self.evaluator_id is None) == (self.definition is None):
            raise ValueError("give evaluator_id or definition")
        return self


class Tried(BaseModel):
    """The verdict on one of them."""

    trace_id: str
    span_id: str | None
    name: str
    input: Any
    output: Any
    value: float | None
    label: str | None
    comment: str | None
    status: Literal["ok", "error", "skipped", "not_applicable"]
    error: str | None
    prompt: str | None
    raw: str | None
    cost: float | None
    tokens: int | None
    duration_ms: float


class EvaluatorTrialOut(BaseModel):
    """All verdicts of a trial."""

    items: list[Tried]


class Verdict(Score):
    """A stored score of an evaluator, with what its model read and answered."""

    prompt: str | None = None
    raw: str | None = None
    cost: float | None = None


class VerdictPage(BaseModel):
    """Verdicts, the newest first."""

    items: list[Verdict]
    next_cursor: str | None = None


def evaluator_out(found: Evaluator, project: str | None) -> EvaluatorOut:
    """An evaluator's public side."""
    return EvaluatorOut(
        id=found.id,
        project=project,
        name=found.name,
        description=found.description,
        kind=found.kind,
        version=found.version,
        definition=dict(found.definition),
        rules=found.rules,
        cost=found.cost,
        verdicts=found.verdicts,
        errors=found.errors,
        created_by=found.created_by or None,
        created_at=found.created_at,
        updated_at=found.updated_at,
    )


def version_out(found: EvaluatorVersion) -> EvaluatorVersionOut:
    """A version's public side."""
    return EvaluatorVersionOut(
        version=found.version,
        definition=dict(found.definition),
        created_by=found.created_by or None,
        created_at=found.created_at,
    )


def entry_out(found: Entry) -> CatalogueEntry:
    """An entry of the catalogue as the API shows it."""
    return CatalogueEntry(
        name=found.name,
        title=found.title,
        description=found.description,
        needs=list(found.needs),
        options=found.schema,
        judged=found.judged,
    )
