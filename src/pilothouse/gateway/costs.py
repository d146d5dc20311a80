"""What a call used and cost, and the most that it could."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from pilothouse.gateway.models import NANO, Holder, Price, Route
from pilothouse.gateway.needs import Prices, Projects
from pilothouse.gateway.recording import Finished
from pilothouse.gateway.request import WRITTEN
from pilothouse.gateway.streams import Relay
from pilothouse.gateway.usage import counted, estimated, priced, tokens_of
from pilothouse.spans import Fields, Usage

_KNOWN: Final = 1000


class Costs:
    """Counts and prices calls."""

    def __init__(self, prices: Prices, projects: Projects) -> None:
        self._prices = prices
        self._projects = projects
        self._asked: dict[tuple[str, str], Fields] = {}
        """What the table was asked with; only the usage differs from call to call."""

    def count(self, told: Finished, said: dict[str, Any], body: bytes) -> None:
        """Note what a whole answer used."""
        self._count(told, counted(said.get("usage")), said.get("model"), body)

    def count_stream(self, told: Finished, relay: Relay) -> None:
        """Note what a stream used as far as it came."""
        text = b"" if relay.is_counted else b"".join(relay.texts())
        usage = counted(relay.usage)
        if usage is not None and not relay.is_counted:
            given = usage.input_tokens or told.tokens
            made = max(tokens_of(text), usage.output_tokens or 0)
            total = given + made
            usage = replace(usage, input_tokens=given, output_tokens=made, total_tokens=total)
            told.is_estimated = True
        self._count(told, usage, relay.model, text)

    def _count(self, told: Finished, usage: Usage | None, named: Any, text: bytes) -> None:
        if usage is None and told.path in WRITTEN:
            usage, told.is_estimated = estimated(told.tokens, text), True
        told.usage = usage
        target = told.tally.target
        if usage is None or target is None:
            return
        if target.price is not None:
            told.cost_nano, told.tells_cost = _cost_at(target.price, usage), True
            return
        vendor = target.endpoint.vendor or target.endpoint.name
        if isinstance(named, str) and named:
            told.cost_nano = self.cost(told.project, named, vendor, usage, told.start_ns)
        if told.cost_nano is None:  # prices may know only the name that was asked for
            asked_for = self.cost(told.project, target.model, vendor, usage, told.start_ns)
            told.cost_nano, told.tells_cost = asked_for, asked_for is not None

    def cost(self, project: str, model: str, vendor: str, usage: Usage, at_ns: int) -> int | None:
        """What it costs in nano-dollars; None where there is no price."""
        number = self._projects.find(project) or 0
        fields = self._asked.get((model, vendor))
        if fields is None:
            if len(self._asked) >= _KNOWN:
                self._asked.clear()
            fields = self._asked[model, vendor] = priced(model, vendor, usage)
        fields.usage = usage
        found = self._prices.price(number, fields, at_ns)
        total = None if found is None else found.total
        return None if total is None else round(total * NANO)

    def worst(
        self, project: str, holder: Holder, chain: Sequence[Route], usage: Usage
    ) -> int | None:
        """The most that a call can cost; None where that is not known of one of its targets."""
        if all(each.budget_nano is None for each in holder.bounded):
            return None
        targets = [target for route in chain for target in route.targets]
        now = time.time_ns()
        asked_for = {
            (target.model, target.endpoint.vendor or target.endpoint.name)
            for target in targets
            if target.price is None
        }
        costs = [self.cost(project, *model, usage, now) for model in asked_for]
        costs += [_cost_at(each.price, usage) for each in targets if each.price is not None]
        known = [cost for cost in costs if cost is not None]
        return max(known) if len(known) == len(costs) else None


def _cost_at(price: Price, usage: Usage) -> int:
    """What it costs in nano-dollars by the price that a route says."""
    cached, written = usage.cached_tokens or 0, usage.cache_write_tokens or 0
    plain = max(0, (usage.input_tokens or 0) - cached - written)
    dollars = (
        plain * price.input
        + cached * price.cached_input
        + written * price.cache_write
        + (usage.output_tokens or 0) * price.output
    ) / 1e6
    return round(dollars * NANO)
