"""What a span cost: the sender's own figure, else tokens times prices.

    client    the sender reported it
    project   an entry that somebody made for this project, or for all
    list      the public list price of the model on the day of the call

Counts are inclusive (`Usage`), so each type that is charged apart is taken out of its whole first:
cached, cache-write, audio and image tokens out of input, reasoning, audio and image tokens out of
output.
"""

from __future__ import annotations

import fnmatch
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from pilothouse.spans.model import Fields, ReportedCost, Usage
from pilothouse.spans.price_list import Period, Rates, Tier, lookup

DAY_NS: Final = 86_400_000_000_000
_MOST_PLANS: Final = 20_000
_EPOCH: Final = date(1970, 1, 1).toordinal()

CostSource = Literal["client", "list", "project"]
Lookup = Callable[[str, str, date], tuple[Period, ...]]


@dataclass(slots=True)
class Cost:
    """What a span cost, in US dollars; None is unknown. Not frozen: made for every span."""

    input: float | None
    output: float | None
    total: float | None
    source: CostSource
    price_date: str | None
    """The day (UTC) whose prices were taken; None where the sender reported the cost."""
    details: tuple[CostLine, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The `cost` of a span as the API shows it."""
        return {
            "input": self.input,
            "output": self.output,
            "total": self.total,
            "source": self.source,
            "price_date": self.price_date,
            "details": [
                {"type": line.type, "tokens": line.tokens, "price": line.price, "cost": line.cost}
                for line in self.details
            ],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CostLine:
    """One line of the arithmetic: so many tokens of a type, each at a price."""

    type: str
    """A field of `Rates`."""
    tokens: int
    """Calls, for the type "request"."""
    price: float | None
    """US dollars for one token; None where the list does not say."""
    cost: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What the tokens of a call cost, and who says so."""

    source: CostSource
    price_date: str
    rates: Rates


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceEntry:
    """A price that somebody entered; the most exact entry that fits wins."""

    model: str
    """A model's name, or a glob with * and ?; case does not matter."""
    provider: str = ""
    """"" fits every provider."""
    valid_from: str = ""
    """The first day as 2026-11-21; "" means since ever."""
    project_id: int | None = None
    """None for all projects."""
    rates: Rates
    tiers: tuple[Tier, ...] = ()

    def fits(self, project_id: int, model: str, provider: str, day: str) -> bool:
        """Whether the entry prices such a call; names in lower case."""
        return (
            self.project_id in {None, project_id}
            and self.valid_from <= day
            and self.provider.lower() in {"", provider}
            and self._names(model)
        )

    def rank(self) -> tuple[bool, bool, bool, int, str]:
        """Sorts entries that fit: one of the project, an exact name, a provider, the latest."""
        exact = not self.is_glob
        length = len(self.model.replace("*", ""))
        return self.project_id is not None, exact, self.provider != "", length, self.valid_from

    @property
    def is_glob(self) -> bool:
        """Whether the name stands for several models."""
        return "*" in self.model or "?" in self.model

    def _names(self, model: str) -> bool:
        wanted = self.model.lower()
        if self.is_glob:
            return fnmatch.fnmatchcase(model, wanted.replace("[", "[[]"))
        return model == wanted or model.rpartition("/")[2] == wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sheet:
    """Rates with every gap filled by what is charged instead, so that pricing asks no questions."""

    input: float
    cached: float
    cache_write: float
    cache_write_1h: float
    input_audio: float
    input_image: float
    output: float | None
    reasoning: float
    output_audio: float
    output_image: float
    request: float
    reasoning_apart: bool
    """Whether reasoning has a price of its own."""


def _sheet(rates: Rates) -> _Sheet | None:
    """None where each type has to be looked at by itself: plain input, or output, has no price."""
    apart = (rates.reasoning, rates.output_audio, rates.output_image)
    if rates.input is None or (rates.output is None and any(p is not None for p in apart)):
        return None
    written = _or(rates.cache_write, rates.input)
    output = 0.0 if rates.output is None else rates.output
    return _Sheet(
        input=rates.input,
        cached=_or(rates.cached, rates.input),
        cache_write=written,
        cache_write_1h=_or(rates.cache_write_1h, written),
        input_audio=_or(rates.input_audio, rates.input),
        input_image=_or(rates.input_image, rates.input),
        output=rates.output,
        reasoning=_or(rates.reasoning, output),
        output_audio=_or(rates.output_audio, output),
        output_image=_or(rates.output_image, output),
        request=_or(rates.request, 0.0),
        reasoning_apart=rates.reasoning is not None,
    )


def _or(price: float | None, instead: float) -> float:
    return instead if price is None else price


_Step = tuple[int, Rates, _Sheet | None]
"""Rates that hold for calls with more input tokens than the number before them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """Everything that pricing needs to know of a model on a day."""

    source: CostSource
    price_date: str
    periods: tuple[tuple[int, tuple[_Step, ...]], ...]
    """From a second of the day on, the rates by rising length of input."""
    steady: _Step | None
    """The one step, where neither the time of day nor the length of the input matters."""

    def step(self, usage: Usage, start_ns: int) -> _Step:
        """The rates of one call."""
        if self.steady is not None:
            return self.steady
        steps = self.periods[0][1]
        if len(self.periods) > 1:
            second = start_ns % DAY_NS // 1_000_000_000
            for from_second, later in self.periods:
                if second >= from_second:
                    steps = later
        length, found = usage.input_tokens or 0, steps[0]
        for step in steps:
            if length > step[0]:
                found = step
        return found


def _plan(source: CostSource, day: str, periods: tuple[Period, ...]) -> _Plan:
    priced = tuple((period.from_second, _steps(period)) for period in periods)
    steady = priced[0][1][0] if len(priced) == 1 and len(priced[0][1]) == 1 else None
    return _Plan(source=source, price_date=day, periods=priced, steady=steady)


def _steps(period: Period) -> tuple[_Step, ...]:
    return (
        (-1, period.rates, _sheet(period.rates)),
        *((tier.above_input_tokens, tier.rates, _sheet(tier.rates)) for tier in period.tiers),
    )


class Pricer:
    """Prices spans; keeps what it found for each project, model, provider and day."""

    def __init__(
        self,
        entries: Callable[[int], Sequence[PriceEntry]] | None = None,
        *,
        listed: Lookup = lookup,
    ) -> None:
        """`entries` gives those that may fit a project; call `forget` when they change."""
        self._entries = entries
        self._listed = listed
        self._plans: dict[tuple[int, str, str, int], _Plan | None] = {}

    def price(self, project_id: int, fields: Fields, start_ns: int) -> Cost | None:
        """What the span cost, without the arithmetic; None where nothing is known."""
        if fields.cost is not None:
            told = _reported(fields.cost, fields.usage)
            if told is not None:
                return told
        usage = fields.usage
        if usage is None:
            return None
        key = (project_id, fields.model, fields.provider, start_ns // DAY_NS)
        try:
            plan = self._plans[key]
        except KeyError:
            plan = self._find(key)
        if plan is None:
            return None
        _, rates, sheet = plan.steady or plan.step(usage, start_ns)
        if sheet is None:
            return _sum(plan, rates, usage)
        return _charge(plan, sheet, usage)

    def explain(self, project_id: int, fields: Fields, start_ns: int) -> Cost | None:
        """What `price` says, with each line of the arithmetic."""
        cost = self.price(project_id, fields, start_ns)
        if cost is None or fields.usage is None:
            return cost
        if cost.source == "client":
            return cost
        plan = self._plans.get((project_id, fields.model, fields.provider, start_ns // DAY_NS))
        if plan is None:
            return cost
        _, rates, _ = plan.step(fields.usage, start_ns)
        cost.details = tuple(_lines(rates, fields.usage))
        return cost

    def quote(self, project_id: int, model: str, provider: str, start_ns: int) -> Quote | None:
        """The rates of a call with little input at that moment; None where nothing is known."""
        key = (project_id, model, provider, start_ns // DAY_NS)
        plan = self._plans[key] if key in self._plans else self._find(key)
        if plan is None:
            return None
        rates = plan.step(Usage(), start_ns)[1]
        return Quote(source=plan.source, price_date=plan.price_date, rates=rates)

    def forget(self) -> None:
        """Look everything up anew: entries changed."""
        self._plans.clear()

    def _find(self, key: tuple[int, str, str, int]) -> _Plan | None:
        if len(self._plans) >= _MOST_PLANS:
            self._plans.clear()
        plan = self._plans[key] = self._look_up(*key)
        return plan

    def _look_up(self, project_id: int, model: str, provider: str, day: int) -> _Plan | None:
        if not model:
            return None
        try:
            when = date.fromordinal(_EPOCH + day)
        except (ValueError, OverflowError):
            return None
        name, seller, today = model.strip().lower(), provider.strip().lower(), when.isoformat()
        own = [
            entry
            for entry in (self._entries(project_id) if self._entries is not None else ())
            if entry.fits(project_id, name, seller, today)
        ]
        if own:
            best = max(own, key=PriceEntry.rank)
            period = Period(from_second=0, rates=best.rates, tiers=best.tiers)
            return _plan("project", today, (period,))
        periods = self._listed(model, provider, when)
        return _plan("list", today, periods) if periods else None


def _reported(cost: ReportedCost, usage: Usage | None) -> Cost | None:
    """The sender's own figures, None where they say nothing."""
    paid_in, paid_out, total = cost.input, cost.output, cost.total
    if total is None:
        if paid_in is None and paid_out is None:
            return None
        total = (paid_in or 0.0) + (paid_out or 0.0)
    if not 0 <= total < math.inf or (paid_in or 0) < 0 or (paid_out or 0) < 0:
        return None
    if total == 0 and usage is not None and _has_tokens(usage):
        return None  # a sender that has no price for its model writes 0
    return Cost(paid_in, paid_out, total, "client", None)


def _has_tokens(usage: Usage) -> bool:
    return bool(usage.input_tokens or usage.output_tokens or usage.total_tokens)


def _charge(plan: _Plan, sheet: _Sheet, usage: Usage) -> Cost | None:  # noqa: C901 - runs for every span
    """The cost of a call whose input has a price; types leave their whole in one order."""
    tokens_in, tokens_out = usage.input_tokens, usage.output_tokens
    if tokens_in is None and tokens_out is None and sheet.output is None:
        tokens_in = usage.total_tokens  # embeddings often count a total and nothing else
    paid_in = paid_out = None
    if tokens_in is not None:
        rest, paid_in = tokens_in, 0.0
        if part := usage.cached_tokens:
            part = min(part, rest)
            rest -= part
            paid_in += part * sheet.cached
        if (part := usage.cache_write_tokens) or usage.cache_write_1h_tokens:
            hour = min(usage.cache_write_1h_tokens or 0, rest)
            part = min(max(part or 0, hour), rest)
            rest -= part
            paid_in += (part - hour) * sheet.cache_write + hour * sheet.cache_write_1h
        if part := usage.input_audio_tokens:
            part = min(part, rest)
            rest -= part
            paid_in += part * sheet.input_audio
        if part := usage.input_image_tokens:
            part = min(part, rest)
            rest -= part
            paid_in += part * sheet.input_image
        paid_in += rest * sheet.input
    if tokens_out is not None:
        if sheet.output is None:
            if tokens_out:
                return Cost(paid_in, None, None, plan.source, plan.price_date)
        else:
            rest = tokens_out
            paid_out = 0.0
            if sheet.reasoning_apart and (part := usage.reasoning_tokens):
                part = min(part, rest)
                rest -= part
                paid_out = part * sheet.reasoning
            if part := usage.output_audio_tokens:
                part = min(part, rest)
                rest -= part
                paid_out += part * sheet.output_audio
            if part := usage.output_image_tokens:
                part = min(part, rest)
                rest -= part
                paid_out += part * sheet.output_image
            paid_out += rest * sheet.output
    if paid_in is None:
        if paid_out is None:
            return None
        total = paid_out + sheet.request
    elif paid_out is None:
        total = paid_in + sheet.request
    else:
        total = paid_in + paid_out + sheet.request
    return Cost(paid_in, paid_out, total, plan.source, plan.price_date)


def _sum(plan: _Plan, rates: Rates, usage: Usage) -> Cost | None:
    """The cost of a call by adding up its lines, for lists that do not price plain input."""
    paid: dict[bool, list[float | None]] = {True: [], False: []}
    total: list[float | None] = []
    for line in _lines(rates, usage):
        total.append(line.cost)
        if line.type != "request":
            paid[line.type in _INPUTS].append(line.cost)
    if not any(cost is not None for cost in total):
        return None
    return Cost(
        _added(paid[True]), _added(paid[False]), _added(total), plan.source, plan.price_date
    )


_INPUTS: Final = frozenset(
    {"input", "cached", "cache_write", "cache_write_1h", "input_audio", "input_image"}
)


def _added(costs: list[float | None]) -> float | None:
    """The sum, None where there is nothing to add or a part of it is unknown."""
    if not costs or any(cost is None for cost in costs):
        return None
    return sum(cost for cost in costs if cost is not None)


def _lines(rates: Rates, usage: Usage) -> list[CostLine]:
    """The arithmetic of a call, inputs first; types without tokens are left out."""
    if not _known(usage):
        return []
    tokens_in, tokens_out = usage.input_tokens, usage.output_tokens
    if tokens_in is None and tokens_out is None and rates.output is None:
        tokens_in = usage.total_tokens  # embeddings often count a total and nothing else
    lines: list[CostLine] = []
    if tokens_in is not None:
        lines += _input_lines(rates, usage, tokens_in)
    if tokens_out is not None:
        lines += _output_lines(rates, usage, tokens_out)
    if rates.request is not None:
        lines += _line("request", 1, rates.request)
    if not lines:  # a call that is known to have used nothing cost nothing
        lines += _nothing(rates, tokens_in, tokens_out)
    return lines


def _input_lines(rates: Rates, usage: Usage, tokens: int) -> list[CostLine]:
    rest = tokens
    cached = min(usage.cached_tokens or 0, rest)
    rest -= cached
    hour = min(usage.cache_write_1h_tokens or 0, rest)
    written = min(max(usage.cache_write_tokens or 0, hour), rest)
    rest -= written
    heard = min(usage.input_audio_tokens or 0, rest)
    rest -= heard
    seen = min(usage.input_image_tokens or 0, rest)
    rest -= seen
    brief = written - hour
    # A type without a price of its own is charged, and shown, as the one that stands in for it.
    if rates.cache_write_1h is None:
        brief, hour = written, 0
    if rates.cache_write is None:
        rest, brief = rest + brief, 0
    if rates.cached is None:
        rest, cached = rest + cached, 0
    if rates.input_audio is None:
        rest, heard = rest + heard, 0
    if rates.input_image is None:
        rest, seen = rest + seen, 0
    return [
        *_line("input", rest, rates.input),
        *_line("cached", cached, rates.cached),
        *_line("cache_write", brief, rates.cache_write),
        *_line("cache_write_1h", hour, rates.cache_write_1h),
        *_line("input_audio", heard, rates.input_audio),
        *_line("input_image", seen, rates.input_image),
    ]


def _output_lines(rates: Rates, usage: Usage, rest: int) -> list[CostLine]:
    thought = min(usage.reasoning_tokens or 0, rest) if rates.reasoning is not None else 0
    rest -= thought
    spoken = min(usage.output_audio_tokens or 0, rest)
    rest -= spoken
    drawn = min(usage.output_image_tokens or 0, rest)
    rest -= drawn
    if rates.output_audio is None:
        rest, spoken = rest + spoken, 0
    if rates.output_image is None:
        rest, drawn = rest + drawn, 0
    return [
        *_line("output", rest, rates.output),
        *_line("reasoning", thought, rates.reasoning),
        *_line("output_audio", spoken, rates.output_audio),
        *_line("output_image", drawn, rates.output_image),
    ]


def _line(name: str, tokens: int, price: float | None) -> list[CostLine]:
    if tokens <= 0:
        return []
    cost = None if price is None else tokens * price
    return [CostLine(type=name, tokens=tokens, price=price, cost=cost)]


def _known(usage: Usage) -> bool:
    counts = (usage.input_tokens, usage.output_tokens, usage.total_tokens)
    return any(count is not None for count in counts)


def _nothing(rates: Rates, tokens_in: int | None, tokens_out: int | None) -> list[CostLine]:
    return [
        CostLine(type=name, tokens=0, price=price, cost=0.0)
        for name, tokens, price in (
            ("input", tokens_in, rates.input),
            ("output", tokens_out, rates.output),
        )
        if tokens is not None and price is not None
    ]
