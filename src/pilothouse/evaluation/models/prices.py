"""What calls cost, by a price list that the caller gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from pilothouse.evaluation.models.chat import ChatModel, Completion, Request
from pilothouse.evaluation.models.wrapped import Wrapped
from pilothouse.evaluation.results import Usage

Prices = Callable[[str, Usage], float | None]
"""The cost of a call by the answering model's name and its tokens; None where it is unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PerMillion:
    """Prices of one model for a million tokens each."""

    input: float
    output: float
    cached: float | None = None
    """For input that the provider had in its own cache; None: as other input."""

    def __call__(self, model: str, usage: Usage) -> float | None:
        """The cost; None where the tokens are unknown."""
        if usage.input_tokens is None or usage.output_tokens is None:
            return None
        cached = usage.cached_tokens or 0
        of_cached = self.input if self.cached is None else self.cached
        fresh = usage.input_tokens - cached
        return (fresh * self.input + cached * of_cached + usage.output_tokens * self.output) / 1e6


class Priced(Wrapped):
    """A model whose answers say what they cost."""

    def __init__(self, inner: ChatModel, prices: Prices, *, currency: str = "USD") -> None:
        super().__init__(inner)
        self.prices = prices
        self.currency = currency

    async def complete(self, request: Request) -> Completion:
        """The answer with its cost, where the provider or the cache did not say it."""
        completion = await self.inner.complete(request)
        usage = completion.usage
        if usage is None or usage.cost is not None:
            return completion
        cost = self.prices(completion.model, usage)
        return replace(completion, usage=replace(usage, cost=cost, currency=self.currency))
