"""What a virtual key and a kept route are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from pilothouse.gateway.models import NANO, Period
from pilothouse.platform.errors import BadRequest

PERIODS: Final[tuple[Period, ...]] = ("day", "week", "month", "total")
_MOST_DOLLARS: Final = Decimal(1_000_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayKey:
    """A key that programs ask models with. Its secret is shown once, when it is made."""

    id: int
    name: str
    hint: str
    project: str
    """Where its calls are recorded."""
    models: tuple[str, ...]
    """Names and globs that it may ask for; () for all."""
    requests_per_minute: int | None
    tokens_per_minute: int | None
    budget_nano: int | None
    period: Period
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    guardrails: tuple[str, ...] = ()
    """Those that look at its calls, beside those of the routes."""
    team_id: int | None = None
    """The team whose bounds it shares."""
    blocked_at: datetime | None = None
    """Since when it is refused, until somebody lets it work again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayTeam:
    """Keys that share bounds."""

    id: int
    name: str
    models: tuple[str, ...] = ()
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    budget_nano: int | None = None
    period: Period = "month"
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRoute:
    """A route as it was written."""

    name: str
    config: dict[str, Any]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptGuardrail:
    """A guardrail as it was written."""

    name: str
    config: dict[str, Any]
    created_at: datetime
    updated_at: datetime


def checked_models(models: Iterable[str]) -> tuple[str, ...]:
    """Names of models, each once. Raises BadRequest."""
    found = tuple(dict.fromkeys(name.strip() for name in models))
    if "" in found:
        raise BadRequest("the name of a model is empty")
    return found


def nano_of(dollars: Decimal | None) -> int | None:
    """An amount of US dollars in whole nano-dollars. Raises BadRequest."""
    if dollars is None:
        return None
    if not dollars.is_finite() or not 0 <= dollars <= _MOST_DOLLARS:
        raise BadRequest(f"budget_usd must be between 0 and {_MOST_DOLLARS:,}")
    return int(dollars * NANO)
