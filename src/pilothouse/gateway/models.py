"""Routes from the names that clients ask for to the models of providers; and who may ask."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:  # they stand on what is told here
    from pilothouse.gateway.guardrails.models import Guardrail, Stage

Strategy = Literal["weighted", "priority", "least_busy", "latency"]
Period = Literal["day", "week", "month", "total"]
Type = Literal["openai", "anthropic", "responses"]
"""What a provider speaks: OpenAI's HTTP, Anthropic's, or of OpenAI's only responses."""
NANO: Final = 1_000_000_000
"""Money is counted in whole nano-dollars."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a provider is asked, and as whom."""

    name: str
    base_url: str
    api_key: str = field(default="", repr=False)
    type: Type = "openai"
    headers: tuple[tuple[str, str], ...] = ()
    """That go with each request."""
    vendor: str = ""
    """As price lists call it."""
    models: tuple[str, ...] = ()
    """Those that are offered by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """US dollars a million tokens."""

    input: float
    output: float
    cached_input: float
    cache_write: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A model of a provider."""

    endpoint: Endpoint
    model: str
    weight: float = 1.0
    timeout_s: float | None = None
    price: Price | None = None
    """What it costs, where the route says so; the price table does not matter then."""

    @property
    def id(self) -> str:
        """How people write it."""
        return f"{self.endpoint.name}/{self.model}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """How often and when an attempt is repeated before anything was answered."""

    most: int = 2
    base_s: float = 0.5
    longest_s: float = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Caching:
    """Whose answers are kept, and how long."""

    ttl_s: float = 3600.0
    any_temperature: bool = False
    """Also of requests whose answer may differ each time."""
    threshold: float | None = None
    """From this cosine on two questions mean the same; None where they must be the same."""
    embedder: str = "local"
    """What makes vectors of questions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What stands behind a name."""

    name: str
    targets: tuple[Target, ...]
    strategy: Strategy = "weighted"
    retries: Retries = Retries()
    fallbacks: tuple[str, ...] = ()
    """Names that are asked next, in this order, when no target answers."""
    caching: Caching | None = None
    timeout_s: float = 600.0
    """From the request to the last byte."""
    first_byte_s: float = 60.0
    """Until the first event of a stream."""
    idle_s: float = 60.0
    """Between two pieces of a stream."""
    guardrails: tuple[tuple[str, Stage | None], ...] = ()
    """Those that look at its calls, by name; each at one stage, or at all that it looks at."""

    def once(self, retries: Retries) -> Route:
        """The same, asked by itself: without fallbacks and cache."""
        return replace(self, retries=retries, fallbacks=(), caching=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Every name that can be asked for, as of a moment."""

    routes: dict[str, Route]
    aliases: dict[str, str] = field(default_factory=dict)
    endpoints: dict[str, Endpoint] = field(default_factory=dict)
    guardrails: dict[str, Guardrail] = field(default_factory=dict)
    """Those that can be named."""
    everywhere: tuple[Guardrail, ...] = ()
    """Those that look at every call."""

    def find(self, name: str) -> Route | None:
        """The route of a name: its own, an alias's, a wildcard's, or a provider's model."""
        name = self.aliases.get(name, name)
        found = self.routes.get(name)
        if found is not None:
            return found
        return self._wild(name) or self._of_provider(name)

    def names(self) -> list[str]:
        """The names that can be listed: all but wildcards."""
        named = [name for name in self.routes if "*" not in name]
        offered = [f"{e.name}/{model}" for e in self.endpoints.values() for model in e.models]
        return list(dict.fromkeys([*named, *self.aliases, *offered]))

    def offering(self, name: str) -> list[str]:
        """Providers that offer a model of this bare name."""
        return [each.name for each in self.endpoints.values() if name in each.models]

    def _wild(self, name: str) -> Route | None:
        for pattern, route in self.routes.items():
            head, star, tail = pattern.partition("*")
            if not star or not (name.startswith(head) and name.endswith(tail)):
                continue
            rest = name[len(head) : len(name) - len(tail)]
            if not rest:
                continue
            targets = tuple(_filled(target, rest) for target in route.targets)
            return replace(route, name=name, targets=targets)
        return None

    def _of_provider(self, name: str) -> Route | None:
        provider, slash, model = name.partition("/")
        endpoint = self.endpoints.get(provider) if slash and model else None
        if endpoint is None:
            offering = self.offering(name)
            if len(offering) != 1:
                return None
            endpoint, model = self.endpoints[offering[0]], name
        return Route(name=name, targets=(Target(endpoint=endpoint, model=model),))


def _filled(target: Target, rest: str) -> Target:
    if "*" not in target.model:
        return target
    return replace(target, model=target.model.replace("*", rest, 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who asks: the holder of a virtual key, or whoever sits at the server's own machine."""

    id: int = 0
    """0 for nobody's key."""
    name: str = ""
    project: str = "default"
    models: tuple[str, ...] = ()
    """Names and globs that may be asked for; () for all."""
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    budget_nano: int | None = None
    """Of a period, in nano-dollars."""
    period: Period = "month"
    expires_at: datetime | None = None
    guardrails: tuple[str, ...] = ()
    """Those that look at its calls, beside those of the routes."""
    team: Holder | None = None
    """Its team, whose bounds hold for all of the team's keys together; its id is negative."""

    @property
    def bounded(self) -> tuple[Holder, ...]:
        """Whose bounds a call must keep: the team's, then its own."""
        return (self,) if self.team is None else (self.team, self)

    @property
    def called(self) -> str:
        """How people are told of it."""
        return f"{'team' if self.id < 0 else 'key'} {self.name!r}"

    def may_ask(self, name: str) -> bool:
        """Whether a name is among its models, and its team's."""
        if self.team is not None and not self.team.may_ask(name):
            return False
        return not self.models or any(fnmatchcase(name, pattern) for pattern in self.models)
