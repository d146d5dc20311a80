"""What an evaluator of the library is, and what its definitions may say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pilothouse.platform.errors import BadRequest

EvaluatorKind = Literal["judge", "builtin", "code"]
Json = Mapping[str, Any]  # Any: JSON
BILLIONTHS: Final = 1_000_000_000
"""Money is kept as whole billionths of a dollar: sums of it stay exact."""
PROJECT: Final = "evaluators"
"""Where evaluators' own model calls are recorded; no rule looks at it."""
_LONGEST: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluator:
    """One evaluator in its newest version."""

    id: str
    project_id: int | None
    """None for one that all projects share."""
    name: str
    """The name of its scores."""
    description: str
    kind: EvaluatorKind
    version: int
    definition: Json
    extra: Json = field(default_factory=dict)
    """What another protocol's client said of it and wants back."""
    rules: int = 0
    verdicts: int = 0
    errors: int = 0
    spent: int = 0
    """Billionths of a dollar, so far."""
    priced: int = 0
    """Verdicts whose cost is known."""
    spent_now: int = 0
    priced_now: int = 0
    """The same of the newest version alone: another one may ask another model."""
    created_by: str = ""
    created_at: datetime
    updated_at: datetime

    @property
    def cost(self) -> float | None:
        """Dollars so far; None where nothing is known of any verdict's."""
        return self.spent / BILLIONTHS if self.priced else None

    @property
    def asks_model(self) -> bool:
        """Whether a model gives the verdicts, or computes part of them."""
        return "model" in self.definition or "model" in self.definition.get("options", {})

    @property
    def estimate(self) -> int:
        """What one more verdict is likely to cost, in billionths of a dollar."""
        return self.spent_now // self.priced_now if self.priced_now else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluatorVersion:
    """What an evaluator was at a time."""

    version: int
    definition: Json
    created_by: str
    created_at: datetime


class _Definition(BaseModel):
    model_config = ConfigDict(extra="forbid")


class JudgeDefinition(_Definition):
    """A prompt and the model that answers it."""

    model: str = Field(min_length=1, max_length=300, description="`provider/model`")
    prompt: str = Field(min_length=1, max_length=_LONGEST)
    """Names what it reads in braces: `{inputs}`, `{outputs}`, `{messages}` …"""
    output: Literal["boolean", "continuous", "choices"] = "boolean"
    choices: dict[str, float] | None = None
    """The labels with what each is worth; for `choices` alone."""
    few_shot: list[dict[str, Any]] = Field(default=[], max_length=50)  # Any: fields of a row


class BuiltinDefinition(_Definition):
    """One of the evaluators that came with the server."""

    metric: str = Field(min_length=1, max_length=100)
    options: dict[str, Any] = {}  # Any: each metric has its own


class CodeDefinition(_Definition):
    """Python with a function `evaluate`."""

    source: str = Field(min_length=1, max_length=_LONGEST)


_KINDS: Final[Mapping[EvaluatorKind, type[_Definition]]] = {
    "judge": JudgeDefinition,
    "builtin": BuiltinDefinition,
    "code": CodeDefinition,
}
Definition = JudgeDefinition | BuiltinDefinition | CodeDefinition


def kind_of(definition: Json) -> EvaluatorKind:
    """The kind that a definition is of, by what it has."""
    if "metric" in definition:
        return "builtin"
    return "code" if "source" in definition else "judge"


def checked_definition(kind: EvaluatorKind, definition: Json) -> Definition:
    """The definition, read. Raises BadRequest naming the field that is wrong."""
    try:
        read = _KINDS[kind].model_validate(definition)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in ("definition", *first["loc"]))
        raise BadRequest(f"{where}: {first['msg']}", {"field": where}) from None
    if isinstance(read, JudgeDefinition):
        _check_choices(read)
    assert isinstance(read, JudgeDefinition | BuiltinDefinition | CodeDefinition)
    return read


def _check_choices(judge: JudgeDefinition) -> None:
    if judge.output == "choices" and len(judge.choices or {}) < 2:
        raise BadRequest("definition.choices: give two labels at least, each with its score")
    if judge.output != "choices" and judge.choices:
        raise BadRequest('definition.choices: only for output "choices"')


def stored_definition(definition: Definition) -> str:
    """A definition as it is kept."""
    return json.dumps(definition.model_dump(exclude_none=True))


def billionths(dollars: float | None) -> int | None:
    """Dollars as money is kept; None stays unknown."""
    return None if dollars is None else int(Decimal(str(dollars)) * BILLIONTHS)
