"""Tokens by type, and which part of the cost each type is.

The store keeps what the input and the output of a call cost, not each type of token. So the
tokens of a project, model and provider are priced by the day, and what they really cost is divided
in these proportions. Where a model has one price the result is what the calls were charged;
prices that rise with the length of an input are taken at their first step.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from pilothouse.platform.costs.models import Number, share
from pilothouse.platform.query.metrics import MetricQueries
from pilothouse.platform.query.scope import Projects
from pilothouse.platform.query.sums_models import MetricsQuestion
from pilothouse.spans.price_list import Rates
from pilothouse.spans.prices import Quote

INPUTS: Final = ("input", "cached", "cache_write", "cache_write_1h", "input_audio", "input_image")
OUTPUTS: Final = ("output", "reasoning", "output_audio", "output_image")
REQUEST: Final = "request"
UNDIVIDED: Final = "undivided"
"""Cost of which no type is known: of models without a price, reported by the sender."""
_INSTEAD: Final = {
    "cached": "input",
    "cache_write": "input",
    "cache_write_1h": "cache_write",
    "input_audio": "input",
    "input_image": "input",
    "reasoning": "output",
    "output_audio": "output",
    "output_image": "output",
}
"""What a type is charged as that has no price of its own."""
_TOKENS: Final = (
    *("input_tokens", "output_tokens", "total_tokens", "cached_tokens", "cache_write_tokens"),
    *("cache_write_1h_tokens", "input_audio_tokens", "input_image_tokens", "reasoning_tokens"),
    *("output_audio_tokens", "output_image_tokens"),
)
_COSTS: Final = ("total", "input", "output")
_BY: Final = ("project", "model", "provider")
_MEASURES: Final = [
    "sum(cost.total)",
    *(f"sum(usage.{name})" for name in _TOKENS),
    *("sum(cost.input)", "sum(cost.output)", "call_count"),
]
_INTERVALS: Final = ((100, "1d"), (750, "1w"), (4000, "4w"))
"""Up to so many days, prices are looked up this often."""
_MOST_GROUPS: Final = 300


class Quoting(Protocol):
    """Who knows prices."""

    def quote(self, project: int, model: str, provider: str, start_ns: int) -> Quote | None: ...


@dataclass(slots=True)
class _Type:
    tokens: float = 0
    cost: Number = None

    def add(self, tokens: float, cost: Number) -> None:
        self.tokens += tokens
        if cost is not None:
            self.cost = (self.cost or 0.0) + cost


class TypeSums:
    """Sums of tokens and cost by type of token."""

    def __init__(self, metrics: MetricQueries, projects: Projects, prices: Quoting) -> None:
        self._metrics = metrics
        self._projects = projects
        self._prices = prices

    async def of(
        self, project: str | None, since: datetime, until: datetime, filter: str
    ) -> list[dict[str, Any]]:
        """Types with their tokens, cost and share of the whole; those without tokens left out."""
        found: dict[str, _Type] = {}
        for group, at, values in await self._values(project, since, until, filter):
            tokens = disjoint(values)
            number = self._projects.find(group["project"] or "")
            quote = number and self._prices.quote(
                number, group["model"] or "", group["provider"] or "", int(at.timestamp()) * 10**9
            )
            costs = divided(values, tokens, quote.rates if quote else None)
            for name in dict.fromkeys((*tokens, *costs)):
                found.setdefault(name, _Type()).add(tokens.get(name, 0), costs.get(name))
        order = [*INPUTS, *OUTPUTS, REQUEST, UNDIVIDED]
        whole = sum(each.cost or 0.0 for each in found.values())
        return [
            {
                "type": name,
                "tokens": int(found[name].tokens) if name in (*INPUTS, *OUTPUTS) else None,
                "cost": found[name].cost,
                "share": share(found[name].cost, whole),
            }
            for name in order
            if name in found and (found[name].tokens or found[name].cost)
        ]

    async def _values(
        self, project: str | None, since: datetime, until: datetime, filter: str
    ) -> Iterable[tuple[Mapping[str, str | None], datetime, Mapping[str, Any]]]:
        days = (until - since) / timedelta(days=1)
        interval = next((name for most, name in _INTERVALS if days <= most), "52w")
        answer = await self._metrics.answer(
            MetricsQuestion.model_validate(
                {
                    "project": project,
                    "from": since,
                    "to": until,
                    "scope": "spans",
                    "measures": _MEASURES,
                    "group_by": list(_BY),
                    "interval": interval,
                    "filter": filter,
                    "limit": _MOST_GROUPS,
                    "other": True,
                }
            )
        )
        return [
            (series["group"], datetime.fromisoformat(point["time"]), point)
            for series in answer["series"]
            for point in series["points"]
        ]


def disjoint(values: Mapping[str, Any]) -> dict[str, float]:
    """Tokens of each type, none of them counted in two; types without tokens left out."""

    def of(name: str) -> float:
        return values[f"sum(usage.{name}_tokens)"] or 0

    total, into, out = of("total"), of("input"), of("output")
    into = max(into, total - out)  # embeddings often count a total and nothing else
    hour = of("cache_write_1h")
    tokens = {
        "cached": of("cached"),
        "cache_write": max(of("cache_write") - hour, 0),
        "cache_write_1h": hour,
        "input_audio": of("input_audio"),
        "input_image": of("input_image"),
    }
    tokens = {"input": max(into - sum(tokens.values()), 0)} | tokens
    made = {
        "reasoning": of("reasoning"),
        "output_audio": of("output_audio"),
        "output_image": of("output_image"),
    }
    tokens |= {"output": max(out - sum(made.values()), 0)} | made
    return {name: number for name, number in tokens.items() if number}


def divided(
    values: Mapping[str, Any], tokens: Mapping[str, float], rates: Rates | None
) -> dict[str, float]:
    """What the calls cost, by type of token."""
    total = values["sum(cost.total)"]
    if total is None:
        return {}
    into, out = values["sum(cost.input)"] or 0.0, values["sum(cost.output)"] or 0.0
    weights = {name: number * _price(rates, name) for name, number in tokens.items()}
    costs: dict[str, float] = {}
    _divide(costs, into, {name: w for name, w in weights.items() if name in INPUTS})
    _divide(costs, out, {name: w for name, w in weights.items() if name in OUTPUTS})
    rest = total - into - out
    if rates is not None and rates.request:
        of_calls = min(rest, values["call_count"] * rates.request)
        _divide(costs, of_calls, {REQUEST: 1.0})
        rest -= of_calls
    if abs(rest) > 1e-12:
        _divide(costs, rest, weights)
    return costs


def _divide(costs: dict[str, float], cost: float, weights: Mapping[str, float]) -> None:
    """Add a cost to the types in proportion to their weights."""
    if not cost:
        return
    if len(weights) == 1:
        weights = dict.fromkeys(weights, 1.0)
    whole = sum(weights.values())
    for name, weight in weights.items() if whole else [(UNDIVIDED, 1.0)]:
        costs[name] = costs.get(name, 0.0) + cost * weight / (whole or 1.0)


def _price(rates: Rates | None, name: str) -> float:
    """The price of a type, or of that which it is charged as."""
    price: float | None = getattr(rates, name, None)
    if price is None and name in _INSTEAD:
        return _price(rates, _INSTEAD[name])
    return price or 0.0


def charged(tokens: Mapping[str, float], rates: Rates) -> float:
    """What tokens cost whose cached and written ones are parts of the input."""
    parts = {name: tokens.get(name, 0) for name in ("cached", "cache_write")}
    plain = max(tokens.get("input", 0) - sum(parts.values()), 0)
    apart = parts | {"input": plain, "output": tokens.get("output", 0)}
    return sum(number * _price(rates, name) for name, number in apart.items())
