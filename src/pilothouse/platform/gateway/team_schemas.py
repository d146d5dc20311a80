"""Teams of the gateway as the API takes and answers them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict

from pilothouse.gateway.models import NANO, Period
from pilothouse.platform.gateway.models import GatewayTeam, nano_of
from pilothouse.platform.gateway.schemas import Models, Name, PerMinute


class NewGatewayTeam(BaseModel):
    """A team to make."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    models: Models = []
    """Names that its keys may ask for, with * for any rest; none for all."""
    requests_per_minute: PerMinute | None = None
    """Of all its keys together, as what follows."""
    tokens_per_minute: PerMinute | None = None
    budget_usd: Decimal | None = None
    period: Period = "month"

    def fields(self) -> dict[str, Any]:
        """The fields of a team."""
        found = self.model_dump(exclude={"budget_usd"})
        return {**found, "budget_nano": nano_of(self.budget_usd)}


class GatewayTeamChange(BaseModel):
    """What to change of a team; null takes a bound away."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    models: Models | None = None
    requests_per_minute: PerMinute | None = None
    tokens_per_minute: PerMinute | None = None
    budget_usd: Decimal | None = None
    period: Period | None = None

    def given(self) -> dict[str, Any]:
        """What was said, as fields of a team."""
        said = {name: getattr(self, name) for name in self.model_fields_set}
        for name in ("name", "period"):
            if said.get(name, "") is None:
                del said[name]
        if "budget_usd" in said:
            said["budget_nano"] = nano_of(said.pop("budget_usd"))
        return said


class GatewayTeamOut(BaseModel):
    """A team."""

    id: int
    name: str
    models: list[str]
    requests_per_minute: int | None
    tokens_per_minute: int | None
    budget_usd: float | None
    period: Period
    spent_usd: float
    """In its present period; a second late."""
    keys: int
    """That were not revoked."""
    created_at: datetime

    @classmethod
    def of(cls, team: GatewayTeam, spent: int, keys: int) -> GatewayTeamOut:
        """A team, the nano-dollars that it spent, and how many keys it has."""
        return cls(
            id=team.id,
            name=team.name,
            models=list(team.models),
            requests_per_minute=team.requests_per_minute,
            tokens_per_minute=team.tokens_per_minute,
            budget_usd=None if team.budget_nano is None else team.budget_nano / NANO,
            period=team.period,
            spent_usd=spent / NANO,
            keys=keys,
            created_at=team.created_at,
        )


class GatewayTeamList(BaseModel):
    """Teams by name."""

    items: list[GatewayTeamOut]
    next_cursor: str | None = None
