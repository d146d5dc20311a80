"""Routes as people write them, in a file or over REST.

providers:
  local: {base_url: "http://localhost:8000/v1", api_key: "${LOCAL_KEY}"}
models:
  - name: chat
    targets: [{provider: openai, model: gpt-4o-mini, weight: 3}, {provider: local, model: llama}]
    fallbacks: [chat-backup]
    cache: {mode: exact, ttl: 3600}
aliases: {gpt-4o: chat}
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    field_validator,
    model_validator,
)

from pilothouse.gateway import litellm_config
from pilothouse.gateway.embedding import Embedding
from pilothouse.gateway.guardrails import Helpers
from pilothouse.gateway.guardrails import config as guardrails
from pilothouse.gateway.guardrails.models import Stage
from pilothouse.gateway.models import (
    Caching,
    Endpoint,
    Price,
    Retries,
    Route,
    Strategy,
    Target,
    Type,
)

LONGEST_NAME: Final = 500
Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
Seconds = Annotated[float, Field(gt=0, le=86_400)]
Dollars = Annotated[float, Field(ge=0, le=1_000_000)]
_VARIABLE: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}|^os\.environ/([A-Za-z_]\w*)$")
OWN_ADDRESSES: Final[dict[Type, str]] = {
    "openai": "https://api.openai.com/v1",
    "anthropic": "https://api.anthropic.com/v1",
    "responses": "https://api.openai.com/v1",
}


class ConfigError(Exception):
    """A configuration that cannot be used; a line a problem."""


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PriceConfig(_Written):
    """US dollars a million tokens."""

    input: Dollars
    output: Dollars
    cached_input: Dollars | None = None
    """null for what other input costs."""
    cache_write: Dollars | None = None

    def price(self) -> Price:
        """The same with nothing left open."""
        return Price(
            input=self.input,
            output=self.output,
            cached_input=self.input if self.cached_input is None else self.cached_input,
            cache_write=self.input if self.cache_write is None else self.cache_write,
        )


class TargetConfig(_Written):
    """A model of a provider behind a route."""

    provider: Name
    model: Name
    """"*" in a route with a wildcard: what the client wrote there."""
    weight: Annotated[float, Field(ge=0, le=1_000_000)] = 1.0
    timeout: Seconds | None = None
    """Seconds until its answer, or the first event of its stream; null for the route's."""
    price: PriceConfig | None = None
    """What it costs; null for what the price table says."""

    def target(self, endpoint: Endpoint) -> Target:
        """The target at its provider."""
        return Target(
            endpoint=endpoint,
            model=self.model,
            weight=self.weight,
            timeout_s=self.timeout,
            price=None if self.price is None else self.price.price(),
        )


class RetriesConfig(_Written):
    """How often a failed attempt is repeated before anything was answered."""

    max: Annotated[int, Field(ge=0, le=10)] = 2
    base_ms: Annotated[int, Field(ge=0, le=60_000)] = 500
    max_ms: Annotated[int, Field(ge=0, le=60_000)] = 8000


class CacheConfig(_Written):
    """Whose answers are given again."""

    mode: Literal["exact", "semantic"] = "exact"
    """Only to the same question, or also to one that means the same."""
    ttl: Seconds = 3600.0
    """Seconds."""
    any_temperature: bool = False
    """Also where the temperature is not 0 and the answer may differ each time."""
    threshold: Annotated[float, Field(ge=0.5, le=1)] = 0.95
    """From this cosine on two questions mean the same."""
    embedder: Name = "local"
    """`local`, `local:FOLDER`, `hash:384`, or a route for embeddings."""


class RouteGuardrails(_Written):
    """Those that look at a route's calls, each at one stage."""

    input: Annotated[list[Name], Field(max_length=50)] = []
    output: Annotated[list[Name], Field(max_length=50)] = []


class RouteConfig(_Written):
    """What stands behind a name, but for the name."""

    targets: list[TargetConfig] = Field(min_length=1, max_length=50)
    strategy: Strategy = "weighted"
    retries: RetriesConfig = RetriesConfig()
    fallbacks: Annotated[list[Name], Field(max_length=20)] = []
    """Names that are asked next when no target answers."""
    cache: CacheConfig | None = None
    guardrails: Annotated[list[Name], Field(max_length=50)] | RouteGuardrails = []
    """Names of those that look at its calls."""
    timeout: Seconds = 600.0
    """Seconds from the request to the last byte."""
    stream_timeout: Seconds = 60.0
    """Seconds until the first event of a stream."""
    idle_timeout: Seconds = 60.0
    """Seconds between two pieces of a stream."""

    def route(self, name: str, endpoints: Mapping[str, Endpoint]) -> Route | None:
        """The route; without targets whose provider is gone, None where none is left."""
        targets = tuple(
            each.target(endpoints[each.provider])
            for each in self.targets
            if each.provider in endpoints
        )
        if not targets:
            return None
        caching = None
        if self.cache is not None:
            is_semantic = self.cache.mode == "semantic"
            caching = Caching(
                ttl_s=self.cache.ttl,
                any_temperature=self.cache.any_temperature,
                threshold=self.cache.threshold if is_semantic else None,
                embedder=self.cache.embedder,
            )
        return Route(
            name=name,
            targets=targets,
            strategy=self.strategy,
            retries=Retries(
                most=self.retries.max,
                base_s=self.retries.base_ms / 1000,
                longest_s=self.retries.max_ms / 1000,
            ),
            fallbacks=tuple(self.fallbacks),
            caching=caching,
            timeout_s=self.timeout,
            first_byte_s=self.stream_timeout,
            idle_s=self.idle_timeout,
            guardrails=self.named_guardrails,
        )

    @property
    def named_guardrails(self) -> tuple[tuple[str, Stage | None], ...]:
        """Those that look at its calls, and at which stage."""
        given = self.guardrails
        if isinstance(given, RouteGuardrails):
            inputs: list[tuple[str, Stage | None]] = [(name, "input") for name in given.input]
            return (*inputs, *((name, "output") for name in given.output))
        return tuple((name, None) for name in given)


class NamedRoute(RouteConfig):
    """A route in a file."""

    name: Name


class ProviderConfig(_Written):
    """A provider in a file."""

    type: Type = "openai"
    base_url: str = Field("", max_length=2000)
    """By itself OpenAI's or Anthropic's own, by the type."""
    api_key: str = Field("", repr=False)
    models: list[Name] = []
    headers: dict[Name, str] = {}
    """That go with each request."""

    @model_validator(mode="after")
    def _has_address(self) -> Self:
        self.base_url = (self.base_url or OWN_ADDRESSES[self.type]).rstrip("/")
        if not self.base_url.startswith(("http://", "https://")):
            raise ValueError("base_url must begin with https:// or http://")
        return self


class GatewayConfig(_Written):
    """A whole file."""

    guardrails: list[dict[str, Any]] = []
    """Each with its `name`, `type`, and what the type has."""

    @field_validator("guardrails")
    @classmethod
    def _can_be_made(cls, given: list[dict[str, Any]]) -> list[dict[str, Any]]:
        names = [each.get("name") for each in given]
        if double := [name for name in names if names.count(name) > 1]:
            raise ValueError(f"guardrail {double[0]!r} stands there twice")
        for each in given:
            rest = {key: value for key, value in each.items() if key != "name"}
            try:
                name = guardrails.NameOf.validate_python(each.get("name"))
                guardrails.read(rest).made(name, Helpers(Embedding()))
            except ValueError as error:
                told = " ".join(str(error).split())
                raise ValueError(f"guardrail {each.get('name')!r}: {told}") from None
        return given

    providers: dict[Name, ProviderConfig] = {}
    models: list[NamedRoute] = []
    aliases: dict[Name, Name] = {}
    _unsupported: list[str] = PrivateAttr(default_factory=list)

    @property
    def unsupported(self) -> list[str]:
        """What of a file of LiteLLM's has no effect, a line each."""
        return self._unsupported


def read(path: Path, environ: Mapping[str, str] | None = None) -> GatewayConfig:
    """The configuration in a file of YAML. Raises ConfigError with a line a problem."""
    import yaml

    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from None
    try:
        written = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"{path} is no YAML: {_place_of(error)}") from None
    missing: list[str] = []
    filled = _filled({} if written is None else written, environ or os.environ, missing)
    if missing:
        raise ConfigError("\n".join(f"{path}: {name} is not set" for name in missing))
    unsupported: list[str] = []
    if litellm_config.is_litellm(filled):
        filled, unsupported, wrong = litellm_config.converted(filled)
        if wrong:
            raise ConfigError("\n".join(f"{path}: {line}" for line in wrong))
    try:
        found = GatewayConfig.model_validate(filled)
    except ValidationError as error:
        lines = [f"{path}: {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise ConfigError("\n".join(lines)) from None
    found.unsupported.extend(unsupported)
    return found


def _place_of(error: Exception) -> str:
    """What is wrong and where, without the line itself: a key may stand in it."""
    mark = getattr(error, "problem_mark", None)
    what = getattr(error, "problem", None) or "it cannot be read"
    if "found " in what:  # may quote what it found
        what = "it cannot be read"
    return what if mark is None else f"{what}, line {mark.line + 1}, column {mark.column + 1}"


def problems(
    routes: Mapping[str, RouteConfig],
    aliases: Mapping[str, str],
    providers: Iterable[str],
    guardrails: Iterable[str],
) -> list[str]:
    """What is wrong with routes and aliases that name providers and one another."""
    known, checks = set(providers), set(guardrails)
    names = {*routes, *aliases}

    def is_name(name: str) -> bool:
        return name in names or name.partition("/")[0] in known or any("*" in n for n in routes)

    found: list[str] = []
    for name, route in routes.items():
        found += [
            f"route {name!r} names provider {target.provider!r}, which is not there"
            for target in route.targets
            if target.provider not in known
        ]
        found += [
            f"route {name!r} falls back to {other!r}, which is not there"
            for other in route.fallbacks
            if not is_name(other)
        ]
        found += [
            f"route {name!r} names guardrail {check!r}, which is not there"
            for check, _ in route.named_guardrails
            if check not in checks
        ]
        if name in route.fallbacks:
            found.append(f"route {name!r} falls back to itself")
        if name.count("*") > 1:
            found.append(f"route {name!r} has more than one *")
    found += [
        f"alias {alias!r} stands for {name!r}, which is not there"
        for alias, name in aliases.items()
        if not is_name(name) or name in aliases
    ]
    return found


def _filled(value: Any, environ: Mapping[str, str], missing: list[str]) -> Any:
    """The value with variables of the environment in place of their names."""
    if isinstance(value, dict):
        return {key: _filled(each, environ, missing) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, environ, missing) for each in value]
    if not isinstance(value, str):
        return value

    def put(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        if name not in environ:
            missing.append(name)
        return environ.get(name, "")

    return _VARIABLE.sub(put, value)
