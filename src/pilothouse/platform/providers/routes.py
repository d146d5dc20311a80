"""Providers of models over HTTP. Keys go in and never come out."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, status
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from pilothouse.platform.providers.models import Provider, ProviderKind
from pilothouse.platform.providers.service import Providers
from pilothouse.platform.routing import ApiRouter


class ProviderOut(BaseModel):
    """A provider of models; its key is never told."""

    name: str
    kind: ProviderKind
    base_url: str
    has_key: bool
    key_hint: str
    """The end of its key, to tell keys apart; "" without one."""
    models: list[str]
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, provider: Provider) -> ProviderOut:
        """A provider's public side."""
        return cls(
            name=provider.name,
            kind=provider.kind,
            base_url=provider.base_url,
            has_key=bool(provider.sealed_key),
            key_hint=provider.key_hint,
            models=list(provider.models),
            created_at=provider.created_at,
            updated_at=provider.updated_at,
        )


class ProviderList(BaseModel):
    """Providers by name."""

    items: list[ProviderOut]
    next_cursor: str | None = None


class ProviderPut(BaseModel):
    """A provider to write."""

    model_config = ConfigDict(extra="forbid")

    base_url: str = Field(min_length=1, max_length=2000)
    """The address below which /chat/completions stands, as in https://api.openai.com/v1."""
    api_key: SecretStr | None = Field(None, max_length=10_000)
    """null keeps the key that is there, "" removes it."""
    models: list[str] | None = Field(None, max_length=1000)
    """Names to choose from; null keeps those that are there."""
    kind: ProviderKind | None = None
    """What its HTTP is like; null keeps what is there, at first that of OpenAI."""


class ProviderTest(BaseModel):
    """Which model to ask."""

    model_config = ConfigDict(extra="forbid")

    model: str = Field(min_length=1, max_length=500)


class ProviderTested(BaseModel):
    """Whether the model answered."""

    ok: bool
    latency_ms: float
    error: str | None


def router(providers: Providers) -> APIRouter:
    """The routes of providers."""
    routes = ApiRouter(tags=["providers"])

    @routes.get("/providers")
    def list_providers() -> ProviderList:
        """The providers of models of this server, by name."""
        return ProviderList(items=[ProviderOut.of(one) for one in providers.every()])

    @routes.put("/providers/{name:path}")  # a name with a slash is refused in words
    def write_provider(name: str, body: ProviderPut) -> ProviderOut:
        """The provider, made or changed. Its key is kept encrypted and never told again."""
        key = None if body.api_key is None else body.api_key.get_secret_value()
        made = providers.put(
            name, base_url=body.base_url, api_key=key, models=body.models, kind=body.kind
        )
        return ProviderOut.of(made)

    @routes.delete("/providers/{name}", status_code=status.HTTP_204_NO_CONTENT)
    def remove_provider(name: str) -> None:
        """Remove a provider with its key."""
        providers.remove(name)

    @routes.post("/providers/{name}/test")
    async def test_provider(name: str, body: ProviderTest) -> ProviderTested:
        """Ask one of its models something small: whether address, key and model are right."""
        latency_ms, error = await providers.test(name, body.model)
        return ProviderTested(ok=not error, latency_ms=latency_ms, error=error or None)

    return routes
