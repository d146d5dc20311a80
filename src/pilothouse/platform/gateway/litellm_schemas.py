"""What LiteLLM's admin scripts send and expect, and what it is called here."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from pilothouse.gateway.models import NANO, Period
from pilothouse.platform.errors import BadRequest
from pilothouse.platform.gateway.models import GatewayKey, GatewayTeam, nano_of

_DURATION: Final = re.compile(r"(\d{1,6})(mo|[smhdw])")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "mo": 30 * 86_400}
_PERIODS: Final[dict[int, Period]] = {
    86_400: "day",
    7 * 86_400: "week",
    30 * 86_400: "month",
    31 * 86_400: "month",
}
_NOT_HERE: Final = (
    "soft_budget", "max_parallel_requests", "model_max_budget", "allowed_routes", "permissions",
    "aliases", "budget_id",
)  # fmt: skip
"""Bounds that nobody would keep, if they were taken without a word."""


class Bounds(BaseModel):
    """Of a key or a team."""

    model_config = ConfigDict(extra="allow")

    models: list[str] | None = Field(None, max_length=1000)
    max_budget: Decimal | None = None
    budget_duration: str | None = None
    tpm_limit: int | None = Field(None, ge=1, le=1_000_000_000)
    rpm_limit: int | None = Field(None, ge=1, le=1_000_000_000)

    def given(self) -> dict[str, Any]:
        """What was said, as fields of ours. Raises BadRequest for what has no effect here."""
        extra = self.model_extra or {}
        for name in _NOT_HERE:
            if extra.get(name) not in (None, [], {}, ""):
                raise BadRequest(f"{name} is not supported by this gateway")
        said = self.model_fields_set
        found: dict[str, Any] = {}
        if "models" in said:
            found["models"] = [_pattern(name) for name in self.models or ()]
        if "max_budget" in said:
            found["budget_nano"] = nano_of(self.max_budget)
        if "budget_duration" in said:
            found["period"] = period_of(self.budget_duration)
        if "tpm_limit" in said:
            found["tokens_per_minute"] = self.tpm_limit
        if "rpm_limit" in said:
            found["requests_per_minute"] = self.rpm_limit
        return found


class KeyBody(Bounds):
    """A key to make, or to change."""

    key: str | None = None
    """Which one to change: its secret, or its `token`."""
    key_alias: str | None = Field(None, max_length=200)
    duration: str | None = None
    team_id: str | None = None
    blocked: bool | None = None
    guardrails: list[str] | None = None

    def fields(self) -> dict[str, Any]:
        """The fields of a key. Raises BadRequest."""
        found = self.given()
        said = self.model_fields_set
        if self.key_alias:
            found["name"] = self.key_alias
        if "duration" in said:
            found["expires_at"] = None if self.duration is None else end_of(self.duration)
        if "team_id" in said:
            found["team_id"] = None if self.team_id is None else number_of(self.team_id, "team_id")
        if self.blocked is not None:
            found["blocked_at"] = datetime.now(UTC) if self.blocked else None
        if self.guardrails is not None:
            found["guardrails"] = tuple(dict.fromkeys(self.guardrails))
        return found


class TeamBody(Bounds):
    """A team to make, or to change."""

    team_id: str | None = None
    team_alias: str | None = Field(None, max_length=200)

    def fields(self) -> dict[str, Any]:
        """The fields of a team. Raises BadRequest."""
        found = self.given()
        if self.team_alias:
            found["name"] = self.team_alias
        return found


class Named(BaseModel):
    """One key, by its secret or its `token`."""

    key: str


class Keys(BaseModel):
    """Several keys."""

    keys: list[str] = []
    key_aliases: list[str] = []


class Teams(BaseModel):
    """Several teams."""

    team_ids: list[str]


def key_told(key: GatewayKey, spent: int) -> dict[str, Any]:
    """A key as LiteLLM tells it."""
    return {
        "token": str(key.id),
        "token_id": str(key.id),
        "key_name": key.hint,
        "key_alias": key.name,
        "models": list(key.models),
        "spend": spent / NANO,
        "max_budget": None if key.budget_nano is None else key.budget_nano / NANO,
        "budget_duration": _DURATIONS[key.period],
        "tpm_limit": key.tokens_per_minute,
        "rpm_limit": key.requests_per_minute,
        "expires": key.expires_at,
        "team_id": None if key.team_id is None else str(key.team_id),
        "user_id": None,
        "blocked": key.blocked_at is not None,
        "created_at": key.created_at,
        "created_by": key.created_by,
        "metadata": {"project": key.project},
    }


def team_told(team: GatewayTeam, spent: int) -> dict[str, Any]:
    """A team as LiteLLM tells it."""
    return {
        "team_id": str(team.id),
        "team_alias": team.name,
        "models": list(team.models),
        "spend": spent / NANO,
        "max_budget": None if team.budget_nano is None else team.budget_nano / NANO,
        "budget_duration": _DURATIONS[team.period],
        "tpm_limit": team.tokens_per_minute,
        "rpm_limit": team.requests_per_minute,
        "created_at": team.created_at,
    }


_DURATIONS: Final[dict[Period, str | None]] = {
    "day": "1d",
    "week": "7d",
    "month": "1mo",
    "total": None,
}


def period_of(duration: str | None) -> Period:
    """The period of a budget. Raises BadRequest for one that is none of ours."""
    if duration is None:
        return "total"
    found = _PERIODS.get(seconds_of(duration))
    if found is None:
        raise BadRequest(f"budget_duration {duration!r} is not supported: 1d, 7d, 30d or 1mo")
    return found


def seconds_of(duration: str) -> int:
    """A duration in LiteLLM's words. Raises BadRequest."""
    found = _DURATION.fullmatch(duration)
    if found is None:
        raise BadRequest(f"{duration!r} is no duration: 30s, 30m, 30h, 30d, 4w, 1mo")
    return int(found[1]) * _SECONDS[found[2]]


def end_of(duration: str) -> datetime:
    """When a duration that begins now ends. Raises BadRequest."""
    try:
        return datetime.now(UTC) + timedelta(seconds=seconds_of(duration))
    except OverflowError:
        raise BadRequest(f"{duration!r} is longer than there are dates") from None


def number_of(text: str, name: str) -> int:
    """A number that stands in a text. Raises BadRequest."""
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise BadRequest(f"{name} {text!r} is none of this gateway's")
    return int(text)


def _pattern(name: str) -> str:
    return "*" if name in ("all-proxy-models", "all-team-models") else name
