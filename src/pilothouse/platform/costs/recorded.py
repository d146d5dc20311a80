"""What was recorded here of a provider's models, by day, to be held against its bill."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from pilothouse.platform.costs.bills import Provider, model_key
from pilothouse.platform.costs.models import Number, added
from pilothouse.platform.costs.splits import BILLED
from pilothouse.platform.costs.token_types import Quoting, charged
from pilothouse.platform.query.metrics import MetricQueries
from pilothouse.platform.query.scope import Projects
from pilothouse.platform.query.sums_models import MetricsQuestion
from pilothouse.spans.prices import Quote

_TOKENS: Final = {
    "input": "input_tokens",
    "cached": "cached_tokens",
    "cache_write": "cache_write_tokens",
    "output": "output_tokens",
}
_UNPRICED: Final = f"{BILLED} and not cost.total exists and not usage.total_tokens = 0"
_MEASURES: Final = ["sum(cost.total)", *(f"sum(usage.{name})" for name in _TOKENS.values())]
_FAMILY: Final[Mapping[Provider, re.Pattern[str]]] = {
    "openai": re.compile(
        r"^(ft-)?(gpt|chatgpt|o\d|text-embedding|text-moderation|omni-moderation|codex|davinci"
        r"|babbage|dall-e|whisper|tts|computer-use)"
    ),
    "anthropic": re.compile(r"^claude"),
}
"""Models that are taken to be the provider's where spans name none."""
_MOST_GROUPS: Final = 1000


@dataclass(slots=True)
class Recorded:
    """The calls of a model on a day. Not frozen: groups are added up in it."""

    day: date
    model: str
    tokens: dict[str, int] = field(default_factory=dict)
    """Of the types of a bill; 0 where a call told none."""
    cost: Number = None
    client_cost: float = 0.0
    calls: int = 0
    unpriced_calls: int = 0
    unpriced_tokens: dict[str, int] = field(default_factory=dict)
    quote: Quote | None = None
    """The price of a call of that day, where one is known."""

    def priced(self, tokens: Mapping[str, int]) -> Number:
        """What tokens cost at the price of here."""
        return None if self.quote is None else charged(tokens, self.quote.rates)


@dataclass(slots=True)
class Recording:
    """All that was recorded in the time of a bill."""

    by_model: dict[tuple[date, str], Recorded] = field(default_factory=dict)
    """By day and key of the model."""
    truncated: bool = False


class Recordings:
    """Reads what was recorded."""

    def __init__(self, metrics: MetricQueries, projects: Projects, prices: Quoting) -> None:
        self._metrics = metrics
        self._projects = projects
        self._prices = prices

    async def of(
        self, provider: Provider, project: str | None, first: date, last: date
    ) -> Recording:
        """The calls of a provider's models from a day to another. Raises NotFound."""
        since = datetime.combine(first, time(), UTC)
        until = datetime.combine(last + timedelta(days=1), time(), UTC)
        own = f'(provider = "{provider}" or not provider exists)'
        charts = {
            "sums": (_MEASURES, own),
            "parts": (["call_count", "unpriced_call_count", "client_cost"], own),
            "unpriced": (_MEASURES[1:], f"{own} and {_UNPRICED}"),
        }
        question: dict[str, Any] = {
            "project": project,
            "from": since,
            "to": until,
            "interval": "1d",
            "charts": [
                {
                    "scope": "spans",
                    "measures": measures,
                    "filter": condition,
                    "group_by": ["project", "model", "provider"],
                    "limit": _MOST_GROUPS,
                }
                for measures, condition in charts.values()
            ],
        }
        answer = await self._metrics.answer(MetricsQuestion.model_validate(question))
        found = Recording(truncated=any(chart["truncated"] for chart in answer["charts"]))
        largest: Counter[tuple[date, str]] = Counter()
        for name, chart in zip(charts, answer["charts"], strict=True):
            for series in chart["series"]:
                if not _is_of(provider, series["group"]):
                    continue
                for point in series["points"]:
                    self._take(found, name, series["group"], point, largest)
        empty = [key for key, each in found.by_model.items() if not each.calls]
        for key in empty:
            del found.by_model[key]
        return found

    def _take(
        self,
        found: Recording,
        chart: str,
        group: Mapping[str, str | None],
        point: Mapping[str, Any],
        largest: Counter[tuple[date, str]],
    ) -> None:
        at = datetime.fromisoformat(point["time"])
        key = (at.date(), model_key(group["model"] or ""))
        kept = found.by_model.setdefault(key, Recorded(at.date(), group["model"] or ""))
        if chart == "parts":
            kept.calls += point["call_count"]
            kept.unpriced_calls += point["unpriced_call_count"]
            kept.client_cost += point["client_cost"]
        elif chart == "unpriced":
            _add_tokens(kept.unpriced_tokens, point)
        else:
            kept.cost = added(kept.cost, point["sum(cost.total)"])
            tokens = _add_tokens(kept.tokens, point)
            if kept.quote is None or tokens > largest[key]:
                largest[key] = tokens
                kept.quote = self._quote(group, at) or kept.quote

    def _quote(self, group: Mapping[str, str | None], at: datetime) -> Quote | None:
        number = self._projects.find(group["project"] or "")
        if number is None:
            return None
        start_ns = int(at.timestamp()) * 1_000_000_000
        return self._prices.quote(number, group["model"] or "", group["provider"] or "", start_ns)


def _add_tokens(tokens: dict[str, int], point: Mapping[str, Any]) -> int:
    """Add those of a point; -> how many it has."""
    for name, measure in _TOKENS.items():
        tokens[name] = tokens.get(name, 0) + int(point[f"sum(usage.{measure})"] or 0)
    return int(point["sum(usage.input_tokens)"] or 0) + int(point["sum(usage.output_tokens)"] or 0)


def _is_of(provider: Provider, group: Mapping[str, str | None]) -> bool:
    """Whether calls are the provider's: they say so, or their model is one of its."""
    if group["provider"]:
        return True
    return bool(_FAMILY[provider].match(model_key(group["model"] or "")))
