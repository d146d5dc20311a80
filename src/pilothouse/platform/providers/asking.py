"""Models of a provider as the evaluation library asks them: priced, retried, within its limits."""

from __future__ import annotations

import functools
import re
import time
from dataclasses import replace

from pilothouse.evaluation.errors import ModelError
from pilothouse.evaluation.models import (
    ChatModel,
    Completion,
    Endpoint,
    Limited,
    Limiter,
    Priced,
    Prices,
    Request,
    Retrying,
)
from pilothouse.evaluation.models.retries import RetryPolicy
from pilothouse.evaluation.models.wrapped import Wrapped
from pilothouse.evaluation.results import Usage
from pilothouse.platform.prices.service import Prices as PriceTable
from pilothouse.spans.model import Fields
from pilothouse.spans.model import Usage as SpanUsage


class Discreet(Wrapped):
    """A model whose errors never say its key, whatever the server behind it quotes."""

    def __init__(self, inner: ChatModel, key: str) -> None:
        super().__init__(inner)
        self._key = key

    async def complete(self, request: Request) -> Completion:
        """The answer of the model within."""
        try:
            return await self.inner.complete(request)
        except ModelError as error:
            if self._key not in str(error):
                raise
            raise ModelError(
                error.type,
                str(error).replace(self._key, "[key]"),
                status=error.status,
                retry_after_s=error.retry_after_s,
                retryable=error.retryable,
                attempts=error.attempts,
            ) from None


def once(model: str, base_url: str, key: str, timeout_s: float) -> ChatModel:
    """The model by itself: one request, one answer or error."""
    endpoint = Endpoint(model, base_url, api_key=key or None, timeout_s=timeout_s)
    return Discreet(endpoint, key) if key else endpoint


def patient(
    inner: ChatModel, limiter: Limiter, prices: Prices, attempts: int | None = None
) -> ChatModel:
    """The model as long runs ask it, or, with `attempts`, as somebody who waits for the answer."""
    policy = None if attempts is None else RetryPolicy(attempts=attempts)
    return Priced(Retrying(Limited(inner, limiter), policy), prices)


def prices_of(table: PriceTable, base_url: str, name: str, project_id: int) -> Prices:
    """What calls to a provider cost by the price table of the server."""

    def cost(model: str, usage: Usage) -> float | None:
        fields = Fields(
            name="",
            kind="llm",
            model=model,
            provider=vendor_at(base_url) or name,
            usage=SpanUsage(
                input_tokens=usage.input_tokens,
                output_tokens=usage.output_tokens,
                cached_tokens=usage.cached_tokens,
            ),
        )
        found = table.price(project_id, fields, time.time_ns())
        return None if found is None else found.total

    return cost


@functools.lru_cache(maxsize=256)
def vendor_at(base_url: str) -> str:
    """The vendor whose address this is, as price lists call it; "" for nobody's."""
    from genai_prices.data import providers

    for seller in providers:
        if seller.api_pattern and re.match(seller.api_pattern, base_url):
            return seller.id
    return ""


def question() -> Request:
    """The smallest thing to ask: whether address, key and model are right."""
    from pilothouse.evaluation.models import Message

    # Some models count what they think as output and refuse a smaller bound.
    return replace(Request(messages=[Message("user", "Say: ok")]), max_tokens=16)
