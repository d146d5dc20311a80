"""Keys and routes of the gateway as the API takes and answers them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from pilothouse.gateway.config import NamedRoute, RouteConfig
from pilothouse.gateway.guardrails.stats import Stats
from pilothouse.gateway.models import NANO, Period
from pilothouse.gateway.semantic import SemanticCache
from pilothouse.platform.gateway.models import GatewayKey, KeptRoute, nano_of

Name = Annotated[str, Field(min_length=1, max_length=200)]
Models = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=500)]], Field(max_length=1000)
]
Guardrails = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=100)]], Field(max_length=50)
]
PerMinute = Annotated[int, Field(ge=1, le=1_000_000_000)]


class NewGatewayKey(BaseModel):
    """A key to make."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    """What it is for."""
    project: Name = "default"
    """Where its calls are recorded; made where it is not there."""
    models: Models = []
    """Names that it may ask for, with * for any rest; none for all."""
    requests_per_minute: PerMinute | None = None
    tokens_per_minute: PerMinute | None = None
    budget_usd: Decimal | None = None
    """What its calls may cost in a period."""
    period: Period = "month"
    expires_at: datetime | None = None
    guardrails: Guardrails = []
    """Names of those that look at its calls, beside those of the routes."""
    team_id: int | None = None
    """The team whose bounds it shares."""

    def bounds(self) -> dict[str, Any]:
        """The fields of a key that bound it."""
        return {
            "requests_per_minute": self.requests_per_minute,
            "tokens_per_minute": self.tokens_per_minute,
            "budget_nano": nano_of(self.budget_usd),
            "period": self.period,
            "expires_at": self.expires_at,
            "team_id": self.team_id,
            "guardrails": tuple(dict.fromkeys(self.guardrails)),
        }


class GatewayKeyChange(BaseModel):
    """What to change of a key; null takes a bound away."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    models: Models | None = None
    requests_per_minute: PerMinute | None = None
    tokens_per_minute: PerMinute | None = None
    budget_usd: Decimal | None = None
    period: Period | None = None
    expires_at: datetime | None = None
    guardrails: Guardrails | None = None
    team_id: int | None = None
    blocked: bool | None = None
    """Whether it is refused until somebody lets it work again."""

    def given(self) -> dict[str, Any]:
        """What was said, as fields of a key."""
        said = {name: getattr(self, name) for name in self.model_fields_set}
        for name in ("name", "period"):
            if said.get(name, "") is None:
                del said[name]
        if "blocked" in said:
            said["blocked_at"] = datetime.now(UTC) if said.pop("blocked") else None
        if "guardrails" in said:
            said["guardrails"] = tuple(dict.fromkeys(said["guardrails"] or ()))
        if "budget_usd" in said:
            said["budget_nano"] = nano_of(said.pop("budget_usd"))
        return said


class GatewayKeyOut(BaseModel):
    """A key without its secret."""

    id: int
    name: str
    hint: str
    """How it begins."""
    project: str
    models: list[str]
    requests_per_minute: int | None
    tokens_per_minute: int | None
    budget_usd: float | None
    period: Period
    spent_usd: float
    """In its present period; a second late."""
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    guardrails: list[str] = []
    team_id: int | None = None
    blocked_at: datetime | None = None

    @classmethod
    def of(cls, key: GatewayKey, spent: int) -> GatewayKeyOut:
        """A key and the nano-dollars that it spent."""
        return cls(
            id=key.id,
            name=key.name,
            hint=key.hint,
            project=key.project,
            models=list(key.models),
            requests_per_minute=key.requests_per_minute,
            tokens_per_minute=key.tokens_per_minute,
            budget_usd=None if key.budget_nano is None else key.budget_nano / NANO,
            period=key.period,
            spent_usd=spent / NANO,
            created_by=key.created_by,
            created_at=key.created_at,
            expires_at=key.expires_at,
            guardrails=list(key.guardrails),
            team_id=key.team_id,
            blocked_at=key.blocked_at,
        )


class MadeGatewayKey(GatewayKeyOut):
    """A key that was made now."""

    key: str
    """Its secret, which is shown this once."""


class GatewayKeyList(BaseModel):
    """Keys, the newest first."""

    items: list[GatewayKeyOut]
    next_cursor: str | None = None


class RouteOut(RouteConfig):
    """A route by its name."""

    name: str
    source: Literal["file", "rest"]
    """Where it is written; one of the file is changed there."""
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @classmethod
    def kept(cls, route: KeptRoute) -> RouteOut:
        """One of the records."""
        return cls.model_validate(
            {
                **route.config,
                "name": route.name,
                "source": "rest",
                "created_at": route.created_at,
                "updated_at": route.updated_at,
            }
        )

    @classmethod
    def filed(cls, route: NamedRoute) -> RouteOut:
        """One of the file."""
        return cls.model_validate({**route.model_dump(), "source": "file"})


class RouteList(BaseModel):
    """Routes by name, and what is wrong with them."""

    items: list[RouteOut]
    aliases: dict[str, str]
    """Other names of routes; they stand in the file."""
    problems: list[str]
    next_cursor: str | None = None


class TargetStatus(BaseModel):
    """How a model of a provider does in this process."""

    target: str
    calls: int
    failed: int
    busy: int
    rests_s: float
    """So long it is not asked, after failures or because it said so."""
    first_byte_ms: float | None
    """Smoothed."""


class RouteCacheStatus(BaseModel):
    """What the cache did for a route."""

    route: str
    hits: int
    misses: int
    saved_usd: float


class SemanticStatus(BaseModel):
    """What the semantic cache of this process holds, and did since it began."""

    entries: int
    bytes: int
    hits: int
    misses: int
    guarded: int
    """Misses that were near enough, but asked something else: another number, a "not"."""
    failed: int
    """Questions for which there was no vector."""
    evicted: int
    saved_usd: float
    routes: list[RouteCacheStatus]


class GuardrailStatus(BaseModel):
    """What a guardrail did at one stage, since the process began."""

    guardrail: str
    type: str
    stage: str
    checks: int
    hits: int
    failed: int
    """Checks without a verdict."""
    outcomes: dict[str, int]
    mean_ms: float


class CacheStatus(BaseModel):
    """What the cache of this process holds, and did since it began."""

    entries: int
    bytes: int
    hits: int
    misses: int
    evicted: int
    hit_rate: float | None
    saved_usd: float
    routes: list[RouteCacheStatus]


class GatewayStatus(BaseModel):
    """What the gateway of this process did since it began."""

    recorded: int
    """Calls that became spans."""
    dropped: int
    """Calls that did not, because too many waited or they could not be stored."""
    targets: list[TargetStatus]
    cache: CacheStatus
    semantic: SemanticStatus
    guardrails: list[GuardrailStatus]
    guardrails_dropped: int
    """Checks that nobody waited for, and for which there was no room."""

    @classmethod
    def of(
        cls, status: dict[str, Any], similar: SemanticCache, checks: Stats, dropped: int
    ) -> GatewayStatus:
        """The state of a gateway with that of its caches and guardrails."""
        stats = similar.stats
        semantic = SemanticStatus(
            entries=len(similar),
            bytes=similar.bytes,
            hits=stats.hits,
            misses=stats.misses,
            guarded=stats.guarded,
            failed=stats.failed,
            evicted=stats.evicted,
            saved_usd=stats.saved_nano / NANO,
            routes=[
                RouteCacheStatus(route=name, hits=hits, misses=misses, saved_usd=saved / NANO)
                for name, (hits, misses, saved) in sorted(stats.by_route.items())
            ],
        )
        guardrails = [
            GuardrailStatus(
                guardrail=name,
                type=kind,
                stage=stage,
                checks=counted.checks,
                hits=counted.hits,
                failed=counted.outcomes.get("failed", 0),
                outcomes=counted.outcomes,
                mean_ms=counted.seconds / max(1, counted.checks) * 1000,
            )
            for (name, kind, stage), counted in sorted(checks.by.items())
        ]
        return cls.model_validate(
            {
                **status,
                "semantic": semantic,
                "guardrails": guardrails,
                "guardrails_dropped": dropped,
            }
        )


class CacheCleared(BaseModel):
    """How many answers were forgotten."""

    entries: int
    semantic: int = 0
    """Those of the semantic cache."""


class Reloaded(BaseModel):
    """What is wrong with the routes after the file was read again."""

    problems: list[str]
